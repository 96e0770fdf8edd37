"""Holds a running hub to what its machine was measured to carry: by the doctor, or by a phone that tried the Wi-Fi.

Whoever measured wrote `capacity.json` (`live.capacity`); here it is looked at now and then, as a doctor is asked while
the show is open already. Guests who are live stay.
"""

from __future__ import annotations

import asyncio

from live.capacity import FILE_NAME, read_capacity
from live.hub import Hub
from live.messages.views import Changes
from live.settings import Settings
from live.slots import Slots

LOOK_EVERY_S = 2.0


def slots_of(settings: Settings) -> Slots:
    return settings.slots or Slots.of(read_capacity(*settings.measured_in()))


def carry(hub: Hub, slots: Slots) -> None:
    """Hold to this many guests from now on; the hosts see it at once."""
    if slots == hub.slots:
        return
    hub.slots = slots
    limits = slots.limits(hub.show.state.guests.accepted())
    for client in hub.clients.values():
        if client.namespace == "/host":
            hub.tell("changes", Changes(since=client.sent, offset=client.sent, limits=limits), client)


async def follow(hub: Hub, settings: Settings) -> None:
    """Hold to each new measurement. Never ends."""
    seen = _stamps(settings)
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        if (now := _stamps(settings)) != seen:
            seen = now
            carry(hub, slots_of(settings))


def _stamps(settings: Settings) -> list[int]:
    """When each file was written; 0 where there is none."""
    stamps = []
    for folder in settings.measured_in():
        try:
            stamps.append((folder / FILE_NAME).stat().st_mtime_ns)
        except OSError:
            stamps.append(0)
    return stamps
