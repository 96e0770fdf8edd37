"""Who does not belong to this show gets nowhere: a page of another site, a forged token, a token of another show."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
import socketio
from playwright.sync_api import Page

from live.demo.phone import join
from live.messages.events import ContributionReceived, PersonJoined
from tests.e2e.pages import Pages, chromium
from tests.fakes import street
from tests.web.hall import Hub
from tests.web.page_in_hand import expect_status, send_text

FOREIGN_PAGE = """<!doctype html><title>Another site</title><script>
const hub = new URLSearchParams(location.search).get("hub");
const socket = (path) => new Promise((done) => {
  const tried = new WebSocket(hub.replace("http", "ws") + path);
  tried.onopen = () => done("open");
  tried.onerror = () => done("refused");
});
const post = (path, body, headers, mode) =>
  fetch(hub + path, { method: "POST", mode, credentials: "include", headers, body })
  .then((answer) => answer.type, () => "refused");
window.attempts = (async () => ({
  control: await socket("/socket.io/?EIO=4&transport=websocket"),
  program: await socket("/live/program/watch"),
  join: await post("/api/join", JSON.stringify({ code: "AAAAA", name: "Mallory", credit: "" }), {}, "no-cors"),
  upload: await post("/files", null, { "Tus-Resumable": "1.0.0", "Upload-Length": "3" }, "cors"),
}))();
</script>"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    running = Hub(tmp_path_factory.mktemp("strangers") / "show")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def foreign_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Another site on this very machine: the browser sends it the hub's cookies, so only the origin tells it apart."""
    folder = tmp_path_factory.mktemp("foreign")
    (folder / "index.html").write_text(FOREIGN_PAGE)
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()
        serving.join()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """The test's own output is enough."""


@pytest.mark.browser
def test_a_page_of_another_site_gets_nowhere_even_with_the_cookies(hub: Hub, foreign_site: str) -> None:
    with chromium() as browser:
        pages = Pages(browser, hub)
        phone = pages.phone("Ana")
        send_text(phone, "I was here first.")
        expect_status(phone, "Waiting")
        before = (hub.journaled(PersonJoined), hub.journaled(ContributionReceived))
        statuses = watch_statuses(phone, hub.url)
        phone.goto(f"{foreign_site}?hub={hub.url}")
        attempts = phone.evaluate("window.attempts")
        assert attempts["control"] == attempts["program"] == attempts["upload"] == "refused"
        assert statuses["/api/join"] == 403
        assert (hub.journaled(PersonJoined), hub.journaled(ContributionReceived)) == before
        pages.close()


def watch_statuses(page: Page, hub_url: str) -> dict[str, int]:
    statuses: dict[str, int] = {}

    def answered(response: object) -> None:
        url, status = str(getattr(response, "url", "")), int(getattr(response, "status", 0))
        if url.startswith(hub_url):
            statuses[url.removeprefix(hub_url)] = status

    page.on("response", answered)
    return statuses


@pytest.fixture(params=["forged", "of another show"])
async def bad_token(request: pytest.FixtureRequest, hub: Hub, tmp_path: Path) -> AsyncIterator[str]:
    if request.param == "of another show":
        other = Hub(tmp_path / "other")
        async with street() as session:
            yield (await join(session, other.url, other.code, "Eve")).token
        other.stop()
        return
    async with street() as session:
        token = (await join(session, hub.url, hub.code, "Eve")).token
        yield token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")


async def test_a_token_that_is_not_of_this_show_opens_no_door(hub: Hub, bad_token: str) -> None:
    headers = {"Authorization": f"Bearer {bad_token}", "Tus-Resumable": "1.0.0"}
    before = hub.journaled(ContributionReceived)
    async with street() as session:
        for method, path in (("POST", "/files"), ("GET", "/media/renditions/abcdefgh/still.jpg"), ("GET", "/host")):
            async with session.request(method, hub.url + path, headers=headers) as answer:
                body = await answer.json(content_type=None)
                assert (answer.status, body["code"]) == (401, "bad_token"), path
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{hub.url}/live/program/watch", headers=headers)
        assert refused.value.status == 401
    for namespace in ("/audience", "/host", "/stage"):
        client = socketio.AsyncClient(reconnection=False)
        with pytest.raises(socketio.exceptions.ConnectionError):
            await client.connect(
                hub.url, auth={"token": bad_token}, namespaces=[namespace], transports=["websocket"], wait_timeout=5
            )
        await client.disconnect()
    assert hub.journaled(ContributionReceived) == before
