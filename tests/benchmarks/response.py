"""How long people wait: from the tap on Send to the host's queue, and from the host's click to the program picture.

A real show, a phone page and the host's console in one Chromium, and a watcher of the program stream, all on this
machine and therefore on one wall clock. The tap and the click are timed inside the page; the queue when the row is
drawn in the console; the program when the changed picture has come over the network and is decoded (in the window it is
there earlier). There is no peer: nothing else goes from a phone to a stage.
"""

from __future__ import annotations

import asyncio
import queue
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import av
import numpy as np
from playwright.sync_api import Page

from live.messages.acts import GiveCue
from live.messages.ids import new_id
from live.messages.packets import unpack
from live.messages.scene import Put, SolidSource
from tests.benchmarks.figures import emit, percentile
from tests.e2e.pages import Pages, chromium
from tests.e2e.show import Console, Show
from tests.web.page_in_hand import start

TAPS, CLICKS = 30, 30
LOW_DELAY = 0x80000

NOTE_CLICKS = """() => document.addEventListener("click",
  () => { window.clicked = performance.timeOrigin + performance.now(); }, { capture: true })"""
CLICKED_MS = "() => window.clicked"
NOTE_ROWS = """() => {
  window.rows = {};
  const find = (root) => {
    const list = root.querySelector("hl-queue-list");
    if (list) return list;
    for (const inner of root.querySelectorAll("*")) {
      const found = inner.shadowRoot && find(inner.shadowRoot);
      if (found) return found;
    }
  };
  const list = find(document);
  const tick = () => {
    for (const row of list.shadowRoot.querySelectorAll("hl-piece-row")) {
      const words = row.shadowRoot.textContent.match(/tap \\d+/)?.[0];
      if (words && !(words in window.rows)) window.rows[words] = performance.timeOrigin + performance.now();
    }
    requestAnimationFrame(tick);
  };
  tick();
}"""
"""Only the rows are looked at before each frame: a walk over the whole page would slow what it measures."""


@dataclass(frozen=True, slots=True)
class Change:
    """The program turned light or dark: when this was decoded here (wall, seconds), and the picture's own show time."""

    is_light: bool
    at_s: float
    picture_us: int


class ProgramWatch:
    """Watches the program stream in a thread of its own and tells when it turns light or dark."""

    def __init__(self, hub_url: str, key: str) -> None:
        self.changes: queue.Queue[Change] = queue.Queue()
        self._url, self._headers = f"{hub_url}/live/program/watch?tracks=0", {"Authorization": f"Bearer {key}"}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._watching.cancel)
        self._thread.join()

    def _run(self) -> None:
        self._watching = self._loop.create_task(self._watch())
        try:
            self._loop.run_until_complete(self._watching)
        except asyncio.CancelledError:
            pass
        finally:
            self._loop.close()

    async def _watch(self) -> None:
        decoder = av.CodecContext.create("h264", "r")
        decoder.thread_count = 1
        decoder.flags |= LOW_DELAY
        was_light = False
        async with aiohttp.ClientSession() as session, session.ws_connect(self._url, headers=self._headers) as socket:
            async for message in socket:
                if message.type is not aiohttp.WSMsgType.BINARY:
                    continue
                packet = unpack(message.data)
                for frame in decoder.decode(av.Packet(packet.payload)):
                    is_light = bool(np.asarray(frame.planes[0])[::64].mean() > 126)
                    if is_light != was_light:
                        self.changes.put(Change(is_light, time.time(), packet.captured_us))
                        was_light = is_light


def measure_taps(phone: Page, host: Page) -> list[float]:
    """Return milliseconds from the tap to the row in the console."""
    phone.evaluate(NOTE_CLICKS)
    host.get_by_role("button", name="More filters").click()
    host.get_by_role("combobox", name="Order").select_option("newest")  # a long queue draws only the rows in view
    host.evaluate(NOTE_ROWS)
    took_ms = []
    for number in range(TAPS):
        start(phone, "text")
        phone.get_by_label("Your text").fill(f"tap {number}")
        phone.get_by_role("button", name="Send", exact=True).click()
        host.wait_for_function("words => window.rows[words]", arg=f"tap {number}")
        seen_ms = host.evaluate("words => window.rows[words]", f"tap {number}")
        took_ms.append(seen_ms - phone.evaluate(CLICKED_MS))
    return took_ms


def measure_clicks(
    host: Page, console: Console, watch: ProgramWatch, opened_at_s: float
) -> tuple[list[float], list[float]]:
    """Return milliseconds from the click on BLACKOUT to the picture decoded, and to the picture's own time."""
    white = Put(layer_id=new_id(), source=SolidSource(color="#ffffff"), transition="cut", fade_ms=0)
    console.ask(GiveCue(cue_id=new_id(), cue=white))
    watch.changes.get(timeout=20)
    host.evaluate(NOTE_CLICKS)
    decoded_ms, own_ms = [], []
    for _ in range(CLICKS):
        host.locator("button.blackout").click()
        change = watch.changes.get(timeout=20)
        clicked_s = host.evaluate(CLICKED_MS) / 1000
        decoded_ms.append((change.at_s - clicked_s) * 1000)
        own_ms.append((change.picture_us / 1e6 - (clicked_s - opened_at_s)) * 1000)
    return decoded_ms, own_ms


@contextmanager
def running_show() -> Iterator[tuple[Show, Console]]:
    with tempfile.TemporaryDirectory(prefix="houselights-response-") as folder:
        show = Show(Path(folder) / "show", "--no-window", "--no-speaker")
        console = Console(show)
        try:
            console.wait_stage(lambda stage: stage.run_id is not None)
            yield show, console
        finally:
            console.close()
            show.stop()


def main() -> None:
    with running_show() as (show, console), chromium() as browser:
        pages = Pages(browser, show)
        phone, host = pages.phone("Tapper"), pages.console()
        taps_ms = measure_taps(phone, host)
        emit_case("tap Send → in the host's queue", taps_ms, 150.0)
        watch = ProgramWatch(show.url, show.host_key)
        opened_at_s = next(entry.event.opened_at_s for entry in show.entries() if hasattr(entry.event, "opened_at_s"))
        decoded_ms, own_ms = measure_clicks(host, console, watch, opened_at_s)
        emit_case("host's click → in the program picture", own_ms, 100.0)
        emit_case("host's click → program picture decoded by a watcher", decoded_ms, 100.0)
        watch.close()
        pages.close()


def emit_case(case: str, took_ms: list[float], reach_ms: float) -> None:
    p50, p95 = percentile(took_ms, 50), percentile(took_ms, 95)
    emit("response", case, p95, None, None, "ms", None, p50=p50, p95=p95, worst=max(took_ms), reach=reach_ms)


if __name__ == "__main__":
    main()
