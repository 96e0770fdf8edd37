"""How the engine asks sources for pictures and sound: live as they can, offline as they did.

Both ways answer the same two questions, so that everything above them is one engine. `LiveAsking` takes what is there
and notes every difference in the side log; a source that raises keeps its last picture for a second and then goes
gently. `ReplayedAsking` asks for exactly what the side log says was given.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import structlog

from live.messages.scene import LiveSource, Scene, Source
from live.scene import contribution_of
from stage.air.arrivals import Arrivals
from stage.air.live_sound import LiveSound, ReplayedSound
from stage.air.player import Take
from stage.air.presence import Presence
from stage.parts import CreditsPart, NamePart, PicturePart, SlatePart, SoundPart, seen_live
from stage.picture import BLOCK_FRAMES, Block, Picture
from stage.ports import Cutout, SoundSource
from stage.program import ProgramFormat
from stage.side_log import AS_ASKED, Given, Live, Notes, Played, Record, Rested, Shown
from stage.still import Still
from stage.wings import Wings

log = structlog.get_logger(__name__)

HOLD_S = 1.0
GO_S = 0.5
"""A broken source's last picture stands for `HOLD_S` and fades over `GO_S`."""

Drawable: TypeAlias = PicturePart | SlatePart | CreditsPart | NamePart


Began: TypeAlias = tuple[SoundPart, int]
"""A strip's sound, and the frame of show time at which it began."""


@dataclass(frozen=True, slots=True)
class Answer:
    image: Picture | Cutout
    level: float


class Asking(Protocol):
    """`picture` belongs to the thread that paints, `sounds` to the one that mixes."""

    def picture(self, name: str, part: Drawable, position: int, number: int) -> Answer | None:
        """The part's picture at a position, for program picture `number`; None where it is not there."""
        ...

    def painted(self, number: int) -> None:
        """Every part of this program picture was asked."""
        ...

    def sounds(self, strips: Sequence[Began], block: int) -> list[Block | None]:
        """That block of every strip, None where its sound is not there. Nobody may write to what is given."""
        ...


@dataclass(slots=True)
class _Last:
    """What a source gave last, and since which program picture it is broken."""

    image: Picture | Cutout
    position: int
    broken_at: int | None = None


@dataclass(slots=True)
class _LastLive:
    """Which picture of a live stream was shown last, and how clearly the stream is seen."""

    presence: Presence
    serial: int = 0


