"""The host's line to the hub, without a page: what is there as the hub last said it, and asks with their answers."""

from __future__ import annotations

import asyncio

from live.demo.phone import NotDone
from live.link import Link
from live.messages.acts import HostAct
from live.messages.air import GuestView
from live.messages.views import Ack, Changes, ContributionView, PersonView, PromptView, StageView, Welcome


class Console:
    """`changed` is set at every news; everything here is called on the event loop that made the console."""

    def __init__(self, hub_url: str, host_key: str) -> None:
        self.contributions: dict[str, ContributionView] = {}
        self.people: dict[str, PersonView] = {}
        self.prompt: PromptView | None = None
        self.stage: StageView | None = None
        self.guests: dict[str, GuestView] = {}
        self.welcome: asyncio.Future[Welcome] = asyncio.get_running_loop().create_future()
        self.changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self.link = Link(hub_url, "/host", host_key)
        self.link.on_welcome(self._hand_over_welcome)
        self.link.on_changes(self._hand_over)

    async def open(self) -> Welcome:
        """Connect; return the hub's first word, with the join code in it."""
        self.link.start()
        return await self.welcome

    def _hand_over_welcome(self, welcome: Welcome) -> None:
        self._loop.call_soon_threadsafe(self._greet, welcome)

    def _hand_over(self, changes: Changes) -> None:
        self._loop.call_soon_threadsafe(self._take, changes)

    def _greet(self, welcome: Welcome) -> None:
        if not self.welcome.done():
            self.welcome.set_result(welcome)

    def _take(self, changes: Changes) -> None:
        self.contributions.update((view.contribution_id, view) for view in changes.contributions)
        self.people.update((view.person_id, view) for view in changes.people)
        self.prompt = changes.prompt or self.prompt
        self.stage = changes.stage or self.stage
        self.guests.update((view.person_id, view) for view in changes.guests)
        self.changed.set()

    async def ask(self, act: HostAct) -> Ack:
        """Return once it is done and on disk. Raises NotDone."""
        ack = await asyncio.wrap_future(self.link.act(act))
        if not ack.ok:
            raise NotDone(ack.problem.message if ack.problem else "the hub said no")
        return ack

    async def close(self) -> None:
        await asyncio.to_thread(self.link.close)
