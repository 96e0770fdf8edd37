"""How somebody gets on air: what the host does, and what their own page shows and is tapped for."""

from __future__ import annotations

from playwright.sync_api import Page

from live.messages import air
from live.messages.events import PersonJoined
from tests.web.hall import Host, Hub


def person_of(hub: Hub) -> str:
    return hub.journaled(PersonJoined)[-1].person_id


def invite(hub: Hub, host: Host, page: Page, wants: air.Wants = "both") -> str:
    """Invite the newest person; return the stream's id."""
    host.ask(air.InviteGuests(person_ids=(person_of(hub),), wants=wants))
    page.get_by_role("button", name="Join").wait_for()
    return hub.journaled(air.GuestInvited)[-1].stream_id


def get_ready(hub: Hub, host: Host, page: Page, wants: air.Wants = "both") -> str:
    stream_id = invite(hub, host, page, wants)
    page.get_by_role("button", name="Join").click()
    page.get_by_text("Only the crew sees you.").wait_for()
    return stream_id


def bring_on_air(host: Host, page: Page, stream_id: str, countdown_ms: int = 400) -> None:
    host.ask(air.BringOnAir(stream_ids=(stream_id,), countdown_ms=countdown_ms))
    page.get_by_text("ON AIR", exact=True).wait_for()
