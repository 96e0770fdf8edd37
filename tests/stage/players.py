"""Small sources and outputs for tests of the engine: pictures that carry their number, sound that carries its frame.

They keep to the ports as any other does; each can be told to be late, to be stuck or to break.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from live.messages.scene import SoundSource as SoundPiece
from live.messages.scene import TextSource
from stage.parts import Opened, Part, PicturePart, SlatePart, SoundPart
from stage.picture import Block, Picture

SLATE_LUMA = 20
FIRST_LUMA = 40
"""Picture p of a `Counter` has luma FIRST_LUMA + p, up to 200 pictures."""

WIDTH, HEIGHT = 64, 36


class Counter:
    """Each picture is a plain grey that says its position. `reaches` is how far its decoder has come."""

    def __init__(self, width: int = WIDTH, height: int = HEIGHT) -> None:
        self.may_prepare = threading.Event()
        self.may_prepare.set()
        self.reaches: int | None = None
        self.breaks_at: int | None = None
        self.closed = False
        self._size = width, height
        self._shown = 0

    def prepare(self) -> None:
        self.may_prepare.wait()

    def picture_at(self, position: int, *, exact: bool) -> Picture:
        if self.breaks_at is not None and position >= self.breaks_at and not exact:
            raise OSError(f"the file ended at position {position}")
        self._shown = position if self.reaches is None or exact else min(position, self.reaches)
        return Picture.solid(*self._size, (FIRST_LUMA + self._shown % 200, 128, 128))

    def shown_position(self) -> int:
        return self._shown

    def close(self) -> None:
        self.closed = True


class Still:
    """One grey picture."""

    def __init__(self, luma: int) -> None:
        self._picture = Picture.solid(WIDTH, HEIGHT, (luma, 128, 128))

    def prepare(self) -> None:
        pass

    def picture_at(self, position: int, *, exact: bool) -> Picture:
        return self._picture

    def shown_position(self) -> int:
        return 0

    def close(self) -> None:
        pass


class Ramp:
    """Sound whose every frame says its position; `rests_from` … is not there yet live."""

    def __init__(self) -> None:
        self.rests = range(0)

    def prepare(self) -> None:
        pass

    def read(self, first_frame: int, frames: int, *, exact: bool) -> Block | None:
        if first_frame in self.rests and not exact:
            return None
        line = np.arange(first_frame, first_frame + frames, dtype=np.float32) / 2**20
        return np.stack([line, line], axis=1)

    def close(self) -> None:
        pass


class Company:
    """Opens parts: a `Counter` for each layer, the slate's grey, a `Ramp` for each strip; keeps them by id."""

    def __init__(self) -> None:
        self.counters: dict[str, Counter] = {}
        self.ramps: dict[str, Ramp] = {}
        self.missing: set[str] = set()

    def open(self, part: Part) -> Opened:
        match part:
            case PicturePart(layer_id=layer_id):
                if layer_id in self.missing:
                    raise FileNotFoundError(f"no file for {layer_id}")
                return self.counters.setdefault(layer_id, Counter())
            case SoundPart(strip_id=strip_id):
                return self.ramps.setdefault(strip_id, Ramp())
            case SlatePart():
                return Still(SLATE_LUMA)
            case _:
                return Still(0)


class Keeper:
    """An output that keeps all it was given, as bytes."""

    name = "keeper"

    def __init__(self, on_picture: Callable[[int], None] = lambda number: None) -> None:
        self.pictures: dict[int, bytes] = {}
        self.blocks: dict[int, bytes] = {}
        self.dropped = 0
        self.state = "on"
        self._on_picture = on_picture

    def put_picture(self, number: int, picture: Picture) -> None:
        assert number not in self.pictures
        self.pictures[number] = picture.data.tobytes()
        self._on_picture(number)

    def put_block(self, first_frame: int, block: Block) -> None:
        assert first_frame not in self.blocks
        self.blocks[first_frame] = block.tobytes()

    def close(self) -> None:
        self.state = "off"

    def luma(self, number: int) -> int:
        """The luma of the middle of a picture of WIDTH × HEIGHT."""
        return self.pictures[number][HEIGHT // 2 * WIDTH + WIDTH // 2]


class Notebook:
    """Keeps side-log lines."""

    def __init__(self) -> None:
        self.lines: list[object] = []

    def note(self, line: object) -> None:
        self.lines.append(line)


def text(name: str) -> TextSource:
    return TextSource(text=name)


def sound(name: str) -> SoundPiece:
    return SoundPiece(contribution_id=name, key=f"renditions/{name}/sound.flac", duration_us=60_000_000, loop=True)
