"""What the microphones sounded like a moment ago, both sides as one and at half the rate, and its spectra.

Nothing is judged here. Rows are microphones. The window is filled in a circle: where it begins turns phases alone, and
nobody asks for those.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stage.picture import BLOCK_FRAMES, CHANNELS, SAMPLE_RATE_HZ

Rows = npt.NDArray[np.intp]
Power = npt.NDArray[np.float32]

WINDOW_BLOCKS = 5
STEREO_FRAMES = BLOCK_FRAMES * CHANNELS
THINNED = 2
"""Pairs of frames are heard as one: howls above 10 kHz are none that a loudspeaker of a hall gives."""
HEARD_FRAMES = BLOCK_FRAMES // THINNED
WINDOW_FRAMES = WINDOW_BLOCKS * HEARD_FRAMES
BIN_HZ = SAMPLE_RATE_HZ / THINNED / WINDOW_FRAMES
BINS = WINDOW_FRAMES // 2 + 1

_HANN = np.hanning(WINDOW_FRAMES + 1)[:-1].astype(np.float32)
_TURNED = np.stack([np.roll(_HANN, (number + 1) * HEARD_FRAMES) for number in range(WINDOW_BLOCKS)])
"""The window where the newest block lies at `number`."""
SCALE_DB = -20.0 * float(np.log10(THINNED * _HANN.sum()))
"""From the power of a bin to the peak of a tone there, in dBFS."""
NEAREST, FURTHEST, COVERED_DB = 5, 14, 6.0
"""What lies so many bins beside a tone covers it where the tone is no louder by so much."""
_SLOPES = np.float32(1e-14)


class Hearing:
    """The last WINDOW_BLOCKS of each microphone, in the order of the last `seat`."""

    def __init__(self) -> None:
        self._window = np.zeros((0, WINDOW_FRAMES), np.float32)
        self._sides = np.zeros((0, HEARD_FRAMES), np.complex64)
        self._newest = 0

    def seat(self, came_from: Rows) -> None:
        """Each microphone takes the place of the one that was at `came_from`; −1: it is new."""
        self._window = seated(self._window, came_from)
        self._sides = np.zeros((len(came_from), HEARD_FRAMES), np.complex64)

    def hear(self, sound: Power) -> None:
        """Take a block of every microphone: (microphones, STEREO_FRAMES)."""
        self._newest = (self._newest + 1) % WINDOW_BLOCKS
        first = self._newest * HEARD_FRAMES
        frames = sound.view(np.complex64)  # both sides of a frame at once
        both = np.add(frames[:, ::2], frames[:, 1::2], out=self._sides).view(np.float32)
        np.add(both[:, ::2], both[:, 1::2], out=self._window[:, first : first + HEARD_FRAMES])

    def spectra(self, rows: Rows) -> Power:
        """The power of what was heard until now: (rows, BINS)."""
        sound = self._window[rows]
        sound *= _TURNED[self._newest]
        squares = np.square(np.fft.rfft(sound, axis=1).view(np.float32))
        power: Power = squares[:, ::2] + squares[:, 1::2]
        power += _SLOPES
        return power


def level_at_db(power: Power, hz: float) -> float:
    """How loud a spectrum is about a frequency: peak in dBFS."""
    place = min(round(hz / BIN_HZ), BINS - 1)
    return float(10.0 * np.log10(power[max(0, place - 1) : place + 2].max()) + SCALE_DB)


def is_covered(power: Power, hz: float) -> bool:
    """Whether nothing can be said of a tone there, as what lies beside it is about as loud."""
    place = round(hz / BIN_HZ)
    beside = max(
        power[max(0, place - FURTHEST) : max(1, place - NEAREST)].max(), power[place + NEAREST :][:FURTHEST].max()
    )
    return float(10.0 * np.log10(beside) + SCALE_DB) > level_at_db(power, hz) - COVERED_DB


def seated(state: npt.NDArray[Any], came_from: Rows) -> npt.NDArray[Any]:
    """Rows in another order: each from where it was, or nothing (−1)."""
    seated = np.zeros((len(came_from), *state.shape[1:]), state.dtype)
    stays = came_from >= 0
    seated[stays] = state[came_from[stays]]
    return seated
