"""The trust page: each device gets its steps and the certificate in its own form, and what is said fits the show."""

from __future__ import annotations

import hashlib
import plistlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509

from live.app import House
from live.authority import Authority
from live.https import HttpsSettings, Surroundings
from live.pages import qr_svg
from live.trust import device_of, mobileconfig
from tests.live.certificate_files import PublicAuthority
from tests.live.running import running_house, url_of

AROUND = Surroundings(addresses=lambda: ("192.168.1.5",), mdns_name=lambda: "laptop.local")
NOW = datetime.now(UTC)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    settings = HttpsSettings(port=0, authority=tmp_path / "own")
    async with running_house(tmp_path / "show", https=settings, around=AROUND) as house:
        yield house


def authority_of(house: House) -> Authority:
    assert house.https is not None
    assert house.https.authority is not None
    return house.https.authority


async def get(house: House, path: str, user_agent: str = "") -> tuple[int, str, bytes]:
    headers = {"User-Agent": user_agent}
    async with aiohttp.ClientSession() as session, session.get(url_of(house) + path, headers=headers) as answer:
        return answer.status, answer.content_type, await answer.read()


IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_2 like Mac OS X) AppleWebKit/605.1.15 Version/18.2 Mobile Safari/604.1"
ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.2 Safari/605.1.15"


@pytest.mark.parametrize(
    ("agent", "device"), [(IPHONE, "iphone"), (ANDROID, "android"), (MAC, "laptop"), ("", "laptop")]
)
async def test_the_steps_of_the_device_in_hand_stand_open_and_no_others(house: House, agent: str, device: str) -> None:
    assert device_of(agent) == device
    _, _, body = await get(house, "/trust", agent)
    text = body.decode()
    names = {"iphone": "iPhone, iPad", "android": "Android", "laptop": "Laptop"}
    [opened] = [part for part in text.split("<details ")[1:] if part.startswith("open")]
    assert f"<summary>{names[device]}</summary>" in opened


@pytest.mark.parametrize(
    ("path", "content_type"),
    [("/trust/houselights.crt", "application/x-x509-ca-cert"), ("/trust/houselights.pem", "application/x-pem-file")],
)
async def test_the_certificate_comes_as_what_phones_and_laptops_take(
    house: House, path: str, content_type: str
) -> None:
    status, said, body = await get(house, path)
    assert (status, said) == (200, content_type)
    certificate = x509.load_pem_x509_certificate(body) if b"BEGIN" in body else x509.load_der_x509_certificate(body)
    assert certificate == authority_of(house).certificate
    assert b"PRIVATE" not in body


async def test_an_iphone_gets_a_profile_with_this_root_and_nothing_else(house: House) -> None:
    status, said, body = await get(house, "/trust/houselights.mobileconfig")
    assert (status, said) == (200, "application/x-apple-aspen-config")
    profile = plistlib.loads(body)
    [payload] = profile["PayloadContent"]
    assert payload["PayloadType"] == "com.apple.security.root"
    assert payload["PayloadContent"] == authority_of(house).der
    assert plistlib.loads(mobileconfig(authority_of(house))) == profile, "the same profile again replaces the first"


async def test_the_next_phone_scans_the_page_by_plain_http(house: House) -> None:
    status, said, body = await get(house, "/trust/qr.svg")
    assert (status, said) == (200, "image/svg+xml")
    assert body == qr_svg(f"{house.settings.base_url()}/trust")
    assert house.settings.base_url().startswith("http://")


async def test_the_page_shows_the_fingerprint_that_the_laptop_prints(house: House) -> None:
    _, _, body = await get(house, "/trust")
    fingerprint = hashlib.sha256(authority_of(house).der).digest().hex(" ").upper()
    assert fingerprint in body.decode()
    assert house.doorplate().fingerprint == fingerprint


async def test_the_page_may_ask_the_encrypted_side_whether_it_is_trusted(house: House) -> None:
    assert house.https is not None
    async with aiohttp.ClientSession() as session, session.get(f"{url_of(house)}/trust") as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert f"https://192.168.1.5:{house.https.port}" in policy
    assert "unsafe" not in policy


async def test_a_show_without_https_says_so_and_has_nothing_to_install(tmp_path: Path) -> None:
    async with running_house(tmp_path / "plain") as house:
        status, _, body = await get(house, "/trust")
        assert status == 200
        assert b"plain Wi-Fi" in body
        assert (await get(house, "/trust/houselights.crt"))[0] == 404


async def test_with_ones_own_domain_there_is_nothing_to_install(tmp_path: Path) -> None:
    authority = PublicAuthority(NOW)

    async def resolve(_: str) -> tuple[str, ...]:
        return ("192.168.1.5",)

    around = Surroundings(addresses=lambda: ("192.168.1.5",), resolve=resolve, trust=authority.trust)
    settings = HttpsSettings(port=0, certificate=authority.files(tmp_path / "tls"))
    async with running_house(tmp_path / "show", https=settings, around=around) as house:
        _, _, body = await get(house, "/trust")
        assert b"Nothing to install" in body
        assert b"houselights.crt" not in body


async def test_one_kind_of_certificate_of_a_company_is_not_called_known_to_all(tmp_path: Path) -> None:
    async def resolve(_: str) -> tuple[str, ...]:
        return ("192.168.1.5",)

    company, world = PublicAuthority(NOW), PublicAuthority(NOW)
    around = Surroundings(addresses=lambda: ("192.168.1.5",), resolve=resolve, trust=world.trust)
    settings = HttpsSettings(port=0, certificate=company.files(tmp_path / "tls"))
    async with running_house(tmp_path / "show", https=settings, around=around) as house:
        _, _, body = await get(house, "/trust")
        assert b"brings its own certificate" in body
