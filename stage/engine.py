"""The engine: a scene that cues change, and what the hall sees and hears of it. The same live and offline.

Everything follows from picture numbers and block numbers: picture n is due at show time n / rate, and the sound of
its time is mixed from its scene. The engine has no clock and no thread of its own; `stage.pacing` calls it when
pictures are due, `stage.render` as fast as it can. What differs between the two is only how sources are asked
(`stage.asking`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from live.messages.scene import Cue, Scene
from live.scene import apply, settled
from stage.asking import Asking
from stage.credit_roll import CreditRoll
from stage.following.hall import Hall
from stage.painter import Painter
from stage.parts import Part, SlatePart, wanted
from stage.picture import BLOCK_FRAMES, Block, Picture
from stage.program import ProgramFormat
from stage.sound_desk import SoundDesk
from stage.still import Still
from stage.wings import Wings

CALL_EVERY = 10
"""So many pictures may pass before what stays on stage is called for again; a third of what the wings allow."""


class Engine:
    """`take`, `settle` and `sound…` belong to one thread, `picture` may run in another: it is handed its scene."""

    def __init__(
        self, program: ProgramFormat, scene: Scene, wings: Wings, asking: Asking, hall: Hall | None = None
    ) -> None:
        self.program = program
        self.scene = scene
        self.wings = wings
        self._hall = hall or Hall(program)
        self._roll = CreditRoll(program)
        self._painter = Painter(program, asking, self._hall, self._roll)
        self.desk = SoundDesk(program, asking, self._hall)
        self._wanted = Still(_in_order)
        self._called: tuple[Sequence[Part], Sequence[Part]] = (), ()
        self._call_again = 0

    def take(self, cue: Cue, picture: int) -> None:
        self.scene = apply(self.scene, cue, picture)

    def settle(self, picture: int) -> Scene:
        """Return the scene of a picture, with its parts called for and those no longer needed let go."""
        self.scene = settled(self.scene, picture)
        self._hall.hear(self.scene, picture)
        self._roll.hear(self.scene, picture)
        parts, pages = self._wanted(self.scene, picture), self._roll.parts
        if parts is not self._called[0] or pages is not self._called[1] or picture >= self._call_again:
            self._called, self._call_again = (parts, pages), picture + CALL_EVERY
            self.wings.call((*pages[:1], *parts, *pages[1:]), picture)
            self.wings.keep(picture)
        return self.scene

    def foresee(self, picture: int) -> None:
        """Have prepared what will be on stage then. Nothing is decided yet: live and offline begin alike."""
        self.scene = settled(self.scene, picture)
        self.wings.call((*self._roll.after(self.scene, picture), *self._wanted(self.scene, picture)), picture)

    def sound(self, picture: int) -> Iterator[tuple[int, Block]]:
        """Mix the blocks that begin within a picture; yields each with its first frame since show time 0."""
        for block in self.program.blocks(picture):
            yield block * BLOCK_FRAMES, self.sound_block(picture, block)

    def sound_block(self, picture: int, block: int) -> Block:
        return self.desk.mix(self.scene, picture, block)

    def picture(self, scene: Scene, picture: int) -> Picture:
        return self._painter.paint(scene, picture)

    def is_ready(self, before: Scene, after: Scene, picture: int) -> bool:
        """Whether all that `after` adds to `before` is prepared."""
        return all(self.wings.is_ready(part) for part in self.added(before, after, picture))

    def added(self, before: Scene, after: Scene, picture: int) -> frozenset[Part]:
        # One picture later: what fades in is not seen, and so not credited, at the picture it begins with.
        parts = wanted(after, picture + 1) - wanted(before, picture + 1)
        return parts | (self._roll.after(after, picture + 1) - self._roll.after(before, picture + 1))


def _in_order(scene: Scene, picture: int) -> list[Part]:
    """What is on stage first: the slate takes long to set, and mostly nobody sees it."""
    return sorted(wanted(scene, picture), key=lambda part: isinstance(part, SlatePart))
