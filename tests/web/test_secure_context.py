"""Camera and microphone, or an honest reason: the rungs of the ladder in Chromium, with and without the authority.

A person's own HOME holds the authority that they installed, as on a laptop (Chromium on Linux reads its `.pki/nssdb`).
"""

from __future__ import annotations

import http.server
import os
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, Playwright, expect

from live.authority import Authority
from live.certificates import server_context
from live.interfaces import own_mdns_name
from live.messages.events import ContributionReceived, PersonJoined
from tests.browsers import CHROMIUM, find, unwanted
from tests.live.certificate_files import Issuer, key_pem, pem, signed
from tests.web.conftest import ARGUMENTS, BANK, IN_THE_HAND, WITHIN_MS
from tests.web.hall import Hub
from tests.web.page_in_hand import assert_axe_finds_nothing, expect_status, send_text
from tests.web.profiles import Profiles

pytestmark = pytest.mark.browser

CAMERA = """() => navigator.mediaDevices.getUserMedia({ video: true, audio: true }).then((stream) => {
  const kinds = stream.getTracks().map((track) => track.kind).sort();
  stream.getTracks().forEach((track) => track.stop());
  return kinds;
})"""


class SecureHub(Hub):
    """A hub with this machine's own authority, kept beside its folder."""

    def __init__(self, folder: Path) -> None:
        self.home = folder.parent / "home_of_the_hub"
        super().__init__(folder, "--https", "--https-port", "0", "--home", str(self.home))

    @property
    def authority(self) -> Authority:
        return Authority.open(self.home / "authority", "", datetime.now(UTC))

    @property
    def https_port(self) -> int:
        return int(str(self._doors()["secure"]).rpartition(":")[2])


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureHub]:
    running = SecureHub(tmp_path_factory.mktemp("secure") / "show")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def name() -> str:
    """The machine's name in the local network. Not localhost: there every page counts as secure."""
    found = own_mdns_name()
    assert found is not None
    return found


@contextmanager
def chromium_of(playwright: Playwright, home: Path) -> Iterator[Profiles]:
    browser = playwright.chromium.launch(
        executable_path=find(CHROMIUM),
        args=["--headless=new", *ARGUMENTS],
        env={**os.environ, "HOME": str(home)},
        ignore_default_args=unwanted(),
    )
    yield Profiles(browser)
    browser.close()


@pytest.fixture(scope="module")
def regulars(playwright: Playwright, hub: SecureHub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Profiles]:
    """The browser of somebody who installed the authority."""
    home = tmp_path_factory.mktemp("regular")
    database = home / ".pki" / "nssdb"
    database.mkdir(parents=True)
    (home / "houselights.pem").write_bytes(hub.authority.pem)
    where = ["-d", f"sql:{database}"]
    subprocess.run(["certutil", "-N", *where, "--empty-password"], check=True)
    subprocess.run(
        ["certutil", "-A", *where, "-t", "C,,", "-n", "Houselights", "-i", str(home / "houselights.pem")], check=True
    )
    with chromium_of(playwright, home) as profiles:
        yield profiles


@pytest.fixture
def regular(regulars: Profiles) -> Iterator[Profiles]:
    yield regulars
    regulars.give_back()


@pytest.fixture
def newcomer(profiles: Profiles) -> Profiles:
    """The browser of somebody who installed nothing: all other tests' too, which this hub's authority is new to."""
    return profiles


def open_page(profiles: Profiles, url: str) -> Page:
    page = profiles.page(IN_THE_HAND, touch=True, within_ms=WITHIN_MS)
    page.goto(url)
    return page


def test_over_https_who_installed_the_authority_has_camera_and_microphone(
    hub: SecureHub, name: str, regular: Profiles
) -> None:
    page = open_page(regular, f"https://{name}:{hub.https_port}/j/{hub.code}")
    assert page.evaluate("isSecureContext") is True
    assert page.evaluate(CAMERA) == ["audio", "video"]
    assert page.evaluate("Boolean(window.VideoEncoder && window.AudioWorklet && navigator.wakeLock)") is True


def test_the_address_in_the_qr_code_is_covered_as_well_as_the_name(hub: SecureHub, regular: Profiles) -> None:
    page = open_page(regular, f"https://127.0.0.1:{hub.https_port}/")
    assert page.url.startswith("https://127.0.0.1")


def test_over_plain_http_there_is_neither_and_the_page_says_how_to_get_there(
    hub: SecureHub, name: str, regular: Profiles
) -> None:
    page = open_page(regular, f"http://{name}:{hub.port}/j/{hub.code}")
    assert page.evaluate("isSecureContext") is False
    assert page.evaluate("typeof navigator.mediaDevices") == "undefined"
    page.get_by_label("Your name", exact=True).fill("Pia Plain")
    page.get_by_role("button", name="Come in").click()
    expect(page.get_by_text("Going live needs an encrypted page")).to_be_visible()
    assert_axe_finds_nothing(page, "plain http with an authority to install")
    page.get_by_role("link", name="How to get there").click()
    page.get_by_role("link", name="Open the show with camera").click()
    page.get_by_role("navigation", name="Answer with").wait_for()  # the same person, without joining again
    assert page.url.startswith(f"https://{name}:{hub.https_port}/")
    assert page.evaluate("isSecureContext") is True


