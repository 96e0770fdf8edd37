"""A ban may be a slip, and is undone: what the phone was given to send meanwhile waits, and then goes by itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from live.messages import air
from live.messages.acts import Ban
from live.messages.events import ContributionReceived, PersonJoined
from tests.web.conftest import OpenPhone, come_in
from tests.web.hall import Host, Hub, Stage
from tests.web.page_in_hand import (
    assert_axe_finds_nothing,
    card,
    expect_status,
    left_on_shelf,
    send,
    send_text,
    take_photo,
    wait_for_pieces_on_shelf,
)

pytestmark = pytest.mark.browser

SOME_SECONDS_BYTES = 40_000
"""Of Chromium's made-up camera and microphone."""


SetBanned = Callable[[bool], None]


@pytest.fixture
def set_banned(hub: Hub, host: Host) -> SetBanned:
    """Ban who came in last, or lift that."""

    def asked(banned: bool) -> None:
        host.ask(Ban(person_id=hub.journaled(PersonJoined)[-1].person_id, banned=banned))

    return asked


def test_what_is_sent_between_a_ban_and_its_undo_waits_and_then_goes_by_itself(
    phone: Page, hub: Hub, host: Host, set_banned: SetBanned
) -> None:
    """Words that wait to be sent, and a file that was on its way when the ban came and is refused by the hub."""
    held: list[Route] = []
    phone.context.route("**/files", lambda route: held.append(route))
    take_photo(phone)
    with phone.expect_request("**/files"):
        send(phone)
    set_banned(True)
    expect_status(phone, "Safe on this phone")
    with phone.expect_response("**/files") as answered:
        held[0].continue_()
    assert answered.value.json()["code"] == "banned"
    phone.context.unroute("**/files")

    send_text(phone, "Was that me?")
    expect(phone.locator(".toast")).to_have_text("Your text is safe on this phone.")
    expect(phone.locator(".detail").get_by_text("The crew has paused this phone.")).to_have_count(2)
    expect(phone.get_by_text("Could not be sent")).to_have_count(0)
    assert_axe_finds_nothing(phone, "banned")
    card(phone).filter(has_text="Was that me?").click()
    expect(phone.get_by_role("button", name="Delete it from this phone")).to_be_visible()
    phone.get_by_role("button", name="Close").click()
    assert hub.journaled(ContributionReceived) == []

    set_banned(False)
    assert sorted(piece.kind for piece in host.wait_for(2)) == ["photo", "text"]
    expect(phone.get_by_text("The crew has paused this phone.")).to_have_count(0)
    expect(phone.get_by_text("Safe on this phone")).to_have_count(0)
    assert left_on_shelf(phone) == [0, 0, 0]


def test_what_waits_for_the_end_of_a_ban_survives_a_reload_and_can_be_deleted(
    phone: Page, hub: Hub, host: Host, set_banned: SetBanned
) -> None:
    set_banned(True)
    for words in ("Keep me.", "Not me."):
        send_text(phone, words)
    phone.reload()
    card(phone).filter(has_text="Not me.").click()
    phone.get_by_role("button", name="Delete it from this phone").click()
    expect(card(phone)).to_have_count(1)
    expect_status(phone, "Safe on this phone")

    set_banned(False)
    assert [piece.text for piece in host.wait_for(1)] == ["Keep me."]


@pytest.fixture
def on_air(open_phone: OpenPhone, hub: Hub, host: Host, stage: Stage) -> tuple[Page, str]:
    """Mina's page, live and recorded beside; and her stream."""
    page = open_phone()
    come_in(page, "Mina")
    host.ask(air.InviteGuests(person_ids=(hub.journaled(PersonJoined)[-1].person_id,), wants="both"))
    page.get_by_role("button", name="Join").click()
    page.get_by_text("Only the crew sees you.").wait_for()
    stream_id = hub.journaled(air.GuestInvited)[-1].stream_id
    host.ask(air.BringOnAir(stream_ids=(stream_id,), countdown_ms=400))
    page.get_by_text("ON AIR", exact=True).wait_for()
    return page, stream_id


def test_who_was_banned_live_hears_of_the_undo_and_what_was_recorded_beside_goes_up_then(
    on_air: tuple[Page, str], hub: Hub, host: Host, set_banned: SetBanned
) -> None:
    page, stream_id = on_air
    wait_for_pieces_on_shelf(page, 1, SOME_SECONDS_BYTES)
    set_banned(True)
    page.get_by_text("The crew has paused this phone. Talk to them if that is a mistake.").wait_for()
    assert_axe_finds_nothing(page, "banned while live")
    wait_for_pieces_on_shelf(page, 1, are_whole=True)

    set_banned(False)
    page.get_by_role("heading", name="You can go live again").wait_for()
    expect(page.get_by_text("The crew has paused this phone.")).to_have_count(0)
    host.wait_for(1)
    [received] = hub.journaled(ContributionReceived)
    assert received.beside is not None
    assert received.beside.stream_id == stream_id
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Go live").click()
    page.get_by_role("button", name="Microphone", exact=True).click()
    expect(page.get_by_role("heading", name="Your hand is up")).to_be_visible()


def test_a_hand_that_is_raised_during_a_ban_is_refused_in_words_for_its_owner_and_taken_after_it(
    phone: Page, set_banned: SetBanned
) -> None:
    set_banned(True)
    phone.get_by_role("button", name="Go live").click()
    phone.get_by_role("button", name="Microphone", exact=True).click()
    expect(phone.get_by_role("alert")).to_have_text(
        "The crew has paused this phone. Talk to the crew if that is a mistake."
    )
    set_banned(False)
    expect(phone.get_by_role("alert")).to_have_count(0)
    phone.get_by_role("button", name="Microphone", exact=True).click()
    expect(phone.get_by_role("heading", name="Your hand is up")).to_be_visible()
