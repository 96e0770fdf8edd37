"""What the stage puts into a place the host sees there, and a place is free when the host's last view of it is gone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stage.apart.ring import MappedRing, Ring
from stage.picture import Picture

WIDTH, HEIGHT, PLACES = 64, 36, 3


@pytest.fixture
def ring() -> Iterator[Ring]:
    made = Ring(WIDTH, HEIGHT, PLACES)
    yield made
    made.close()


def solid(level: int) -> Picture:
    return Picture.solid(WIDTH, HEIGHT, (level, 100, 200))


def test_pictures_are_seen_at_the_other_end(ring: Ring) -> None:
    mapped = MappedRing(ring.descriptor, WIDTH, HEIGHT, PLACES, ring.freed)
    places = [ring.put(solid(level)) for level in (20, 90, 160)]
    assert places == [0, 1, 2]
    for place, level in enumerate((20, 90, 160)):
        assert mapped.picture(place).data.tobytes() == solid(level).data.tobytes()


def test_a_full_ring_takes_no_more_until_a_place_is_free(ring: Ring) -> None:
    for _ in range(PLACES):
        assert ring.put(solid(50)) is not None
    assert ring.put(solid(50)) is None
    ring.freed(1)
    assert ring.put(solid(50)) == 1
    ring.free_all()
    assert ring.free == PLACES


def test_a_place_is_free_when_the_last_view_of_its_picture_is_gone(ring: Ring) -> None:
    freed: list[int] = []
    mapped = MappedRing(ring.descriptor, WIDTH, HEIGHT, PLACES, freed.append)
    picture = mapped.picture(2)
    view = picture.u[1:]
    del picture
    assert freed == []
    del view
    assert freed == [2]
