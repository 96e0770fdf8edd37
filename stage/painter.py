"""From a scene to a program picture: which pictures are drawn where, how clearly, and in which order.

Back to front: the slate while nothing covers it, the layers, the names of those on stage, and over all of it the
slate again as far as PANIC has come. Pure but for the sources it asks; the drawing itself is the compositor's. One
thread paints.
"""

from __future__ import annotations

from live.messages.scene import LiveSource, Scene
from live.scene import slate_level
from stage.arrangement import Area, Arranged, Arrangement, arranged, even_px
from stage.asking import Answer, Asking
from stage.compositor import Compositor, Draw
from stage.credit_roll import CreditRoll
from stage.following.effects import following
from stage.following.hall import Hall
from stage.lower_third import SAFE, TOP, foot
from stage.parts import SlatePart
from stage.picture import Picture
from stage.placement import Box, Fit, place
from stage.ports import Cutout
from stage.program import ProgramFormat
from stage.still import Still

SLATE, PANIC = "slate", "panic"
"""Names in the side log of what is not a layer; ids of layers are longer than these."""

NAME_SHARE, INSET_SHARE = 1 / 6, 1 / 24
"""Of a picture's height: how tall the name in it is at most, and how far inside it stands."""


class Painter:
    def __init__(
        self, program: ProgramFormat, asking: Asking, hall: Hall | None = None, roll: CreditRoll | None = None
    ) -> None:
        self._asking = asking
        self._hall = hall or Hall(program)
        self._roll = roll or CreditRoll(program)
        self._arranged = Still[Arrangement](lambda scene, number: arranged(scene, number, program))
        self._compositor = Compositor(program.width, program.height)
        self._black = Picture.black(program.width, program.height)
        self._whole: Area = (0, 0, program.width, program.height)
        self._foot: Area = foot(program)

    def paint(self, scene: Scene, number: int) -> Picture:
        """Return program picture `number`. Never raises for a source's sake."""
        draws = [] if scene.blackout else self._draws(self._arranged(scene, number), number)
        self._asking.painted(number)
        return self._compositor.compose(draws) if draws else self._black

    def _draws(self, now: Arrangement, number: int) -> list[Draw]:
        layers: list[Draw] = []
        covers: list[float] = []
        for one in now.layers:
            how = one.follows
            layer = one if how is None else following(one, how, self._hall.level(how.control, number))
            answer = self._asking.picture(layer.layer_id, layer.part, number - layer.began, number)
            layers += self._layer(layer, answer, number, now.has_credits)
            covers.append(_cover(layer, answer))
        draws = self._slate(now.slate, number, SLATE, slate_level(covers)) + layers
        for page in self._roll.shown(number) if now.has_credits else ():
            answer = self._asking.picture(page.name, page.part, 0, number)
            draws += self._draw(page.name, answer, self._foot, now.credits_level * page.level)
        return draws + self._slate(now.slate, number, PANIC, now.panic_level)

    def _slate(self, part: SlatePart, number: int, name: str, level: float) -> list[Draw]:
        if level <= 0.0:
            return []
        return self._draw(name, self._asking.picture(name, part, 0, number), self._whole, level)

    def _layer(self, one: Arranged, answer: Answer | None, number: int, has_lower_third: bool) -> list[Draw]:
        drawn = self._draw(one.layer_id, answer, one.area, one.opacity, one.fit)
        picture, level = (None, 0.0) if answer is None else (answer.image, answer.level)
        named = 1.0 if one.is_heard else level
        if one.name is None or named == 0.0 or isinstance(picture, Cutout):
            return drawn
        plate = self._asking.picture(one.name_key, one.name, 0, number)
        if plate is None or not isinstance(plate.image, Cutout):
            return drawn
        area = self._plate_area(one, picture, plate.image, has_lower_third)
        return drawn + self._draw(one.name_key, plate, area, one.opacity * named)

    def _plate_area(self, one: Arranged, picture: Picture | None, plate: Cutout, has_lower_third: bool) -> Area:
        """In the picture's foot, never larger than it is set; in its head where the lower third is over the foot.

        Who is heard while their camera gives nothing is named at the foot of their whole tile.
        """
        left, _, width, _ = one.area
        _, _, whole_width, whole_height = self._whole
        shown = Box(*one.area)
        if picture is not None:
            shown = place(picture.width, picture.height, shown, one.fit, whole_width, whole_height).target
        inset = even_px(INSET_SHARE * shown.height)
        tall = max(2, min(plate.picture.height, even_px(NAME_SHARE * shown.height)))
        y = shown.bottom - tall - inset
        if has_lower_third and y < whole_height * (1 - SAFE) and y + tall > whole_height * TOP:
            y = shown.y + inset
        return left + inset, y, max(2, width - 2 * inset), tall

    def _draw(self, name: str, answer: Answer | None, area: Area, level: float, fit: Fit = "contain") -> list[Draw]:
        if answer is None:
            return []
        return [Draw(name, answer.image, area, fit, level * answer.level)]


def _cover(one: Arranged, answer: Answer | None) -> float:
    """How much of the slate a layer takes away. A guest whose camera stalled has left with their picture: the hub keeps
    their layer for minutes, and alone on stage it would be black so long."""
    if not isinstance(one.part.source, LiveSource):
        return one.cover
    return 0.0 if answer is None else one.cover * answer.level
