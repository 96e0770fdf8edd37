"""Hears acoustic feedback: which microphones have a narrow, lonely tone that stays or grows, and where.

Looks at spectra are summed up (`peaks`: how much a tone stands alone in one): for how long it stays where it is (IPMP
in the literature), and whether it grows (IMSD), by itself or from echo to echo (`echoes`). A voice has harmonics and
wavers; a held note has harmonics; a howl has neither. A howl under a voice shows itself in the pauses, so a tone that
is covered for a while is not forgotten; and one that came back louder twice, in step, need not be alone. Rows are
microphones; nothing here filters. Who is shut costs nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stage.guard.echoes import Echoes
from stage.guard.hearing import BIN_HZ, BINS, SCALE_DB, Power, Rows, level_at_db, seated
from stage.guard.peaks import ABOUT, Flags, Numbers, Peaks, lonely_peaks, loudest_peaks

LOOK_EVERY = 4
"""Each microphone is looked at every 40 ms, where there are at most LOOK_EVERY · LOOKED_AT_ONCE of them."""
LOOKED_AT_ONCE = 32
"""So many neighbours share a turn: the bound of what a block may cost. In a large choir everybody waits longer."""

TONES = 4
"""So many at once are kept in mind of each microphone."""
STEADY_HZ = 12.0
"""Between two looks; with a long way back a howl wavers by as much before it settles."""
COVERED_DB = 8.0
"""A tone that is not alone, but no further down than this, is still there under a voice."""
COVERED, GONE = 0.1, 0.15
"""Taken off what was seen of a tone by a look that does not show it."""
LOUD_DB, ECHO_LOUD_DB = -50.0, -36.0
"""As loud is a howl; and one that is known by its echoes, which must be the loudest of all besides."""
EVIDENCE = 4.0
"""Looks that showed it alone, by their weight, and a look for each GROWN_DB that it grew, up to MOST_GROWN_DB; or for
each STEP_DB from echo to echo, which voices seldom do."""
GROWN_DB, STEP_DB, MOST_GROWN_DB = 4.0, 3.0, 12.0
SEEN = 1.4
"""So much must be seen of it, however it grew: more than one look at a tone that is just alone."""

OVERTONES = (2.0, 3.0)
"""Those of a note come and go with it."""

BARE = 2.0
"""What was seen so well without overtones and has some now is a howl that drives the loudspeakers too far, no voice."""


class Howls(NamedTuple):
    """Places within a turn, at how many hertz, and by how much each came back louder, where that was heard."""

    place: Rows
    hz: Numbers
    step_db: Numbers


class HowlDetector:
    """Keeps the tones of each microphone in mind, in the order of the last `seat`."""

    def __init__(self) -> None:
        self._hz, self._seen, self._first_db, self._last_db = (np.zeros((0, TONES)) for _ in range(4))
        self._echoes = Echoes()
        self._turns: list[Rows] = [np.zeros(0, np.intp)] * LOOK_EVERY

    def seat(self, came_from: Rows) -> None:
        """Each microphone takes the place of the one that was at `came_from`; −1: it is new."""
        self._hz, self._seen, self._first_db, self._last_db = (
            seated(one, came_from) for one in (self._hz, self._seen, self._first_db, self._last_db)
        )
        self._echoes.seat(came_from)
        rows = np.arange(len(came_from))
        shares = [rows[first : first + LOOKED_AT_ONCE] for first in range(0, len(rows), LOOKED_AT_ONCE)]
        self._turns = [*shares, *[rows[:0]] * (LOOK_EVERY - len(shares))]

    def turn(self, block: int, is_open: Flags) -> Rows:
        """Who is to be looked at in this block: a few large looks cost less than many small ones."""
        rows = self._turns[block % len(self._turns)]
        return rows[is_open[rows]] if rows.size else rows

    def howling(self, turn: Rows, power: Power) -> Howls:
        """Return those of this turn that howl by these spectra of theirs."""
        peaks = lonely_peaks(power)
        tones = self._tones(turn[peaks.row], peaks)
        self._forget(turn, power, peaks, tones)
        under_voices = self._under_voices(turn, power)
        if not len(peaks.row):
            self._echoes.keep(turn, power)
            return under_voices
        microphones = turn[peaks.row]
        step_db = np.where(self._may_echo(peaks), self._echoes.step_db(microphones, peaks.hz, peaks.db), 0.0)
        self._echoes.keep(turn, power)
        places = microphones, tones
        grown_db = np.minimum(self._grown_db(places, peaks), MOST_GROWN_DB)
        seen = self._seen[places] + peaks.weight
        evidence = seen + np.maximum(grown_db / GROWN_DB, np.minimum(step_db, MOST_GROWN_DB) / STEP_DB)
        howls = (seen >= SEEN) & (evidence >= EVIDENCE) & (peaks.db > LOUD_DB)
        self._seen[places] = np.where(howls, 0.0, seen)
        alone = Howls(peaks.row[howls], peaks.hz[howls], step_db[howls])
        if not len(under_voices.place):
            return alone
        return Howls(*(np.concatenate(both) for both in zip(alone, under_voices, strict=True)))

    def _under_voices(self, turn: Rows, power: Power) -> Howls:
        """Those that came back louder twice, in step, and none of their overtones: they need not be alone."""
        row, hz, db = loudest_peaks(power, ECHO_LOUD_DB)
        if not row.size:
            return Howls(row, hz, db)
        step_db = self._echoes.twice_grown_db(turn[row], hz, db)
        howls = step_db > 0.0
        row, hz, step_db = row[howls], hz[howls], step_db[howls]
        if row.size:
            bare = ~self._overtones_grew(turn, row, hz, power)
            row, hz, step_db = row[bare], hz[bare], step_db[bare]
        return Howls(row, hz, step_db)

    def _overtones_grew(self, turn: Rows, row: Rows, hz: Numbers, power: Power) -> Flags:
        """Which are notes played again and again, ever louder: a voice over a howl has nothing in step there."""
        grew = np.zeros(len(row), np.bool_)
        for number in OVERTONES:
            there = np.array([level_at_db(power[place], number * one) for place, one in zip(row, hz, strict=True)])
            grew |= self._echoes.twice_grown_db(turn[row], number * hz, there) > 0.0
        return grew

    def _may_echo(self, peaks: Peaks) -> Flags:
        return peaks.is_loudest & (peaks.db > ECHO_LOUD_DB) & ~peaks.is_sung

    def _grown_db(self, places: tuple[Rows, Rows], peaks: Peaks) -> Numbers:
        """By how much a tone has grown since it was seen first; a voice is taken for what it is now."""
        seen = self._seen[places]
        is_first = (seen < 1.0) | (peaks.is_sung & (seen < BARE))
        first_db = np.where(is_first, peaks.db, np.minimum(self._first_db[places], peaks.db))
        self._hz[places], self._first_db[places], self._last_db[places] = peaks.hz, first_db, peaks.db
        return np.asarray(peaks.db - first_db)

    def _tones(self, microphones: Rows, peaks: Peaks) -> Rows:
        """Which of a microphone's tones each peak is: one that was there, or the one of which least was seen."""
        seen = self._seen[microphones]
        away = np.where(seen > 0.0, np.abs(self._hz[microphones] - peaks.hz[:, None]), np.inf)
        nearest = away.argmin(axis=1)
        each = np.arange(len(microphones))
        is_new = away[each, nearest] >= STEADY_HZ
        least = seen.argmin(axis=1)
        fresh = microphones[is_new], least[is_new]
        self._seen[fresh] = 0.0
        return np.asarray(np.where(is_new, least, nearest))

    def _forget(self, turn: Rows, power: Power, peaks: Peaks, tones: Rows) -> None:
        """Take off what a look does not show; little where a voice may cover it."""
        seen = self._seen[turn]
        if not seen.any():
            return
        bins = np.round(self._hz[turn] / BIN_HZ).astype(np.intp)
        near = np.minimum(np.maximum(bins[:, :, None] + ABOUT, 0), BINS - 1)
        level_db = 10.0 * np.log10(power[np.arange(len(turn))[:, None, None], near].max(axis=2)) + SCALE_DB
        less = np.where(level_db > self._last_db[turn] - COVERED_DB, COVERED, GONE)
        less[peaks.row, tones] = 0.0
        self._seen[turn] = np.maximum(seen - less, 0.0)
