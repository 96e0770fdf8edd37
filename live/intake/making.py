"""From what the file is and what its sender says it is, to who makes the renditions of it."""

from __future__ import annotations

from live.errors import BadMedia
from live.intake.animation import is_animated, make_animation
from live.intake.clip import make_clip, make_sound
from live.intake.job import Made
from live.intake.original import identify
from live.intake.photo import make_photo, open_picture
from live.intake.sniff import GIF, WEBP, Format
from live.intake.work import Work


def make(work: Work) -> Made:
    """Write the renditions into the current folder. Raises BadMedia with a sentence for the sender."""
    work.progress(0.0)
    form = identify(work.original_fd)
    if form.family == "picture":
        return _picture(work, form)
    if work.kind == "photo":
        raise BadMedia(f"expected a photo, got {form.name}; send it as a video or as a sound")
    if work.kind == "video":
        return make_clip(work.original_fd, form, work.trim, work.progress, may_draft=work.may_draft)
    return make_sound(work.original_fd, form, work.trim, work.progress)


def _picture(work: Work, form: Format) -> Made:
    """Moving pictures are a clip, whether they were sent as a photo or as a video."""
    if work.kind == "sound":
        raise BadMedia(f"expected a sound, got {form.name}; send it as a photo")
    if form in (GIF, WEBP) and is_animated(picture := open_picture(work.original_fd, form)):
        return make_animation(picture, work.progress)
    if work.kind == "video":
        raise BadMedia(f"expected a video, got {form.name}; send it as a photo")
    return make_photo(work.original_fd, form)
