"""Which draws of a program picture touch: what touches nothing that changed need not be drawn again. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stage.placement import Box


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """Draws that touch, by way of others too, are of one region. One entry for each draw, back to front."""

    boxes: tuple[tuple[Box, ...], ...]
    """Where each draws, within the program."""
    of: tuple[int, ...]
    """The region of each, counted from 0."""
    on_ground: tuple[bool, ...]
    """Nothing lies behind it but the ground."""


def regions(boxes: Sequence[tuple[Box, ...]]) -> Regions:
    count = len(boxes)
    firsts = list(range(count))
    """Each draw's way to the first of its region."""

    def first(one: int) -> int:
        while firsts[one] != one:
            firsts[one] = one = firsts[firsts[one]]
        return one

    on_ground = [True] * count
    for behind, before in _touching(boxes):
        on_ground[before] = False
        a, b = first(behind), first(before)
        firsts[max(a, b)] = min(a, b)
    roots = [first(one) for one in range(count)]
    numbers = {root: number for number, root in enumerate(sorted(set(roots)))}
    return Regions(tuple(boxes), tuple(numbers[root] for root in roots), tuple(on_ground))


def _touching(boxes: Sequence[tuple[Box, ...]]) -> list[tuple[int, int]]:
    """Pairs of draws that share a pixel, the one behind first."""
    owners = np.array([owner for owner, drawn in enumerate(boxes) for _ in drawn], np.intp)
    edges = np.array([(b.x, b.right, b.y, b.bottom) for drawn in boxes for b in drawn], np.intp).reshape(-1, 4)
    left, right, top, bottom = edges.T
    across = (left[:, None] < right) & (left < right[:, None])
    along = (top[:, None] < bottom) & (top < bottom[:, None])
    pairs = owners[np.argwhere(across & along & (owners[:, None] < owners))]
    return sorted({(behind, before) for behind, before in pairs.tolist()})
