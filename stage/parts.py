"""The parts of a scene that need media or typesetting: what must be prepared before they can be shown or heard.

Pure: `wanted` names the parts of a scene, `open_part` makes the source of one. Sources, the slate and the lower third
are all opened here and look alike from here on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from live.errors import Unavailable
from live.messages.scene import (
    ClipSource,
    LiveSource,
    ReactionsSource,
    Scene,
    Slate,
    SoundSource,
    Source,
)
from live.scene import panic_level, placed
from stage import ports
from stage.naming import own_names
from stage.picture import Picture
from stage.program import MediaFiles, ProgramFormat


@dataclass(frozen=True, slots=True)
class PicturePart:
    layer_id: str
    source: Source


@dataclass(frozen=True, slots=True)
class SoundPart:
    strip_id: str
    source: ClipSource | SoundSource | LiveSource


@dataclass(frozen=True, slots=True)
class SlatePart:
    slate: Slate


@dataclass(frozen=True, slots=True)
class CreditsPart:
    """A page of the lower third."""

    line: str


@dataclass(frozen=True, slots=True)
class NamePart:
    """A guest's name in their own picture."""

    name: str


Part: TypeAlias = PicturePart | SoundPart | SlatePart | CreditsPart | NamePart
Opened: TypeAlias = ports.PictureSource | ports.SoundSource | ports.LivePictureSource | ports.KeptPictureSource


def wanted(scene: Scene, picture: int) -> frozenset[Part]:
    """Every part that the scene needs at a picture. Layers that are off count too: they may come back at once.

    The lower third is not among them: `stage.credit_roll` knows its page.
    """
    parts: set[Part] = {SlatePart(scene.slate)}
    parts.update(PicturePart(layer.layer_id, layer.source) for layer in scene.layers)
    parts.update(SoundPart(strip.strip_id, strip.source) for strip in scene.strips)
    parts.update(NamePart(name) for name in own_names(scene).values() if name)
    return frozenset(parts)


def is_live(part: Part) -> bool:
    return isinstance(part, PicturePart | SoundPart) and isinstance(part.source, LiveSource)


def seen_live(scene: Scene, picture: int) -> tuple[PicturePart, ...]:
    """The live streams whose pictures are seen."""
    if scene.blackout or panic_level(scene, picture) >= 1.0:
        return ()
    layers = (one.layer for one in placed(scene, picture))
    return tuple(PicturePart(one.layer_id, one.source) for one in layers if isinstance(one.source, LiveSource))


def open_part(
    part: Part,
    media: MediaFiles,
    program: ProgramFormat,
    air: ports.LiveMedia | None = None,
    reactions: Callable[[str], ports.PictureSource] | None = None,
) -> Opened:
    """Make the source of a part; it is not prepared yet. Imports late: a stage without clips needs no decoder.

    `air` opens live streams, `reactions` what the hall gives back, for a layer's id: both know what came, and when.
    """
    from stage.sources.opening import open_picture_source, open_sound_source

    match part:
        case PicturePart(source=LiveSource() as live):
            return _given(air).open_picture(live)
        case SoundPart(source=LiveSource() as live):
            return _given(air).open_sound(live)
        case PicturePart(source=ReactionsSource(), layer_id=layer_id):
            if reactions is None:
                raise Unavailable(
                    "expected something that knows the hall's reactions, got none; give it to `open_part`"
                )
            return reactions(layer_id)
        case PicturePart():
            return open_picture_source(part.source, media, program)
        case SoundPart():
            return open_sound_source(part.source, media)
        case SlatePart():
            from stage.sources.slate import SlateSource

            return SlateSource(part.slate, program)
        case CreditsPart():
            return SetSource(lambda: _lower_third(part.line, program))
        case NamePart():
            return SetSource(lambda: _name_plate(part.name, program))


def _given(air: ports.LiveMedia | None) -> ports.LiveMedia:
    if air is None:
        raise Unavailable("expected something that receives live streams, got none; give `open_part` an `Air`")
    return air


def _lower_third(line: str, program: ProgramFormat) -> ports.Cutout:
    from stage.lower_third import lower_third

    return lower_third(line, program)


def _name_plate(name: str, program: ProgramFormat) -> ports.Cutout:
    from stage.name_plate import name_plate

    return name_plate(name, program)


class SetSource:
    """Set type that never changes (names at the foot of the picture, or of one tile), as a source."""

    def __init__(self, set_type: Callable[[], ports.Cutout]) -> None:
        self._set_type = set_type
        self._set: ports.Cutout | None = None

    def prepare(self) -> None:
        self._set = self._set_type()

    def picture_at(self, position: int, *, exact: bool) -> Picture | ports.Cutout:
        if self._set is None:
            self.prepare()
        assert self._set is not None
        return self._set

    def shown_position(self) -> int:
        return 0

    def close(self) -> None:
        self._set = None
