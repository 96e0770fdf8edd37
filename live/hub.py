"""Control: who is connected, what they asked, and who must be told what.

Sessions come and go here; what an act means is `live.decisions`, what a client sees is `live.projection`. One pump a
client sends what changed since the offset it has, only while its queue is short: so state coalesces by itself, and a
slow phone gets fewer, newer messages instead of a longer queue. Presence is state too, though no journal has it: the
newest goes out by the pump. Levels and progress are cosmetic: a client with anything waiting does not get them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

import socketio
import structlog

from live.access import Access, Caller, check_origin, cookie_names
from live.decisions.desk import Desk
from live.decisions.table import ASKS, decide
from live.driver import ControlServer
from live.errors import BadToken, HouselightsError, NotAllowed
from live.messages.air import GuestInvited, StreamWithdrawn
from live.messages.base import Message
from live.messages.coding import from_plain, to_plain
from live.messages.events import (
    Cued,
    Entry,
    KeysTurned,
    RecordingEnded,
    RecordingStarted,
    RunEnded,
    RunStarted,
    ShowOpened,
    Taken,
)
from live.messages.ids import Role
from live.messages.phones import PhoneCue
from live.messages.views import Ack, Entries, Levels, Pong, Presence, Problem, Progress, Welcome
from live.pace import Pace
from live.projection import changes_for
from live.show import Show
from live.slots import MODEST, Slots

log = structlog.get_logger()

NAMESPACES: dict[str, tuple[Role, ...]] = {
    "/audience": ("audience",),
    "/host": ("host", "moderator"),
    "/crew": ("crew", "host"),
    "/stage": ("stage", "host"),
}
STAGE_EVENTS = (
    *(ShowOpened, Cued, Taken, RunStarted, RunEnded, RecordingStarted, RecordingEnded),
    GuestInvited,  # what receives them takes a moment to start
    StreamWithdrawn,  # what is kept of streams lies with the stage
)
ENTRIES_PER_MESSAGE = 500
QUEUE_SHORT = 4
PUMP_PAUSE_S = 0.02
ANSWER_FIRST_S = 1.0


@dataclass(slots=True, eq=False)
class Client:
    sid: str
    namespace: str
    caller: Caller
    sent: int
    """The offset up to which this client was told everything."""
    is_dirty: bool = True
    is_presence_due: bool = False
    pump: asyncio.Task[None] | None = None


@dataclass(slots=True)
class HubCounters:
    acts: int = 0
    refused: int = 0
    cosmetics_dropped: int = 0
    messages: int = 0
    connects: int = 0


@dataclass(slots=True)
class Addresses:
    """How the show is reached, told to clients and put on the slate."""

    join_url: Callable[[int], str]
    code: Callable[[int], str]
    link: Callable[[Role, int], str]


@dataclass(slots=True)
class Hub:
    show: Show
    access: Access
    addresses: Addresses
    now_s: Callable[[], float]
    server: ControlServer = field(default_factory=ControlServer)
    clients: dict[str, Client] = field(default_factory=dict)
    counters: HubCounters = field(default_factory=HubCounters)
    acts_of_device: Pace = field(default_factory=lambda: Pace(40, 4.0))
    last_levels: Levels | None = None
    stage_counts: dict[str, int] = field(default_factory=dict)
    """Of the live streams, as the stage told them last."""
    slots: Slots = MODEST
    phones_for: Callable[[Caller], tuple[PhoneCue, ...]] = lambda _: ()
    """What a phone that comes in should still do (`live.lamplighter`)."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        for namespace in NAMESPACES:
            self.server.on("connect", self._connector(namespace), namespace=namespace)
            self.server.on("disconnect", self._disconnect, namespace=namespace)
            self.server.on("act", self._act, namespace=namespace)
            self.server.on("clock", self._clock, namespace=namespace)
        self.server.on("levels", self._levels, namespace="/stage")
        self.server.eio.name_of = self._name_of
        self.show.listen(self._journaled)

    # connections

    def _connector(self, namespace: str) -> Callable[..., Any]:
        async def connect(sid: str, environ: dict[str, Any], auth: Any = None) -> None:
            try:
                caller = self._admit(namespace, environ["aiohttp.request"], auth)
            except HouselightsError as error:
                self.counters.refused += 1
                log.info("connection refused", namespace=namespace, code=error.code, reason=str(error))
                raise socketio.exceptions.ConnectionRefusedError(str(error), to_plain(Problem.of(error))) from None
            self._join(Client(sid, namespace, caller, self._resume_offset(auth)))

        return connect

    def _admit(self, namespace: str, request: Any, auth: Any) -> Caller:
        token = auth.get("token") if isinstance(auth, dict) else None
        names = (each for role in NAMESPACES[namespace] for each in cookie_names(role, is_secure=request.secure))
        cookie = next((request.cookies[name] for name in names if name in request.cookies), None)
        check_origin(
            request.headers,
            scheme=request.scheme,
            host=request.host,
            has_cookie=bool(request.cookies),
            has_bearer=isinstance(token, str),
        )
        shown = token if isinstance(token, str) else cookie
        if shown is None:
            raise BadToken("expected a link or a joined device, got neither; open your link or scan the code again")
        caller = self.access.check(shown)
        if caller.role not in NAMESPACES[namespace]:
            raise NotAllowed(
                f"expected one of {NAMESPACES[namespace]} at {namespace}, got {caller.role}; open the page of your role"
            )
        return caller

    def _resume_offset(self, auth: Any) -> int:
        """The offset a client has, when it is of this journal's epoch and not beyond it; else 0."""
        if not isinstance(auth, dict) or auth.get("epoch") != self.show.journal.epoch:
            return 0
        offset = auth.get("offset")
        return offset if isinstance(offset, int) and 0 <= offset <= self.show.durable else 0

    def _join(self, client: Client) -> None:
        self.counters.connects += 1
        self.clients[client.sid] = client
        client.pump = asyncio.create_task(self._greet_and_pump(client))
        self._presence()

    async def _greet_and_pump(self, client: Client) -> None:
        # A task of its own: Socket.IO sends its own "connected" first, once the connect handler has returned.
        opened = self.show.opened
        generation = self.show.state.generations.get("audience", 0)
        await self._send(client, "welcome", Welcome(
            show_id=opened.show_id,
            title=opened.title,
            epoch=self.show.journal.epoch,
            offset=self.show.durable,
            now_us=self.show.clock.now_us(),
            opened_at_s=opened.opened_at_s,
            role=client.caller.role,
            person_id=client.caller.person_id,
            join_url=self.addresses.join_url(generation),
            code=self.addresses.code(generation),
            phones=self.phones_for(client.caller),
        ))  # fmt: skip
        await self._pump(client)

    async def _disconnect(self, sid: str, _reason: str = "") -> None:
        client = self.clients.pop(sid, None)
        if client is not None and client.pump is not None and client.pump is not asyncio.current_task():
            client.pump.cancel()
        self._presence()

    def _name_of(self, eio_sid: str) -> str:
        """Who a connection belongs to: a role, or a person's id; the bare connection before it joined."""
        names = (
            client.caller.name
            for client in self.clients.values()
            if self.server.manager.eio_sid_from_sid(client.sid, client.namespace) == eio_sid
        )
        return next(names, eio_sid)

    async def let_go(self, client: Client, error: HouselightsError, *, after_s: float = 0.0) -> None:
        """Say why, then disconnect."""
        await asyncio.sleep(after_s)
        await self._send(client, "bye", Problem.of(error))
        await self.server.disconnect(client.sid, namespace=client.namespace)

    # telling

    def _journaled(self, entries: Sequence[Entry]) -> None:
        state = self.show.state
        after = entries[0].offset - 1
        touched = set(state.touched_contributions.between(after, state.offset))
        people = {state.contributions[i].person_id for i in touched} | set(
            state.touched_people.between(after, state.offset)
        )
        people |= set(state.guests.touched.between(after, state.offset))
        for entry in entries:
            if isinstance(entry.event, KeysTurned) and entry.event.role != "audience":
                self._revoke(entry.event.role)
        public_offset = max(state.prompt_offset, state.guests.call_offset)
        is_public = public_offset > after or not touched.isdisjoint(state.ever_shared)
        for client in self.clients.values():
            if client.caller.role != "audience" or is_public or client.caller.person_id in people:
                self._wake(client)

    def _revoke(self, role: Role) -> None:
        """Whoever came in by a link of this role has to show the new one."""
        error = BadToken(
            f"expected the newest {role} link, this one was revoked just now; ask the host for the new one"
        )
        # A host who turns the host's own keys gets the answer, which holds the new link, before the line is cut.
        grace_s = ANSWER_FIRST_S if role == "host" else 0.0
        for client in [client for client in self.clients.values() if client.caller.role == role]:
            self._beside(self.let_go(client, error, after_s=grace_s))

    def _wake(self, client: Client) -> None:
        client.is_dirty = True
        self._start_pump(client)

    def _start_pump(self, client: Client) -> None:
        if client.pump is None or client.pump.done():
            client.pump = asyncio.create_task(self._pump(client))

    async def _pump(self, client: Client) -> None:
        while (client.is_dirty or client.is_presence_due) and client.sid in self.clients:
            if self.server.waiting(client.sid, client.namespace) > QUEUE_SHORT:
                await asyncio.sleep(PUMP_PAUSE_S)
                continue
            if client.is_presence_due:
                client.is_presence_due = False
                await self._send(client, "presence", self.presence())
            if client.is_dirty:
                client.is_dirty = False
                await self._send_news(client)

    async def _send_news(self, client: Client) -> None:
        if client.namespace == "/stage":
            await self._send_entries(client)
        else:
            await self._send_changes(client)

    async def _send_changes(self, client: Client) -> None:
        durable = self.show.durable
        caller = client.caller
        changes = changes_for(self.show.state, caller.role, caller.person_id, client.sent, durable, self.slots)
        client.sent = durable
        await self._send(client, "changes", changes)

    async def _send_entries(self, client: Client) -> None:
        durable, since = self.show.durable, client.sent
        # Reading the journal is a disk read: not on the event loop.
        entries = await asyncio.to_thread(self._stage_entries, since, durable)
        for start in range(0, max(1, len(entries)), ENTRIES_PER_MESSAGE):
            part = tuple(entries[start : start + ENTRIES_PER_MESSAGE])
            is_last = start + ENTRIES_PER_MESSAGE >= len(entries)
            upto = durable if is_last else part[-1].offset
            await self._send(client, "entries", Entries(since=client.sent, offset=upto, entries=part))
            client.sent = upto

    def _stage_entries(self, since: int, upto: int) -> list[Entry]:
        return [e for e in self.show.journal.read(since) if e.offset <= upto and isinstance(e.event, STAGE_EVENTS)]

    async def _send(self, client: Client, event: str, message: Message) -> None:
        self.counters.messages += 1
        await self.server.emit(event, to_plain(message), to=client.sid, namespace=client.namespace)

    def tell_cosmetic(self, event: str, message: Message, to: Callable[[Client], bool]) -> None:
        """Send to those clients that have nothing waiting; the others go without."""
        for client in list(self.clients.values()):
            if to(client):
                self.tell_one(event, message, client)

    def tell_one(self, event: str, message: Message, client: Client) -> None:
        """Send to one client, if it has nothing waiting."""
        if self.server.waiting(client.sid, client.namespace) > 0:
            self.counters.cosmetics_dropped += 1
            return
        self.tell(event, message, client)

    def tell(self, event: str, message: Message, client: Client) -> None:
        """Send to one client behind whatever it has waiting; the queue is the driver's, and so is its bound."""
        self._beside(self._send(client, event, message))

    def _beside(self, coroutine: Coroutine[None, None, None]) -> None:
        """Let something run beside what is going on, and keep hold of it so that it is not lost."""
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def tell_progress(self, progress: Progress) -> None:
        self.tell_cosmetic(
            "progress", progress, lambda c: c.namespace == "/host" or c.caller.person_id == progress.person_id
        )

    def presence(self) -> Presence:
        roles = [client.caller.role for client in self.clients.values() if client.namespace != "/stage"]
        stage = any(c.namespace == "/stage" and c.caller.role == "stage" for c in self.clients.values())
        hosts = sum(role in ("host", "moderator") for role in roles)
        return Presence(audience=roles.count("audience"), hosts=hosts, stage=stage)

    def _presence(self) -> None:
        """Let the hosts know who is there now; one who is behind gets the newest, once, when it can take it."""
        for client in self.clients.values():
            if client.namespace == "/host":
                client.is_presence_due = True
                self._start_pump(client)

    # being asked

    async def _clock(self, _sid: str, _data: Any = None) -> Any:
        return to_plain(Pong(now_us=self.show.clock.now_us()))

    async def _levels(self, sid: str, data: Any) -> None:
        try:
            levels = self.last_levels = from_plain(data, Levels)
        except HouselightsError as error:
            log.warning("levels refused", sid=sid, reason=str(error))
            return
        self.stage_counts = levels.counts or self.stage_counts
        self.tell_cosmetic("levels", levels, lambda client: client.namespace == "/host")

    async def _act(self, sid: str, data: Any = None) -> Any:
        client = self.clients.get(sid)
        if client is None:
            return to_plain(Ack(ok=False, problem=Problem(code="not_connected", message="connect again, then repeat")))
        try:
            ack = await self.ask(client.caller, data)
        except HouselightsError as error:
            self.counters.refused += 1
            log.info("act refused", who=client.caller.name, code=error.code, reason=str(error))
            return to_plain(Ack(ok=False, offset=self.show.durable, problem=Problem.of(error)))
        except Exception:  # a fault of ours: unanswered, it would be asked again for ever
            log.exception("act failed", who=client.caller.name)
            problem = Problem(code="error", message="something went wrong on the hub; try again, its log says what")
            return to_plain(Ack(ok=False, offset=self.show.durable, problem=problem))
        return to_plain(ack)

    async def ask(self, caller: Caller, data: Any) -> Ack:
        """Do what a client asks, once per act id; return once it is on disk. Raises HouselightsError."""
        if caller.role == "audience":
            self.acts_of_device.take(str(caller.person_id), self.now_s())
        kind = ASKS.get(caller.role)
        if kind is None:
            raise NotAllowed(f"expected host, moderator, stage or audience, got {caller.role}; this page only watches")
        ask = from_plain(data, kind)
        self.counters.acts += 1
        return await self.show.answer_once(f"{caller.name}.{ask.act_id}", lambda: decide(self.desk(caller), ask.act))

    def desk(self, caller: Caller) -> Desk:
        return Desk(
            self.show.state,
            caller,
            self.addresses.join_url,
            self.addresses.code,
            self.addresses.link,
            now_us=self.show.clock.now_us(),
            present=self.present,
            slots=self.slots,
        )

    def present(self) -> frozenset[str]:
        """The people of the audience who are connected."""
        people = (c.caller.person_id for c in self.clients.values() if c.namespace == "/audience")
        return frozenset(person_id for person_id in people if person_id is not None)

    async def close(self) -> None:
        """Hang up on everyone; they come back by themselves."""
        for client in list(self.clients.values()):
            if client.pump is not None:
                client.pump.cancel()
        for task in list(self._tasks):
            task.cancel()
        await self.server.hang_up()
        await self.server.shutdown()
