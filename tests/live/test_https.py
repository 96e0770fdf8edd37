"""The hub over real TLS: who is sent there, who is not, what holds there as on plain http, and how it stays current."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
import socketio
from cryptography import x509

from live.app import House
from live.authority import leaf_names
from live.certificates import CertificateFiles
from live.https import FAILURES_TO_BELIEVE, HttpsSettings, resolve_name
from live.messages.coding import to_json
from live.messages.packets import Hello, Packet, Track, pack
from tests.live.certificate_files import NAME, PublicAuthority
from tests.live.https_hall import NOW, Hall, browser, local_house, own_house, secure_url, side
from tests.live.running import running_house, url_of


@pytest.fixture
def hall() -> Hall:
    return Hall()


@pytest.fixture
async def own(hall: Hall, tmp_path: Path) -> AsyncIterator[House]:
    async with own_house(hall, tmp_path) as house:
        yield house


@pytest.fixture
async def local(hall: Hall, tmp_path: Path) -> AsyncIterator[House]:
    async with local_house(hall, tmp_path) as house:
        yield house


# who is sent to https


async def test_a_phone_that_comes_by_plain_http_is_sent_on_once_and_not_for_ever(hall: Hall, own: House) -> None:
    async with browser(hall, own) as phone:
        async with phone.get(f"{url_of(own)}/j/ABCDE?a=b", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (302, f"{secure_url(own)}/j/ABCDE?a=b")
            assert answer.headers["Cache-Control"] == "no-store"
        async with phone.get(f"{url_of(own)}/j/ABCDE") as answer:
            assert (answer.status, answer.url.scheme, answer.url.host) == (200, "https", NAME)
            assert "Strict-Transport-Security" not in answer.headers


async def test_programs_sockets_and_this_machine_itself_keep_plain_http(hall: Hall, own: House) -> None:
    async with browser(hall, own) as phone:
        async with phone.get(f"{url_of(own)}/qr.svg", headers={"Accept": "image/*"}, allow_redirects=False) as answer:
            assert answer.status == 200
        async with phone.get(f"{url_of(own)}/trust", allow_redirects=False) as answer:
            assert answer.status == 200
        hall.everybody_is_here = True
        async with phone.get(f"{url_of(own)}/", allow_redirects=False) as answer:
            assert answer.status == 200


async def test_a_phone_that_joined_by_plain_http_stays_with_what_it_has_not_sent(hall: Hall, own: House) -> None:
    body, headers = {"code": own.access.join_code(), "name": "Ana"}, {"Origin": url_of(own)}
    async with browser(hall, own) as phone:
        async with phone.post(f"{url_of(own)}/api/join", json=body, headers=headers) as answer:
            assert answer.status == 200
        async with phone.get(f"{url_of(own)}/", allow_redirects=False) as answer:
            assert answer.status == 200


async def test_the_local_authority_is_offered_and_forced_on_nobody(hall: Hall, local: House) -> None:
    assert local.doorplate().audience.startswith(f"http://{local.settings.base_url().rpartition('/')[2]}")
    async with browser(hall, local) as phone:
        async with phone.get(f"{url_of(local)}/j/ABCDE", allow_redirects=False) as answer:
            assert answer.status == 200
            assert f'"secureUrl": "{secure_url(local, "192.168.1.5")}/j/ABCDE"' in await answer.text()
        async with phone.get(f"{secure_url(local, 'laptop.local')}/j/ABCDE") as answer:
            assert '"secureUrl": ""' in await answer.text()


@pytest.mark.parametrize("flaw", ["untrusted", "elsewhere"])
async def test_nobody_is_sent_where_phones_would_be_refused(hall: Hall, tmp_path: Path, flaw: str) -> None:
    files = hall.authority.files(tmp_path / "tls")
    if flaw == "untrusted":
        hall.authority = PublicAuthority(NOW)
    else:
        hall.leads_to = {"203.0.113.9"}
    settings = HttpsSettings(port=0, certificate=files)
    async with running_house(tmp_path / "show", https=settings, around=hall.around()) as house:
        plate = house.doorplate()
        assert {link.partition(":")[0] for link in (plate.audience, plate.host_elsewhere, plate.moderator)} == {"http"}
        async with browser(hall, house) as phone, phone.get(f"{url_of(house)}/", allow_redirects=False) as answer:
            assert answer.status == 200


async def test_an_expired_certificate_leaves_the_local_authority(hall: Hall, tmp_path: Path) -> None:
    """The hub may be started again in the middle of a show: it comes up whatever happened to a file."""
    files = CertificateFiles(tmp_path / "gone.pem", tmp_path / "gone.key", NAME)
    settings = HttpsSettings(port=0, certificate=files, authority=tmp_path / "own")
    async with (
        running_house(tmp_path / "show", https=settings, around=hall.around()) as house,
        browser(hall, house) as crew,
        crew.get(f"{secure_url(house, 'laptop.local')}/") as answer,
    ):
        assert answer.status == 200


async def test_without_any_rung_the_show_opens_on_plain_http(hall: Hall, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    settings = HttpsSettings(port=0, authority=tmp_path / "file" / "own")
    async with running_house(tmp_path / "show", https=settings, around=hall.around()) as house:
        assert house.https is None
        assert house.doorplate().secure == ""


async def test_a_taken_https_port_gives_way_to_the_next(hall: Hall, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = HttpsSettings(port=port, authority=tmp_path / "own")
        async with running_house(tmp_path / "show", https=settings, around=hall.around()) as house:
            assert side(house).port > port
            assert side(house).is_listening


# what holds there


async def test_cookies_are_secure_there_and_do_not_lock_out_plain_http(hall: Hall, local: House) -> None:
    origin = secure_url(local, "laptop.local")
    body = {"code": local.access.join_code(), "name": "Ana"}
    async with browser(hall, local) as phone:
        async with phone.post(f"{origin}/api/join", json=body, headers={"Origin": origin}) as answer:
            cookie = answer.cookies["__Host-houselights_device"]
            assert cookie["secure"]
            assert cookie["httponly"]
            assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Strict", "/", "")
        async with phone.post(f"{url_of(local)}/api/join", json=body, headers={"Origin": url_of(local)}) as answer:
            assert not answer.cookies["houselights_device"]["secure"]
            assert "__Host-houselights_device" not in answer.cookies


async def test_who_joined_by_http_and_comes_back_by_https_is_the_same_person(hall: Hall, local: House) -> None:
    body = {"code": local.access.join_code(), "name": "Ana"}
    plain, secure = f"http://laptop.local:{local.settings.port}", secure_url(local, "laptop.local")
    async with browser(hall, local) as phone:
        async with phone.post(f"{plain}/api/join", json=body, headers={"Origin": plain}) as answer:
            first = await answer.json()
        async with phone.post(f"{secure}/api/join", json={}, headers={"Origin": secure}) as answer:
            assert (await answer.json())["personId"] == first["personId"]


@pytest.mark.parametrize("foreign", ["http", "port", "name"])
async def test_a_page_of_another_origin_changes_nothing_there(hall: Hall, local: House, foreign: str) -> None:
    secure = secure_url(local, "laptop.local")
    origin = {
        "http": secure.replace("https", "http"),
        "port": f"https://laptop.local:{side(local).port + 1}",
        "name": secure_url(local, "192.168.1.5"),
    }[foreign]
    body = {"code": local.access.join_code(), "name": "Mallory"}
    async with browser(hall, local) as phone:
        async with phone.post(f"{secure}/api/join", json=body, headers={"Origin": origin}) as answer:
            assert (answer.status, (await answer.json())["code"]) == (403, "bad_origin")
        token = local.access.key("stage")
        headers = {"Origin": origin, "Authorization": f"Bearer {token}"}
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await phone.ws_connect(f"{secure}/live/program/watch", headers=headers)
        assert refused.value.status == 403


async def test_control_runs_encrypted_from_the_pages_own_origin(hall: Hall, local: House) -> None:
    secure = secure_url(local, "laptop.local")
    body = {"code": local.access.join_code(), "name": "Ana"}
    told: asyncio.Future[dict[str, object]] = asyncio.get_running_loop().create_future()
    async with browser(hall, local) as phone:
        async with phone.post(f"{secure}/api/join", json=body, headers={"Origin": secure}) as answer:
            assert answer.status == 200
        client = socketio.AsyncClient(reconnection=False, http_session=phone)
        client.on("welcome", told.set_result, namespace="/audience")
        await client.connect(secure, headers={"Origin": secure}, namespaces=["/audience"], transports=["websocket"])
        assert (await told)["role"] == "audience"
        await client.disconnect()


async def test_live_media_reaches_the_plain_side_from_the_encrypted_one(hall: Hall, local: House) -> None:
    """A phone sends over wss; the stage on this machine listens over plain loopback."""
    key = {"Authorization": f"Bearer {local.access.key('stage')}"}
    hello = Hello(stream_id="program", tracks=(Track(track=0, kind="video", codec="avc1.42e01f"),))
    payload = os.urandom(300_000)  # several TLS records
    sent = pack(Packet(track=0, key=True, sequence=1, captured_us=2, sent_us=3, payload=payload))
    async with aiohttp.ClientSession() as stage, browser(hall, local) as phone:
        watcher = await stage.ws_connect(f"{url_of(local)}/live/program/watch", headers=key)
        publisher = await phone.ws_connect(f"{secure_url(local, 'laptop.local')}/live/program/publish", headers=key)
        await publisher.send_str(to_json(hello).decode())
        await publisher.send_bytes(sent)
        assert (await watcher.receive_json(timeout=10))["streamId"] == "program"
        assert await watcher.receive_bytes(timeout=10) == sent
        await publisher.close()
        await watcher.close()


# staying current


def served(house: House) -> x509.Certificate:
    der = ssl.get_server_certificate(("127.0.0.1", side(house).port))
    return x509.load_pem_x509_certificate(der.encode())


async def test_a_new_address_is_in_the_certificate_within_one_look(hall: Hall, local: House) -> None:
    before = await asyncio.to_thread(served, local)
    hall.addresses = ("192.168.1.5", "10.9.8.7")
    await side(local).refresh()
    after = await asyncio.to_thread(served, local)
    assert "10.9.8.7" not in leaf_names(before)
    assert "10.9.8.7" in leaf_names(after)
    await side(local).refresh()
    assert (await asyncio.to_thread(served, local)).serial_number == after.serial_number


async def test_a_renewed_file_is_served_to_new_connections_and_breaks_no_old_one(
    hall: Hall, own: House, tmp_path: Path
) -> None:
    before = await asyncio.to_thread(served, own)
    async with browser(hall, own) as phone:
        async with phone.get(f"{secure_url(own)}/qr.svg") as answer:
            assert answer.status == 200
        renew(hall, tmp_path)
        await side(own).refresh()
        async with phone.get(f"{secure_url(own)}/qr.svg") as answer:  # on the connection that stands
            assert answer.status == 200
    assert (await asyncio.to_thread(served, own)).serial_number != before.serial_number
    assert side(own).renewals == 1


async def test_a_renewal_that_went_wrong_leaves_the_old_certificate(hall: Hall, own: House, tmp_path: Path) -> None:
    before = await asyncio.to_thread(served, own)
    (tmp_path / "tls" / "fullchain.pem").write_bytes(b"half a fi")
    await side(own).refresh()
    assert (await asyncio.to_thread(served, own)).serial_number == before.serial_number
    renew(hall, tmp_path)
    await side(own).refresh()
    assert (await asyncio.to_thread(served, own)).serial_number != before.serial_number


def renew(hall: Hall, tmp_path: Path) -> None:
    files = hall.authority.files(tmp_path / "tls")
    later_ns = files.chain.stat().st_mtime_ns + 10**9
    os.utime(files.chain, ns=(later_ns, later_ns))


async def test_when_it_expires_in_the_middle_of_a_show_the_links_go_back_to_plain_http(hall: Hall, own: House) -> None:
    told = asyncio.Event()
    await side(own).refresh()
    side(own).on_change = told.set
    assert own.doorplate().audience.startswith("https://")
    hall.now += timedelta(days=91)
    await side(own).refresh()
    assert told.is_set()
    assert own.doorplate().audience.startswith("http://")
    async with browser(hall, own) as phone, phone.get(f"{url_of(own)}/", allow_redirects=False) as answer:
        assert answer.status == 200


async def test_files_that_are_gone_are_missed_only_when_they_are_needed_again(
    hall: Hall, own: House, tmp_path: Path
) -> None:
    (tmp_path / "tls" / "fullchain.pem").unlink()
    await side(own).refresh()
    async with browser(hall, own) as phone, phone.get(f"{secure_url(own)}/") as answer:
        assert answer.status == 200


async def test_one_lost_dns_answer_changes_nothing_and_the_second_does(hall: Hall, own: House) -> None:
    hall.leads_to = set()
    for _ in range(FAILURES_TO_BELIEVE - 1):
        await side(own).refresh()
        assert own.doorplate().audience.startswith("https://")
    await side(own).refresh()
    assert own.doorplate().audience.startswith("http://")
    hall.leads_to = {"192.168.1.5"}
    await side(own).refresh()
    assert own.doorplate().audience.startswith("https://")


async def test_a_name_that_no_resolver_takes_leads_nowhere() -> None:
    """It must not end the look after renewed files and new addresses."""
    assert await resolve_name(f"{'x' * 80}.example") == ()
