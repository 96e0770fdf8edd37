"""Mixing is exact whole-number arithmetic, the same from the library that OpenCV carries and from OpenCV."""

from __future__ import annotations

import numpy as np

from stage.addresses import address
from stage.libyuv import STEPS, available, mix, mix_by_opencv
from stage.picture import Plane

FRONT: Plane = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 256, axis=1)
BEHIND: Plane = FRONT.T.copy()
"""Together every pair of values."""


def test_the_library_is_found() -> None:
    """On a machine where this fails the stage still works, and gives the same pictures a little slower."""
    assert available()


def test_every_pair_at_every_step_is_rounded_to_the_nearest_by_both() -> None:
    mixed, by_opencv = np.empty_like(FRONT), np.empty_like(FRONT)
    front, behind = FRONT.astype(np.int32), BEHIND.astype(np.int32)
    for steps in range(STEPS):
        mix(FRONT, BEHIND, mixed, steps)
        mix_by_opencv(FRONT, BEHIND, by_opencv, steps)
        right = (front * steps + behind * (STEPS - steps) + STEPS // 2) // STEPS
        assert np.array_equal(mixed, right)
        assert np.array_equal(by_opencv, right)


def test_into_itself_and_into_a_part_of_a_plane_is_the_same_and_touches_nothing_else() -> None:
    whole, itself = np.full((300, 300), 7, np.uint8), BEHIND[3:, 2:].copy()
    part, mixed = whole[20:273, 13:267], np.empty((253, 254), np.uint8)
    mix(FRONT[3:, 2:], BEHIND[3:, 2:], mixed, 77)
    mix(FRONT[3:, 2:], BEHIND[3:, 2:], part, 77)
    mix(FRONT[3:, 2:], itself, itself, 77)
    assert np.array_equal(part, mixed)
    assert np.array_equal(itself, mixed)
    part[:] = 7
    assert np.all(whole == 7)


def test_an_address_is_that_of_the_first_pixel_of_a_view() -> None:
    plane = np.zeros((20, 30), np.uint8)
    assert address(plane[4:, 5:]) == plane[4:, 5:].ctypes.data == address(plane) + 4 * 30 + 5
