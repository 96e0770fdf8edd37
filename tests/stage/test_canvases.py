"""A buffer is taken again when nobody refers to it, and never before."""

from __future__ import annotations

import numpy as np

from stage.canvases import CAPACITY, HUGE_PAGE_BYTES, Canvases
from stage.picture import Picture


def address(picture: Picture) -> int:
    return picture.data.ctypes.data


def test_a_picture_let_go_is_taken_again() -> None:
    canvases = Canvases(16, 8)
    first = canvases.take()
    where = address(first)
    del first
    assert address(canvases.take()) == where


def test_a_plane_of_it_is_enough_to_hold_it() -> None:
    canvases = Canvases(16, 8)
    plane = canvases.take().u
    plane[:] = 99
    for _ in range(CAPACITY * 2):
        canvases.take().data[:] = 1
    assert np.all(plane == 99)


def test_more_held_than_remembered_are_still_all_apart() -> None:
    canvases = Canvases(16, 8)
    held = [canvases.take() for _ in range(CAPACITY * 2)]
    assert len({address(picture) for picture in held}) == len(held)


def test_a_large_picture_begins_on_a_large_page_and_is_all_its_own() -> None:
    canvases = Canvases(1920, 1080)
    held = [canvases.take() for _ in range(3)]
    assert all(address(picture) % HUGE_PAGE_BYTES == 0 for picture in held)
    for number, picture in enumerate(held):
        picture.data[:] = number
    assert all(np.all(picture.data == number) for number, picture in enumerate(held))
