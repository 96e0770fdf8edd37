"""Sound lies where the stage said, as it was left there at the moment the stage looked."""

from __future__ import annotations

import os

import numpy as np
import pytest

from stage.air.places import PLACE_FRAMES, PLACES, MappedPlaces, Places
from stage.picture import CHANNELS
from tests.signals import tone


@pytest.fixture
def places() -> Places:
    return Places()


def mapped(places: Places) -> MappedPlaces:
    return MappedPlaces(os.dup(places.descriptor))


def test_what_is_left_in_a_place_is_what_is_found_there(places: Places) -> None:
    child, sound = mapped(places), np.ascontiguousarray(tone(440.0, 0.06), np.float32)
    taken = [places.take() for _ in range(PLACES)]
    assert sorted(one for one in taken if one is not None) == list(range(PLACES))
    assert places.take() is None
    for place in (0, PLACES - 1):
        assert child.leave(place, sound)
        assert places.copied(place, len(sound)) == sound.tobytes()


def test_a_copy_stays_what_it_was_whatever_the_child_does_next(places: Places) -> None:
    child, sound = mapped(places), np.full((480, CHANNELS), 0.25, np.float32)
    child.leave(3, sound)
    copy = places.copied(3, 480)
    child.leave(3, sound * 1e30)
    assert copy == sound.tobytes()


def test_what_does_not_fit_is_neither_left_nor_looked_for(places: Places) -> None:
    child = mapped(places)
    assert not child.leave(0, np.zeros((PLACE_FRAMES + 1, CHANNELS), np.float32))
    assert not child.leave(PLACES, np.zeros((480, CHANNELS), np.float32))
    for frames in (0, PLACE_FRAMES + 1):
        with pytest.raises(ValueError, match="expected up to"):
            places.copied(0, frames)
