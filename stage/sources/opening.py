"""From a source's words to the source itself: the one place that knows which class plays which kind."""

from __future__ import annotations

from live.messages.scene import (
    ClipSource,
    LiveSource,
    ReactionsSource,
    SolidSource,
    SoundSource,
    Source,
    StillSource,
    TextSource,
)
from stage import ports
from stage.program import MediaFiles, ProgramFormat
from stage.sources import clip, solid, sound, still, text


def open_picture_source(source: Source, media: MediaFiles, program: ProgramFormat) -> ports.PictureSource:
    """Return the picture of a source, not yet prepared. A sound has none: ValueError."""
    match source:
        case StillSource(key=key, ken_burns=ken_burns):
            return still.StillSource(lambda: media.path(key), program, ken_burns=ken_burns)
        case ClipSource(key=key, loop=loop, duration_us=duration_us):
            return clip.ClipSource(lambda: media.path(key), program, loop=loop, duration_us=duration_us)
        case TextSource(text=words):
            return text.TextSource(words, program)
        case SolidSource():
            return solid.SolidSource(source, program)
        case LiveSource():
            raise ValueError(
                f"expected a source with a file or of its own, got {source!r}; open it with the stage's `Air`"
            )
        case ReactionsSource():
            raise ValueError(f"expected a source with a file or of its own, got {source!r}; open it with `open_part`")
        case SoundSource():
            raise ValueError(f"expected a source with a picture, got {source!r}; open it with open_sound_source")


def open_sound_source(source: ClipSource | SoundSource | LiveSource, media: MediaFiles) -> ports.SoundSource:
    """Return the sound of a source, not yet prepared. A clip without sound has none: ValueError."""
    if isinstance(source, LiveSource):
        raise ValueError(f"expected a source with a file, got {source!r}; open it with the stage's `Air`")
    key = source.sound_key if isinstance(source, ClipSource) else source.key
    if key is None:
        raise ValueError(f"expected a clip with sound, got {source!r}; it has no strip")
    return sound.SoundFileSource(lambda: media.path(key), source.loop, source.duration_us)
