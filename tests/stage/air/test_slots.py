"""Shared slots: what is shown is never written over, and what nobody shows is used again."""

from __future__ import annotations

import mmap
import os

import numpy as np
import pytest

from stage.air.slots import MappedSlots, Slots
from stage.picture import BEYOND_BYTES


def test_a_slot_comes_back_when_no_view_of_its_picture_is_left() -> None:
    slots = Slots(16 * 8 * 3 // 2 + BEYOND_BYTES, 2)
    shown = MappedSlots(slots.descriptor, slots.slot_bytes, 2)
    first, second = slots.take(), slots.take()
    assert {first, second} == {0, 1}
    assert (slots.take(), slots.crowded) == (None, 1)
    slots.lend(0)
    picture = shown.picture(0, 16, 8)
    plane = picture.u[1:]
    slots.give_back(1)
    assert [slots.take(), slots.take()] == [1, None]
    del picture
    assert slots.take() is None
    del plane
    assert slots.take() == 0
    slots.close()


def test_what_the_other_side_writes_is_the_picture() -> None:
    slots = Slots(4 * 4 * 3 // 2 + BEYOND_BYTES, 3)
    with mmap.mmap(os.dup(slots.descriptor), 3 * slots.slot_bytes) as other:
        at = 2 * slots.slot_bytes
        other[at : at + 24] = bytes(range(24))
    shown = MappedSlots(slots.descriptor, slots.slot_bytes, 3)
    slots.close()
    np.testing.assert_array_equal(shown.picture(2, 4, 4).data.reshape(-1), np.arange(24, dtype=np.uint8))


def test_what_cannot_be_a_picture_is_none_and_its_slot_is_used_again() -> None:
    slots = Slots(4 * 4 * 3 // 2 + BEYOND_BYTES, 1)
    shown = MappedSlots(slots.descriptor, slots.slot_bytes, 1)
    for slot, sides in ((0, (400, 400)), (0, (4, 3)), (7, (4, 4))):
        assert slots.take() == 0
        slots.lend(0)
        with pytest.raises(ValueError, match="expected a picture"):
            shown.picture(slot, *sides)
        shown.give_back(0)
    slots.close()


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="macOS seals no memory")
def test_the_other_side_cannot_take_the_memory_away() -> None:
    """Cut short, it would kill the stage at the next look at a picture."""
    slots = Slots(4 * 4 * 3 // 2 + BEYOND_BYTES, 2)
    theirs = os.dup(slots.descriptor)
    for size in (0, 1 << 20):
        with pytest.raises(PermissionError):
            os.ftruncate(theirs, size)
    os.close(theirs)
    slots.close()
