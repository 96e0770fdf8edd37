"""Every phone of a group is told a cue at once, with its own part; who comes in late is told what still runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

from live.app import House
from live.messages.air import Group, Seat, TellSeat
from live.messages.coding import from_plain
from live.messages.events import Entry
from live.messages.ids import new_id
from live.messages.phones import ColorWash, CuePhones, Off, PhoneCue, PhoneDeed, PhonesCued, Words
from tests.live.running import Socket, joined_device, running_house

AMBER = ColorWash(color="#ffb238", hold_ms=60_000)


async def phone_of(house: House, name: str, seat: Seat | None = None) -> Socket:
    token, _ = await joined_device(house, name)
    phone = await Socket(house, "/audience", token).connect()
    if seat is not None:
        assert (await phone.act(TellSeat(seat=seat))).ok
    return phone


async def host_of(house: House) -> Socket:
    return await Socket(house, "/host", house.access.key("host")).connect()


def told(phone: Socket) -> list[PhoneCue]:
    return [from_plain(data, PhoneCue) for name, data in phone.cosmetics if name == "phones"]


def cue(what: PhoneDeed, group: Group | None = None) -> CuePhones:
    return CuePhones(cue_id=new_id(), what=what, group=group or Group())


async def test_all_phones_are_told_the_same_moment(house: House) -> None:
    phones = [await phone_of(house, name) for name in ("Ana", "Bo")]
    host = await host_of(house)
    before_us = house.show.clock.now_us()
    act = cue(AMBER)
    assert (await host.act(act)).ok
    for phone in phones:
        await phone.until(lambda phone=phone: told(phone))
    parts = [told(phone)[0] for phone in phones]
    assert {part.cue_id for part in parts} == {act.cue_id}
    assert len({part.at_us for part in parts}) == 1
    assert 1_500_000 <= parts[0].at_us - before_us < 4_000_000
    for client in (*phones, host):
        await client.close()


async def test_who_is_being_answered_at_that_moment_is_told_all_the_same(house: House) -> None:
    phone, host = await phone_of(house, "Ana"), await host_of(house)

    async def asks_the_time() -> None:
        await phone.client.call("clock", {}, namespace="/audience", timeout=10)

    for given in range(1, 11):
        await asyncio.gather(host.act(cue(Off())), *(asks_the_time() for _ in range(20)))
        await phone.until(lambda given=given: len(told(phone)) == given)
    assert len({part.cue_id for part in told(phone)}) == 10
    await phone.close()
    await host.close()


async def test_words_are_dealt_out_to_those_who_are_here(house: House) -> None:
    left = await phone_of(house, "Ana", Seat(row=1, side="left"))
    right = await phone_of(house, "Bo", Seat(row=1, side="right"))
    host = await host_of(house)
    await host.act(cue(Words(text="good evening")))
    await left.until(lambda: told(left))
    await right.until(lambda: told(right))
    assert (told(left)[0].share, told(right)[0].share) == ("good", "evening")
    late = [await phone_of(house, name) for name in ("Cy", "Dora")]
    assert [[part.share for part in phone.welcome.phones] for phone in late if phone.welcome] == [["good"], ["evening"]]
    for client in (left, right, host, *late):
        await client.close()


async def test_only_the_group_hears_of_it(house: House) -> None:
    left, right = await phone_of(house, "Ana", Seat(side="left")), await phone_of(house, "Bo", Seat(side="right"))
    host = await host_of(house)
    await host.act(cue(AMBER, Group(side="left")))
    await host.act(cue(Off()))
    await right.until(lambda: told(right))
    assert [type(part.what) for part in told(right)] == [Off]
    assert [type(part.what) for part in told(left)] == [ColorWash, Off]
    for client in (left, right, host):
        await client.close()


async def test_who_comes_in_late_is_told_what_still_runs_restarted_hub_or_not(tmp_path: Path) -> None:
    async with running_house(tmp_path / "show") as house:
        host = await host_of(house)
        await host.act(cue(AMBER))
        token, _ = await joined_device(house)
        late = await Socket(house, "/audience", token).connect()
        assert late.welcome is not None
        assert [part.what for part in late.welcome.phones] == [AMBER]
        assert told(late) == []
        await late.close()
        await host.close()
    async with running_house(tmp_path / "show") as house:
        later = await Socket(house, "/audience", token).connect()
        assert later.welcome is not None
        assert [part.what for part in later.welcome.phones] == [AMBER]
        await later.close()


async def test_a_cue_is_journaled_once_and_wakes_no_phone(house: House) -> None:
    phone, host = await phone_of(house, "Ana"), await host_of(house)
    changes = len(phone.changes)
    ask = {"actId": new_id(), "act": {"type": "cue_phones", "cueId": new_id(), "what": {"type": "off"}}}
    assert await host.ask(ask) == await host.ask(ask)
    await phone.until(lambda: told(phone))
    journaled: list[Entry] = [e for e in house.show.journal.read(0) if isinstance(e.event, PhonesCued)]
    assert len(journaled) == 1
    assert len(phone.changes) == changes
    await phone.close()
    await host.close()
