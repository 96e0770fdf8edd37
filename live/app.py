"""The wiring of the hub: every part made once, joined to the others, started and stopped in order."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from aiohttp import web

from live.access import Access, read_secret
from live.crowd import Crowd
from live.doorplate import Doorplate
from live.doors import Doors, json_answer
from live.driver import Counters as DriverCounters
from live.errors import HouselightsError
from live.http_errors import errors_middleware
from live.https import Https, Surroundings, sending_on
from live.hub import Addresses, Hub
from live.intake.desk import Intake
from live.keeper import Keeper
from live.lamplighter import Lamplighter
from live.links import Links, link_of
from live.measured import follow, slots_of
from live.media import media_routes
from live.messages.coding import to_json
from live.messages.events import Entry, KeysTurned
from live.metrics import Metrics, with_totals
from live.pace import Pace
from live.pages import Pages
from live.receiving import Receiving
from live.settings import Settings
from live.show import Show
from live.shredder import Shredder
from live.signpost import signposting
from live.steward import Steward
from live.store import Store
from live.stream_doors import StreamDoors
from live.streams import COUNTERS as STREAMS_COUNTED
from live.streams import Streams
from live.trust import Trust
from live.uploads import COUNTERS as UPLOADS_COUNTED
from live.uploads import UploadLimits, Uploads
from live.usher import Usher
from live.wifi import Wifi

log = structlog.get_logger()

MAX_JSON_BYTES = 64 * 1024
RESUME_EVERY_S = 30.0
HEALTH_EVERY_S = 0.5


@dataclass(slots=True)
class House:
    """Everything a running hub consists of."""

    settings: Settings
    show: Show
    store: Store
    access: Access
    hub: Hub
    doors: Doors
    keeper: Keeper
    uploads: Uploads
    receiving: Receiving
    shredder: Shredder
    intake: Intake
    streams: Streams
    usher: Usher
    steward: Steward
    crowd: Crowd
    https: Https | None
    links: Links
    wifi: Wifi
    metrics: Metrics = field(default_factory=Metrics)
    line: Path | None = None
    """The Unix socket the hub listens on, once it does (`live.listening`)."""

    def doorplate(self) -> Doorplate:
        generation = self.show.state.generations.get("audience", 0)
        here, links = f"http://localhost:{self.settings.port}", self.links
        authority = self.https.authority if self.https is not None else None
        host, moderator, crew = (self.access.key(role) for role in ("host", "moderator", "crew"))
        is_apart = links.team != links.hall
        return Doorplate(
            pid=os.getpid(),
            url=here,
            stage_key=self.access.key("stage"),
            audience=self.hub.addresses.join_url(generation),
            host=link_of(here, "host", host),
            host_elsewhere=links.of("host", host),
            moderator=links.of("moderator", moderator),
            host_plain=link_of(links.hall, "host", host) if is_apart else "",
            moderator_plain=link_of(links.hall, "moderator", moderator) if is_apart else "",
            mirror=link_of(links.hall, "stage", crew),
            line=str(self.line or ""),
            crew=links.of("crew", crew),
            wifi=link_of(self.settings.base_url(), "wifi", crew),
            secure=links.secure or "",
            trust=f"{self.settings.base_url()}/trust" if authority is not None else "",
            fingerprint=authority.fingerprint if authority is not None else "",
        )

    def keep_doorplate(self) -> None:
        """Write `doors.json` now and whenever links are revoked."""
        self._hang_doorplate()

        def renew(entries: Sequence[Entry]) -> None:
            if any(isinstance(entry.event, KeysTurned) for entry in entries):
                self._hang_doorplate()

        self.show.listen(renew)
        if self.https is not None:
            self.https.on_change = self._hang_doorplate

    def _hang_doorplate(self) -> None:
        # Readable by the owner only: it holds the keys of the show.
        path = self.show.folder.doors
        part = path.with_suffix(".part")
        part.touch(mode=0o600)
        part.write_bytes(to_json(self.doorplate()))
        part.replace(path)


async def open_house(settings: Settings, around: Surroundings | None = None) -> House:
    """Open the show and make every part; nothing listens yet. `around` is the network as it is, if not given."""
    show = await Show.open(settings.folder, settings.opening, wall_s=time.time(), journal_url=settings.journal_url)
    store = Store.open(settings.media_url or show.folder.media)
    state = show.state
    access = Access(show.opened.show_id, read_secret(show.folder.secret), lambda role: state.generations.get(role, 0))
    https = await Https.open(settings.https, around) if settings.https is not None else None
    links = Links(settings, https)
    addresses = Addresses(
        join_url=lambda generation: f"{links.hall}/j/{access.join_code(generation)}",
        code=access.join_code,
        link=lambda role, generation: links.of(role, access.key(role, generation)),
    )
    hub = Hub(
        show,
        access,
        addresses,
        time.monotonic,
        slots=slots_of(settings),
    )
    doors = Doors(hub, access, Pages(show.opened.title), time.monotonic, Pace(2000, 100.0), https, settings.overflow)
    shredder = Shredder(show, store)
    receiving = Receiving(hub, shredder)
    intake = Intake(
        store, receiving.announce, hub.tell_progress, workers=settings.intake_workers, folder=show.folder.scratch
    )
    receiving.hand_on_to(intake)
    uploads = Uploads(
        show.folder.uploads, store, doors.admit_phone, receiving.receive, UploadLimits(), hub.tell_progress
    )
    stream_doors = StreamDoors(doors)
    streams = Streams(
        stream_doors.admit_publisher, stream_doors.admit_watcher, show.clock.now_us, is_stage=stream_doors.is_stage
    )
    usher = Usher(show, streams)
    Lamplighter(hub)
    return House(
        settings,
        show,
        store,
        access,
        hub,
        doors,
        Keeper(show),
        uploads,
        receiving,
        shredder,
        intake,
        streams,
        usher,
        Steward(show, streams),
        Crowd(hub),
        https,
        links,
        Wifi(doors, settings, around or Surroundings()),
    )


def make_app(house: House) -> web.Application:
    """Return the aiohttp application; starting and stopping it starts and stops the parts."""
    around = [errors_middleware, signposting(house.doors.pages), sending_on(house.https)]
    app = web.Application(middlewares=around, client_max_size=MAX_JSON_BYTES)
    app.add_routes(house.doors.routes())
    app.add_routes(Trust(house.doors.pages, house.https, house.settings.base_url).routes())
    app.add_routes(house.wifi.routes())
    app.add_routes(media_routes(house.store, house.doors.may_read))
    app.add_routes(house.uploads.routes())
    app.add_routes(house.streams.routes())
    app.add_routes(_watching_routes(house))
    house.hub.server.attach(app)
    # Before aiohttp waits for open requests, as a hanging PATCH or a watcher would have it wait in vain.
    app.on_shutdown.append(lambda _: house.streams.close())
    app.on_shutdown.append(lambda _: house.uploads.close())
    app.cleanup_ctx.append(lambda _: _parts(house))
    _add_numbers(house)
    return app


async def _parts(house: House) -> AsyncIterator[None]:
    house.keeper.start()
    house.shredder.start()
    house.usher.start()
    house.steward.start()
    house.crowd.start()
    await house.uploads.start()
    # Phones and stage must not wait for the intake's first child: a hall comes back while it warms up.
    starting = asyncio.create_task(_start_intake(house))
    going_on = [
        asyncio.create_task(_prepare_again_and_again(house, starting)),
        asyncio.create_task(_tell_health(house)),
        asyncio.create_task(follow(house.hub, house.settings)),
    ]
    if house.https is not None:
        going_on.append(asyncio.create_task(house.https.keep_fresh()))
    try:
        yield
    finally:
        for task in (*going_on, starting):
            task.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await _stop(house)


async def _stop(house: House) -> None:
    # The order matters: no new work comes in once everyone was told goodbye, and the journal closes last.
    await house.hub.close()
    await house.intake.close()
    await house.keeper.close()
    await house.shredder.close()
    await house.usher.close()
    await house.steward.close()
    await house.crowd.close()
    house.show.close()


async def _start_intake(house: House) -> bool:
    if house.settings.intake_workers == 0:
        return False
    try:
        await house.intake.start()
    except HouselightsError as error:
        log.error("no media can be prepared: everything else goes on", reason=str(error))
        return False
    return True


async def _prepare_again_and_again(house: House, starting: asyncio.Task[bool]) -> None:
    """Hand the intake what is unprepared: what a former hub left, and what a full disk put off."""
    is_running = await asyncio.shield(starting)
    while is_running:
        house.receiving.resume()
        await asyncio.sleep(RESUME_EVERY_S)


async def _tell_health(house: House) -> None:
    while True:
        await asyncio.sleep(HEALTH_EVERY_S)
        health = house.streams.health()
        if health.streams:
            house.hub.tell_cosmetic("health", health, lambda client: client.namespace in ("/host", "/crew"))


def _watching_routes(house: House) -> list[web.RouteDef]:
    def may_watch(request: web.Request) -> None:
        if request.remote not in ("127.0.0.1", "::1"):
            house.doors.caller(request, ("host",))

    async def healthz(request: web.Request) -> web.Response:
        may_watch(request)
        return json_answer(health(house))

    async def metrics(request: web.Request) -> web.Response:
        may_watch(request)
        return web.Response(
            body=house.metrics.text(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        )

    return [web.get("/healthz", healthz), web.get("/metrics", metrics)]


def health(house: House) -> dict[str, object]:
    """What the crew wants to know at one look."""
    presence = house.hub.presence()
    return {
        "status": house.show.journal.trouble or "ok",
        "show": house.show.opened.title,
        "offset": house.show.durable,
        "audience": presence.audience,
        "stage": presence.stage,
        "guests": dict(Counter(guest.state for guest in house.show.state.guests.streams.values())),
        "hands": len(house.show.state.guests.hands),
        "contributions": len(house.show.state.contributions),
        "preparing": house.intake.waiting,
        "sandbox": house.intake.sandbox,
    }


def _add_numbers(house: House) -> None:
    hub, show = house.hub, house.show
    house.metrics.add(
        lambda: {
            "clients": len(hub.clients),
            "acts_total": hub.counters.acts,
            "refused_total": hub.counters.refused,
            "messages_total": hub.counters.messages,
            "connects_total": hub.counters.connects,
            "cosmetics_dropped_total": hub.counters.cosmetics_dropped,
            "clients_let_go_full_total": DriverCounters.let_go_full,
            "clients_let_go_stalled_total": DriverCounters.let_go_stalled,
            "acts_too_quick_total": hub.acts_of_device.refused,
            "phones_cues_gave_way_total": show.state.lighting.gave_way,
            "journal_offset": show.durable,
            "journal_listener_faults_total": show.listener_faults,
            "journal_commits_total": show.journal.commits,
            "journal_entries_written_total": show.journal.written,
        }
    )
    house.metrics.add(lambda: _named("uploads", with_totals(house.uploads.counters, UPLOADS_COUNTED)))
    house.metrics.add(lambda: {f"intake_{name}_total": value for name, value in house.intake.counters.items()})
    house.metrics.add(lambda: {"intake_waiting": house.intake.waiting})
    house.metrics.add(lambda: _named("streams", with_totals(house.streams.counters, STREAMS_COUNTED)))
    house.metrics.add(lambda: {f"reactions_{name}": value for name, value in house.crowd.counters.items()})
    house.metrics.add(lambda: _stage_numbers(hub))
    house.metrics.add_each(
        "stream",
        lambda: {one: with_totals(counts, STREAMS_COUNTED) for one, counts in house.streams.stream_counters.items()},
    )


def _named(part: str, numbers: Mapping[str, int]) -> dict[str, int]:
    return {f"{part}_{name}": value for name, value in numbers.items()}


def _stage_numbers(hub: Hub) -> Mapping[str, float]:
    """What the stage counts, as it told it last: it has no door of its own, and begins at 0 when started again."""
    levels = hub.last_levels
    if levels is None:
        return {}
    own = {"stage_pictures_total": levels.pictures, "stage_late_pictures_total": levels.late_pictures}
    return {f"stage_{name}": value for name, value in hub.stage_counts.items()} | own
