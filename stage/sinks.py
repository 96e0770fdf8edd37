"""Where a rendered program goes: a film, raw files, or a line of hash for each picture and block."""

from __future__ import annotations

import contextlib
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol, TextIO

from live.errors import Unavailable
from stage.picture import BLOCK_FRAMES, CHANNELS, SAMPLE_RATE_HZ, Block, Picture, silence
from stage.program import ProgramFormat


class Sink(Protocol):
    """Where the rendered program goes, in order; unlike an output it may take its time."""

    def put_picture(self, number: int, picture: Picture) -> None: ...

    def put_block(self, first_frame: int, block: Block) -> None: ...


@contextlib.contextmanager
def open_sink(out: Path | None, program: ProgramFormat) -> Iterator[Sink]:
    if out is None:
        yield Digests(sys.stdout)
        return
    if out.suffix == ".mkv":
        film = Film(out, program)
        try:
            yield film
        finally:
            film.close()
        film.check()
        return
    out.mkdir(parents=True, exist_ok=True)
    with (out / "program.yuv").open("wb") as pictures, (out / "program.wav").open("wb") as sound:
        raw = RawSink(pictures, sound, program)
        yield raw
        raw.finish()


class Film:
    """A film, by the recorder of the evening. A show goes on without that one; here there is nothing else to do."""

    def __init__(self, path: Path, program: ProgramFormat) -> None:
        from stage.outputs.recorder import RecorderOutput

        self._recorder = RecorderOutput(path, program, waits=True)

    def put_picture(self, number: int, picture: Picture) -> None:
        """Raises Unavailable."""
        if not self._recorder.wants_pictures:
            self.check()
        self._recorder.put_picture(number, picture)

    def put_block(self, first_frame: int, block: Block) -> None:
        self._recorder.put_block(first_frame, block)

    def close(self) -> None:
        self._recorder.close()

    def check(self) -> None:
        """Raises Unavailable where not all of it could be written."""
        if self._recorder.state not in ("on", "off"):
            raise Unavailable(f"the film is not whole: {self._recorder.state}")


class Digests:
    """Writes a line for each picture and block: what, its number, and the SHA-256 of its bytes."""

    def __init__(self, to: TextIO) -> None:
        self._to = to

    def put_picture(self, number: int, picture: Picture) -> None:
        print("picture", number, hashlib.sha256(picture.data.tobytes()).hexdigest(), file=self._to)

    def put_block(self, first_frame: int, block: Block) -> None:
        print("block", first_frame // BLOCK_FRAMES, hashlib.sha256(block.tobytes()).hexdigest(), file=self._to)


class RawSink:
    """Raw I420 pictures and a float WAV without gaps: what was skipped is the picture before again, or silence."""

    def __init__(self, pictures: BinaryIO, sound: BinaryIO, program: ProgramFormat) -> None:
        import soundfile

        self._program = program
        self._pictures = pictures
        self._sound = soundfile.SoundFile(sound, "w", SAMPLE_RATE_HZ, CHANNELS, subtype="FLOAT", format="WAV")
        self._next_frame: int | None = None
        self._next_picture: int | None = None
        self._last: Picture | None = None

    def put_picture(self, number: int, picture: Picture) -> None:
        self._fill(number, picture)
        self._last = picture
        self._fill(number + 1, picture)

    def put_block(self, first_frame: int, block: Block) -> None:
        if self._next_frame is None:
            self._next_picture = self._program.picture_at_frame(first_frame)
        elif first_frame > self._next_frame:
            self._sound.write(silence(first_frame - self._next_frame))
        self._sound.write(block)
        self._next_frame = first_frame + len(block)

    def finish(self) -> None:
        if self._next_frame is not None and self._last is not None:
            self._fill(self._program.picture_at_frame(self._next_frame - BLOCK_FRAMES) + 1, self._last)
        self._sound.close()

    def _fill(self, before: int, picture: Picture) -> None:
        """Write pictures up to number `before`: the last one again, or where there is none yet, this one."""
        first = before if self._next_picture is None else self._next_picture
        for _ in range(first, before):
            self._pictures.write((self._last or picture).data.tobytes())
        self._next_picture = max(first, before)
