"""A made-up evening against a real hub: people come, send every kind, and the host makes a show of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import pytest

from live.app import House
from live.demo import run_demo
from live.demo.portrait import AUDIO, VIDEO
from live.messages.coding import from_json
from live.messages.events import (
    ContributionJudged,
    ContributionReceived,
    Cued,
    Entry,
    Event,
    PersonJoined,
    PromptSet,
)
from live.messages.packets import Hello, unpack
from live.messages.scene import LiveSource, Put
from tests.live.running import running_house, url_of


@pytest.mark.timeout(90)
async def test_within_a_minute_there_is_a_show(tmp_path: Path) -> None:
    happened: list[Event] = []
    news = asyncio.Event()

    def told(entries: Sequence[Entry]) -> None:
        happened.extend(entry.event for entry in entries)
        news.set()

    async with running_house(tmp_path) as house, aiohttp.ClientSession() as session:
        house.show.listen(told)
        demo = asyncio.create_task(run_demo(url_of(house), house.access.key("host"), people=9, seed=7))
        async with asyncio.timeout(60):
            while not is_a_show(happened):
                assert not demo.done(), demo
                news.clear()
                await news.wait()
            await watch(session, house, live_streams(happened)[0])
        demo.cancel()
        with pytest.raises(asyncio.CancelledError):
            await demo


def live_streams(happened: Sequence[Event]) -> list[str]:
    """The streams that were brought on stage."""
    cues = [event.cue for event in happened if isinstance(event, Cued)]
    return [cue.source.stream_id for cue in cues if isinstance(cue, Put) and isinstance(cue.source, LiveSource)]


async def watch(session: aiohttp.ClientSession, house: House, stream_id: str) -> None:
    """Whoever watches a made-up guest sees and hears them: a key picture comes, and sound."""
    headers = {"Authorization": f"Bearer {house.access.key('host')}"}
    async with session.ws_connect(f"{url_of(house)}/live/{stream_id}/watch", headers=headers) as socket:
        hello = from_json(await socket.receive_str(), Hello)
        assert [track.kind for track in hello.tracks] == ["video", "audio"]
        heard: set[int] = set()
        while heard != {VIDEO, AUDIO}:
            packet = unpack(await socket.receive_bytes())
            assert packet.track in heard or packet.key
            heard.add(packet.track)


def is_a_show(happened: Sequence[Event]) -> bool:
    kinds = Counter(event.kind for event in happened if isinstance(event, ContributionReceived))
    senders = {event.person_id for event in happened if isinstance(event, ContributionReceived)}
    return (
        kinds.keys() == {"text", "photo", "sound", "video"}
        and len(senders) == sum(isinstance(event, PersonJoined) for event in happened) == 9
        and any(isinstance(event, PromptSet) for event in happened)
        and any(isinstance(event, ContributionJudged) for event in happened)
        and any(isinstance(event, Cued) and isinstance(event.cue, Put) for event in happened)
        and bool(live_streams(happened))
    )
