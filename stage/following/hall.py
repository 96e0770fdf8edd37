"""What the hall gives back, as levels 0…1 that something on stage may follow, for every picture of the program.

Live the numbers come from the hub (`ReactionFeed`) and are noted in the side log with the picture at which they were
heard; offline they come from there, so that the same pictures have the same levels. While nothing follows, nothing is
heard and nothing noted.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from live.messages.phones import Reactions
from live.messages.scene import Control, Scene
from stage.following import envelope, pulses
from stage.following.envelope import STALE_US, STILL, Envelope
from stage.following.pulses import NONE, Pulses
from stage.program import ProgramFormat
from stage.reaction_feed import ReactionFeed
from stage.side_log import Felt, Notes

SURE = 0.25
"""A tempo as sure as this is followed, as by light and sound on the phones."""
KEPT = 64
"""Moments that a late painter may still ask for."""


class Moment(NamedTuple):
    """How everything stood when the hall was heard at `picture`."""

    picture: int
    applause: Envelope
    hearts: Envelope
    hands: Envelope
    lighters: Envelope
    beat: Pulses


BEFORE = Moment(0, STILL, STILL, STILL, STILL, NONE)


class Hall:
    """`hear` belongs to the thread that decides scenes, `level` to any; `noted` are the numbers of an earlier run."""

    def __init__(
        self,
        program: ProgramFormat,
        noted: Iterable[Felt] = (),
        feed: ReactionFeed | None = None,
        notes: Notes | None = None,
    ) -> None:
        self._program, self._feed, self._notes = program, feed, notes
        self._heard = 0
        self._scene: Scene | None = None
        self._is_followed = False
        self._moments: tuple[Moment, ...] = ()
        """Replaced as a whole, never changed: the painter may look meanwhile."""
        self._moments = tuple(self._after(noted))

    def hear(self, scene: Scene, picture: int) -> None:
        """Take what the hub told up to a picture, where its scene follows the hall."""
        if self._feed is None:
            return
        if scene is not self._scene:
            self._scene, self._is_followed = scene, follows_the_hall(scene)
        if not self._is_followed:
            return
        now_us = self._program.picture_time_us(picture)
        self._heard, told = self._feed.since(self._heard)
        fresh = [one for one in told if now_us - one.at_us <= STALE_US]
        if fresh:
            felt = felt_of(fresh, picture)
            self._moments = (*self._moments[-KEPT:], *self._after([felt]))
            if self._notes is not None:
                self._notes.note(felt)

    def level(self, control: Control, picture: int) -> float:
        """In whole thousandths: what comes near to rest is at rest, and the program picture stays the same."""
        index = bisect_right(self._moments, picture, key=lambda one: one.picture)
        if index == 0:
            return 0.0
        moment, now_us = self._moments[index - 1], self._program.picture_time_us(picture)
        if control == "beat":
            return round(pulses.level_at(moment.beat, now_us), 3)
        way: Envelope = getattr(moment, control)
        return round(envelope.level_at(way, now_us), 3)

    def _after(self, noted: Iterable[Felt]) -> Iterable[Moment]:
        """The moments that these make, after those that are known."""
        now = self._moments[-1] if self._moments else BEFORE
        for felt in noted:
            now = _turned(now, felt, self._program.picture_time_us(felt.picture))
            yield now


def follows_the_hall(scene: Scene) -> bool:
    following = (*(one.follows for one in scene.layers), *(one.follows for one in scene.strips))
    return any(how is not None for how in following)


def felt_of(told: Sequence[Reactions], picture: int) -> Felt:
    """What one or more tellings, heard at the same picture, come to: the most of each, and the newest tempo."""
    tempo = told[-1].tempo
    is_sure = tempo is not None and tempo.confidence >= SURE
    return Felt(
        picture=picture,
        applause=max(one.applause for one in told),
        hearts=max(one.heart_level for one in told),
        hands=max(one.hand_level for one in told),
        lighters=max(one.lighter_level for one in told),
        bpm=tempo.bpm if tempo is not None and is_sure else 0.0,
        beat_us=tempo.beat_us if tempo is not None and is_sure else 0,
    )


def _turned(now: Moment, felt: Felt, at_us: int) -> Moment:
    return Moment(
        picture=felt.picture,
        applause=envelope.told(now.applause, felt.applause, at_us),
        hearts=envelope.told(now.hearts, felt.hearts, at_us),
        hands=envelope.told(now.hands, felt.hands, at_us),
        lighters=envelope.told(now.lighters, felt.lighters, at_us),
        beat=pulses.told(now.beat, felt.bpm, felt.beat_us, at_us),
    )
