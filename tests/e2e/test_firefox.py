"""The phone page in Firefox: no MP4, an empty default type, and every kind of piece arrives and can be shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import av
import pytest

from live.messages.events import ContributionReceived, Renditions
from live.messages.views import ContributionView
from tests.e2e.firefox import firefox
from tests.web.hall import Host, Hub

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]

NEAR_S = 0.15


@dataclass(frozen=True, slots=True)
class Evening:
    """What one Firefox sent, each piece ready to be shown; all tests look at the same."""

    hub: Hub
    said: dict[str, Any]
    pieces: list[ContributionView]
    types: list[str]
    """As the phone named them; empty for text."""

    def length_s(self, key: str) -> float:
        """Of the sound in a file of the show."""
        with av.open(str(self.hub.folder / "media" / key), "r") as file:
            return sum(frame.samples / frame.sample_rate for frame in file.decode(audio=0))


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    folder = tmp_path_factory.mktemp("firefox")
    hub = Hub(folder / "show")
    host = Host(hub)
    with firefox("firefox_phone.mjs", folder, f"{hub.url}/j/{hub.code}") as running:
        assert running.stdout is not None
        said = json.loads(running.stdout.readline())
    pieces = [host.wait_ready(piece.contribution_id) for piece in host.wait_for(7)]
    sent = {event.contribution_id: event.original for event in hub.journaled(ContributionReceived)}
    originals = [sent[piece.contribution_id] for piece in pieces]
    yield Evening(hub, said, pieces, [original.claimed_type if original else "" for original in originals])
    host.close()
    hub.stop()


def test_every_kind_recorded_in_firefox_can_be_shown(evening: Evening) -> None:
    assert evening.said["errors"] == []
    assert evening.said["offers"]["webm"]
    assert not evening.said["offers"]["mp4"], "Firefox has learned MP4: this test no longer shows what it should"

    assert [piece.kind for piece in evening.pieces[:4]] == ["text", "photo", "sound", "video"]
    assert evening.types[:4] == ["", "image/jpeg", "audio/webm", "video/webm"]
    check_sound(evening, 2)
    check_video(evening, 3)


def test_a_firefox_without_webm_sends_its_sound_as_ogg(evening: Evening) -> None:
    assert evening.said["recorders"][2] == {"asked": "audio/ogg;codecs=opus", "named": "audio/ogg;codecs=opus"}
    assert evening.types[4] == "audio/ogg"
    check_sound(evening, 4)


def test_what_the_recorder_does_not_name_is_known_by_its_first_bytes(evening: Evening) -> None:
    assert evening.said["recorders"][3:] == [{"asked": None, "named": ""}] * 2
    assert evening.types[5:] == ["audio/ogg", "video/webm"]
    check_sound(evening, 5)
    check_video(evening, 6)


def check_sound(evening: Evening, number: int) -> None:
    """It sounds for as long as it says, which is as long as what was sent."""
    assert evening.pieces[number].kind == "sound"
    renditions = renditions_of(evening, number)
    assert renditions.sound is not None
    assert max(renditions.waveform) > 10
    duration_s = renditions.duration_us / 1e6
    assert duration_s > 0.2  # Firefox's made-up microphone begins late where the machine is busy
    assert evening.length_s(renditions.sound.key) == pytest.approx(duration_s, abs=NEAR_S)
    assert evening.length_s(original_of(evening, number)) == pytest.approx(duration_s, abs=NEAR_S)


def check_video(evening: Evening, number: int) -> None:
    """It has pictures and sound for as long as it says."""
    assert evening.pieces[number].kind == "video"
    renditions = renditions_of(evening, number)
    assert renditions.clip is not None
    assert renditions.sound is not None
    with av.open(str(evening.hub.folder / "media" / renditions.clip.key), "r") as clip:
        pictures = list(clip.decode(video=0))
    assert len(pictures) > 20
    assert float(pictures[-1].time - pictures[0].time) == pytest.approx(renditions.duration_us / 1e6, abs=NEAR_S)


def renditions_of(evening: Evening, number: int) -> Renditions:
    renditions = evening.pieces[number].renditions
    assert renditions is not None
    return renditions


def original_of(evening: Evening, number: int) -> str:
    return f"originals/{evening.pieces[number].contribution_id}"
