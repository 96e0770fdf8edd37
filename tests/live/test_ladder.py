"""The doctor's ladder: each rung is really tried, and what is said is what phones meet."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from live.certificates import CertificateFiles
from live.doorplate import Doorplate
from live.https import HttpsSettings, Surroundings
from live.knocking import knock
from live.ladder import Ladder
from live.premises import State
from live.settings import Settings, free_port
from tests.live.certificate_files import NAME, PublicAuthority
from tests.live.running import running_house

NOW = datetime.now(UTC)
WORLD = PublicAuthority(NOW)


def around(leads_to: str = "127.0.0.1", *, trusts: PublicAuthority = WORLD) -> Surroundings:
    """A network whose only address is this machine's loopback, seen as a phone's would be."""

    async def resolve(_: str) -> Collection[str]:
        return {leads_to}

    return Surroundings(
        addresses=lambda: ("127.0.0.1",),
        mdns_name=lambda: "laptop.local",
        resolve=resolve,
        trust=trusts.trust,
        is_here=lambda _: False,
    )


async def climb(
    folder: Path, https: HttpsSettings | None, network: Surroundings, plate: Doorplate | None = None, port: int = 0
) -> dict[str, tuple[State, str]]:
    settings = Settings(folder=folder, host="127.0.0.1", port=port, https=https)
    return {each.what: (each.state, each.sentence) async for each in Ladder(settings, plate, network).climb()}


def own_domain(files: CertificateFiles) -> HttpsSettings:
    return HttpsSettings(port=0, certificate=files)


async def test_a_good_certificate_makes_everybody_live(tmp_path: Path) -> None:
    found = await climb(tmp_path, own_domain(WORLD.files(tmp_path / "tls")), around())
    assert {what: state for what, (state, _) in found.items()} == {
        "doors": "good",
        "plain http": "good",
        "own domain": "good",
        "phones will see": "good",
        "access point": "unknown",
    }
    sees = found["phones will see"][1]
    assert f"https://{NAME}:" in sees
    assert "sent there" in sees


@pytest.mark.parametrize("flaw", ["expired", "incomplete", "elsewhere", "other name"])
async def test_each_flaw_of_a_certificate_is_bad_and_nobody_is_promised_live(tmp_path: Path, flaw: str) -> None:
    folder = tmp_path / "tls"
    files = {
        "expired": lambda: WORLD.files(folder, begins=timedelta(days=-99), ends=timedelta(days=-9)),
        "incomplete": lambda: WORLD.files(folder, is_whole=False),
        "elsewhere": lambda: WORLD.files(folder),
        "other name": lambda: WORLD.files(folder, "other.example.org"),
    }[flaw]()
    settings = HttpsSettings(port=0, certificate=files, authority=tmp_path / "own")
    found = await climb(tmp_path, settings, around("203.0.113.9" if flaw == "elsewhere" else "127.0.0.1"))
    assert found["own domain"][0] == "bad"
    words = {"expired": "expired", "incomplete": "fullchain", "elsewhere": "203.0.113.9", "other name": "other.example"}
    assert words[flaw] in found["own domain"][1]
    assert "plain http" in found["phones will see"][1]


async def test_a_certificate_about_to_end_is_a_note_and_works(tmp_path: Path) -> None:
    found = await climb(tmp_path, own_domain(WORLD.files(tmp_path / "tls", ends=timedelta(days=3))), around())
    assert found["own domain"][0] == "note"
    assert found["phones will see"][0] == "good"


async def test_with_its_own_authority_those_who_installed_it_are_live(tmp_path: Path) -> None:
    found = await climb(tmp_path, HttpsSettings(port=0, authority=tmp_path / "own"), around())
    state, sentence = found["own authority"]
    assert state == "good"
    assert "/trust" in sentence
    assert "is warned" in sentence
    assert "who installed" in found["phones will see"][1]


async def test_an_address_that_is_not_private_cannot_be_named_and_this_is_said(tmp_path: Path) -> None:
    network = Surroundings(addresses=lambda: ("203.0.113.5",), mdns_name=lambda: "laptop.local", trust=WORLD.trust)
    found = await climb(tmp_path, HttpsSettings(port=0, authority=tmp_path / "own"), network)
    assert found["own authority"][0] == "note"
    assert "laptop.local only" in found["own authority"][1]


async def test_without_https_it_is_said_that_nobody_is_live(tmp_path: Path) -> None:
    found = await climb(tmp_path, None, around())
    assert found["https"][0] == "note"
    assert "live for nobody" in found["phones will see"][1]


async def test_a_running_hub_is_tried_as_it_is(tmp_path: Path) -> None:
    settings = HttpsSettings(port=0, authority=tmp_path / "own")
    async with running_house(tmp_path / "show", https=settings, around=around()) as house:
        found = await climb(tmp_path / "show", settings, around(), house.doorplate())
    assert f"runs at port {house.settings.port}" in found["doors"][1]
    assert found["own authority"][0] == "good"


async def test_a_hub_started_with_other_options_is_not_judged_by_these(tmp_path: Path) -> None:
    settings = HttpsSettings(port=0, authority=tmp_path / "own")
    async with running_house(tmp_path / "show", https=settings, around=around()) as house:
        options = own_domain(WORLD.files(tmp_path / "tls"))
        found = await climb(tmp_path / "show", options, around(), house.doorplate())
    assert found["https"][0] == "note"
    assert "the options that the show was started with" in found["https"][1]


async def test_a_taken_port_is_said_and_the_next_one_tried(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = await climb(tmp_path, None, around(), port=port)
    assert found["doors"][0] == "note"
    assert str(port) in found["doors"][1]
    assert found["plain http"][0] == "good"


# knocking


@pytest.fixture
def stranger() -> Iterator[int]:
    """Another program's web server."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield server.server_port
        server.shutdown()
        serving.join()


class Quiet(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """The test's own output is enough."""


async def test_another_programs_server_is_not_taken_for_the_hub(stranger: int) -> None:
    assert "another program" in await knock("127.0.0.1", stranger)


async def test_a_closed_port_is_said() -> None:
    assert "nobody answers" in await knock("127.0.0.1", free_port("127.0.0.1", 0))


async def test_plain_http_where_https_was_expected_is_no_answer(stranger: int) -> None:
    assert await knock("127.0.0.1", stranger, WORLD.trust(), NAME) != ""
