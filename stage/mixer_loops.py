"""The mixer's loops over samples, which `stage.machine_code` turns into machine code.

Written for vectors, operation by operation (`stage.vector_code`): what a compiler makes of a plain loop takes twice as
long, and every CPU gives the same bytes. Everything is (frames, channels), left and right in turn, as sound comes.
Nothing here allocates, calls or can fail.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from stage import picture
from stage.machine_code import Call, WrittenLoop, load, user_folder
from stage.picture import BLOCK_FRAMES, CHANNELS

if TYPE_CHECKING:
    from stage.vector_code import Code, Like, Value

ROW = CHANNELS * BLOCK_FRAMES
STRIPS = 4
"""Weighed at a time: what a row has so far is fetched and put back once for so many."""
BANKS = 3
"""Weighed for at a time: as many as a strip feeds, and as many weights as CPUs with the longest vectors can hold."""
RUNG = 6
"""Banks at a time: with fewer the CPU waits for each frame's result, more would not find registers."""
FLOATS, DOUBLES = 16, 8
"""A vector: what the widest CPUs do at a time, and a whole number of frames."""

QUIET, ABSURD = 1e-20, 1e15
"""What rings more quietly has rung out: denormal numbers, which silence would end in for ever, cost many CPUs a hundred
times the work. What rings louder, or is no number, comes from a broken source: it is forgotten with the block that it
broke.
"""

MAGNITUDE = 0x7FFFFFFF
"""A float without its sign."""

HEAD = object.__basicsize__
"""What any object of CPython begins with, its type last; behind it NumPy's arrays have what follows, in bytes. NumPy's
own headers read them from there, in every extension that was compiled against it: they stay where they are.
"""
DATA, DIMENSIONS, SHAPE, STRIDES, NUMBERS = HEAD, HEAD + 8, HEAD + 16, HEAD + 24, HEAD + 40


class Loops(NamedTuple):
    """The functions below, as machine code."""

    find: Call
    weigh: Call
    ring: Call


@cache
def loops() -> Loops:
    """Load them; the first time on a machine compile them, which takes a moment."""
    here = Path(__file__)
    sources = [here, here.with_name("vector_code.py"), Path(picture.__file__)]
    return Loops(*load(LOOPS, sources, folders=[here.parent / "__pycache__", user_folder()]))


def find(
    code: Code,
    blocks: Value,
    positions: Value,
    count: Value,
    array: Value,
    floats: Value,
    places: Value,
    missing: Value,
) -> None:
    """Where the sound of those blocks is that are at these positions, and of how many that is not known: those that are
    no (BLOCK_FRAMES, CHANNELS) array of float32, frame after frame.

    `blocks` are the items of a tuple, `array` and `floats` are where NumPy's two types are. To ask each array for its
    address by itself would take as long as mixing.
    """
    from stage.vector_code import COUNT, INT32

    def one(at: Value, found: Value) -> list[Value]:
        block = code.load(blocks, code.index(positions, at), COUNT)

        def of(place: int) -> Value:
            return code.load(code.pointer(block + place), 0, COUNT)

        def is_block() -> Value:
            shape, strides = code.pointer(of(SHAPE)), code.pointer(of(STRIDES))
            code.store(of(DATA), places, at)
            return (
                of(NUMBERS).equals(code.whole(floats))
                & code.load(shape, 0, COUNT).equals(BLOCK_FRAMES)
                & code.load(shape, 1, COUNT).equals(CHANNELS)
                & code.load(strides, 0, COUNT).equals(4 * CHANNELS)
                & code.load(strides, 1, COUNT).equals(4)
            )

        def is_flat() -> Value:
            return code.load(code.pointer(block + DIMENSIONS), 0, INT32).equals(2)

        is_array = of(HEAD - 8).equals(code.whole(array))
        is_found = code.where(code.where(is_array, is_flat), is_block)
        return [code.choose(is_found, found + 1, found)]

    (found,) = code.repeat(0, count, 1, one, code.number(COUNT, 0))
    code.store(count - found, missing, 0)


