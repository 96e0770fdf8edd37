"""`houselights doctor`: what will phones see tonight, what does this machine bring, how many live phones can it carry?

Findings come one by one, as they are known: the network and the ladder to camera and microphone (`live.ladder`), the
premises, and last the measuring. Nothing is changed but `capacity.json` and, at first run, the authority.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from live.capacity import (
    LINK_SHARE,
    PHONE_MBIT_S,
    Capacity,
    Costs,
    capacity_of,
    read_capacity,
    this_machine,
    usable_cores,
    with_air_of,
    write_capacity,
)
from live.doorplate import Doorplate
from live.errors import HouselightsError, Unavailable
from live.interfaces import Interface, interfaces
from live.ladder import Ladder
from live.messages.coding import from_json
from live.premises import Finding, look_at_cameras, look_at_disk, look_at_screen, look_at_sound, look_at_urgency
from live.settings import lan_address

MEASURE_WITHIN_S = 90.0
BUSY = 0.5
"""Load for each processor from which on the figure is called into question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What the doctor looks at. `home` is this machine's own folder; `measures`: the processor too."""

    ladder: Ladder
    folder: Path
    home: Path
    environment: Mapping[str, str]
    measures: bool = True


async def examine(visit: Visit) -> AsyncIterator[Finding]:
    """Yield findings, the slow measuring last."""
    found = interfaces()
    yield look_at_network(found)
    async for finding in visit.ladder.climb():
        yield finding
    yield look_at_wifi(read_capacity(visit.folder), visit.ladder.plate)
    yield look_at_disk(visit.folder)
    yield await look_at_sound()
    yield look_at_screen(visit.environment)
    yield look_at_cameras()
    yield look_at_urgency()
    if visit.measures:
        yield await _carries(visit, found)


def look_at_network(found: tuple[Interface, ...]) -> Finding:
    if not found:
        return Finding("bad", "network", "no network address: join the hall's Wi-Fi or plug in the router's cable")
    at = ", ".join(f"{each.address} ({each.name}{', Wi-Fi' if each.is_wireless else ''})" for each in found)
    several = f"; links name {lan_address()}, --public-url names another" if len(found) > 1 else ""
    return Finding("good", "network", f"{at}{several}")


async def _carries(visit: Visit, found: tuple[Interface, ...]) -> Finding:
    what, cores = "live phones", usable_cores()
    is_busy = os.getloadavg()[0] > BUSY * cores
    try:
        costs = await measure_in_child()
    except HouselightsError as error:
        return Finding("unknown", what, str(error))
    capacity = capacity_of(
        costs, cores=cores, link_mbit_s=link_mbit_s(found), machine=this_machine(), measured_at_s=time.time()
    )
    kept = _keep(capacity, visit.home)
    if visit.folder.is_dir():
        capacity = with_air_of(read_capacity(visit.folder), capacity, cores=cores)
        kept = kept or _keep(capacity, visit.folder)
    busy = ". Other programs keep this machine busy: without them it may carry more" if is_busy else ""
    return Finding("good" if capacity.phones else "bad", what, f"{carries_words(capacity)}{busy}{kept}")


def carries_words(capacity: Capacity) -> str:
    ends = {"machine": "the processor", "network": "the network", "unmeasured": "a default, nothing was measured"}
    return (
        f"{capacity.phones} at once with camera and microphone, or {capacity.tiles} small ones in a mosaic, or "
        f"{capacity.microphones} microphones; what ends it: {ends[capacity.limited_by]}. {capacity.phones} phones send "
        f"about {capacity.phones * PHONE_MBIT_S:.0f} Mbit/s ({network_words(capacity)})"
    )


def network_words(capacity: Capacity) -> str:
    wire = "" if capacity.link_mbit_s is None else f"the wire carries {capacity.link_mbit_s:.0f}, "
    if capacity.air_mbit_s is None:
        return f"{wire}the Wi-Fi was not tried"
    phones = int(capacity.air_mbit_s * LINK_SHARE / PHONE_MBIT_S)
    return f"{wire}the Wi-Fi took {capacity.air_mbit_s:.0f} from a phone: enough for {phones}"


def look_at_wifi(capacity: Capacity, plate: Doorplate | None) -> Finding:
    """What a phone in the hall found, or how one may try; `plate` is that of a show that runs."""
    where = (
        f"open {plate.wifi} on a phone in the hall"
        if plate is not None and plate.wifi
        else "start the show, and the doctor tells the link by which a phone tries it"
    )
    if capacity.air_mbit_s is None:
        return Finding("unknown", "Wi-Fi", f"what it carries only a phone in the hall can try: {where}")
    tried = time.strftime("%H:%M", time.localtime(capacity.air_tried_at_s))
    return Finding(
        "good", "Wi-Fi", f"took {capacity.air_mbit_s:.0f} Mbit/s from a phone at {tried}; once more: {where}"
    )


def link_mbit_s(found: tuple[Interface, ...]) -> float | None:
    """The speed of the interface that links name, where the system says it."""
    speeds = [each.speed_mbit_s for each in found if each.address == lan_address()]
    return float(speeds[0]) if speeds and speeds[0] is not None else None


async def measure_in_child() -> Costs:
    """Measure in a process of its own. Raises Unavailable."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "live.measuring", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(MEASURE_WITHIN_S):
            said, errors = await child.communicate()
    except TimeoutError:
        child.kill()
        await child.wait()
        raise Unavailable(
            f"expected to measure within {MEASURE_WITHIN_S:.0f} s, got nothing; the hub goes by its default"
        ) from None
    if child.returncode != 0:
        last = errors.decode(errors="replace").strip().rpartition("\n")[2]
        raise Unavailable(f"expected figures from the measuring process, got {last!r}; the hub goes by its default")
    return from_json(said, Costs)


def _keep(capacity: Capacity, folder: Path) -> str:
    try:
        write_capacity(folder, capacity)
    except OSError as error:
        return f". It could not be kept ({error}): the hub goes by its default"
    return ""
