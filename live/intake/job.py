"""What the hub and its disposable children say to each other, one JSON line each, over a socket of the job's own.

The hub writes one `Job`; the child answers with any number of `Step`s and one `Made`, `Refused` or `Broke`. The child
may have been taken over by what it read, so that the hub believes nothing here beyond these types and their bounds:
names and media types of files are the hub's own table, and sizes are measured.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from live.messages.base import Message, Tagged
from live.messages.events import Renditions, Trim
from live.sandbox.limits import Limits

RENDITION_FILES: dict[str, tuple[str, str]] = {
    "still": ("still.jpg", "image/jpeg"),
    "clip": ("clip.mp4", "video/mp4"),
    "sound": ("sound.flac", "audio/flac"),
    "thumbnail": ("thumbnail.jpg", "image/jpeg"),
}
"""Rendition → what the child must call it in its folder, and the type it is served as."""
DRAFT_FILE = "draft.mp4"
"""The clip's name while it is a draft: small, soon there, and followed by the full one under the name above."""

MAX_LINE_BYTES = 64 * 1024
MAX_REPORTS = 10_000
MAX_DURATION_US = 600_000_000
WAVEFORM_PEAKS = 200

Sentence = Annotated[str, msgspec.Meta(max_length=1000)]
Pixels = Annotated[int, msgspec.Meta(ge=0, le=8192)]


class Job(Message, frozen=True):
    kind: Literal["photo", "sound", "video", "probe"]
    limits: Limits
    trim: Trim | None = None
    may_draft: bool = False
    """A clip that would take long may be made as a draft first."""
    niceness: int = 0


class Step(Tagged, frozen=True):
    """A sign of life: how far it is, 0…1."""

    fraction: Annotated[float, msgspec.Meta(ge=0, le=1)]


class Made(Tagged, frozen=True):
    """The renditions lie in the folder; this is what was measured on the way. `is_draft` says so of its clip."""

    is_draft: bool = False
    width_px: Pixels = 0
    height_px: Pixels = 0
    duration_us: Annotated[int, msgspec.Meta(ge=0, le=MAX_DURATION_US + 1_000_000)] = 0
    loudness_lufs: Annotated[float, msgspec.Meta(ge=-100, le=100)] | None = None
    waveform: Annotated[
        tuple[Annotated[int, msgspec.Meta(ge=0, le=255)], ...], msgspec.Meta(max_length=WAVEFORM_PEAKS)
    ] = ()


class Refused(Tagged, frozen=True):
    """Nothing can be made of it; `reason` is for its author."""

    reason: Sentence


class Broke(Tagged, frozen=True):
    """The child met something it did not expect; `fault` is for the log."""

    fault: Sentence


class Walls(Tagged, frozen=True):
    """What a `probe` found: which walls stand, and what a child that tried could still do."""

    no_new_privs: bool
    landlock: int
    seccomp: bool
    network: Literal["own namespace", "shared"]
    user: Literal["a user of its own", "an own user namespace", "the hub's"]
    limits: tuple[str, ...]
    leaks: tuple[str, ...]


def is_draft(renditions: Renditions | None) -> bool:
    """Whether a full clip is still to follow."""
    return renditions is not None and renditions.clip is not None and renditions.clip.key.endswith(f"/{DRAFT_FILE}")


Report = Step | Made | Refused | Broke | Walls