def test_a_piece_sent_over_https_arrives(hub: SecureHub, name: str, regular: Profiles) -> None:
    hub.forget_before()
    page = open_page(regular, f"https://{name}:{hub.https_port}/j/{hub.code}")
    page.get_by_label("Your name", exact=True).fill("Sia Secure")
    page.get_by_role("button", name="Come in").click()
    send_text(page, "Over a closed line.")
    expect_status(page, "Waiting")
    assert [person.name for person in hub.journaled(PersonJoined)] == ["Sia Secure"]
    assert len(hub.journaled(ContributionReceived)) == 1
    [cookie] = [each for each in page.context.cookies() if "houselights" in each["name"]]
    assert (cookie["name"], cookie["secure"], cookie["httpOnly"]) == ("__Host-houselights_device", True, True)


def test_a_phone_that_came_by_https_can_still_come_by_plain_http(hub: SecureHub, name: str, regular: Profiles) -> None:
    """Browsers keep plain pages from writing over a Secure cookie: by the same name, joining would fail for ever."""
    hub.forget_before()
    page = open_page(regular, f"https://{name}:{hub.https_port}/j/{hub.code}")
    for url in ("", f"http://{name}:{hub.port}/j/{hub.code}"):
        if url:
            page.goto(url)
        page.get_by_label("Your name", exact=True).fill("Bea Both")
        page.get_by_role("button", name="Come in").click()
        page.get_by_role("navigation", name="Answer with").wait_for()
    assert [person.name for person in hub.journaled(PersonJoined)] == ["Bea Both"] * 2
    cookies = {each["name"]: each["secure"] for each in page.context.cookies() if "houselights" in each["name"]}
    assert cookies == {"__Host-houselights_device": True, "houselights_device": False}


def test_who_installed_nothing_is_warned_and_told_on_the_trust_page(
    hub: SecureHub, name: str, newcomer: Profiles
) -> None:
    page = open_page(newcomer, f"http://{name}:{hub.port}/trust")
    expect(page.get_by_role("status")).to_have_text("This browser does not trust the show yet.")
    with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
        page.goto(f"https://{name}:{hub.https_port}/")


def test_the_trust_page_tells_when_it_is_done(hub: SecureHub, name: str, regular: Profiles) -> None:
    page = open_page(regular, f"http://{name}:{hub.port}/trust")
    expect(page.get_by_role("status")).to_contain_text("You are done")
    page.get_by_role("link", name="Open the show with camera").click()
    page.wait_for_url(f"https://{name}:{hub.https_port}/?again")
    page.get_by_label("Code on the screen").wait_for()  # it never joined: it is asked in


def test_the_trust_page_is_for_everybody(hub: SecureHub, name: str, newcomer: Profiles) -> None:
    page = open_page(newcomer, f"http://{name}:{hub.port}/trust")
    expect(page.get_by_role("status")).to_be_visible()
    for device in ("iPhone, iPad", "Android", "Laptop"):
        steps = page.locator("details").filter(has=page.get_by_text(device, exact=True))
        if not steps.evaluate("one => one.open"):
            steps.locator("summary").click()
        expect(steps.get_by_role("link").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), device
        low = page.evaluate(
            "[...document.querySelectorAll('summary, .button')]"
            ".filter((one) => one.offsetHeight && one.offsetHeight < 48).map((one) => one.textContent)"
        )
        assert low == [], device
        assert_axe_finds_nothing(page, device)


def test_chromium_holds_a_stolen_authority_to_local_networks(hub: SecureHub, regular: Profiles, tmp_path: Path) -> None:
    """The name constraints of the certificate are more than words: a browser that trusts it refuses any other site."""
    thief = Issuer(hub.authority.certificate, hub.authority.key)
    now = datetime.now(UTC)
    with foreign_site(thief, [BANK], now, tmp_path) as port, pytest.raises(Error, match="ERR_CERT_INVALID"):
        open_page(regular, f"https://{BANK}:{port}/")
    with foreign_site(thief, ["localhost"], now, tmp_path) as port:
        assert open_page(regular, f"https://localhost:{port}/").title() == "A site"


@contextmanager
def foreign_site(issuer: Issuer, names: list[str], now: datetime, folder: Path) -> Iterator[int]:
    leaf, key = signed(issuer, names, now - timedelta(days=1), now + timedelta(days=90))
    (folder / "site.pem").write_bytes(pem(leaf) + key_pem(key))
    context = server_context()
    context.load_cert_chain(folder / "site.pem")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), OneTitle) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield server.server_port
        server.shutdown()
        serving.join()


class OneTitle(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>A site</title>")

    def handle(self) -> None:
        try:
            super().handle()
        except (ssl.SSLError, ConnectionError):
            return  # the browser broke off, as it should

    def log_message(self, format: str, *args: object) -> None:
        """The test's own output is enough."""
