"""The next child works while the last one's files are laid down, and nobody overtakes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress

import pytest

from live.intake.lane import TURNS_AT_ONCE, Lane


class Workshop:
    """Pieces go through one lane, each waiting for its two gates; `events` tells in which order."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self.pieces = list(pieces)
        self.events: list[str] = []
        self.made = {piece: asyncio.Event() for piece in self.pieces}
        self.told = {piece: asyncio.Event() for piece in self.pieces}

    async def work(self, lane: Lane) -> None:
        while self.pieces:
            async with lane.turn() as child_is_done:
                if not self.pieces:
                    return
                piece = self.pieces.pop(0)
                self.events.append(f"make {piece}")
                await self.made[piece].wait()
                await child_is_done()
                await child_is_done()
                await self.told[piece].wait()
                self.events.append(f"tell {piece}")


async def settle() -> None:
    """Let every task go as far as it can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_the_next_is_made_while_the_last_is_told_and_waits_to_be_told_itself() -> None:
    shop, lane = Workshop("abc"), Lane()
    async with asyncio.TaskGroup() as group:
        for _ in range(TURNS_AT_ONCE):
            group.create_task(shop.work(lane))
        await settle()
        assert shop.events == ["make a"]
        shop.made["a"].set()
        await settle()
        assert shop.events == ["make a", "make b"]
        shop.made["b"].set()
        shop.told["b"].set()
        shop.made["c"].set()
        shop.told["c"].set()
        await settle()
        assert shop.events == ["make a", "make b"], "neither told before a, nor c begun with two on the way"
        shop.told["a"].set()
    assert [event for event in shop.events if event.startswith("tell")] == ["tell a", "tell b", "tell c"]


@pytest.mark.parametrize("is_being_told", [False, True])
async def test_a_turn_that_ends_early_holds_up_nobody(is_being_told: bool) -> None:
    lane = Lane()
    with suppress(OSError):
        async with lane.turn() as child_is_done:
            if is_being_told:
                await child_is_done()
            raise OSError("disk full")

    async def whole_turn() -> None:
        async with lane.turn() as child_is_done:
            await child_is_done()

    turns = [asyncio.create_task(whole_turn()) for _ in range(TURNS_AT_ONCE)]
    await settle()
    assert all(turn.done() for turn in turns)
