"""From a scene to a program picture: which pictures are drawn where, how clearly, and in which order.

Back to front: the slate while nothing covers it, the layers, the names of those on stage, and over all of it the
slate again as far as PANIC has come. Pure but for the sources it asks; the drawing itself is the compositor's. One
thread paints.
"""

from __future__ import annotations

from live.messages.scene import Scene
from stage.arrangement import Area, Arranged, Arrangement, arranged, even_px
from stage.asking import Answer, Asking
from stage.compositor import Compositor, Draw
from stage.parts import SlatePart
from stage.picture import Picture
from stage.placement import Fit
from stage.ports import Cutout
from stage.program import ProgramFormat
from stage.still import Still

SLATE, CREDITS, PANIC = "slate", "credits", "panic"
"""Names in the side log of what is not a layer; ids of layers are longer than these."""

FOOT_SHARE, INSET_SHARE = 1 / 6, 1 / 24
"""Of a tile's height: how tall a name in its foot is at most, and how far inside it stands."""


class Painter:
    def __init__(self, program: ProgramFormat, asking: Asking) -> None:
        self._asking = asking
        self._arranged = Still[Arrangement](lambda scene, number: arranged(scene, number, program))
        self._compositor = Compositor(program.width, program.height)
        self._black = Picture.black(program.width, program.height)
        self._whole: Area = (0, 0, program.width, program.height)

    def paint(self, scene: Scene, number: int) -> Picture:
        """Return program picture `number`. Never raises for a source's sake."""
        draws = [] if scene.blackout else self._draws(self._arranged(scene, number), number)
        self._asking.painted(number)
        return self._compositor.compose(draws) if draws else self._black

    def _draws(self, now: Arrangement, number: int) -> list[Draw]:
        draws = self._slate(now.slate, number, SLATE, now.slate_level)
        for layer in now.layers:
            draws += self._layer(layer, number)
        if now.credits is not None:
            answer = self._asking.picture(CREDITS, now.credits, 0, number)
            draws += self._draw(CREDITS, answer, self._whole, now.credits_level)
        return draws + self._slate(now.slate, number, PANIC, now.panic_level)

    def _slate(self, part: SlatePart, number: int, name: str, level: float) -> list[Draw]:
        if level <= 0.0:
            return []
        return self._draw(name, self._asking.picture(name, part, 0, number), self._whole, level)

    def _layer(self, one: Arranged, number: int) -> list[Draw]:
        answer = self._asking.picture(one.layer_id, one.part, number - one.began, number)
        drawn = self._draw(one.layer_id, answer, one.area, one.opacity, one.fit)
        if answer is not None and one.name is not None:
            drawn += self._name(one, number, one.opacity * answer.level)
        return drawn

    def _name(self, one: Arranged, number: int, level: float) -> list[Draw]:
        answer = self._asking.picture(one.name_key, one.name, 0, number) if one.name is not None else None
        if answer is None or not isinstance(answer.image, Cutout):
            return []
        return self._draw(one.name_key, answer, plate_area(one.area, answer.image), level)

    def _draw(self, name: str, answer: Answer | None, area: Area, level: float, fit: Fit = "contain") -> list[Draw]:
        if answer is None:
            return []
        return [Draw(name, answer.image, area, fit, level * answer.level)]


def plate_area(tile: Area, plate: Cutout) -> Area:
    """Where a name stands in the foot of a tile, never larger than it is set."""
    left, top, width, height = tile
    inset = even_px(INSET_SHARE * height)
    tall = max(2, min(plate.picture.height, even_px(FOOT_SHARE * height)))
    return left + inset, top + height - tall - inset, max(2, width - 2 * inset), tall