class LiveAsking:
    def __init__(self, wings: Wings, program: ProgramFormat, notes: Notes, arrivals: Arrivals | None = None) -> None:
        self._wings = wings
        self._notes = notes
        self._arrivals = arrivals
        self._rate = program.pictures_per_second
        self._hold = round(HOLD_S * program.pictures_per_second)
        self._go = max(1, round(GO_S * program.pictures_per_second))
        self._last: dict[Drawable, _Last] = {}
        self._hopeless: set[Drawable] = set()
        self._asked: set[Drawable] = set()
        self._live: dict[PicturePart, _LastLive] = {}
        self._live_news: dict[str, tuple[int, int]] = {}
        self._shown: dict[str, Given | None] = {}
        self._noted_shown: dict[str, Given | None] = {}
        self._silenced: set[SoundPart] = set()
        self._strips: Sequence[Began] = ()
        self._departures = 0
        self._sources: list[SoundSource | None] = []
        self._rested: set[str] = set()
        self._seen_live = Still(seen_live)

    def picture(self, name: str, part: Drawable, position: int, number: int) -> Answer | None:
        self._asked.add(part)
        if isinstance(part, PicturePart) and isinstance(part.source, LiveSource):
            return self._live_picture(name, part, number)
        last = self._last.get(part)
        if last is None or last.broken_at is None:
            last = self._ask(part, position, number, last)
        if last is None:
            self._shown[name] = None
            return None
        return self._answer(name, last, position, number)

    def painted(self, number: int) -> None:
        if self._shown != self._noted_shown:
            self._notes.note(Shown(picture=number, layers=self._shown))
            self._noted_shown = self._shown
        if self._live_news:
            self._notes.note(Live(picture=number, layers=self._live_news))
            self._live_news = {}
        self._shown = {}
        for part in self._last.keys() - self._asked:
            del self._last[part]
        for live in self._live.keys() - self._asked:
            del self._live[live]
        self._asked.clear()

    def await_live(self, scene: Scene, number: int, until_s: float) -> None:
        """Wait until every live stream that is seen has a picture not shown yet, or (monotonic) `until_s`.

        Whose next picture is not expected before that is not waited for. For the painter's thread.
        """
        within_s = until_s - time.monotonic()
        if self._arrivals is not None and within_s > 0.0 and (parts := self._seen_live(scene, number)):
            self._arrivals.wait(lambda: self._awaited(parts, until_s), within_s)

    def _awaited(self, parts: Iterable[PicturePart], until_s: float) -> list[str]:
        awaited: list[str] = []
        for part in parts:
            source, last = self._wings.live_picture(part), self._live.get(part)
            newest = None if source is None else source.newest()
            if source is None or newest is None or last is None or newest.serial != last.serial:
                continue
            expected_s = source.next_expected_s()
            if expected_s is not None and expected_s < until_s:
                awaited.append(source.stream_id)
        return awaited

    def _live_picture(self, name: str, part: PicturePart, number: int) -> Answer | None:
        source = self._wings.live_picture(part)
        newest = None if source is None else source.newest()
        last = self._live.get(part)
        if last is None:
            last = self._live[part] = _LastLive(Presence(self._rate, number))
        if newest is None:
            self._shown[name] = None
            return None
        level = last.presence.level(number, newest.serial)
        if newest.serial != last.serial:
            last.serial = newest.serial
            self._live_news[name] = newest.segment, newest.index
        if level == 0.0:
            self._shown[name] = None
            return None
        if level != 1.0:
            self._shown[name] = Given(lag=0, level=level)
        return Answer(newest.picture, level)

    def sounds(self, strips: Sequence[Began], block: int) -> list[Block | None]:
        frame = block * BLOCK_FRAMES
        self._find(strips)
        given = [
            None if source is None else self._read(source, part, frame - first_frame, block)
            for source, (part, first_frame) in zip(self._sources, strips, strict=True)
        ]
        rested = {part.strip_id for (part, _), sound in zip(strips, given, strict=True) if sound is None}
        if rested != self._rested:
            self._notes.note(Rested(block=block, strips=tuple(sorted(rested))))
            self._rested = rested
        return given

    def _ask(self, part: Drawable, position: int, number: int, last: _Last | None) -> _Last | None:
        source = self._wings.picture(part)
        if source is None or part in self._hopeless:
            return None
        try:
            image = source.picture_at(position, exact=False)
        except Exception:
            log.exception("a source broke and leaves the stage", picture=number, part=repr(part))
            if last is None:  # it never gave a picture: there is nothing to hold
                self._hopeless.add(part)
                return None
            last.broken_at = number
            return last
        if image is not None:
            last = self._last[part] = _Last(image, source.shown_position())
        return last

    def _answer(self, name: str, last: _Last, position: int, number: int) -> Answer | None:
        gone = 0 if last.broken_at is None else number - last.broken_at - self._hold
        level = max(0.0, min(1.0, 1.0 - gone / self._go))
        given = Given(lag=position - last.position, level=level)
        if level == 0.0:
            self._shown[name] = None
            return None
        if given != AS_ASKED:
            self._shown[name] = given
        return Answer(last.image, level)

    def _find(self, strips: Sequence[Began]) -> None:
        """Look the strips' sources up where that may have changed: to compare parts costs as much as to read them."""
        departures = self._wings.departures
        if strips is not self._strips or departures != self._departures or None in self._sources:
            self._strips, self._departures = strips, departures
            self._sources = [None if part in self._silenced else self._wings.sound(part) for part, _ in strips]

    def _read(self, source: SoundSource, part: SoundPart, first_frame: int, block: int) -> Block | None:
        try:
            if not isinstance(source, LiveSound):
                return source.read(first_frame, BLOCK_FRAMES, exact=False)
            sound, take = source.next_block(first_frame)
            if take is not None:
                self._notes.note(Played(block, part.strip_id, *take))
            return sound
        except Exception:
            log.exception("a strip broke and falls silent", part=repr(part))
            self._silenced.add(part)
            self._strips = ()
            return None


class ReplayedAsking:
    """Raises Unavailable where media that was shown then cannot be had now. Pieces `withdrawn` since are left out."""

    def __init__(self, wings: Wings, record: Record, withdrawn: Collection[str] = ()) -> None:
        self._wings = wings
        self._record = record
        self._withdrawn = withdrawn

    def picture(self, name: str, part: Drawable, position: int, number: int) -> Answer | None:
        given = self._record.given(number, name)
        if given is None or (isinstance(part, PicturePart) and self._is_withdrawn(part.source)):
            return None
        if isinstance(part, PicturePart) and isinstance(part.source, LiveSource):
            return self._kept_picture(name, part, number, given.level)
        source = self._wings.picture(part)
        image = None if source is None else source.picture_at(position - given.lag, exact=True)
        return None if image is None else Answer(image, given.level)

    def _kept_picture(self, name: str, part: PicturePart, number: int, level: float) -> Answer | None:
        shown = self._record.live(number, name)
        if shown is None or shown[0] == 0:
            return None
        source = self._wings.kept_picture(part)
        image = None if source is None else source.picture(*shown)
        return None if image is None else Answer(image, level)

    def painted(self, number: int) -> None:
        pass

    def sounds(self, strips: Sequence[Began], block: int) -> list[Block | None]:
        frame = block * BLOCK_FRAMES
        return [self._read(part, frame - first_frame, block) for part, first_frame in strips]

    def _read(self, part: SoundPart, first_frame: int, block: int) -> Block | None:
        if self._record.rests(block, part.strip_id) or self._is_withdrawn(part.source):
            return None
        source = self._wings.sound(part)
        if isinstance(source, ReplayedSound):
            noted = self._record.played(block, part.strip_id)
            return source.play(None if noted is None else Take(noted.segment, noted.first_frame, noted.frames))
        return None if source is None else source.read(first_frame, BLOCK_FRAMES, exact=True)

    def _is_withdrawn(self, source: Source) -> bool:
        return contribution_of(source) in self._withdrawn
