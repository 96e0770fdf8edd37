"""From a raised hand to the air and back, on a phone's page against a real hub, as a screen reader finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from live.messages import acts, air
from live.messages.ids import new_id
from live.slots import MODEST
from tests.web.air_watcher import Watcher
from tests.web.conftest import PLAIN_HTTP_NAME, OpenPhone, come_in
from tests.web.guests import Guests
from tests.web.hall import Host, Hub, Stage
from tests.web.on_air import bring_on_air, get_ready, invite, person_of
from tests.web.page_in_hand import assert_axe_finds_nothing

QUERY = "?record=0"
"""Nothing is recorded beside: the machine has eight phones to carry."""


@pytest.fixture
def mina(open_phone: OpenPhone) -> Page:
    page = open_phone(query=QUERY)
    come_in(page, "Mina")
    return page


@pytest.fixture
def watch(hub: Hub) -> Iterator[Callable[[str], Watcher]]:
    watchers: list[Watcher] = []

    def watching(stream_id: str) -> Watcher:
        watchers.append(Watcher(hub.url, stream_id, hub.stage_key))
        return watchers[-1]

    yield watching
    for watcher in watchers:
        watcher.close()


Watch = Callable[[str], Watcher]


def test_a_hand_goes_up_is_called_on_air_and_off_again(
    mina: Page, hub: Hub, host: Host, stage: Stage, watch: Watch
) -> None:
    assert_axe_finds_nothing(mina, "first screen")
    mina.get_by_role("button", name="Go live").click()
    mina.get_by_role("heading", name="Go live").wait_for()
    assert_axe_finds_nothing(mina, "asking for what")
    mina.get_by_role("button", name="Camera and microphone").click()
    expect(mina.locator(".air-number")).to_contain_text("You are number 1")
    assert_axe_finds_nothing(mina, "hand up")
    stream_id = invite(hub, host, mina)
    assert_axe_finds_nothing(mina, "invited")
    watcher = watch(stream_id)
    mina.get_by_role("button", name="Join").click()
    mina.get_by_text("Only the crew sees you.").wait_for()
    watcher.until_decoded(pictures=10, sounds=10)
    assert_axe_finds_nothing(mina, "getting ready")
    watcher.find("sends no media; it is tried again by itself")
    expect(mina.get_by_role("alert")).to_have_text("Your picture does not arrive. We keep trying.")
    assert_axe_finds_nothing(mina, "not shown")
    watcher.find("")
    expect(mina.get_by_role("alert")).to_have_count(0)
    host.ask(air.BringOnAir(stream_ids=(stream_id,), countdown_ms=3000))
    expect(mina.get_by_role("timer")).to_have_text("2")
    assert_axe_finds_nothing(mina, "counting down")
    mina.get_by_text("ON AIR", exact=True).wait_for()
    assert_axe_finds_nothing(mina, "on air")
    host.ask(air.MuteGuest(stream_id=stream_id, mute=True))
    expect(mina.get_by_role("alert")).to_have_text("The host has muted you: nobody hears you now.")
    assert_axe_finds_nothing(mina, "muted by the host")
    host.ask(air.MuteGuest(stream_id=stream_id, mute=False))
    expect(mina.get_by_role("alert")).to_have_count(0)

    mina.get_by_role("button", name="Leave").click()

    mina.get_by_text("You are off. Thank you!").wait_for()
    assert_axe_finds_nothing(mina, "over")
    mina.get_by_role("button", name="Done").click()
    expect(mina.get_by_role("dialog")).to_have_count(0)
    assert [event.reason for event in hub.journaled(air.GuestLeft)] == ["left"]

    mina.get_by_role("button", name="You were live").wait_for()
    assert_axe_finds_nothing(mina, "first screen, with what one was live with")
    mina.get_by_role("button", name="You were live").click()
    mina.get_by_text("Taken back.").wait_for()
    expect(mina.get_by_role("button", name="You were live")).to_have_count(0)
    assert [event.stream_id for event in hub.journaled(air.StreamWithdrawn)] == [stream_id]


MOST_MISSING_US = 120_000
"""Of sound, where its packets change their length: less than a syllable, and the stage covers it."""


def test_whom_the_host_calls_a_performer_sends_smaller_packets_and_stays_on_air(
    mina: Page, hub: Hub, host: Host, stage: Stage, watch: Watch
) -> None:
    stream_id = get_ready(hub, host, mina)
    watcher = watch(stream_id)
    bring_on_air(host, mina, stream_id)
    watcher.until(lambda heard: len(heard.sounds()) > 25)
    assert watcher.track("audio").packet_ms == 20
    host.ask(acts.SetPerformer(person_id=person_of(hub), performer=True))
    watcher.until(lambda heard: sum(track.packet_ms == 10 for track, _, _ in heard.packets) > 50)
    captured_us = [packet.captured_us for packet in watcher.sounds()]
    assert max(later - earlier for earlier, later in pairwise(captured_us)) < MOST_MISSING_US
    expect(mina.get_by_text("ON AIR", exact=True)).to_be_visible()
    assert hub.journaled(air.GuestLeft) == []
    mina.get_by_role("button", name="Leave").click()
    mina.get_by_role("button", name="Done").click()

    again = watch(get_ready(hub, host, mina))

    again.until(lambda heard: len(heard.sounds()) > 5)
    assert {track.packet_ms for track, _, _ in again.packets if track.kind == "audio"} == {10}


def test_who_stands_in_line_with_their_group_is_told_so(mina: Page, hub: Hub, host: Host) -> None:
    """Behind more raised hands than there can be places."""
    others = Guests(hub)
    people = [f"Row {number}" for number in range(MODEST.phones)]
    try:
        for name in people:
            others.ask(name, air.RaiseHand(wants="both"))
        host.ask(air.InviteGroup(wants="both"))
        mina.get_by_role("button", name="You are number").click()
        expect(mina.get_by_role("dialog")).to_contain_text("The host would like your group live")
        assert_axe_finds_nothing(mina, "in line")
        mina.get_by_role("button", name="Not me, thank you").click()
        expect(mina.get_by_role("button", name="Go live")).to_be_visible()
        host.ask(air.InviteGroup(wants="both"))
        mina.get_by_role("button", name="You are number").wait_for()
        host.ask(air.ClearLine())
        mina.get_by_role("button", name="Go live").click()
        expect(mina.get_by_role("dialog")).to_contain_text("Raise your hand.")
    finally:
        host.ask(air.DropGuests(stream_ids=tuple(event.stream_id for event in hub.journaled(air.GuestInvited))))
        for name in people:
            others.ask(name, air.LowerHand())
        others.close()


def test_a_hand_comes_down_again_and_not_now_is_an_answer(mina: Page, hub: Hub, host: Host) -> None:
    mina.get_by_role("button", name="Go live").click()
    mina.get_by_role("button", name="Microphone", exact=True).click()
    mina.get_by_role("button", name="Close").click()
    mina.get_by_role("button", name="You are number 1").click()
    mina.get_by_role("button", name="Take my hand down").click()
    expect(mina.get_by_role("button", name="Go live")).to_be_visible()
    assert [event.wants for event in hub.journaled(air.HandRaised)] == ["microphone"]

    invite(hub, host, mina, "microphone")
    expect(mina.get_by_role("dialog")).to_contain_text("The hall hears you only after a countdown.")
    mina.get_by_role("button", name="Not now").click()
    mina.get_by_text("Another time, then").wait_for()
    assert [event.reason for event in hub.journaled(air.GuestLeft)] == ["declined"]


LOCKS_COUNTED = """
window.locks = { asked: 0, held: 0, last: null };
const tell = () => { document.documentElement.dataset.locks = locks.held; };
const request = WakeLock.prototype.request;
WakeLock.prototype.request = async function (...given) {
  locks.asked += 1;
  const lock = await request.apply(this, given);
  locks.held += 1;
  tell();
  locks.last = lock;
  lock.addEventListener("release", () => { locks.held -= 1; tell(); });
  return lock;
};
"""


def test_the_screen_stays_awake_from_the_raised_hand_on(open_phone: OpenPhone, hub: Hub, host: Host) -> None:
    """A phone that locks itself is told nothing, and its invitation lapses."""
    page = open_phone(query=QUERY, script=LOCKS_COUNTED)
    page.context.grant_permissions(["screen-wake-lock"])
    come_in(page, "Wim")
    screen = page.locator("html")
    assert page.evaluate("locks.asked") == 0
    page.get_by_role("button", name="Go live").click()
    page.get_by_role("button", name="Microphone", exact=True).click()
    expect(screen).to_have_attribute("data-locks", "1")

    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert page.evaluate("locks.asked") == 1, "it is held already"
    page.evaluate("locks.last.release()")  # as the browser does with a page that is hidden
    expect(screen).to_have_attribute("data-locks", "0")
    page.evaluate("for (let n = 0; n < 2; n++) document.dispatchEvent(new Event('visibilitychange'))")
    expect(screen).to_have_attribute("data-locks", "1")
    assert page.evaluate("locks.asked") == 2, "once for two who ask together"
    page.reload()
    expect(screen).to_have_attribute("data-locks", "1")
    page.get_by_role("button", name="You are number 1").click()

    page.get_by_role("button", name="Take my hand down").click()
    expect(screen).to_have_attribute("data-locks", "0")
    invite(hub, host, page, "microphone")
    expect(screen).to_have_attribute("data-locks", "1")
    page.get_by_role("button", name="Not now").click()
    expect(screen).to_have_attribute("data-locks", "0")


def test_escape_takes_nobody_off_the_air_and_a_page_loaded_anew_goes_on_with_the_same_stream(
    mina: Page, hub: Hub, host: Host, stage: Stage, watch: Watch
) -> None:
    stream_id = get_ready(hub, host, mina)
    watcher = watch(stream_id)
    bring_on_air(host, mina, stream_id)
    mina.keyboard.press("Escape")
    mina.keyboard.press("Escape")
    watcher.until_decoded(pictures=10, sounds=10)
    expect(mina.get_by_text("ON AIR", exact=True)).to_be_visible()

    mina.reload()

    mina.get_by_text("ON AIR", exact=True).wait_for()
    watcher.forget()
    watcher.until_decoded(pictures=10, sounds=10)
    assert len(hub.journaled(air.GuestInvited)) == 1
    mina.get_by_role("button", name="Leave").click()


def test_two_pages_of_one_phone_do_not_fight_over_the_stream(mina: Page, hub: Hub, host: Host, watch: Watch) -> None:
    stream_id = get_ready(hub, host, mina, "camera")
    watcher = watch(stream_id)
    second = mina.context.new_page()
    second.goto(f"{hub.url}/{QUERY}")
    second.get_by_text("Only the crew sees you.").wait_for()

    mina.get_by_text("You are live somewhere else").wait_for()

    assert_axe_finds_nothing(mina, "live somewhere else")
    watcher.forget()
    watcher.until_decoded(pictures=10)
    expect(second.get_by_text("Only the crew sees you.")).to_be_visible()
    mina.get_by_role("button", name="Go on here").click()
    mina.get_by_text("Only the crew sees you.").wait_for()
    second.get_by_text("You are live somewhere else").wait_for()
    mina.get_by_role("button", name="Leave").click()


def test_an_open_call_is_joined_with_one_tap(mina: Page, hub: Hub, host: Host, watch: Watch) -> None:
    host.ask(air.OpenCall(call_id=new_id(), gathering="mosaic", wants="camera"))
    mina.get_by_role("button", name="Join the picture wall").click()
    mina.get_by_text("Only the crew sees you.").wait_for()
    [invited] = hub.journaled(air.GuestInvited)
    assert (invited.gathering, invited.wants, invited.accepted) == ("mosaic", "camera", True)
    watcher = watch(invited.stream_id)
    watcher.until_decoded(pictures=5)
    assert {track.kind for track in watcher.hellos[-1].tracks} == {"video"}, "nothing is heard of who is only seen"
    mina.get_by_role("button", name="Leave").click()
    host.ask(air.CloseCall(call_id=hub.journaled(air.CallOpened)[-1].call_id))


def test_where_one_sits_is_asked_only_where_a_call_needs_it(mina: Page, hub: Hub, host: Host) -> None:
    group = air.Group(side="left", first_row=1, last_row=9)
    call_id = new_id()
    host.ask(air.OpenCall(call_id=call_id, gathering="choir", wants="microphone", group=group))
    mina.get_by_role("button", name="Join the choir").click()
    assert_axe_finds_nothing(mina, "where do you sit")
    mina.get_by_role("radio", name="Left").check(force=True)
    mina.get_by_label("Row").fill("4")
    mina.get_by_role("button", name="Join", exact=True).click()
    mina.get_by_role("button", name="Mute my microphone").wait_for()
    assert hub.journaled(air.SeatTold)[-1].seat == air.Seat(side="left", row=4)
    mina.get_by_role("button", name="Leave").click()
    host.ask(air.CloseCall(call_id=call_id))


def test_plain_http_hides_live_and_says_why(open_phone: OpenPhone, hub: Hub) -> None:
    page = open_phone(name=PLAIN_HTTP_NAME)
    come_in(page, "Ada")
    expect(page.get_by_text("Going live needs an encrypted page")).to_be_visible()
    expect(page.get_by_role("button", name="Go live")).to_have_count(0)
    expect(page.get_by_role("button", name="Video", exact=True)).to_be_visible()
    assert_axe_finds_nothing(page, "plain http")


def test_a_refused_camera_is_explained(open_phone: OpenPhone, hub: Hub, host: Host) -> None:
    refusing = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))"
    page = open_phone(query=QUERY, script=refusing)
    come_in(page, "Ivo")
    invite(hub, host, page)
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("alert")).to_contain_text("may not use your camera or microphone")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    assert_axe_finds_nothing(page, "camera refused")
    page.get_by_role("button", name="Leave").click()


def test_a_hub_that_is_restarted_finds_the_same_phone_on_air(
    mina: Page, hub: Hub, host: Host, stage: Stage, watch: Watch
) -> None:
    stream_id = get_ready(hub, host, mina)
    bring_on_air(host, mina, stream_id)

    hub.kill()
    mina.get_by_text("Finding the show again").wait_for()
    hub.start()

    expect(mina.get_by_text("Finding the show again")).to_have_count(0)
    watch(stream_id).until_decoded(pictures=10, sounds=10)
    expect(mina.get_by_text("ON AIR", exact=True)).to_be_visible()
    mina.get_by_role("button", name="Leave").click()
