"""People who are live, on the host's console: hands, invitations, getting ready, on air, dropped; calls for many."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from live.link import Link
from live.messages.air import AnswerInvitation, BringOnAir, JoinCall, LowerHand, RaiseHand, TellSeat, Wants
from live.messages.air import Seat as Place
from live.slots import MODEST
from tests.web.air_watcher import Watcher
from tests.web.conftest import ON_A_DESK, PLAIN_HTTP_NAME
from tests.web.console_hall import WITHIN_MS, axe_findings, moderator_key
from tests.web.guests import Guests
from tests.web.hall import Hub, Stage
from tests.web.profiles import Profiles


@pytest.fixture(scope="module")
def guests(hub: Hub) -> Iterator[Guests]:
    guests = Guests(hub)
    yield guests
    guests.close()


@pytest.fixture
def console(console: Page) -> Page:
    """The console, turned to who is live."""
    console.get_by_role("button", name="Live").first.click()
    return console


def tile(page: Page, name: str) -> Locator:
    return page.locator("hl-guest-tile").filter(has_text=name)


def test_nobody_is_live_and_the_panel_says_what_to_do(console: Page) -> None:
    expect(console.get_by_text("Nobody has a hand up")).to_be_visible()
    expect(console.get_by_text("live places used")).to_be_visible()
    assert axe_findings(console) == []


def test_a_raised_hand_is_invited_seen_and_brought_on_air(
    console: Page, hub: Hub, guests: Guests, stage: Stage
) -> None:
    """From the hand to the stage and off it again, as the host does it."""
    guests.ask("Ada", RaiseHand(wants="both"))
    hand = console.get_by_role("group", name="Ada")
    expect(hand).to_contain_text("Camera and microphone")
    hand.get_by_role("button", name="Invite").click()
    stream_id = guests.accept("Ada")
    expect(tile(console, "Ada").locator("hl-guest-preview[playing]")).to_be_visible()
    expect(tile(console, "Ada")).to_contain_text("kbit/s")
    watcher = Watcher(hub.url, stream_id, hub.stage_key)
    watcher.until(lambda heard: heard.hellos)
    watcher.find("sends no media")
    expect(tile(console, "Ada")).to_contain_text("Their stream sends no media")
    watcher.close()
    assert axe_findings(console) == []
    console.get_by_role("button", name="On air: Ada").click()
    on_air_us = guests.wait("Ada", lambda air: air.state == "called").on_air_us
    assert on_air_us is not None
    expect(tile(console, "Ada").get_by_text("ON AIR", exact=True)).to_be_visible()
    expect(console.get_by_role("button", name="Mute Ada").first).to_be_visible()
    tile(console, "Ada").get_by_role("button", name="Mute Ada").click()
    expect(tile(console, "Ada").get_by_role("button", name="Mute Ada")).to_have_attribute("aria-pressed", "true")
    tile(console, "Ada").get_by_role("button", name="Drop").click()
    expect(tile(console, "Ada")).to_have_count(0)
    assert guests.wait("Ada", lambda air: air.ended is not None).ended == "dropped"


def test_who_would_rather_not_is_told_to_who_asked(console: Page, guests: Guests) -> None:
    guests.ask("Sol", RaiseHand(wants="both"))
    console.get_by_role("group", name="Sol").get_by_role("button", name="Invite").click()
    stream_id = guests.wait("Sol", lambda air: air.state == "invited").stream_id
    assert stream_id is not None
    guests.ask("Sol", AnswerInvitation(stream_id=stream_id, accepted=False))
    expect(console.get_by_text("Sol would rather not")).to_be_visible()
    expect(console.get_by_role("group", name="Sol")).to_have_count(0)


def test_who_is_away_is_said_to_be_and_keeps_the_controls(console: Page, guests: Guests, stage: Stage) -> None:
    guests.ask("Jo", RaiseHand(wants="both"))
    console.get_by_role("group", name="Jo").get_by_role("button", name="Invite").click()
    stream_id = guests.accept("Jo")
    console.get_by_role("button", name="On air: Jo").click()
    expect(tile(console, "Jo").get_by_text("ON AIR", exact=True)).to_be_visible()

    guests.kill(stream_id)

    expect(tile(console, "Jo").get_by_text("AWAY", exact=True)).to_be_visible()
    expect(tile(console, "Jo")).to_contain_text("the others have their room until they are back")
    layer = console.locator("hl-layer-row").filter(has_text="away")
    expect(layer.get_by_role("button", name="Off the stage")).to_be_visible()
    tile(console, "Jo").get_by_role("button", name="Mute Jo").click()
    expect(tile(console, "Jo").get_by_role("button", name="Mute Jo")).to_have_attribute("aria-pressed", "true")
    assert axe_findings(console) == []

    guests.publish("Jo", stream_id)

    expect(tile(console, "Jo").get_by_text("ON AIR", exact=True)).to_be_visible()
    expect(layer).to_have_count(0)
    tile(console, "Jo").get_by_role("button", name="Drop").click()
    expect(tile(console, "Jo")).to_have_count(0)


def test_the_guest_is_heard_here_only_when_asked_for(console: Page, guests: Guests) -> None:
    guests.ask("Bo", RaiseHand(wants="both"))
    console.get_by_role("group", name="Bo").get_by_role("button", name="Invite").click()
    guests.accept("Bo")
    hear = tile(console, "Bo").get_by_role("button", name="Hear Bo here")
    expect(hear).to_have_attribute("aria-pressed", "false")
    hear.click()
    expect(hear).to_have_attribute("aria-pressed", "true")
    tile(console, "Bo").get_by_role("button", name="Send off").click()
    expect(tile(console, "Bo")).to_have_count(0)


def test_a_call_gathers_those_of_one_side_and_all_go_on_air_together(
    console: Page, guests: Guests, stage: Stage
) -> None:
    """Who sits elsewhere is not asked."""
    for name in ("Cy", "Di"):
        guests.ask(name, TellSeat(seat=Place(side="left")))
    guests.ask("Ed", TellSeat(seat=Place(side="right")))
    console.get_by_role("button", name="Ask people to be live").click()
    console.get_by_label("How many").select_option("mosaic")
    console.get_by_label("From where").select_option("left")
    console.get_by_role("button", name="Call them").click()
    expect(console.get_by_text("Mosaic: many cameras is open")).to_be_visible()
    for name in ("Cy", "Di"):
        stream_id = guests.ask(name, JoinCall(call_id=guests.call_id(name))).result
        guests.publish(name, stream_id)
    expect(console.locator("hl-guest-tile")).to_have_count(2)
    console.get_by_role("button", name="All on air").click()
    expect(console.locator("hl-guest-tile").get_by_text("ON AIR", exact=True)).to_have_count(2)
    elsewhere = guests.call_of("Ed")
    assert elsewhere is None or not elsewhere.is_open
    console.get_by_role("button", name="Close it").click()
    expect(console.get_by_role("button", name="Close it")).to_have_count(0)
    for name in ("Cy", "Di"):
        tile(console, name).get_by_role("button", name="Drop").click()
        expect(tile(console, name)).to_have_count(0)


def test_over_plain_http_a_guest_is_neither_seen_nor_heard_here_and_the_tile_says_what_to_do(
    hub: Hub, guests: Guests, profiles: Profiles
) -> None:
    page = profiles.page(ON_A_DESK, within_ms=WITHIN_MS)
    page.goto(f"http://{PLAIN_HTTP_NAME}:{hub.port}/host?key={hub.host_key}")
    page.get_by_role("button", name="Live").first.click()
    wanted: dict[str, Wants] = {"Flo": "both", "Gil": "microphone"}
    for name, wants in wanted.items():
        guests.ask(name, RaiseHand(wants=wants))
        page.get_by_role("group", name=name).get_by_role("button", name="Invite").click()
        guests.accept(name)
        hear = tile(page, name).get_by_role("button", name=f"Hear {name} here")
        expect(hear).to_be_disabled()
        expect(hear).to_have_attribute("title", re.compile("plain http.*by https"))
        expect(tile(page, name)).to_contain_text(
            "over plain http. Open this console on the stage's machine, or by https."
        )
    assert axe_findings(page) == []
    for name in ("Flo", "Gil"):
        tile(page, name).get_by_role("button", name="Send off").click()
        expect(tile(page, name)).to_have_count(0)


def test_of_more_cameras_than_previews_each_is_seen_with_one_click(console: Page, guests: Guests) -> None:
    names = [f"Lou {number}" for number in range(1, 9)]
    for name in names:
        guests.ask(name, RaiseHand(wants="camera"))
        console.get_by_role("group", name=name).get_by_role("button", name="Invite").click()
        guests.accept(name)
    lous = console.locator("hl-guest-tile").filter(has_text="Lou ")
    expect(lous).to_have_count(8)
    expect(lous.locator("hl-guest-preview[playing]")).to_have_count(6)
    for name in ("Lou 7", "Lou 8", "Lou 6", "Lou 5"):
        tile(console, name).get_by_role("button", name=f"Look at {name}").click()
        expect(tile(console, name).locator("hl-guest-preview[playing]")).to_be_visible()
        expect(console.locator("hl-guest-preview")).to_have_count(6)
        expect(tile(console, name).get_by_role("button", name="Look at")).to_have_count(0)
    assert axe_findings(console) == []
    for name in names:
        tile(console, name).get_by_role("button", name="Send off").click()
    expect(lous).to_have_count(0)


def test_a_whole_group_is_invited_at_once_and_who_has_no_place_stands_in_line(console: Page, guests: Guests) -> None:
    names = [f"Row {number:02}" for number in range(MODEST.phones + 1)]
    for name in names:
        guests.ask(name, TellSeat(seat=Place(row=30)))
    console.get_by_role("button", name="Ask people to be live").click()
    console.get_by_label("First row").fill("30")
    console.get_by_label("Last row").fill("30")
    console.get_by_label("Last row").blur()
    console.get_by_role("button", name="Invite them all").click()
    expect(console.get_by_role("log")).to_contain_text(re.compile(r"\d+ invited, \d+ in line"))
    stand = {name: guests.wait(name, lambda air: air.state is not None) for name in names}
    in_line = [air for air in stand.values() if air.state == "asking"]
    assert in_line
    assert all(air.by_host for air in in_line)
    assert {air.number for air in in_line} == set(range(1, len(in_line) + 1))
    expect(console.get_by_text("Their group was asked")).to_have_count(len(in_line))
    assert axe_findings(console) == []
    console.get_by_role("button", name="Clear the line").click()
    expect(console.get_by_text("Their group was asked")).to_have_count(0)
    for name, air in stand.items():
        if air.stream_id is not None:
            guests.ask(name, AnswerInvitation(stream_id=air.stream_id, accepted=False))
    expect(console.get_by_role("button", name="Take back")).to_have_count(0)
    console.get_by_role("button", name="Ask people to be live").click()


def test_the_host_says_who_performs_before_and_while_they_are_live(console: Page, guests: Guests) -> None:
    guests.ask("Max", RaiseHand(wants="both"))
    hand = console.get_by_role("group", name="Max")
    hand.get_by_role("button", name="Performer: Max").click()
    expect(hand.get_by_role("button", name="Performer: Max")).to_have_attribute("aria-pressed", "true")
    hand.get_by_role("button", name="Invite").click()
    guests.accept("Max")
    performer = tile(console, "Max").get_by_role("button", name="Performer: Max")
    expect(performer).to_have_attribute("aria-pressed", "true")
    performer.click()
    expect(performer).to_have_attribute("aria-pressed", "false")
    assert axe_findings(console) == []
    tile(console, "Max").get_by_role("button", name="Send off").click()
    expect(tile(console, "Max")).to_have_count(0)


def test_a_moderator_mutes_drops_and_bans_and_brings_nobody_on_air(
    console: Page, hub: Hub, guests: Guests, stage: Stage, profiles: Profiles
) -> None:
    page = profiles.page(ON_A_DESK, within_ms=WITHIN_MS)
    page.goto(f"{hub.url}/moderate?key={moderator_key(hub)}")
    page.get_by_role("button", name="Live").first.click()
    for name in ("Nia", "Oz"):
        guests.ask(name, RaiseHand(wants="both"))
        console.get_by_role("group", name=name).get_by_role("button", name="Invite").click()
        guests.accept(name)
    console.get_by_role("button", name="On air: Nia").click()
    mute = tile(page, "Nia").get_by_role("button", name="Mute Nia")
    mute.click()
    expect(mute).to_have_attribute("aria-pressed", "true")
    expect(tile(console, "Nia").get_by_role("button", name="Mute Nia")).to_have_attribute("aria-pressed", "true")
    mute.click()
    expect(mute).to_have_attribute("aria-pressed", "false")
    for what in ("On air", "Performer", "Invite", "Ask people to be live"):
        expect(page.get_by_role("button", name=what)).to_have_count(0)
    assert axe_findings(page) == []
    moderator = Link(hub.url, "/host", moderator_key(hub))
    moderator.start()
    stream_id = guests.wait("Oz", lambda air: air.stream_id is not None).stream_id
    assert stream_id is not None
    refused = moderator.act(BringOnAir(stream_ids=(stream_id,))).result(WITHIN_MS / 1000)
    assert not refused.ok, "the hub checks it, whatever a page shows"
    moderator.close()
    tile(page, "Nia").get_by_role("button", name="Drop").click()
    expect(tile(page, "Nia")).to_have_count(0)
    tile(page, "Oz").get_by_role("button", name="Ban Oz").click()
    expect(tile(page, "Oz")).to_have_count(0)
    assert guests.wait("Oz", lambda air: air.ended is not None).ended == "banned"


def test_a_ban_ends_the_stream(console: Page, guests: Guests, stage: Stage) -> None:
    guests.ask("Pia", RaiseHand(wants="both"))
    console.get_by_role("group", name="Pia").get_by_role("button", name="Invite").click()
    guests.accept("Pia")
    console.get_by_role("button", name="On air: Pia").click()
    expect(tile(console, "Pia").get_by_text("ON AIR", exact=True)).to_be_visible()
    tile(console, "Pia").get_by_role("button", name="Ban Pia").click()
    expect(tile(console, "Pia")).to_have_count(0)
    assert guests.wait("Pia", lambda air: air.ended is not None).ended == "banned"
    banned = console.get_by_role("group", name="Pia")
    assert axe_findings(console) == []
    banned.get_by_role("button", name="Unban").click()
    expect(banned).to_have_count(0)
    assert guests.ask("Pia", RaiseHand(wants="both")).ok
    guests.ask("Pia", LowerHand())


def test_the_key_g_goes_between_what_was_sent_and_who_is_live(console: Page) -> None:
    expect(console.locator("hl-guests")).to_be_visible()
    console.keyboard.press("g")
    expect(console.locator("hl-queue-list")).to_be_visible()
    console.keyboard.press("g")
    expect(console.locator("hl-guests")).to_be_visible()
