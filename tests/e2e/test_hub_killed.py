"""kill -9 of the hub at random moments while twenty phones send: what was acknowledged is there, and nothing twice."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from live.messages.events import ContributionReceived
from tests.fakes import Crowd, Misfortune, street
from tests.web.hall import Hub

PHONES = [Misfortune(drop_every=9_000 * (number % 3), repeat=number % 4 == 0) for number in range(20)]


async def kill_while_they_send(hub: Hub, crowd: Crowd, random: Random, *, kills: int) -> None:
    """Kill the hub after so many further acknowledgements, while everyone is in the middle of something."""
    told = asyncio.Event()
    crowd.told = told.set
    for _ in range(kills):
        enough = crowd.acknowledged + random.randint(1, 40)
        while crowd.acknowledged < enough:
            told.clear()
            await told.wait()
        await asyncio.to_thread(hub.kill)
        await asyncio.to_thread(hub.start)


def check_nothing_lost_nothing_twice(hub: Hub, crowd: Crowd) -> None:
    received = hub.journaled(ContributionReceived)
    times = Counter(event.contribution_id for event in received)
    assert [contribution_id for contribution_id, count in times.items() if count > 1] == []
    by_id = {event.contribution_id: event for event in received}
    assert {id_: by_id[id_].text for id_ in crowd.texts} == crowd.texts
    for contribution_id, sha256 in crowd.files.items():
        original = by_id[contribution_id].original
        assert original is not None
        assert original.sha256 == sha256
        assert hashlib.sha256(hub.original(contribution_id)).hexdigest() == sha256


async def contribute_through_kills(folder: Path, *, kills: int, seed: int) -> Crowd:
    hub = await asyncio.to_thread(Hub, folder)
    try:
        async with street() as session:
            crowd = await Crowd.gather(session, hub.url, hub.code, PHONES)
            crowd.begin(seed)
            await kill_while_they_send(hub, crowd, Random(seed), kills=kills)
            await crowd.finish()
        check_nothing_lost_nothing_twice(hub, crowd)
        return crowd
    finally:
        await asyncio.to_thread(hub.stop)


async def test_every_acknowledged_piece_survives_kills_of_the_hub_and_none_comes_twice(tmp_path: Path) -> None:
    crowd = await contribute_through_kills(tmp_path / "show", kills=5, seed=20261122)
    assert len(crowd.texts) > 20
    assert len(crowd.files) > 5
    assert any(phone.resumed for phone in crowd.phones)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(10))
async def test_every_acknowledged_piece_survives_a_long_night_of_kills(tmp_path: Path, seed: int) -> None:
    crowd = await contribute_through_kills(tmp_path / "show", kills=40, seed=seed)
    assert len(crowd.texts) > 20
