"""How many live phones this machine carries: the number that the host sees and the hub holds to.

`houselights doctor` measures (`live.measuring`, a process of its own) and keeps the result as `capacity.json`, in the
show's folder and in the person's own; the hub reads it here. What was measured on another machine does not count, so a
folder that was copied falls back to a modest default. Pure arithmetic and one small file: nothing is measured here.
"""

from __future__ import annotations

import math
import os
import platform
import time
from pathlib import Path
from typing import Literal

import msgspec
import structlog

from live.errors import HouselightsError
from live.hints import CHOIR_MICROPHONES
from live.messages.base import Message
from live.messages.coding import from_json, to_json

FILE_NAME = "capacity.json"

SPARE = 0.25
"""Of the processors, left alone: other programs, a fan that slows the clock, a busier picture than the measured one."""
LOOP_SHARE = 0.6
"""Of one processor, for the hub's event loop: the same loop answers the phones that only send clips."""
LINK_SHARE = 0.5
"""Of what link and air carry: clips, the program's stream and everybody's pages go over them too, and many phones at
once get less out of the air than the one that tried it."""
AIR_COUNTS_S = 12 * 3600.0
"""For so long a try of the Wi-Fi is believed: it is of this hall, as it stands tonight."""

PHONE_MBIT_S, TILE_MBIT_S, MICROPHONE_MBIT_S = 1.0, 0.25, 0.06
MOST_PHONES, MOST_TILES, MOST_MICROPHONES = 64, 256, 512
"""Past these nothing was ever tried."""

_log = structlog.get_logger(__name__)


class Costs(Message, frozen=True):
    """Processor time, in microseconds a second of show, as measured on this machine."""

    program_us: float
    """Composing, recording (1080p30) and streaming (720p30) the program."""
    phone_us: float
    """A phone at 360p30 with sound: through the hub, decoded, scaled and laid into the program."""
    tile_us: float
    """A phone at 180p10 without sound."""
    microphone_us: float
    """A phone with sound alone, in packets of 20 ms."""
    phone_loop_us: float
    """What of `phone_us` is the hub's event loop, which is one thread."""
    tile_loop_us: float
    microphone_loop_us: float
    choir_microphone_us: float | None = None
    """In packets of 60 ms, which the hub asks for past `live.hints.CHOIR_MICROPHONES`."""
    choir_microphone_loop_us: float | None = None


class Capacity(Message, frozen=True):
    """How many at once, each kind by itself. `limited_by` says what ends it; `unmeasured` is the modest default."""

    phones: int
    """At 360p30 with sound."""
    tiles: int
    """At 180p10 in a mosaic, without sound."""
    microphones: int
    """Past `live.hints.CHOIR_MICROPHONES` with the large packets that the hub then asks for."""
    limited_by: Literal["machine", "network", "unmeasured"]
    machine: str
    few_microphones: int | None = None
    """As long as packets are small; None: as `microphones`."""
    measured_at_s: float = 0.0
    """Wall time; 0 where nothing was measured."""
    link_mbit_s: float | None = None
    """What the wire to the router carries, where the system says."""
    air_mbit_s: float | None = None
    """What the hall's Wi-Fi took from a phone (`live.wifi`); None: nobody tried."""
    air_tried_at_s: float = 0.0
    """Wall time."""
    costs: Costs | None = None


def this_machine() -> str:
    return f"{platform.node()}, {platform.machine()}, {usable_cores()} cores"


def unmeasured() -> Capacity:
    """What any laptop of the last years carries: half of what two cores of a modest server were measured to."""
    phones = min(max(5 * usable_cores(), 4), 16)
    return Capacity(
        phones=phones, tiles=4 * phones, microphones=4 * phones, limited_by="unmeasured", machine=this_machine()
    )


