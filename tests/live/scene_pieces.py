"""Scenes to begin with and pieces to put into them, for tests of the grammar of a scene."""

from __future__ import annotations

from live.messages.scene import (
    ClipSource,
    Credit,
    Cue,
    Put,
    Rect,
    Scene,
    SoundSource,
    Source,
    StillSource,
    TextSource,
    Transition,
)
from live.scene import (
    apply,
    heard,
    placed,
    slate_level,
)

RATE = 30
EMPTY = Scene(pictures_per_second=RATE)
ADA = Credit(person_id="person-ada", name="Ada")
BO = Credit(person_id="person-bo", name="Bo")
NOBODY = Credit(person_id="person-shy", name="")

STILL = StillSource(contribution_id="still-01", key="renditions/still-01/still.jpg", width_px=1600, height_px=900)
CLIP = ClipSource(
    contribution_id="clip-001",
    key="renditions/clip-001/clip.mp4",
    sound_key="renditions/clip-001/sound.flac",
    width_px=720,
    height_px=1280,
    duration_us=2_000_000,
)
SOUND = SoundSource(contribution_id="sound-01", key="renditions/sound-01/sound.flac", duration_us=1_500_000)
TEXT = TextSource(text="Good evening", contribution_id="text-001")


def put(
    layer_id: str,
    source: Source = STILL,
    *,
    transition: Transition = "add",
    fade_ms: int = 0,
    credit: Credit | None = None,
    place: Rect | None = None,
) -> Put:
    return Put(layer_id=layer_id, source=source, transition=transition, fade_ms=fade_ms, credit=credit, place=place)


def fold(*cues: tuple[int, Cue], scene: Scene = EMPTY) -> Scene:
    for picture, cue in cues:
        scene = apply(scene, cue, picture)
    return scene


def opacities(scene: Scene, picture: int) -> dict[str, float]:
    return {one.layer.layer_id: one.opacity for one in placed(scene, picture)}


def slate(scene: Scene, picture: int) -> float:
    """How much of the slate shows where every layer's picture is there."""
    return slate_level(one.cover for one in placed(scene, picture))


def gains(scene: Scene, picture: int) -> dict[str, float]:
    return {one.strip.strip_id: one.gain for one in heard(scene, picture)}
