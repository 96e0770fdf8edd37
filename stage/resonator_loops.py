"""The resonators' loop over samples, which `stage.machine_code` turns into machine code.

Written for vectors, as the bus's are (`stage.bus_loops`), and for the same reasons.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from stage import picture
from stage.machine_code import Call, WrittenLoop, load, user_folder
from stage.picture import BLOCK_FRAMES, CHANNELS

if TYPE_CHECKING:
    from stage.vector_code import Code, Like, Value

ROW = CHANNELS * BLOCK_FRAMES
RUNG = 6
"""Banks at a time: with fewer the CPU waits for each frame's result, more would not find registers."""
DOUBLES = 8
"""A vector: what the widest CPUs do at a time, and a whole number of frames."""
LATE = range(DOUBLES - CHANNELS, 2 * DOUBLES - CHANNELS)
"""Of two vectors one behind the other, those lanes that are a frame before the second's."""

QUIET, ABSURD = 1e-20, 1e15
"""What rings more quietly has rung out: denormal numbers, which silence would end in for ever, cost many CPUs a hundred
times the work. What rings louder, or is no number, comes from a broken source: it is forgotten with the block that it
broke.
"""


@cache
def loop() -> Call:
    """Load it; the first time on a machine compile it, which takes a moment."""
    here = Path(__file__)
    sources = [here, here.with_name("vector_code.py"), Path(picture.__file__)]
    (ringing,) = load([RING], sources, folders=[here.parent / "__pycache__", user_folder()])
    return ringing


def ring(
    code: Code, fed: Value, banks: Value, poles: Value, states: Value, gain: Value, heard: Value, mixed: Value
) -> None:
    """Add what the banks make of their rows to row 0, and put that times `gain`, one number, into `mixed`.

    A bank is a second-order section in float64, where 20 Hz is exact enough:
    (difference · (1 − z⁻¹) + level · (A(1) − A(z))) / A(z). `poles` is (banks, 2, channels), −a1 and −a2 of A for both
    sides alike; `states` is (banks, 2, channels): how the bank rang last, and what is besides in the next block's first
    frame. Both have zeros up to a multiple of RUNG.
    Each numerator has a factor 1 − z⁻¹, which is left to the sum of all banks. The rest of it comes first, frames side
    by side, so that one frame waits for the last one for a product alone, and RUNG banks do so at a time. `heard` is
    (1 + RUNG, frames, channels), and holds nothing from call to call.
    """
    _Ringing(code, fed, banks, poles, states, heard).write(gain, mixed)