def capacity_of(costs: Costs, *, cores: int, link_mbit_s: float | None, machine: str, measured_at_s: float) -> Capacity:
    """Return how many of each kind fit beside the program, and what of them the link carries. None fit where the
    program alone fills the machine.
    """
    free_us = max(0.0, cores * (1.0 - SPARE) * 1e6 - costs.program_us)

    def fit(each_us: float, loop_us: float, most: int) -> int:
        return min(most, math.floor(free_us / each_us), math.floor(LOOP_SHARE * 1e6 / loop_us))

    def microphones(each_us: float | None, loop_us: float | None) -> int | None:
        if each_us is None or loop_us is None:
            return None
        return fit(each_us, loop_us, MOST_MICROPHONES)

    few = microphones(costs.microphone_us, costs.microphone_loop_us) or 0
    many = microphones(costs.choir_microphone_us, costs.choir_microphone_loop_us)
    return _as_carried(
        Capacity(
            phones=fit(costs.phone_us, costs.phone_loop_us, MOST_PHONES),
            tiles=fit(costs.tile_us, costs.tile_loop_us, MOST_TILES),
            microphones=few if many is None else many,
            few_microphones=few,
            limited_by="machine",
            machine=machine,
            measured_at_s=measured_at_s,
            link_mbit_s=link_mbit_s,
            costs=costs,
        )
    )


def with_air(found: Capacity, air_mbit_s: float | None, *, cores: int, tried_at_s: float) -> Capacity:
    """Return what fits where the Wi-Fi carries this much (None: as if nobody had tried); an earlier try counts no
    more.
    """
    if found.costs is None:
        machine = unmeasured()
    else:
        machine = capacity_of(
            found.costs, cores=cores, link_mbit_s=None, machine=found.machine, measured_at_s=found.measured_at_s
        )
    return _as_carried(
        msgspec.structs.replace(
            machine, link_mbit_s=found.link_mbit_s, air_mbit_s=air_mbit_s, air_tried_at_s=tried_at_s
        )
    )


def with_air_of(earlier: Capacity, found: Capacity, *, cores: int) -> Capacity:
    """Return `found` with what `earlier` says of the Wi-Fi."""
    if earlier.air_mbit_s is None:
        return found
    return with_air(found, earlier.air_mbit_s, cores=cores, tried_at_s=earlier.air_tried_at_s)


def _as_carried(machine: Capacity) -> Capacity:
    """Of what the machine carries, what its link and the air do."""
    speeds = [speed for speed in (machine.link_mbit_s, machine.air_mbit_s) if speed is not None]

    def sent(count: int, each_mbit_s: float) -> int:
        return min([count, *(math.floor(speed * LINK_SHARE / each_mbit_s) for speed in speeds)])

    phones = sent(machine.phones, PHONE_MBIT_S)
    few = sent(machine.microphones if machine.few_microphones is None else machine.few_microphones, MICROPHONE_MBIT_S)
    # Guests come one by one: a choir is only reached where the microphones before it are carried too.
    microphones = sent(machine.microphones, MICROPHONE_MBIT_S) if few >= CHOIR_MICROPHONES else few
    return msgspec.structs.replace(
        machine,
        phones=phones,
        tiles=sent(machine.tiles, TILE_MBIT_S),
        microphones=microphones,
        few_microphones=None if machine.few_microphones is None else few,
        limited_by="network" if phones < machine.phones else machine.limited_by,
    )


def read_capacity(*folders: Path) -> Capacity:
    """Return what was measured on this machine, from the first of `folders` that has it; else the default. What was
    tried of the Wi-Fi too long ago does not count any more.
    """
    for folder in folders:
        path = folder / FILE_NAME
        try:
            found = from_json(path.read_bytes(), Capacity)
        except FileNotFoundError:
            continue
        except (OSError, HouselightsError) as error:
            _log.warning("capacity cannot be read; run houselights doctor again", path=str(path), reason=str(error))
            continue
        if found.machine == this_machine():
            is_stale = found.air_mbit_s is not None and time.time() - found.air_tried_at_s > AIR_COUNTS_S
            return with_air(found, None, cores=usable_cores(), tried_at_s=0.0) if is_stale else found
        _log.info("capacity was measured on another machine; run houselights doctor", measured_on=found.machine)
    return unmeasured()


def write_capacity(folder: Path, capacity: Capacity) -> Path:
    """Keep it in `folder`, whole or not at all. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE_NAME
    part = path.with_suffix(".part")
    part.write_bytes(to_json(capacity))
    part.replace(path)
    return path


def usable_cores() -> int:
    """Those that this process may use (a container or `taskset` may have fewer than the machine)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
