"""Whatever a phone, its line and the hub's restarts do, in whatever order: the offset is honest and never falls.

A state machine makes up the stories. The model is three numbers and the file; the hub is real, and so is the wire.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeVar

import aiohttp
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.live.uploads.hub import Hub, create, offset_of, patch, running_hub, sum_of
from tests.live.uploads.wire import BrokenPhone

T = TypeVar("T")

LENGTH = 200_000
DATA = random.Random(7).randbytes(LENGTH)
counts = st.one_of(st.integers(0, 2000), st.integers(0, LENGTH))


class OnePhone(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory(prefix="offsets-")
        self.stack = AsyncExitStack()
        self.do(self.open())
        self.path = self.do(create(self.session, self.hub, LENGTH)).removeprefix(self.hub.url)
        self.acknowledged = 0

    def do(self, work: Coroutine[None, None, T]) -> T:
        return self.loop.run_until_complete(work)

    async def open(self) -> None:
        self.hub: Hub = await self.stack.enter_async_context(running_hub(Path(self.folder.name)))
        self.session = await self.stack.enter_async_context(aiohttp.ClientSession())

    @property
    def url(self) -> str:
        return self.hub.url + self.path

    @property
    def is_whole(self) -> bool:
        return self.acknowledged == LENGTH

    def teardown(self) -> None:
        self.do(self.finish())
        self.do(self.stack.aclose())
        self.loop.close()
        self.folder.cleanup()

    async def finish(self) -> None:
        """Every story ends well: the phone sends the rest, and the hub has the file."""
        offset = await offset_of(self.session, self.url)
        await patch(self.session, self.url, offset, DATA[offset:])
        original = self.hub.journal.events["contribution-1"].original
        assert original is not None
        assert original.sha256 == hashlib.sha256(DATA).hexdigest()
        assert self.hub.stored("contribution-1") == DATA
        assert (self.hub.folder / "journal").read_bytes().count(b"\n") == 1

    @rule(count=counts, checked=st.booleans())
    def sends(self, count: int, checked: bool) -> None:
        piece = DATA[self.acknowledged : self.acknowledged + count]
        more = {"Upload_Checksum": sum_of(piece)} if checked else {}
        response = self.do(patch(self.session, self.url, self.acknowledged, piece, **more))
        assert response.status == 204
        assert int(response.headers["Upload-Offset"]) == self.acknowledged + len(piece)
        self.acknowledged += len(piece)

    @rule(count=st.integers(1, 5000))
    def sends_with_a_wrong_checksum(self, count: int) -> None:
        piece = DATA[self.acknowledged : self.acknowledged + count]
        response = self.do(
            patch(self.session, self.url, self.acknowledged, piece, Upload_Checksum=sum_of(piece + b"!"))
        )
        assert response.status == (204 if self.is_whole else 460)

    @rule(offset=st.integers(0, LENGTH + 1000))
    def sends_from_a_wrong_offset(self, offset: int) -> None:
        response = self.do(patch(self.session, self.url, offset, b""))
        assert response.status == (204 if offset == self.acknowledged else 409)

    @precondition(lambda self: not self.is_whole)
    @rule(count=counts, way=st.sampled_from(["hang", "fin", "rst"]), checked=st.booleans())
    def breaks_off(self, count: int, way: str, checked: bool) -> None:
        piece = DATA[self.acknowledged : self.acknowledged + count]
        self.do(self.send_and_break(piece, way, checked))

    async def send_and_break(self, piece: bytes, way: str, checked: bool) -> None:
        rest = DATA[self.acknowledged :]
        more = {"Upload-Checksum": sum_of(rest)} if checked else {}
        async with BrokenPhone(self.url, self.acknowledged, len(rest), **more) as phone:
            await phone.send(piece)
            if way == "fin":
                phone.hang_up()
            elif way == "rst":
                phone.reset()
            offset = await offset_of(self.session, self.url)
        most = self.acknowledged if checked and piece != rest else self.acknowledged + len(piece)
        assert self.acknowledged <= offset <= most
        self.acknowledged = offset

    @rule()
    def the_hub_restarts(self) -> None:
        self.do(self.stack.aclose())
        self.stack = AsyncExitStack()
        self.do(self.open())

    @invariant()
    def the_offset_is_what_was_acknowledged(self) -> None:
        assert self.do(offset_of(self.session, self.url)) == self.acknowledged

    @invariant()
    def what_is_acknowledged_is_on_the_disk(self) -> None:
        part = Path(self.folder.name) / "uploads" / f"{self.path.rpartition('/')[2]}.part"
        data = self.hub.stored("contribution-1") if self.is_whole else part.read_bytes()
        assert data[: self.acknowledged] == DATA[: self.acknowledged]


OnePhone.TestCase.settings = settings(
    max_examples=25, stateful_step_count=12, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestOffsets = OnePhone.TestCase