class _Ringing:
    """`ring`, while it is written: line 0 of `heard` is what all banks make, the others are those of a rung."""

    def __init__(self, code: Code, fed: Value, banks: Value, poles: Value, states: Value, heard: Value) -> None:
        from stage.vector_code import DOUBLE, FLOAT, vector

        self.code, self.fed, self.banks, self.poles, self.states, self.heard = code, fed, banks, poles, states, heard
        self.frame, self.frames = vector(DOUBLE, CHANNELS), vector(DOUBLE, DOUBLES)
        self.still, self.silence = code.number(self.frame, 0.0), code.number(self.frames, 0.0)
        self.number, self.single, self.sound = vector(DOUBLE, 1), vector(FLOAT, CHANNELS), vector(FLOAT, DOUBLES)

    def write(self, gain: Value, mixed: Value) -> None:
        code = self.code
        self.clear(0)

        def add(bank: Value, rest: Value) -> list[Value]:
            return [rest + self.state(bank, 0)]

        (rang,) = code.repeat(0, self.banks, 1, add, self.still)
        code.repeat(0, self.banks, RUNG, self.rung)
        factor = code.load(gain, 0, self.number).repeated(DOUBLES)

        def mix(at: Value, before: Value) -> list[Value]:
            now = code.load(self.heard, at, self.frames)
            total = now - before.lanes(LATE, now) + self.row(0, at)
            code.store((total * factor).rounded(self.sound), mixed, at)
            return [now]

        code.repeat(0, ROW, DOUBLES, mix, rang.repeated(DOUBLES))

    def row(self, row: Like, at: Value) -> Value:
        return self.code.load(self.fed, at + row * ROW, self.sound).exactly(self.frames)

    def place(self, bank: Value, which: int) -> Value:
        return (bank * 2 + which) * CHANNELS

    def pole(self, bank: Value, which: int) -> Value:
        return self.code.load(self.poles, self.place(bank, which), self.frame)

    def state(self, bank: Value, which: int) -> Value:
        return self.code.load(self.states, self.place(bank, which), self.frame)

    def clear(self, line: int) -> None:
        self.code.repeat(0, ROW, DOUBLES, lambda at: self.code.store(self.silence, self.heard, at + line))

    def rung(self, first: Value) -> None:
        """Have the banks from `first` on ring, each in its line."""
        banks, lines = [first + number for number in range(RUNG)], [ROW * (1 + number) for number in range(RUNG)]
        for bank, line in zip(banks, lines, strict=True):
            self.code.when(bank < self.banks, partial(self.prepare, bank, line), partial(self.clear, line))
        begun = [one for bank in banks for one in (self.state(bank, 0), self.still)]
        ended = self.code.repeat(0, ROW, 2 * CHANNELS, self.follow(banks, lines), *begun)
        for number, bank in enumerate(banks):
            self.code.when(bank < self.banks, partial(self.keep, bank, *ended[2 * number : 2 * number + 2]))

    def prepare(self, bank: Value, line: int) -> None:
        """Put what is left of a bank's numerator into its line."""
        code, heard = self.code, self.heard
        difference, level = bank * 2 + 1, bank * 2 + 2
        one, two = self.pole(bank, 0), self.pole(bank, 1)
        at_once, later = (-(one + two)).repeated(DOUBLES), (-two).repeated(DOUBLES)

        def some(at: Value, before: Value) -> list[Value]:
            now = self.row(level, at)
            held = now.times_plus(at_once, self.row(difference, at))
            code.store(before.lanes(LATE, now).times_plus(later, held), heard, at + line)
            return [now]

        code.repeat(0, ROW, DOUBLES, some, self.silence)
        code.store(code.load(heard, line, self.frame) + self.state(bank, 1), heard, line)

    def follow(self, banks: list[Value], lines: list[int]) -> Callable[..., list[Value]]:
        """What has each bank ring two frames on, and adds them to line 0: what has rung twice is then where it was, and
        nothing needs to be moved."""
        code, heard = self.code, self.heard
        poles = [(self.pole(bank, 0), self.pole(bank, 1)) for bank in banks]

        def two(at: Value, *before: Value) -> list[Value]:
            rang = list(before)
            for frame in (at, at + CHANNELS):
                sums = []
                for number, (one, two) in enumerate(poles):
                    once, twice = rang[2 * number : 2 * number + 2]
                    partly = twice.times_plus(two, code.load(heard, frame + lines[number], self.frame))
                    rang[2 * number : 2 * number + 2] = once.times_plus(one, partly), once
                    sums.append(rang[2 * number])
                while len(sums) > 1:
                    sums = [sum(pair[1:], pair[0]) for pair in (sums[i : i + 2] for i in range(0, len(sums), 2))]
                code.store(code.load(heard, frame, self.frame) + sums[0], heard, frame)
            return rang

        return two

    def keep(self, bank: Value, once: Value, twice: Value) -> None:
        """How a bank rings on, unless that is for ever silent or broken."""
        level = self.code.load(self.fed, (bank * 2 + 3) * ROW - CHANNELS, self.single).exactly(self.frame)
        for which, one in enumerate((once, (twice - level) * self.pole(bank, 1))):
            is_heard = (one * one).within(QUIET * QUIET, ABSURD * ABSURD)
            self.code.store(self.code.choose(is_heard, one, self.still), self.states, self.place(bank, which))


RING = WrittenLoop(ring, ("floats", "count", "numbers", "numbers", "numbers", "numbers", "floats"))
