"""A made-up evening against a real hub: people come, send every kind, and the host makes a show of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from live.demo import run_demo
from live.messages.events import (
    ContributionJudged,
    ContributionReceived,
    Cued,
    Entry,
    Event,
    PersonJoined,
    PromptSet,
)
from live.messages.scene import Put
from tests.live.running import running_house, url_of


@pytest.mark.timeout(90)
async def test_within_a_minute_there_is_a_show(tmp_path: Path) -> None:
    happened: list[Event] = []
    news = asyncio.Event()

    def told(entries: Sequence[Entry]) -> None:
        happened.extend(entry.event for entry in entries)
        news.set()

    async with running_house(tmp_path) as house:
        house.show.listen(told)
        demo = asyncio.create_task(run_demo(url_of(house), house.access.key("host"), people=9, seed=7))
        async with asyncio.timeout(60):
            while not is_a_show(happened):
                assert not demo.done(), demo
                news.clear()
                await news.wait()
        demo.cancel()
        with pytest.raises(asyncio.CancelledError):
            await demo


def is_a_show(happened: Sequence[Event]) -> bool:
    kinds = Counter(event.kind for event in happened if isinstance(event, ContributionReceived))
    senders = {event.person_id for event in happened if isinstance(event, ContributionReceived)}
    return (
        kinds.keys() == {"text", "photo", "sound", "video"}
        and len(senders) == sum(isinstance(event, PersonJoined) for event in happened) == 9
        and any(isinstance(event, PromptSet) for event in happened)
        and any(isinstance(event, ContributionJudged) for event in happened)
        and any(isinstance(event, Cued) and isinstance(event.cue, Put) for event in happened)
    )
