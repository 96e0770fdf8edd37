"""Being live, for tests of a whole show: a camera and a voice for browsers, what host and guest click, who is where.

The journal says which part of the program is whose (`Programme`); what is in it is read from the recording.
"""

from __future__ import annotations

from bisect import bisect_right
from pathlib import Path

import numpy as np
from playwright.sync_api import Locator, Page

from live.messages.air import DropGuests, GuestInvited, GuestLeft
from live.messages.scene import LiveSource, Rect
from live.messages.views import StageView
from live.scene import apply, placed
from stage.render import opening_scene, read_runs
from tests.e2e.recording import Seen
from tests.e2e.show import Show
from tests.media_files import write_wav
from tests.signals import SAMPLE_RATE_HZ, STRIP_SHARE, Rgb, Sound, read_strip
from tests.web.hall import Host, Hub

VOICE_HZ = 220.0
SYLLABLE_S, EVERY_S = 0.25, 0.5
LOUD_DB = -40.0


def write_voice(folder: Path) -> Path:
    """Write what a microphone hears where somebody says a syllable every EVERY_S."""
    return write_wav(folder / "voice.wav", voice(4.0))


def voice(seconds: float) -> Sound:
    """Syllables with harmonics: a single steady tone would be taken for a howl, and cut out."""
    t = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    tones = sum(np.sin(2 * np.pi * VOICE_HZ * n * t) / n for n in range(1, 6))
    into = t % EVERY_S
    envelope = np.where(into < SYLLABLE_S, np.sin(np.pi * into / SYLLABLE_S) ** 2, 0.0)
    return np.repeat((0.2 * tones * envelope).astype(np.float32)[:, None], 2, axis=1)


def count_syllables(sound: Sound) -> int:
    """How often it gets loud after having been silent."""
    step = SAMPLE_RATE_HZ // 100
    whole = np.abs(sound).max(axis=1)[: len(sound) // step * step]
    loud = whole.reshape(-1, step).max(axis=1) > 10 ** (LOUD_DB / 20)
    smooth = np.convolve(loud, np.ones(8), "same") > 0.0
    return int(np.count_nonzero(smooth[1:] & ~smooth[:-1]))


# what people click


def raise_hand(phone: Page) -> None:
    phone.get_by_role("button", name="Go live").click()
    phone.get_by_role("button", name="Camera and microphone").click()
    phone.get_by_text("You are number").first.wait_for()


def tile(host: Page, name: str) -> Locator:
    """A guest as the console shows them."""
    return host.locator("hl-guest-tile").filter(has_text=name)


def drop_everybody(show: Hub, console: Host) -> None:
    left = {event.stream_id for event in show.journaled(GuestLeft)}
    here = tuple(event.stream_id for event in show.journaled(GuestInvited) if event.stream_id not in left)
    if here:
        console.ask(DropGuests(stream_ids=here))


# where in the program


def live_streams(stage: StageView) -> set[str]:
    return {layer.layer_id for layer in stage.scene.layers if isinstance(layer.source, LiveSource)}


class Programme:
    """What the journal says was where in the program of the newest run: the same fold that hub and stage make."""

    def __init__(self, show: Show) -> None:
        runs = read_runs(show.entries())
        scene = opening_scene(runs, runs[-1])
        self._scenes = [(runs[-1].first_picture, scene)]
        for picture, cues in sorted(runs[-1].takes.items()):
            for cue in cues:
                scene = apply(scene, cue, picture)
            self._scenes.append((picture, scene))

    def areas(self, number: int) -> dict[str, Rect]:
        """Where each layer is in this program picture."""
        at = bisect_right(self._scenes, number, key=lambda one: one[0])
        return {one.layer.layer_id: one.area for one in placed(self._scenes[at - 1][1], number)}

    def strips(self, seen: Seen) -> dict[str, int | None]:
        """The number that each layer shows in a picture of the recording."""
        return {name: strip_in(seen.rgb, area) for name, area in self.areas(seen.number).items()}


def strip_in(picture: Rgb, area: Rect) -> int | None:
    """The number in the strip of a picture of 16:9 that lies in an area of the program."""
    height, width, _ = picture.shape
    left, right = round(area.x * width), round((area.x + area.width) * width)
    top, bottom = round(area.y * height), round((area.y + area.height) * height)
    high = min(bottom - top, round((right - left) * 9 / 16))
    wide = min(right - left, round(high * 16 / 9))
    top, left = top + (bottom - top - high) // 2, left + (right - left - wide) // 2
    part = picture[top : top + high, left : left + wide]
    return read_strip(part) if high >= 4 * STRIP_SHARE else None
