"""The parts of a scene that need media or typesetting: what must be prepared before they can be shown or heard.

Pure: `wanted` names the parts of a scene, `open_part` makes the source of one. Sources, the slate and the lower third
are all opened here and look alike from here on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from live.errors import Unavailable
from live.messages.scene import ClipSource, Credit, LiveSource, Scene, Slate, SoundSource, Source
from live.scene import credited, panic_level, placed
from stage import ports
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
    credits: tuple[Credit, ...]


Part: TypeAlias = PicturePart | SoundPart | SlatePart | CreditsPart
Opened: TypeAlias = ports.PictureSource | ports.SoundSource | ports.LivePictureSource | ports.KeptPictureSource


def wanted(scene: Scene, picture: int) -> frozenset[Part]:
    """Every part that the scene needs at a picture. Layers that are off count too: they may come back at once."""
    parts: set[Part] = {SlatePart(scene.slate)}
    parts.update(PicturePart(layer.layer_id, layer.source) for layer in scene.layers)
    parts.update(SoundPart(strip.strip_id, strip.source) for strip in scene.strips)
    if scene.credits and (people := credited(scene, picture)):
        parts.add(CreditsPart(people))
    return frozenset(parts)


def is_live(part: Part) -> bool:
    return isinstance(part, PicturePart | SoundPart) and isinstance(part.source, LiveSource)


def seen_live(scene: Scene, picture: int) -> tuple[PicturePart, ...]:
    """The live streams whose pictures are seen."""
    if scene.blackout or panic_level(scene, picture) >= 1.0:
        return ()
    layers = (one.layer for one in placed(scene, picture))
    return tuple(PicturePart(one.layer_id, one.source) for one in layers if isinstance(one.source, LiveSource))


def open_part(part: Part, media: MediaFiles, program: ProgramFormat, air: ports.LiveMedia | None = None) -> Opened:
    """Make the source of a part; it is not prepared yet. Imports late: a stage without clips needs no decoder."""
    from stage.sources.opening import open_picture_source, open_sound_source

    match part:
        case PicturePart(source=LiveSource() as live):
            return _given(air).open_picture(live)
        case SoundPart(source=LiveSource() as live):
            return _given(air).open_sound(live)
        case PicturePart():
            return open_picture_source(part.source, media, program)
        case SoundPart():
            return open_sound_source(part.source, media)
        case SlatePart():
            from stage.sources.slate import SlateSource

            return SlateSource(part.slate, program)
        case CreditsPart():
            return LowerThirdSource(part.credits, program)


def _given(air: ports.LiveMedia | None) -> ports.LiveMedia:
    if air is None:
        raise Unavailable("expected something that receives live streams, got none; give `open_part` an `Air`")
    return air


class LowerThirdSource:
    """The names at the foot of the picture, as a source that never changes."""

    def __init__(self, credits: tuple[Credit, ...], program: ProgramFormat) -> None:
        self._credits = credits
        self._program = program
        self._set: ports.Cutout | None = None

    def prepare(self) -> None:
        from stage.lower_third import lower_third

        self._set = lower_third(self._credits, self._program)

    def picture_at(self, position: int, *, exact: bool) -> Picture | ports.Cutout:
        if self._set is None:
            self.prepare()
        assert self._set is not None
        return self._set

    def shown_position(self) -> int:
        return 0

    def close(self) -> None:
        self._set = None
