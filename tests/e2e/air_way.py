"""The way to the stage, whatever browser the guest has: invited, on air, in the mirror and the recording, off again.

What people click and what the program then shows. The guest's own page is behind `Guest`: Chromium here, others beside.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Protocol

from playwright.sync_api import Page, expect

from tests.e2e.air import VOICE_HZ, count_syllables, raise_hand, tile
from tests.e2e.pages import WITHIN_MS, seen_in, wait_drawn
from tests.e2e.recording import Seen, last_number, let_pass, pictures, recordings, sound
from tests.e2e.show import Show
from tests.signals import BARS, SAMPLE_RATE_HZ, Rgb, Sound, level_db, read_bars, read_strip
from tests.web.air_watcher import Watcher

ENOUGH_PICTURES, ENOUGH_NUMBERS = 60, 15
MOST_PICTURES = 900
AT_ONCE = 30
MOST_LOOKS = 100


class Guest(Protocol):
    """Somebody with a phone who has come in."""

    name: str

    def raise_hand(self) -> None: ...
    def join(self) -> None: ...
    def wait_on_air(self) -> None: ...
    def wait_thanked(self) -> None: ...


class PageGuest:
    """A guest with a page of Chromium."""

    def __init__(self, page: Page, name: str) -> None:
        self.name = name
        self._page = page

    def raise_hand(self) -> None:
        raise_hand(self._page)

    def join(self) -> None:
        self._page.get_by_role("button", name="Join").click()

    def wait_on_air(self) -> None:
        expect(self._page.get_by_text("ON AIR", exact=True)).to_be_visible(timeout=WITHIN_MS)

    def wait_thanked(self) -> None:
        expect(self._page.get_by_text("You are off. Thank you!")).to_be_visible(timeout=WITHIN_MS)


def bring_on_air(host: Page, guest: Guest) -> None:
    """From the raised hand to ON AIR; the host sees the guest before."""
    guest.raise_hand()
    host.get_by_role("group", name=guest.name).get_by_role("button", name="Invite").click()
    guest.join()
    expect(tile(host, guest.name).locator("[playing]")).to_be_visible(timeout=WITHIN_MS)
    tile(host, guest.name).get_by_role("button", name=f"On air: {guest.name}").click()
    guest.wait_on_air()


def drop(host: Page, guest: Guest) -> None:
    tile(host, guest.name).get_by_role("button", name="Drop").click()
    guest.wait_thanked()


def wait_seen(mirror: Page, read: Callable[[Rgb], object]) -> None:
    """Wait until the mirror shows the guest."""
    for _ in range(MOST_LOOKS):
        if read(seen_in(mirror)) is not None:
            return
        wait_drawn(mirror, 3)
    raise AssertionError("the mirror never showed the guest")


def recorded(show: Show, watcher: Watcher, read: Callable[[Rgb], object]) -> list[Seen]:
    """Return what the recording has of the guest from now on, until there are enough pictures.

    `read` gives what is another in every picture of the camera; None where the guest is not seen: one who was starved
    for a second by a busy machine fades away and comes back.
    """
    [path] = recordings(show.folder)
    next_number = first = last_number(path) + 1
    found: list[Seen] = []
    kinds: set[object] = set()
    while len(found) < ENOUGH_PICTURES or len(kinds) < ENOUGH_NUMBERS:
        assert next_number - first < MOST_PICTURES, f"{len(found)} pictures of {len(kinds)} kinds show the guest"
        let_pass(watcher)
        # No more at once: the file grows meanwhile, on a busy machine faster than it is read.
        for seen in islice(pictures(path, first=next_number), AT_ONCE):
            next_number = seen.number + 1
            if (kind := read(seen.rgb)) is not None:
                found.append(seen)
                kinds.add(kind)
    print(f"{len(found)} of {next_number - first} program pictures show the guest")
    return found


def coming_number(show: Show) -> int:
    """The number of the picture that is recorded next."""
    [path] = recordings(show.folder)
    return last_number(path) + 1


def sound_of(show: Show, kept: list[Seen], first: int) -> Sound:
    """The recording's sound from picture `first` on, as far as these go."""
    [path] = recordings(show.folder)
    return sound(path, first=first)[: (kept[-1].number - first) * SAMPLE_RATE_HZ // 30]


# a guest with numbered bars and a voice (tests/e2e/air.py)


def numbered_bars(picture: Rgb) -> int | None:
    return read_strip(picture) if read_bars(picture) == BARS else None


def check_bars_and_voice(show: Show, mirror: Page, watcher: Watcher) -> None:
    """The mirror and the recording have the bars, with new numbers, and it speaks as the microphone did."""
    wait_seen(mirror, numbered_bars)
    wait_speaks(show, watcher, recorded(show, watcher, numbered_bars)[0].number)


def wait_speaks(show: Show, watcher: Watcher, first: int) -> None:
    """Wait until the recording has the voice, from picture `first` on: on a busy machine a microphone begins late."""
    [path] = recordings(show.folder)
    for at in range(first, first + MOST_PICTURES, AT_ONCE):
        while last_number(path) < at + ENOUGH_PICTURES:
            let_pass(watcher)
        heard = sound(path, first=at)[: ENOUGH_PICTURES * SAMPLE_RATE_HZ // 30]
        voice_db, beside_db = level_db(heard, VOICE_HZ), level_db(heard, VOICE_HZ * 1.5)
        if voice_db > max(-60.0, beside_db + 15) and count_syllables(heard) >= 2:
            return
    raise AssertionError(f"never a voice, at last {voice_db:.0f} dB with {beside_db:.0f} dB beside it")
