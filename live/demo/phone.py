"""One person's phone, without a page: joins with the code, stays connected, sends pieces until they are safe.

Views come in on the link's thread and are handed to the event loop that made the phone; the rest is called there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import aiohttp

from live.demo.upload import File, Upload
from live.errors import HouselightsError
from live.link import Link
from live.messages.acts import AudienceAct, SendText
from live.messages.air import CallView, MyAirView
from live.messages.base import Message
from live.messages.coding import from_json, to_json
from live.messages.events import Consent
from live.messages.ids import Id, Kind, new_id
from live.messages.views import Ack, Changes, MineView, PromptView, SharedView


class Joined(Message, frozen=True):
    token: str
    person_id: Id


class NotDone(HouselightsError):
    """The hub said no to an act; the sentence is the hub's own."""

    code = "not_done"


async def join(session: aiohttp.ClientSession, hub_url: str, code: str, name: str, credit: str = "") -> Joined:
    """Become a person of this show."""
    # The phone has no token yet: it shows where it comes from, as a page does.
    headers = {"Origin": hub_url, "Content-Type": "application/json"}
    body = to_json({"code": code, "name": name, "credit": credit})
    async with session.post(f"{hub_url}/api/join", data=body, headers=headers) as response:
        text = await response.text()
        if response.status != 200:
            raise NotDone(f"{response.status}: {text[:500]}")
        return from_json(text, Joined)


class Phone:
    """See the module. `mine` to `air` are what the hub last said; `changed` is set at every news."""

    patience_s = 120.0
    """How long one file is tried."""

    def __init__(self, session: aiohttp.ClientSession, hub_url: str, joined: Joined, name: str) -> None:
        self.session, self.hub_url, self.name = session, hub_url, name
        self.token, self.person_id = joined.token, joined.person_id
        self.prompt: PromptView | None = None
        self.mine: dict[str, MineView] = {}
        self.shared: dict[str, SharedView] = {}
        self.air: MyAirView | None = None
        self.call: CallView | None = None
        self.changed = asyncio.Event()
        self.resumed = 0
        self._loop = asyncio.get_running_loop()
        self.link = Link(hub_url, "/audience", self.token)
        self.link.on_changes(self._hand_over)

    @classmethod
    async def arrive(cls, session: aiohttp.ClientSession, hub_url: str, code: str, name: str) -> Phone:
        """Join and connect."""
        phone = cls(session, hub_url, await join(session, hub_url, code, name), name)
        phone.link.start()
        return phone

    def _hand_over(self, changes: Changes) -> None:
        self._loop.call_soon_threadsafe(self._take, changes)

    def _take(self, changes: Changes) -> None:
        self.prompt = changes.prompt or self.prompt
        self.air = changes.my_air or self.air
        self.call = changes.call or self.call
        self.mine.update((view.contribution_id, view) for view in changes.mine)
        for view in changes.shared:
            if view.shared:
                self.shared[view.contribution_id] = view
            else:
                self.shared.pop(view.contribution_id, None)
        self.changed.set()

    async def ask(self, act: AudienceAct) -> Ack:
        """Return once it is done and on disk; who asks too much asks again when the hub says. Raises NotDone."""
        while not (ack := await asyncio.wrap_future(self.link.act(act))).ok:
            if ack.problem is None or ack.problem.retry_after_s is None:
                raise NotDone(ack.problem.message if ack.problem else "the hub said no")
            await asyncio.sleep(ack.problem.retry_after_s)
        return ack

    async def say(self, text: str, *, parents: Sequence[str] = (), contribution_id: str | None = None) -> str:
        """Send a tiny story; return its id once it is safe."""
        contribution_id = contribution_id or new_id()
        prompt_id = self.prompt.prompt_id if self.prompt else None
        await self.ask(
            SendText(
                contribution_id=contribution_id,
                text=text,
                consent=Consent(),
                prompt_id=prompt_id,
                parents=tuple(parents),
            )
        )
        return contribution_id

    async def send(
        self,
        kind: Kind,
        data: bytes,
        media_type: str,
        *,
        parents: Sequence[str] = (),
        contribution_id: str | None = None,
    ) -> str:
        """Send a file; return its id once it is safe. Raises Refused, Unavailable."""
        contribution_id = contribution_id or new_id()
        metadata = {
            "contribution": contribution_id,
            "kind": kind,
            "consent": to_json(Consent()).decode(),
            "filetype": media_type,
        }
        if self.prompt is not None:
            metadata["prompt"] = self.prompt.prompt_id
        if parents:
            metadata["parents"] = ",".join(parents)
        upload = Upload(self.session, self.hub_url, self.token, File(data, metadata), self._read)
        try:
            await upload.run(self.patience_s)
        finally:
            self.resumed += upload.resumed
        return contribution_id

    async def _read(self, url: str, part: bytes) -> AsyncIterator[bytes]:
        """Give the bytes of one request. A phone of tests loses the line here."""
        yield part

    async def leave(self) -> None:
        await asyncio.to_thread(self.link.close)
