"""Sound pieces: the file's own frames, looped without a seam, never waited for live."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from live.errors import BadMedia
from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ, Block
from stage.sources.sound import CACHED_CHUNKS, CHUNK_FRAMES, SoundFileSource

Open = Callable[..., SoundFileSource]


def tone(seconds: float, hertz: float = 440.0) -> Block:
    wave = 0.5 * np.sin(2.0 * np.pi * hertz * np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ)
    return np.stack((wave, -wave), axis=1).astype(np.float32)


def saved(path: Path, sound: Block, rate_hz: int = SAMPLE_RATE_HZ) -> Block:
    """Write a 16-bit FLAC and return what it holds."""
    soundfile.write(path, sound, rate_hz, format="FLAC", subtype="PCM_16")
    held, _ = soundfile.read(path, dtype="float32", always_2d=True)
    return np.asarray(held, np.float32)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    sources: list[SoundFileSource] = []

    def open_source(*, loop: bool = False, duration_us: int = 0) -> SoundFileSource:
        sources.append(SoundFileSource(lambda: tmp_path / "piece.flac", loop, duration_us))
        sources[-1].prepare()
        return sources[-1]

    yield open_source
    for source in sources:
        source.close()


def exactly(source: SoundFileSource, first: int, frames: int) -> Block:
    block = source.read(first, frames, exact=True)
    assert block is not None
    return block


@pytest.mark.parametrize("frames", [1, 479, 480, 8193])
def test_it_plays_the_files_frames_then_silence(tmp_path: Path, opened: Open, frames: int) -> None:
    held = saved(tmp_path / "piece.flac", tone(1.5, 100.0))
    source = opened()
    out = np.concatenate([exactly(source, at, frames) for at in range(0, len(held) + 9000, frames)])
    np.testing.assert_array_equal(out[: len(held)], held)
    assert not out[len(held) :].any()


def test_a_loop_has_no_seam(tmp_path: Path, opened: Open) -> None:
    """100 whole periods: the tone goes on as if it never ended."""
    held = saved(tmp_path / "piece.flac", tone(1.0, 100.0))
    source = opened(loop=True)
    at = 7 * len(held) - 1000
    np.testing.assert_array_equal(exactly(source, at, 2000), np.concatenate((held[-1000:], held[:1000])))


def test_a_loop_that_would_click_is_softened(tmp_path: Path, opened: Open) -> None:
    saved(tmp_path / "piece.flac", tone(1.0025, 100.0))
    source = opened(loop=True)
    sound = exactly(source, source.frames - 1000, 2000)
    assert np.abs(np.diff(sound, axis=0)).max() < 0.02


def test_the_loop_is_as_long_as_its_picture(tmp_path: Path, opened: Open) -> None:
    """A clip's sound track is a little shorter or longer than its picture; the two must not drift apart."""
    held = saved(tmp_path / "piece.flac", tone(1.0, 100.0))
    shorter, longer = opened(loop=True, duration_us=900_000), opened(loop=True, duration_us=1_100_000)
    np.testing.assert_array_equal(exactly(shorter, 43_200 + 500, 480), held[500:980])
    np.testing.assert_array_equal(exactly(longer, 52_800 + 500, 480), held[500:980])
    assert not exactly(longer, 48_000, 4_800).any()


def test_an_end_in_full_sound_is_faded(tmp_path: Path, opened: Open) -> None:
    saved(tmp_path / "piece.flac", tone(1.0025, 100.0))
    source = opened()
    assert np.abs(np.diff(exactly(source, source.frames - 1000, 2000), axis=0)).max() < 0.02


def test_mono_is_heard_on_both_sides(tmp_path: Path, opened: Open) -> None:
    held = saved(tmp_path / "piece.flac", tone(0.1)[:, :1])
    np.testing.assert_array_equal(exactly(opened(), 0, 480), np.repeat(held[:480], 2, axis=1))


def test_live_gives_the_same_bytes_as_offline(tmp_path: Path, opened: Open) -> None:
    """Live may answer None while it reads ahead, and never anything else than the right frames."""
    held = saved(tmp_path / "piece.flac", tone(20.0, 100.0))
    source = opened()
    for at in range(0, len(held), BLOCK_FRAMES):
        block = source.read(at, BLOCK_FRAMES, exact=False)
        while block is None:
            threading.Event().wait(0.001)  # the hall is slower than this test: let the reader follow
            block = source.read(at, BLOCK_FRAMES, exact=False)
        np.testing.assert_array_equal(block, held[at : at + BLOCK_FRAMES])


def test_the_beginning_is_ready_at_once_and_a_jump_is_not(tmp_path: Path, opened: Open) -> None:
    saved(tmp_path / "piece.flac", tone(30.0))
    source = opened()
    assert source.read(0, BLOCK_FRAMES, exact=False) is not None
    assert source.misses == 0
    source.close()
    assert source.read(25 * SAMPLE_RATE_HZ, BLOCK_FRAMES, exact=False) is None
    assert source.misses == 1


def test_long_pieces_take_little_memory(tmp_path: Path, opened: Open) -> None:
    saved(tmp_path / "piece.flac", tone(15.0))
    source = opened()
    for at in range(0, 15 * SAMPLE_RATE_HZ, CHUNK_FRAMES):
        exactly(source, at, BLOCK_FRAMES)
    assert source.cached_chunks <= CACHED_CHUNKS


def test_what_is_no_sound_is_refused_in_words(tmp_path: Path, opened: Open) -> None:
    (tmp_path / "piece.flac").write_bytes(b"not a sound")
    with pytest.raises(BadMedia, match=r"expected a FLAC file at 'piece\.flac'"):
        opened()
    saved(tmp_path / "piece.flac", tone(0.1), 44_100)
    with pytest.raises(BadMedia, match="at 44100 Hz"):
        opened()


def test_a_file_cut_short_goes_on_as_silence(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "piece.flac"
    rng = np.random.default_rng(1)
    saved(path, rng.uniform(-0.5, 0.5, (2 * SAMPLE_RATE_HZ, 2)).astype(np.float32))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    source = opened()
    assert exactly(source, 0, 480).any()
    assert not exactly(source, 90_000, 480).any()
