"""Each kind of piece goes from the hand to the hub, and the phone says truly how it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from live.messages.air import Seat, SeatTold
from live.messages.events import ContributionReceived, PersonNamed
from live.messages.ids import Kind
from live.uploads.limits import UploadLimits
from tests.hostile_files import svg_named_jpg
from tests.web.conftest import IN_THE_HAND, WITHIN_MS, OpenPhone, come_in
from tests.web.hall import Host, Hub, Stage
from tests.web.page_in_hand import card, expect_status, pick, record, send, send_text, start, take_photo
from tests.web.profiles import Profiles

pytestmark = pytest.mark.browser

FAMILY = "👩‍👩‍👧"
"""Seven code points, eighteen bytes and more, and one character to anyone who reads it."""


@pytest.fixture(scope="module")
def staying(chromium: Browser, evening: Hub) -> Iterator[Page]:
    """Mina, who stays for all tests that change nothing about her phone."""
    profiles = Profiles(chromium, is_calm=True)
    page = profiles.page(IN_THE_HAND, touch=True, within_ms=WITHIN_MS)
    page.goto(f"{evening.url}/j/{evening.code}")
    come_in(page, "Mina")
    yield page
    profiles.give_back()
    assert not profiles.errors, profiles.errors


@pytest.fixture
def mina(staying: Page) -> Iterator[Page]:
    """Her first screen, before and after."""
    yield staying
    if staying.get_by_role("dialog").count():
        staying.reload()
        staying.get_by_role("navigation", name="Answer with").wait_for()


def test_the_code_is_asked_for_where_the_link_did_not_bring_it(open_phone: OpenPhone, hub: Hub) -> None:
    page = open_phone()
    page.goto(hub.url)
    page.get_by_label("Code on the screen").fill("WRONG")
    page.get_by_label("Your name", exact=True).fill("Mina")
    page.get_by_role("button", name="Come in").click()
    expect(page.get_by_role("alert")).to_contain_text("not the code of this show")
    page.get_by_label("Code on the screen").fill(hub.code.lower())
    page.get_by_role("button", name="Come in").click()
    expect(page.get_by_role("navigation", name="Answer with")).to_be_visible()


def test_the_prompt_stands_large_and_changes_when_the_host_changes_it(mina: Page, host: Host) -> None:
    host.set_prompt("What did you hear on the way here?")
    expect(mina.get_by_role("heading", level=1)).to_have_text("What did you hear on the way here?")
    host.set_prompt("And on the way back?")
    expect(mina.get_by_role("heading", level=1)).to_have_text("And on the way back?")


def test_a_text_goes_from_waiting_to_the_stage_and_back(mina: Page, host: Host, stage: Stage) -> None:
    send_text(mina, "The tram sang one note.")
    [piece] = host.wait_for(1)
    assert piece.text == "The tram sang one note."
    expect_status(mina, "Waiting", piece.contribution_id)
    host.judge(piece.contribution_id, "approved")
    expect_status(mina, "Approved", piece.contribution_id)
    host.put_on_stage(piece.contribution_id)
    expect_status(mina, "ON STAGE now", piece.contribution_id)
    expect(mina.locator(".toast")).to_have_text("You are on stage now. Look up!")
    host.clear_stage()
    expect(card(mina, piece.contribution_id).locator(".status")).to_have_text(
        re.compile(r"^Was on stage at \d\d:\d\d( [AP]M)?$")
    )


def test_a_piece_that_is_not_taken_is_declined_gently(mina: Page, host: Host) -> None:
    send_text(mina, "Perhaps.")
    [piece] = host.wait_for(1)
    host.judge(piece.contribution_id, "rejected")
    expect_status(mina, "Not this time", piece.contribution_id)


def test_280_characters_are_counted_as_people_count_and_one_more_is_refused_with_a_word(mina: Page, host: Host) -> None:
    start(mina, "text")
    mina.get_by_label("Your text").fill(FAMILY * 281)
    expect(mina.locator("#counter")).to_contain_text("1 too many. A tiny story has at most 280 characters.")
    expect(mina.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    mina.get_by_label("Your text").fill(FAMILY * 280)
    send(mina)
    [piece] = host.wait_for(1)
    assert piece.text == FAMILY * 280


def test_a_photo_is_taken_in_the_page(mina: Page, host: Host, hub: Hub) -> None:
    take_photo(mina)
    send(mina)
    [piece] = host.wait_for(1)
    assert piece.kind == "photo"
    assert hub.original(piece.contribution_id)[:3] == b"\xff\xd8\xff"


def test_the_shutter_waits_for_the_cameras_first_picture(phone: Page, host: Host) -> None:
    phone.evaluate(
        """() => {
          const camera = Object.assign(document.createElement("canvas"), { width: 64, height: 36 });
          const stream = camera.captureStream(0);
          navigator.mediaDevices.getUserMedia = async () => stream;
          window.givePicture = () => {
            camera.getContext("2d").fillRect(0, 0, 64, 36);
            stream.getVideoTracks()[0].requestFrame();
          };
        }"""
    )
    start(phone, "photo")
    shutter = phone.get_by_role("button", name="Take the photo")
    expect(phone.get_by_text("One moment…")).to_be_visible()
    expect(shutter).to_be_disabled()
    phone.evaluate("givePicture()")
    shutter.click()
    expect(phone.get_by_text("One moment…")).to_have_count(0)
    send(phone)
    assert host.wait_for(1)[0].kind == "photo"


@pytest.mark.parametrize("kind", ["sound", "video"])
def test_sound_and_video_are_recorded_in_the_page_and_trimmed(kind: Kind, mina: Page, host: Host, hub: Hub) -> None:
    record(mina, kind, seconds=2)
    start_thumb = mina.get_by_role("slider", name="Where it starts")
    start_thumb.focus()
    for _ in range(5):
        start_thumb.press("ArrowRight")
    start_s = float(start_thumb.input_value())
    end_s = float(mina.get_by_role("slider", name="Where it ends").input_value())
    assert 0 < start_s <= 0.5
    send(mina)
    [piece] = host.wait_for(1)
    [received] = hub.journaled(ContributionReceived)
    assert received.contribution_id == piece.contribution_id
    assert received.kind == kind
    assert received.trim is not None
    assert received.trim.start_us == round(start_s * 1_000_000)
    assert received.trim.end_us == pytest.approx(end_s * 1e6, abs=100_000)
    assert received.original is not None
    assert received.original.claimed_type == f"{'audio' if kind == 'sound' else 'video'}/webm"


def test_a_take_can_be_recorded_again(mina: Page, host: Host, hub: Hub) -> None:
    record(mina, "sound")
    mina.get_by_role("button", name="Again").click()
    expect(mina.get_by_role("button", name="Start recording")).to_be_enabled()
    mina.get_by_role("button", name="Close").click()
    assert hub.journaled(ContributionReceived) == []


def test_a_file_that_is_empty_is_refused_with_a_word(mina: Page) -> None:
    pick(mina, "photo", {"name": "nothing.jpg", "mimeType": "image/jpeg", "buffer": b""})
    expect(mina.get_by_role("alert")).to_contain_text("This file is empty")
    expect(mina.get_by_alt_text("Your photo")).to_have_count(0)  # the browser has found that it cannot be shown
    expect(mina.get_by_text("the show can take it")).to_have_count(0)
    expect(mina.get_by_role("button", name="Send", exact=True)).to_be_disabled()


def test_a_file_the_hub_will_never_take_says_why_and_can_be_deleted(phone: Page, tmp_path: Path) -> None:
    huge = tmp_path / "huge.jpg"
    huge.write_bytes(b"\xff\xd8\xff")
    with huge.open("r+b") as file:
        file.truncate(UploadLimits().kind_bytes["photo"] + 1)
    pick(phone, "photo", huge)
    expect(phone.get_by_text("This browser can't show it, but the show can take it.")).to_be_visible()
    send(phone)
    expect_status(phone, "Could not be sent")
    expect(card(phone).locator(".detail")).to_contain_text("60")
    card(phone).click()
    phone.get_by_role("button", name="Delete it from this phone").click()
    expect(card(phone)).to_have_count(0)


def test_a_file_that_nothing_could_be_made_of_says_why_in_the_hubs_words(
    phone: Page, host: Host, tmp_path: Path
) -> None:
    """The host reads the same under "Can't be used"."""
    pick(phone, "photo", svg_named_jpg(tmp_path / "drawing.jpg"))
    send(phone)
    expect_status(phone, "Could not be used")
    [piece] = host.wait_until(lambda known: [one.state for one in known.values()] == ["failed"]).values()
    expect(card(phone).locator(".detail")).to_have_text(piece.reason)


def test_consent_is_chosen_per_piece_remembered_and_changed_later(phone: Page, host: Host) -> None:
    start(phone, "text")
    phone.get_by_label("Your text").fill("Mine.")
    phone.get_by_text("For stage and anthology, with your name").click()
    phone.get_by_role("switch", name="Allow a paid release").check()
    phone.get_by_role("switch", name="Leave my name out").check()
    send(phone)
    [piece] = host.wait_for(1)
    assert piece.consent.paid
    assert piece.consent.anonymous
    assert piece.name == ""

    card(phone).click()
    phone.get_by_role("switch", name="Leave my name out").uncheck()
    changed = host.wait_until(lambda known: not known[piece.contribution_id].consent.anonymous)
    assert changed[piece.contribution_id].name == "Mina"
    assert changed[piece.contribution_id].consent.paid
    phone.get_by_role("button", name="Close").click()
    start(phone, "text")
    expect(phone.get_by_text("For stage, anthology and paid release, without your name")).to_be_visible()


def test_a_piece_can_be_taken_back(mina: Page, host: Host) -> None:
    send_text(mina, "On second thought…")
    [piece] = host.wait_for(1)
    card(mina, piece.contribution_id).click()
    mina.get_by_role("button", name="Take it back for good").click()
    host.wait_until(lambda known: known[piece.contribution_id].state == "withdrawn")
    mina.get_by_role("button", name="Close").click()
    expect_status(mina, "Taken back", piece.contribution_id)


def test_a_shared_piece_is_answered_and_the_parent_is_journaled(open_phone: OpenPhone, mina: Page, host: Host) -> None:
    send_text(mina, "Who answers this?")
    [parent] = host.wait_for(1)
    host.judge(parent.contribution_id, "approved")
    host.share(parent.contribution_id)

    other = open_phone()
    come_in(other, "Noor")
    other.get_by_role("button", name="Who answers this? Mina’s text").click()
    other.get_by_role("dialog", name="Mina’s text").get_by_role("button", name="Text", exact=True).click()
    expect(other.get_by_text("Answering Mina’s text")).to_be_visible()
    other.get_by_label("Your text").fill("I do.")
    send(other)
    answer = host.wait_for(2)[1]
    assert answer.parents == (parent.contribution_id,)
    expect(card(mina, parent.contribution_id)).to_contain_text("Remixed once")


def test_the_name_is_asked_once_and_can_be_changed(phone: Page, hub: Hub) -> None:
    phone.reload()
    phone.get_by_role("button", name="You and your name").click()
    expect(phone.get_by_label("Your name", exact=True)).to_have_value("Mina")
    phone.get_by_label("Credit line").fill("DJ Mina")
    phone.get_by_role("button", name="Save").click()
    expect(phone.get_by_role("dialog")).to_have_count(0)
    phone.get_by_role("button", name="You and your name").click()
    expect(phone.get_by_label("Credit line")).to_have_value("DJ Mina")
    assert [(event.name, event.credit) for event in hub.journaled(PersonNamed)] == [("Mina", "DJ Mina")]


def test_where_one_sits_is_told_without_any_call_and_can_be_changed_and_taken_back(
    phone: Page, hub: Hub, host: Host
) -> None:
    def you() -> None:
        phone.get_by_role("button", name="You and your name").click()

    def save() -> None:
        phone.get_by_role("button", name="Save").click()
        expect(phone.get_by_role("dialog")).to_have_count(0)

    def told() -> list[Seat]:
        """All that was told before a text that is sent now."""
        texts.append("I sit here.")
        send_text(phone, texts[-1])
        host.wait_for(len(texts))
        return [event.seat for event in hub.journaled(SeatTold)]

    texts: list[str] = []
    you()
    expect(phone.get_by_role("radio", name="Not said")).to_be_checked()
    phone.get_by_role("radio", name="Left").check()
    phone.get_by_label("Row").fill("4")
    phone.get_by_label("Seat").fill("12")
    phone.get_by_label("Team").fill("Blue")
    save()
    first = Seat(side="left", row=4, number=12, team="Blue")
    assert told() == [first]

    phone.reload()
    you()
    expect(phone.get_by_role("radio", name="Left")).to_be_checked()
    expect(phone.get_by_label("Row")).to_have_value("4")
    expect(phone.get_by_label("Seat")).to_have_value("12")
    expect(phone.get_by_label("Team")).to_have_value("Blue")
    save()
    assert told() == [first], "told again what nobody touched"
    assert hub.journaled(PersonNamed) == []

    you()
    phone.get_by_role("radio", name="Not said").check()
    phone.get_by_label("Row").fill("")
    save()
    assert told() == [first, Seat(number=12, team="Blue")]


def test_a_seat_that_the_hub_refuses_is_said_after_the_sheet_has_gone(phone: Page) -> None:
    phone.get_by_role("button", name="You and your name").click()
    phone.get_by_label("Row").evaluate("row => row.removeAttribute('max')")
    phone.get_by_label("Row").fill("1000")
    phone.get_by_role("button", name="Save").click()
    expect(phone.get_by_role("dialog")).to_have_count(0)
    expect(phone.locator(".toast")).to_contain_text("999")


def test_a_silent_microphone_is_told_while_recording_and_before_sending(phone: Page) -> None:
    phone.evaluate(
        """() => {
          const context = new AudioContext();
          const silence = new ConstantSourceNode(context, { offset: 0 });
          const microphone = context.createMediaStreamDestination();
          silence.connect(microphone);
          silence.start();
          navigator.mediaDevices.getUserMedia = async () => microphone.stream;
        }"""
    )
    start(phone, "sound")
    phone.get_by_role("button", name="Start recording").click()
    expect(phone.get_by_text("We hear nothing. Is the microphone covered or switched off?")).to_be_visible()
    phone.get_by_role("button", name="Stop recording").click()
    expect(phone.get_by_role("alert")).to_contain_text("We heard nothing in it.")


def test_a_microphone_that_another_app_takes_is_told_and_what_was_recorded_is_kept(mina: Page, host: Host) -> None:
    start(mina, "video")
    mina.get_by_role("button", name="Start recording").click()
    expect(mina.locator(".clock")).to_contain_text("0:01")
    microphone = "document.querySelector('.viewfinder video').srcObject.getAudioTracks()[0]"
    mina.evaluate(f"{microphone}.dispatchEvent(new Event('mute'))")
    expect(mina.get_by_text("Another app took the microphone")).to_be_visible()
    mina.evaluate(f"{microphone}.dispatchEvent(new Event('unmute'))")
    expect(mina.get_by_text("Another app took the microphone")).to_have_count(0)
    mina.evaluate(f"{microphone}.dispatchEvent(new Event('ended'))")
    expect(mina.get_by_role("alert")).to_contain_text("The microphone went away.")
    send(mina)
    [piece] = host.wait_for(1)
    assert piece.kind == "video"