def weigh(
    code: Code,
    places: Value,
    groups: Value,
    weights: Value,
    turns: Value,
    banks: Value,
    fed: Value,
    peaks: Value,
    lasts: Value,
) -> None:
    """Weigh strips and add them up: to row 0, and to the two of each bank.

    `places` are where the strips' blocks lie, `weights` (groups of STRIPS strips, rows, STRIPS, channels), `turns`
    (groups, 2 + banks): whether the group feeds row 0, how many banks, and which; others cost nothing. `peaks` get each
    strip's highest, either side; `lasts` its last frame.
    """
    from stage.vector_code import COUNT, FLOAT, INT32, POINTER, vector

    sound, frame, bits = vector(FLOAT, FLOATS), vector(FLOAT, CHANNELS), vector(INT32, FLOATS)
    rows = banks * 2 + 1
    silence, nothing = code.number(sound, 0.0), code.number(bits, 0)
    code.repeat(0, rows * ROW, FLOATS, lambda at: code.store(silence, fed, at))

    def group(number: Value) -> None:
        strips = [code.load(places, number * STRIPS + strip, POINTER) for strip in range(STRIPS)]
        turn = number * (banks + 2)

        def add_to(rows_fed: list[Value], *highest: Value) -> list[Value]:
            """With how high the strips are so far, or without."""
            factors = [
                [
                    code.load(weights, ((number * rows + row) * STRIPS + strip) * CHANNELS, frame).repeated(FLOATS)
                    for strip in range(STRIPS)
                ]
                for row in rows_fed
            ]

            def add(at: Value, *highest: Value) -> list[Value]:
                heard = [code.load(strip, at, sound) for strip in strips]
                for row, of_row in zip(rows_fed, factors, strict=True):
                    place = row * ROW + at
                    total = code.load(fed, place, sound)
                    for one, factor in zip(heard, of_row, strict=True):
                        total = one.times_plus(factor, total)
                    code.store(total, fed, place)
                # without their sign, floats are in the order of their bits as integers, also where one is no number
                return [one.or_more(new.bits(bits) & MAGNITUDE) for one, new in zip(highest, heard, strict=False)]

            return code.repeat(0, ROW, FLOATS, add, *highest)

        def keep(highest: list[Value]) -> None:
            for strip, one in enumerate(highest):
                code.store(one.highest(), peaks, number * STRIPS + strip)

        def banks_at(first: Like, many: int) -> list[Value]:
            firsts = [code.index(turns, turn + 2 + bank + first) * 2 + 1 for bank in range(many)]
            return [one + row for one in firsts for row in range(2)]

        def to_sum() -> None:
            add_to([code.number(COUNT, 0)])

        def three(first: Value) -> None:
            add_to(banks_at(first, BANKS))

        def one(bank: Value) -> None:
            add_to(banks_at(bank, 1))

        in_all = code.index(turns, turn + 1)
        code.when(
            in_all < BANKS,
            lambda: keep(add_to([], *[nothing] * STRIPS)),
            lambda: keep(add_to(banks_at(0, BANKS), *[nothing] * STRIPS)),
        )
        code.when(code.number(COUNT, 0) < code.index(turns, turn), to_sum)
        alone = in_all - in_all.rest_of(BANKS)
        code.repeat(BANKS, alone, BANKS, three)
        code.repeat(alone, in_all, 1, one)
        for strip, lies in enumerate(strips):
            code.store(code.load(lies, ROW - CHANNELS, frame), lasts, (number * STRIPS + strip) * CHANNELS)

    code.repeat(0, groups, 1, group)


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
    from stage.vector_code import DOUBLE, FLOAT, vector

    frame, frames, sound = vector(DOUBLE, CHANNELS), vector(DOUBLE, DOUBLES), vector(FLOAT, DOUBLES)
    single = vector(FLOAT, CHANNELS)
    silence, still = code.number(frames, 0.0), code.number(frame, 0.0)
    late = range(DOUBLES - CHANNELS, 2 * DOUBLES - CHANNELS)

    def pole(bank: Value, which: int) -> Value:
        return code.load(poles, (bank * 2 + which) * CHANNELS, frame)

    def state(bank: Value, which: int) -> Value:
        return (bank * 2 + which) * CHANNELS

    def numerator(bank: Value, line: int) -> None:
        difference, level = (bank * 2 + 1) * ROW, (bank * 2 + 2) * ROW
        one, two = (pole(bank, which) for which in range(2))
        at_once, later = (-(one + two)).repeated(DOUBLES), (-two).repeated(DOUBLES)

        def some(at: Value, before: Value) -> list[Value]:
            d, now = (code.load(fed, row + at, sound).exactly(frames) for row in (difference, level))
            code.store(before.lanes(late, now).times_plus(later, now.times_plus(at_once, d)), heard, at + line)
            return [now]

        code.repeat(0, ROW, DOUBLES, some, silence)
        code.store(code.load(heard, line, frame) + code.load(states, state(bank, 1), frame), heard, line)

    def rung(first: Value) -> None:
        lines = [(line + 1) * ROW for line in range(RUNG)]
        for number, line in enumerate(lines):

            def clear(line: int = line) -> None:
                code.repeat(0, ROW, DOUBLES, lambda at: code.store(silence, heard, at + line))

            def prepare(number: int = number, line: int = line) -> None:
                numerator(first + number, line)

            code.when(first + number < banks, prepare, clear)
        ones, twos = ([pole(first + number, which) for number in range(RUNG)] for which in range(2))

        def follow(at: Value, *before: Value) -> list[Value]:
            """Two frames: what has rung twice is then where it was, and nothing needs to be moved."""
            rang = list(before)
            for place in (at, at + CHANNELS):
                sums = []
                for number, line in enumerate(lines):
                    once, twice = rang[2 * number : 2 * number + 2]
                    partly = twice.times_plus(twos[number], code.load(heard, place + line, frame))
                    sums.append(once.times_plus(ones[number], partly))
                    rang[2 * number : 2 * number + 2] = sums[-1], once
                while len(sums) > 1:
                    sums = [sum(pair[1:], pair[0]) for pair in (sums[i : i + 2] for i in range(0, len(sums), 2))]
                code.store(code.load(heard, place, frame) + sums[0], heard, place)
            return rang

        begun = [code.load(states, state(first + number, 0), frame) for number in range(RUNG)]
        last = code.repeat(0, ROW, 2 * CHANNELS, follow, *(one for rang in begun for one in (rang, still)))
        for number in range(RUNG):

            def keep(bank: Value = first + number, rang: list[Value] = last[2 * number : 2 * number + 2]) -> None:
                level = code.load(fed, (bank * 2 + 3) * ROW - CHANNELS, single).exactly(frame)
                for which, one in enumerate((rang[0], (rang[1] - level) * pole(bank, 1))):
                    is_heard = (one * one).within(QUIET * QUIET, ABSURD * ABSURD)
                    code.store(code.choose(is_heard, one, still), states, state(bank, which))

            code.when(first + number < banks, keep)

    code.repeat(0, ROW, DOUBLES, lambda at: code.store(silence, heard, at))
    (rang,) = code.repeat(0, banks, 1, lambda bank, rest: [rest + code.load(states, state(bank, 0), frame)], still)
    code.repeat(0, banks, RUNG, rung)
    at_gain = code.load(gain, 0, vector(DOUBLE, 1)).repeated(DOUBLES)

    def mix(at: Value, before: Value) -> list[Value]:
        now = code.load(heard, at, frames)
        straight = code.load(fed, at, sound).exactly(frames)
        code.store(((now - before.lanes(late, now) + straight) * at_gain).rounded(sound), mixed, at)
        return [now]

    code.repeat(0, ROW, DOUBLES, mix, rang.repeated(DOUBLES))


LOOPS = (
    WrittenLoop(find, ("objects", "integers", "count", "objects", "objects", "places", "places")),
    WrittenLoop(weigh, ("places", "count", "floats", "integers", "count", "floats", "integers", "floats")),
    WrittenLoop(ring, ("floats", "count", "numbers", "numbers", "numbers", "numbers", "floats")),
)
"""In the order of `Loops`."""
