"""The phone page in WebKitGTK: every kind of piece arrives and can be shown.

Its MP4 has AAC and a broken last fragment; its IndexedDB takes bytes and no Blobs.

The browser itself crashes now and then here: a target of its own (`make test-webkit`) may repeat it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from live.messages.events import ContributionReceived
from tests.e2e.webkit_browser import SELENIUM_TO_ITSELF, Hand, compile_plugins, webkit
from tests.web.hall import Host, Hub

pytestmark = [pytest.mark.webkit, pytest.mark.timeout(240), pytest.mark.filterwarnings(SELENIUM_TO_ITSELF)]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    running = Hub(tmp_path / "show")
    yield running
    running.stop()


@pytest.fixture
def host(hub: Hub) -> Iterator[Host]:
    someone = Host(hub)
    yield someone
    someone.close()


def test_every_kind_recorded_in_webkit_can_be_shown(hub: Hub, host: Host, tmp_path: Path) -> None:
    with webkit(compile_plugins(tmp_path)) as driver:
        hand = Hand(driver)
        hand.come_in(f"{hub.url}/j/{hub.code}", "Willa Web")
        hand.start("text")
        hand.type("#words", "Written in WebKit.")
        hand.send(1)
        hand.start("photo")
        hand.until("return Boolean(document.querySelector('.shutter:not(:disabled)'))")
        hand.tap(".shutter")
        hand.send(2)
        hand.record("sound")
        hand.send(3)
        hand.record("video")
        hand.send(4)
        assert not driver.execute_script("return MediaRecorder.isTypeSupported('video/webm')")

    pieces = {piece.kind: host.wait_ready(piece.contribution_id) for piece in host.wait_for(4)}
    received = {event.kind: event.original for event in hub.journaled(ContributionReceived)}
    assert pieces.keys() == received.keys() == {"text", "photo", "sound", "video"}
    assert received["sound"] is not None
    assert received["sound"].claimed_type.startswith("audio/mp4")
    assert received["video"] is not None
    assert received["video"].claimed_type.startswith("video/mp4")
    renditions = pieces["video"].renditions
    assert renditions is not None
    assert renditions.clip is not None
    assert renditions.sound is not None
    with av.open(str(hub.folder / "media" / renditions.clip.key), "r") as clip:
        assert len(list(clip.decode(video=0))) > 30
