"""Gate and leveller of many microphones at once: from each one's power in a block to its gain at the end of it.

The gate opens within a block, holds over pauses between words, and closes gently; what counts as loud follows the
room's own noise. The leveller brings what comes through an open gate slowly to LEVEL_DB. While all are shut, only the
room is listened to.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

BLOCKS_PER_S = SAMPLE_RATE_HZ / BLOCK_FRAMES
LEVEL_DB = -23.0
"""RMS while somebody speaks: about −23 LUFS."""
MOST_UP_DB, MOST_DOWN_DB = 15.0, -20.0
UP_DB_PER_S, DOWN_DB_PER_S = 3.0, 9.0
AVERAGE_S = 0.4

QUIETEST_DB, USUAL_DB, LOUDEST_FLOOR_DB = -75.0, -65.0, -50.0
"""Where the noise of a room may lie, and is taken to lie at first."""
FLOOR_UP_DB_PER_S, FLOOR_DOWN = 2.0, 0.1
OPEN_ABOVE_DB, CLOSE_ABOVE_DB = 12.0, 6.0
HOLD_BLOCKS = round(0.4 * BLOCKS_PER_S)
CLOSING_S = 0.15

SILENCE = 1e-12

_FLOOR, _HELD, _OPENING, _AVERAGE, _GAIN = range(5)
_NEW = np.array([USUAL_DB, 0.0, 0.0, 0.0, 0.0])
"""What is known of a microphone, and of a new one."""
_FLOOR_UP_DB = FLOOR_UP_DB_PER_S / BLOCKS_PER_S


class Levelling:
    """State of the microphones in the order of the last `seat`."""

    def __init__(self) -> None:
        self._state = np.zeros((len(_NEW), 0))
        self._is_shut = True
        """No gate is open, nor on its way."""

    def seat(self, came_from: Rows) -> None:
        """Each microphone takes the place of the one that was at `came_from`; −1: it is new."""
        new = came_from < 0
        self._state = self._state[:, came_from] if not new.all() else np.empty((len(_NEW), len(came_from)))
        self._state[:, new] = _NEW[:, None]
        self._is_shut = not self._state[_HELD : _OPENING + 1].any()

    def is_open(self) -> Flags:
        return np.asarray(self._state[_HELD] > 0.0)

    def gains(self, power: Numbers, most_up_db: Numbers) -> Numbers:
        """Move on by a block in which each microphone had a mean `power`; return their linear gains at its end.

        Nobody is turned up by more than `most_up_db`.
        """
        floor_db = self._state[_FLOOR]
        level_db = 10.0 * np.log10(power + SILENCE)
        above_db = level_db - floor_db
        opens = above_db > OPEN_ABOVE_DB
        how_many = np.count_nonzero(opens)
        if how_many or not self._is_shut:
            self._gate(opens, above_db < CLOSE_ABOVE_DB)
        floor_db += np.where(above_db < 0.0, FLOOR_DOWN * above_db, np.minimum(above_db, _FLOOR_UP_DB))
        _bound(floor_db, QUIETEST_DB, LOUDEST_FLOOR_DB)
        if how_many:
            self._level(power, opens, most_up_db)
        gain_db = self._state[_GAIN]
        np.minimum(gain_db, np.maximum(most_up_db, MOST_DOWN_DB), out=gain_db)
        if self._is_shut:
            return np.zeros(len(power))
        return np.asarray(self._state[_OPENING] * 10.0 ** (gain_db / 20.0))

    def _gate(self, opens: Flags, closes: Flags) -> None:
        held, opening = self._state[_HELD], self._state[_OPENING]
        np.copyto(held, np.where(opens | (~closes & (held > 0.0)), HOLD_BLOCKS, np.maximum(held - 1.0, 0.0)))
        opening += np.where(held > 0.0, 1.0, -1.0 / (CLOSING_S * BLOCKS_PER_S))
        _bound(opening, 0.0, 1.0)
        self._is_shut = not np.count_nonzero(opening)

    def _level(self, power: Numbers, is_loud: Flags, most_up_db: Numbers) -> None:
        loud = is_loud.nonzero()[0]
        power, average, gain_db = power[loud], self._state[_AVERAGE, loud], self._state[_GAIN, loud]
        share = np.where(average > 0.0, 1.0 / (AVERAGE_S * BLOCKS_PER_S), 1.0)
        average += (power - average) * share
        wanted = LEVEL_DB - 10.0 * np.log10(average + SILENCE)
        _bound(wanted, MOST_DOWN_DB, np.minimum(MOST_UP_DB, most_up_db[loud]))
        # A pause changes nothing, but what must come down for the hall's sake comes down at once.
        wanted -= gain_db
        _bound(wanted, -DOWN_DB_PER_S / BLOCKS_PER_S, UP_DB_PER_S / BLOCKS_PER_S)
        gain_db += wanted
        self._state[_AVERAGE, loud], self._state[_GAIN, loud] = average, gain_db


def _bound(numbers: Numbers, least: float, most: float | Numbers) -> None:
    """In their place; np.clip takes longer to begin than this takes."""
    np.minimum(np.maximum(numbers, least, out=numbers), most, out=numbers)
