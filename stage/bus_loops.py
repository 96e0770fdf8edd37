"""The bus's loops over samples: where the strips' blocks lie, and weighing them. `stage.machine_code` turns them into
machine code.

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
FLOATS = 16
"""A vector: what the widest CPUs do at a time, and a whole number of frames."""

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

        def factors(row: Value) -> list[Value]:
            firsts = [((number * rows + row) * STRIPS + strip) * CHANNELS for strip in range(STRIPS)]
            return [code.load(weights, first, frame).repeated(FLOATS) for first in firsts]

        def add_to(rows_fed: list[Value], *highest: Value) -> list[Value]:
            return _add(code, strips, [(row, factors(row)) for row in rows_fed], fed, *highest)

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


def _add(
    code: Code, strips: list[Value], rows: list[tuple[Value, list[Value]]], fed: Value, *highest: Value
) -> list[Value]:
    """Add strips to rows, each with a factor for each strip; returns how high the strips are so far, where that is
    asked for."""
    from stage.vector_code import FLOAT, INT32, vector

    def add(at: Value, *highest: Value) -> list[Value]:
        heard = [code.load(strip, at, vector(FLOAT, FLOATS)) for strip in strips]
        for row, factors in rows:
            place = row * ROW + at
            total = code.load(fed, place, vector(FLOAT, FLOATS))
            for one, factor in zip(heard, factors, strict=True):
                total = one.times_plus(factor, total)
            code.store(total, fed, place)
        # without their sign, floats are in the order of their bits as integers, also where one is no number
        sizes = [new.bits(vector(INT32, FLOATS)) & MAGNITUDE for new in heard]
        return [one.or_more(size) for one, size in zip(highest, sizes, strict=False)]

    return code.repeat(0, ROW, FLOATS, add, *highest)


LOOPS = (
    WrittenLoop(find, ("objects", "integers", "count", "objects", "objects", "places", "places")),
    WrittenLoop(weigh, ("places", "count", "floats", "integers", "count", "floats", "integers", "floats")),
)
"""In the order of `Loops`."""
