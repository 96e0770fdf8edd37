"""A guest's sound as the phone recorded it: found to the sample, only where it is the same, without a click."""

from __future__ import annotations

import numpy as np
import pytest

from live.errors import Unavailable
from stage.air.finest_sound import STRETCH_FRAMES, FinestSound, RecordedSound
from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ, Block, silence

SECONDS = 8
CAPTURED_US = 30_000_000
BEGINS = SAMPLE_RATE_HZ * 2 + 1234
"""The frame of the stream at which the recording begins."""
STARTED_US = CAPTURED_US + BEGINS * 1_000_000 // SAMPLE_RATE_HZ - 40_000


class Sound:
    """What lies in a file."""

    def __init__(self, sound: Block, captured_us: int = 0) -> None:
        self._sound = sound
        self.captured = 0, captured_us
        self.breaks_at: int | None = None

    def fetch(self, segment: int, first: int, frames: int) -> Block:
        if self.breaks_at is not None and first + frames > self.breaks_at:
            raise Unavailable("the child died")
        there = self._sound[first : first + frames]
        return np.concatenate((there, silence(frames - len(there))))

    def close(self) -> None:
        """Nothing is open."""


def noise(seed: int) -> Block:
    """What a room sounds like: every moment another, and more low than high."""
    samples = np.random.default_rng(seed).normal(0.0, 0.3, SECONDS * SAMPLE_RATE_HZ)
    return smooth(np.repeat(samples[:, None], 2, axis=1).astype(np.float32), 8)


def smooth(sound: Block, frames: int) -> Block:
    kernel = np.full(frames, 1 / frames)
    return np.stack([np.convolve(channel, kernel, "same") for channel in sound.T], axis=1).astype(np.float32)


def narrow(sound: Block) -> Block:
    """What the line leaves of it: nothing above a few kilohertz, and a little of its own."""
    return np.asarray(smooth(sound, 5) + 0.1 * noise(99), np.float32)


ROOM = noise(1)
STREAM = narrow(ROOM)


def played(recorded: Sound | None, stream: Block = STREAM, started_us: int = STARTED_US) -> tuple[Block, int]:
    """The whole of the stream, block by block, and how many frames were the phone's own."""
    told: list[int] = []
    recordings = [] if recorded is None else [RecordedSound(started_us, recorded)]
    finest = FinestSound(Sound(stream, CAPTURED_US), recordings, lambda _, own: told.append(own))
    blocks = [finest.fetch(1, first, BLOCK_FRAMES) for first in range(0, len(stream) - STRETCH_FRAMES, BLOCK_FRAMES)]
    return np.concatenate(blocks), sum(told)


@pytest.mark.parametrize("late_ms", [-60, 0, 3, 200])
def test_the_recordings_own_samples_are_played_at_their_moments(late_ms: int) -> None:
    sound, own = played(Sound(ROOM[BEGINS:]), started_us=STARTED_US - late_ms * 1000)
    sure = slice((BEGINS // STRETCH_FRAMES + 2) * STRETCH_FRAMES, len(sound))
    np.testing.assert_array_equal(sound[sure], ROOM[sure])
    np.testing.assert_array_equal(sound[: BEGINS - STRETCH_FRAMES], STREAM[: BEGINS - STRETCH_FRAMES])
    assert len(sound) - BEGINS - STRETCH_FRAMES <= own <= len(sound) - BEGINS + STRETCH_FRAMES


def test_a_recorder_that_left_some_out_is_found_again() -> None:
    cut = BEGINS + 2 * SAMPLE_RATE_HZ
    sound, _ = played(Sound(np.concatenate((ROOM[BEGINS:cut], ROOM[cut + 9000 :]))))
    sure = slice((cut + 9000) // STRETCH_FRAMES * STRETCH_FRAMES + 2 * STRETCH_FRAMES, len(sound))
    np.testing.assert_array_equal(sound[sure], ROOM[sure])


@pytest.mark.parametrize(
    "recorded",
    [Sound(noise(2)[BEGINS:]), Sound(ROOM[BEGINS:] * 5.0), Sound(silence(0)), None],
    ids=["something else", "five times as loud", "nothing", "none"],
)
def test_what_the_hall_did_not_hear_is_not_played(recorded: Sound | None) -> None:
    sound, own = played(recorded)
    np.testing.assert_array_equal(sound, STREAM[: len(sound)])
    assert own == 0


def test_where_the_recording_breaks_off_it_goes_on_as_received_without_a_click() -> None:
    t = np.arange(SECONDS * SAMPLE_RATE_HZ, dtype=np.float32) / SAMPLE_RATE_HZ
    chirp = (0.3 * np.sin(2 * np.pi * (200 * t + 20 * t * t)))[:, None].repeat(2, axis=1).astype(np.float32)
    recorded = Sound(chirp[BEGINS:] * 1.5)
    recorded.breaks_at = 3 * SAMPLE_RATE_HZ
    sound, own = played(recorded, chirp)
    assert 0 < own < 4 * SAMPLE_RATE_HZ
    steepest = 1.5 * np.abs(np.diff(chirp[:, 0])).max()
    assert np.abs(np.diff(sound[:, 0])).max() < 1.3 * steepest
    np.testing.assert_array_equal(sound[-SAMPLE_RATE_HZ:], chirp[: len(sound)][-SAMPLE_RATE_HZ:])
