"""A program recording, read back while it grows: its pictures with their program numbers, and its sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.video.stream import VideoStream

from stage.outputs.recorder import FIRST_PICTURE_TAG
from tests.media_files import QUARTERS
from tests.signals import SAMPLE_RATE_HZ, Rgb, Sound
from tests.web.air_watcher import Watcher

ALIKE_DB = 30.0
"""A recording is what its render is, encoded once: less than this is another picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    number: int
    """The program picture's own number, since show time 0."""
    rgb: Rgb


def pictures(path: Path, pictures_per_second: int = 30, *, first: int = 0, every: int = 1) -> Iterator[Seen]:
    """Give the pictures from number `first` on, those that `every` divides, as far as the file goes at the beginning.

    It may grow meanwhile, on a busy machine faster than it is read.
    """
    size = path.stat().st_size
    with av.open(str(path), "r") as container:
        begin = int(container.metadata[FIRST_PICTURE_TAG])
        for frame in _decode_from(container, (first - begin) / pictures_per_second, size):
            assert frame.time is not None
            number = begin + round(frame.time * pictures_per_second)
            if number >= first and number % every == 0:
                yield Seen(number, np.asarray(frame.to_ndarray(format="rgb24", threads=1), np.uint8))


def last_number(path: Path, pictures_per_second: int = 30) -> int:
    """Return the number of the last picture that is in the file by now, without decoding any."""
    with av.open(str(path), "r") as container:
        begin = int(container.metadata[FIRST_PICTURE_TAG])
    return max(numbers(path, pictures_per_second), default=begin)


def numbers(path: Path, pictures_per_second: int = 30) -> list[int]:
    """Return the program numbers of all pictures that are in the file by now, without decoding any."""
    with av.open(str(path), "r") as container:
        begin = int(container.metadata[FIRST_PICTURE_TAG])
        times = (float(p.pts * p.time_base) for p in container.demux(video=0) if p.pts is not None and p.time_base)
        return sorted(begin + round(time * pictures_per_second) for time in times)


def _decode_from(container: InputContainer, start_s: float, size: int) -> Iterator[av.VideoFrame]:
    """Decode from the key picture before `start_s` to where the file has `size` bytes: one that grows has no index."""
    waiting: list[av.Packet[VideoStream]] = []
    for packet in container.demux(video=0):
        if packet.pos is not None and packet.pos >= size:
            return
        if packet.pts is not None and packet.time_base is not None and float(packet.pts * packet.time_base) < start_s:
            if packet.is_keyframe:
                waiting.clear()
            waiting.append(packet)
            continue
        for each in (*waiting, packet):
            yield from each.decode()
        waiting.clear()


def sound(path: Path, pictures_per_second: int = 30, *, first: int = 0) -> Sound:
    """Return the sound (frames, 2) from where picture `first` begins."""
    parts: list[npt.NDArray[np.float32]] = []
    with av.open(str(path), "r") as container:
        begin = int(container.metadata[FIRST_PICTURE_TAG])
        start = max(0, first - begin) * SAMPLE_RATE_HZ // pictures_per_second
        resampler = av.AudioResampler(format="flt", layout="stereo", rate=SAMPLE_RATE_HZ)
        decoded_from: int | None = None
        for packet in container.demux(audio=0):
            if packet.pts is None or packet.time_base is None:
                continue
            # Each packet of FLAC stands for itself: what lies before needs no decoding.
            if (packet.pts + (packet.duration or 0)) * packet.time_base * SAMPLE_RATE_HZ < start - SAMPLE_RATE_HZ:
                continue
            if decoded_from is None:
                decoded_from = round(packet.pts * packet.time_base * SAMPLE_RATE_HZ)
            pieces = (piece for frame in packet.decode() for piece in resampler.resample(frame))
            parts += [np.asarray(piece.to_ndarray(), np.float32).reshape(-1, 2) for piece in pieces]
    whole = np.concatenate(parts) if parts else np.zeros((0, 2), np.float32)
    return whole[max(0, start - (decoded_from or 0)) :]


def alike_db(recorded: Rgb, rendered: npt.NDArray[np.uint8]) -> float:
    """How alike two pictures are in light: peak signal to noise. `rendered` is luma, BT.709 limited."""
    light = 16 + recorded.astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32) * (219 / 255)
    return float(20 * np.log10(219 / np.sqrt(np.mean((light - rendered) ** 2) + 1e-6)))


def let_pass(watcher: Watcher, packets: int = 15) -> None:
    """Wait for so many more packets of the program, as who watches it gets them."""
    watcher.forget()
    watcher.until(lambda heard: len(heard.packets) >= packets)


def recordings(folder: Path) -> list[Path]:
    """Return the recordings of a show, the oldest run first."""
    return sorted((folder / "recordings").glob("*.mkv"), key=lambda path: path.stat().st_ctime)


def has_quarters(picture: Rgb) -> bool:
    """Are the four coloured quarters there, as they must look? Read well inside the picture, above the credits."""
    height, width, _ = picture.shape
    places = [(x, y) for y in (0.2, 0.6) for x in (0.3, 0.7)]
    found = [picture[int(y * height), int(x * width)].astype(int) for x, y in places]
    return all(np.abs(colour - np.array(want)).max() < 40 for colour, want in zip(found, QUARTERS, strict=True))
