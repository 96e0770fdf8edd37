"""Whose turn it is: the newest request's."""

from __future__ import annotations

import asyncio

from live.uploads.turn import Turn


async def test_a_newcomer_has_the_one_at_work_stop() -> None:
    turn, order = Turn(), []

    async def at_work() -> None:
        async with turn.take() as stop:
            order.append("works")
            await stop.wait()
            order.append("stores what it has")

    async def newcomer() -> None:
        async with turn.take():
            order.append("goes on")

    working = asyncio.create_task(at_work())
    await asyncio.sleep(0)
    await asyncio.gather(working, newcomer())
    assert order == ["works", "stores what it has", "goes on"]
    assert not turn.is_taken


async def test_who_gets_the_turn_while_others_wait_is_asked_to_stop_at_once() -> None:
    turn = Turn()
    first, waiting = turn.take(), [turn.take() for _ in range(3)]
    await first.__aenter__()
    coming = [asyncio.create_task(each.__aenter__()) for each in waiting]
    await asyncio.sleep(0)
    await first.__aexit__(None, None, None)
    told = []
    for each, came in zip(waiting, coming, strict=True):
        stop = await came
        told.append(stop.is_set())
        await each.__aexit__(None, None, None)
    assert told == [True, True, False]


async def test_who_gives_up_waiting_stands_in_nobodys_way() -> None:
    turn = Turn()
    async with turn.take():
        waiting = asyncio.create_task(turn.take().__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert not turn.is_taken
    async with turn.take() as stop:
        assert not stop.is_set()


async def test_an_error_gives_the_turn_back() -> None:
    turn = Turn()
    try:
        async with turn.take():
            raise RuntimeError("the disk is gone")
    except RuntimeError:
        pass
    assert not turn.is_taken
