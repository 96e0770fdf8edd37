"""From a scene to a program picture: which pictures are drawn where, how clearly, and in which order.

Back to front: the slate while nothing covers it, the layers, the names of those on stage, and over all of it the
slate again as far as PANIC has come. Pure but for the sources it asks; the drawing itself is the compositor's. One
thread paints.
"""

from __future__ import annotations

from live.fades import value
from live.messages.scene import ReactionsSource, Rect, Scene
from live.scene import Placed, credited, heard, panic_level, placed, slate_level
from stage.asking import Answer, Asking
from stage.compositor import Compositor, Draw
from stage.parts import CreditsPart, NamePart, PicturePart, SlatePart, named
from stage.picture import Picture
from stage.ports import Cutout
from stage.program import ProgramFormat

SLATE, CREDITS, PANIC = "slate", "credits", "panic"
"""Names in the side log of what is not a layer; ids of layers are longer than these."""

NAME = "name of "
"""Before a layer's id: the name in its foot."""
FOOT_SHARE, INSET_SHARE = 1 / 6, 1 / 24
"""Of a tile's height: how tall a name in its foot is at most, and how far inside it stands."""

Area = tuple[int, int, int, int]


class Painter:
    def __init__(self, program: ProgramFormat, asking: Asking) -> None:
        self._program = program
        self._asking = asking
        self._compositor = Compositor(program.width, program.height)
        self._black = Picture.black(program.width, program.height)
        self._whole: Area = (0, 0, program.width, program.height)

    def paint(self, scene: Scene, number: int) -> Picture:
        """Return program picture `number`. Never raises for a source's sake."""
        draws = [] if scene.blackout else self._draws(scene, number)
        self._asking.painted(number)
        return self._compositor.compose(draws) if draws else self._black

    def _draws(self, scene: Scene, number: int) -> list[Draw]:
        panic = panic_level(scene, number)
        draws = self._slate(scene, number, SLATE, 1.0 if panic >= 1.0 else slate_level(scene, number))
        if panic < 1.0:
            for one in placed(scene, number):
                draws += self._layer(one, number)
            draws += self._credits(scene, number)
            draws += self._slate(scene, number, PANIC, panic)
        return draws

    def _slate(self, scene: Scene, number: int, name: str, level: float) -> list[Draw]:
        if level <= 0.0:
            return []
        answer = self._asking.picture(name, SlatePart(scene.slate), 0, number)
        return self._draw(name, answer, self._whole, level)

    def _layer(self, one: Placed, number: int) -> list[Draw]:
        layer = one.layer
        part = PicturePart(layer.layer_id, layer.source)
        began = 0 if isinstance(layer.source, ReactionsSource) else layer.started_picture
        answer = self._asking.picture(layer.layer_id, part, number - began, number)
        area = even(one.area, self._program)
        drawn = self._draw(layer.layer_id, answer, area, one.opacity, layer.fit)
        if answer is not None and (name := named(layer)):
            drawn += self._name(layer.layer_id, name, area, number, one.opacity * answer.level)
        return drawn

    def _name(self, layer_id: str, name: str, tile: Area, number: int, level: float) -> list[Draw]:
        key = NAME + layer_id
        answer = self._asking.picture(key, NamePart(name), 0, number)
        if answer is None or not isinstance(answer.image, Cutout):
            return []
        return self._draw(key, answer, plate_area(tile, answer.image), level)

    def _credits(self, scene: Scene, number: int) -> list[Draw]:
        people = credited(scene, number) if scene.credits else ()
        if not people:
            return []
        answer = self._asking.picture(CREDITS, CreditsPart(people), 0, number)
        return self._draw(CREDITS, answer, self._whole, _credits_level(scene, number))

    def _draw(self, name: str, answer: Answer | None, area: Area, level: float, fit: str = "contain") -> list[Draw]:
        if answer is None:
            return []
        return [Draw(name, answer.image, area, "cover" if fit == "cover" else "contain", level * answer.level)]


def even(area: Rect, program: ProgramFormat) -> Area:
    """An area in program pixels: edges rounded to even ones, so that neighbours meet and chroma fits; never empty."""
    left, right = _even(area.x * program.width), _even((area.x + area.width) * program.width)
    top, bottom = _even(area.y * program.height), _even((area.y + area.height) * program.height)
    left, top = min(left, program.width - 2), min(top, program.height - 2)
    return left, top, max(2, right - left), max(2, bottom - top)


def plate_area(tile: Area, plate: Cutout) -> Area:
    """Where a name stands in the foot of a tile, never larger than it is set."""
    left, top, width, height = tile
    inset = _even(INSET_SHARE * height)
    tall = max(2, min(plate.picture.height, _even(FOOT_SHARE * height)))
    return left + inset, top + height - tall - inset, max(2, width - 2 * inset), tall


def _even(px: float) -> int:
    return 2 * round(px / 2)


def _credits_level(scene: Scene, number: int) -> float:
    """Names come and go with the clearest of what they name."""
    seen = [value(one.layer.fade, number) for one in placed(scene, number) if one.layer.credit]
    sounding = [value(one.strip.fade, number) for one in heard(scene, number) if one.strip.credit]
    return max((*seen, *sounding), default=0.0)
