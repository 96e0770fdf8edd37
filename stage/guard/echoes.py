"""Remembers spectra for a while, and finds in them whether a tone comes back in steps, each louder than the last.

With a long way back a howl is no tone that swells: what began it returns after the delay, louder, with quiet between,
and returns again. Seen alone each of those is a note. Rows are microphones; nothing is judged here.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stage.guard.hearing import BIN_HZ, BINS, SCALE_DB, Power, Rows, seated
from stage.guard.peaks import ABOUT

Numbers = npt.NDArray[np.float64]

LOOKS = 13
"""So many are kept of each microphone, 40 ms apart: a way back of 80 to 320 ms has its last step among them, one of
120 to 220 ms the last two: the last alone is often covered by a voice."""
QUIETER_DB = 8.0
"""Between two steps it is quieter than at the first of them by so much."""
MOST_FALL_DB = 14.0
LEAST_GROWN_DB, LEAST_LOOKS = 3.0, 3
"""By so much a tone grows from each echo to the next, and so many looks apart they are at least."""
UNEVEN_DB = 3.0
"""One way back has one gain: from echo to echo a howl grows by the same, but for what a voice adds."""
LEAST_STEP_DB, MOST_STEP_DB = 4.0, 20.0


class Echoes:
    """The last LOOKS spectra of each microphone, in the order of the last `seat`."""

    def __init__(self) -> None:
        self._spectra = np.zeros((0, LOOKS, BINS), np.float32)
        self._newest = np.zeros(0, np.intp)

    def seat(self, came_from: Rows) -> None:
        """Each microphone takes the place of the one that was at `came_from`; −1: it is new."""
        self._spectra, self._newest = seated(self._spectra, came_from), seated(self._newest, came_from)

    def keep(self, rows: Rows, power: Power) -> None:
        newest = (self._newest[rows] + 1) % LOOKS
        self._newest[rows] = newest
        self._spectra[rows, newest] = power

    def twice_grown_db(self, rows: Rows, hz: Numbers, db: Numbers) -> Numbers:
        """By how much these tones grew in each of the last two steps, at equal distances; 0 where they did not."""
        past_db = self._past_db(rows, hz)
        height_db, since = _height(db, past_db)
        is_step = np.zeros(past_db.shape, np.bool_)
        is_step[:, 1:-1] = (past_db[:, 1:-1] >= past_db[:, 2:]) & (past_db[:, 1:-1] >= past_db[:, :-2])
        grown_db = np.zeros(len(rows))
        for one, first, second in zip(*_step_pairs(is_step), strict=True):
            away = first + 1 - since[one]
            if abs(second - first - away) > 1 or min(away, second - first) < LEAST_LOOKS:
                continue
            newer, older = height_db[one] - past_db[one, first], past_db[one, first] - past_db[one, second]
            dip, earlier_dip = past_db[one, since[one] : first].min(), past_db[one, first + 1 : second].min()
            if min(newer, older) < LEAST_GROWN_DB or abs(newer - older) > UNEVEN_DB:
                continue
            if dip <= past_db[one, first] - QUIETER_DB and earlier_dip <= past_db[one, second] - QUIETER_DB:
                grown_db[one] = max(grown_db[one], 0.5 * (newer + older))
        return grown_db

    def _past_db(self, rows: Rows, hz: Numbers) -> Numbers:
        """How loud these tones were at each look, the newest first."""
        looks = (self._newest[rows, None] - np.arange(LOOKS)) % LOOKS
        bins = np.minimum(np.maximum(np.round(hz / BIN_HZ).astype(np.intp), 1), BINS - 2)
        power = self._spectra[rows[:, None, None], looks[:, :, None], bins[:, None, None] + ABOUT].max(axis=2)
        return np.asarray(10.0 * np.log10(power + np.float32(1e-14)) + SCALE_DB)

    def step_db(self, rows: Rows, hz: Numbers, db: Numbers) -> Numbers:
        """How much louder these tones are than the step before; 0 where there was none. Ask before you `keep` them."""
        past_db = self._past_db(rows, hz)
        height_db, since = _height(db, past_db)
        later, step, earlier = past_db[:, :-2], past_db[:, 1:-1], past_db[:, 2:]
        grown = height_db[:, None] - step
        is_step = (step >= earlier) & (step >= later) & (grown >= LEAST_STEP_DB) & (grown <= MOST_STEP_DB)
        between = np.where(np.arange(LOOKS - 2) < since[:, None], np.inf, later)
        is_step &= np.minimum.accumulate(between, axis=1) <= step - QUIETER_DB
        return np.asarray(np.where(is_step, grown, 0.0).max(axis=1))


def _step_pairs(is_step: npt.NDArray[np.bool_]) -> tuple[list[int], list[int], list[int]]:
    """Rows, and two looks of each at which a tone was at a height, the newer first."""
    one, first, second = (is_step[:, :, None] & np.triu(is_step[:, None, :], 1)).nonzero()
    return one.tolist(), first.tolist(), second.tolist()


def _height(db: Numbers, past_db: Numbers) -> tuple[Numbers, Rows]:
    """How loud each tone was at its height, where it is falling now, and how many looks ago that was.

    An echo under a voice may show itself only as it dies away.
    """
    before, earlier = past_db[:, 0], past_db[:, 1]
    since = np.where((before >= db) & (before < db + MOST_FALL_DB), 1, 0)
    since += (since == 1) & (earlier >= before) & (earlier < db + MOST_FALL_DB)
    return np.choose(since, (db, before, earlier)), since
