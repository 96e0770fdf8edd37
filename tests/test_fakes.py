"""Fake phones are real enough: misfortune costs them time and nothing else."""

from __future__ import annotations

import hashlib
from pathlib import Path

from live.messages.events import ContributionReceived
from live.pace import Pace
from tests.fakes import FakePhone, Misfortune, street
from tests.live.running import running_house, url_of
from tests.media_files import jpeg_bytes


async def test_a_phone_whose_line_keeps_breaking_delivers_every_byte(tmp_path: Path) -> None:
    photo = jpeg_bytes((1600, 1200))
    async with running_house(tmp_path) as house, street() as session:
        phone = await FakePhone.come(
            session, url_of(house), house.access.join_code(), "Ana", Misfortune(drop_every=len(photo) // 3)
        )
        contribution_id = await phone.send("photo", photo, "image/jpeg")
        await phone.leave()
        assert phone.resumed >= 2
        original = house.store.local_path(f"originals/{contribution_id}")
        assert original is not None
        assert hashlib.sha256(original.read_bytes()).digest() == hashlib.sha256(photo).digest()


async def test_what_a_phone_says_twice_is_journaled_once(tmp_path: Path) -> None:
    async with running_house(tmp_path) as house, street() as session:
        phone = await FakePhone.come(session, url_of(house), house.access.join_code(), "Ben", Misfortune(repeat=True))
        contribution_id = await phone.say_so("again and again")
        await phone.leave()
        received = [e.event for e in house.show.journal.read() if isinstance(e.event, ContributionReceived)]
        assert [event.contribution_id for event in received] == [contribution_id]


async def test_a_phone_that_says_more_than_it_may_waits_and_all_of_it_arrives(tmp_path: Path) -> None:
    async with running_house(tmp_path) as house, street() as session:
        house.hub.acts_of_device = Pace(1, 1.0)
        phone = await FakePhone.come(session, url_of(house), house.access.join_code(), "Cho", Misfortune(repeat=True))
        contribution_id = await phone.say_so("twice at once")
        await phone.leave()
        assert house.hub.acts_of_device.refused >= 1
        assert contribution_id in house.show.state.contributions
