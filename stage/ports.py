"""The seams of the stage: what a source is and what an output is. Engine, sources and outputs meet only here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from live.messages.scene import LiveSource
from stage.picture import Block, Picture


@dataclass(frozen=True, slots=True, eq=False)
class Cutout:
    """A picture with its own transparency (set type, the slate's QR): `alpha` is (height, width) uint8, 255 opaque."""

    picture: Picture
    alpha: npt.NDArray[np.uint8]


class PictureSource(Protocol):
    """Gives the picture for a position. Positions are program pictures since the layer began (0, 1, 2, …).

    Deterministic: the same position gives the same bytes, live and offline. `prepare` does the slow part (open, decode
    the first picture, typeset) and may be called from a worker thread; until it returned, the layer is not shown.
    `picture_at` is called with rising positions mostly; live it must answer within a few ms (decode ahead in a thread
    of one's own), and where the exact picture is not there yet gives the newest earlier one, or None where there is
    none (a restarted stage begins in the middle of a clip); `exact=True` (offline) waits instead. It returns the same
    object again while nothing changed: the compositor caches by identity.
    """

    def prepare(self) -> None: ...

    def picture_at(self, position: int, *, exact: bool) -> Picture | Cutout | None: ...

    def shown_position(self) -> int:
        """The position whose picture the last `picture_at` really gave (the side log keeps it when it differs)."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, eq=False)
class LivePicture:
    """A picture of a live stream: the `index`-th of its kept `segment` (0: not kept), the `serial`-th that came.

    `arrived_s` is monotonic time; `captured_us` is the phone's own, of which only differences mean anything.
    """

    picture: Picture
    segment: int
    index: int
    serial: int
    arrived_s: float
    captured_us: int = 0


class LivePictureSource(Protocol):
    """Gives what is newest, and never an earlier one again: a live stream has no positions.

    `prepare` waits a moment for the first picture and returns also without; `newest` never waits. Offline the same
    streams are `KeptPictureSource`s, asked for the very pictures that the side log names.
    """

    @property
    def stream_id(self) -> str: ...

    def prepare(self) -> None: ...

    def newest(self) -> LivePicture | None: ...

    def next_expected_s(self) -> float | None:
        """When (monotonic) the next picture is likely to come; None: nobody can say."""
        ...

    def close(self) -> None: ...


class KeptPictureSource(Protocol):
    """A live stream as it was received. `picture` waits, gives None for what its guest took back or was never kept,
    and raises where the picture was kept and is not there.
    """

    def prepare(self) -> None: ...

    def picture(self, segment: int, index: int) -> Picture | None: ...

    def close(self) -> None: ...


class LiveMedia(Protocol):
    """Where live streams come from: the hub now, or what was kept of them."""

    def open_picture(self, source: LiveSource) -> LivePictureSource | KeptPictureSource: ...

    def open_sound(self, source: LiveSource) -> SoundSource: ...


class SoundSource(Protocol):
    """Gives sound by position: frames since the strip began. Deterministic like PictureSource; past the end, silence.

    Live, `read` answers None where the sound is not decoded yet: the strip rests for this block and the side log says
    so (silence given in its place would be lost to the offline render). `exact=True` waits and never answers None.
    """

    def prepare(self) -> None: ...

    def read(self, first_frame: int, frames: int, *, exact: bool) -> Block | None: ...

    def close(self) -> None: ...


class Output(Protocol):
    """Somewhere the program goes. It may never hold up or break the engine: `put_*` copy or queue (bounded, oldest
    gives way, counted in `dropped`), the work happens in a thread of its own, and trouble is told by `state`, not
    raised.
    """

    name: str

    @property
    def dropped(self) -> int: ...

    @property
    def state(self) -> str:
        """`on`, `off`, or a sentence saying what is wrong and what to do."""
        ...

    def put_picture(self, number: int, picture: Picture) -> None: ...

    def put_block(self, first_frame: int, block: Block) -> None:
        """`first_frame` counts from show time 0; blocks are BLOCK_FRAMES long and follow each other."""
        ...

    def close(self) -> None: ...
