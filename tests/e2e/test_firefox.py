"""The phone page in Firefox: no MP4, an empty default type, and every kind of piece arrives and can be shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from live.messages.events import ContributionReceived
from tests.e2e.firefox import firefox
from tests.web.hall import Host, Hub

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]


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


def test_every_kind_recorded_in_firefox_can_be_shown(hub: Hub, host: Host, tmp_path: Path) -> None:
    with firefox("firefox_phone.mjs", tmp_path, f"{hub.url}/j/{hub.code}") as running:
        assert running.stdout is not None
        said = json.loads(running.stdout.readline())
    assert said["errors"] == []
    assert said["offers"]["webm"]
    assert not said["offers"]["mp4"], "Firefox has learned MP4: this test no longer shows what it should"

    pieces = {piece.kind: host.wait_ready(piece.contribution_id) for piece in host.wait_for(4)}
    received = {event.kind: event for event in hub.journaled(ContributionReceived)}
    assert pieces.keys() == received.keys() == {"text", "photo", "sound", "video"}
    assert {kind: event.original.claimed_type for kind, event in received.items() if event.original} == {
        "photo": "image/jpeg", "sound": "audio/webm", "video": "video/webm",
    }  # fmt: skip
    renditions = pieces["video"].renditions
    assert renditions is not None
    assert renditions.clip is not None
    assert renditions.sound is not None
    with av.open(str(hub.folder / "media" / renditions.clip.key), "r") as clip:
        assert len(list(clip.decode(video=0))) > 30
    sound = pieces["sound"].renditions
    assert sound is not None
    assert sound.duration_us > 200_000  # Firefox's made-up microphone begins late where the machine is busy
    assert max(sound.waveform) > 10
