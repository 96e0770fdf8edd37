"""The light show beside everything else a phone does: who is live, called or making a piece is left alone by it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from live.messages.air import Group, InviteGuests
from live.messages.events import PersonJoined
from live.messages.ids import new_id
from live.messages.phones import ColorWash, CuePhones, Off, PhoneDeed, PhonesCued, PhoneSound, Torch
from tests.web.conftest import OpenPhone, come_in
from tests.web.hall import Host, Hub
from tests.web.page_in_hand import start

EAR = """
const connect = AudioNode.prototype.connect;
const ears = new Map();
window.ear = { now: 0, loudest: 0 };
function earOf(context) {
  const analyser = new AnalyserNode(context, { fftSize: 2048 });
  const heard = new Float32Array(2048);
  // Without anything to hear an analyser keeps what it heard last.
  const silence = new ConstantSourceNode(context, { offset: 0 });
  connect.call(silence, analyser);
  silence.start();
  setInterval(() => {
    analyser.getFloatTimeDomainData(heard);
    ear.now = Math.max(...heard.map(Math.abs));
    ear.loudest = Math.max(ear.loudest, ear.now);
  }, 20);
  return analyser;
}
AudioNode.prototype.connect = function (to, ...rest) {
  if (to instanceof AudioDestinationNode) {
    if (!ears.has(this.context)) ears.set(this.context, earOf(this.context));
    connect.call(this, ears.get(this.context));
  }
  return connect.call(this, to, ...rest);
};
"""
"""Hears all that a page gives its loudspeaker."""
LAMP = """
window.lamp = { isOn: false, turnedOnUs: [], cameras: [] };
const { getCapabilities, applyConstraints } = MediaStreamTrack.prototype;
MediaStreamTrack.prototype.getCapabilities = function () {
  return { ...getCapabilities.call(this), torch: this.kind === "video" };
};
MediaStreamTrack.prototype.applyConstraints = async function (asked) {
  const torch = asked?.advanced?.[0]?.torch;
  if (torch === undefined) return applyConstraints.call(this, asked);
  lamp.isOn = torch;
  if (torch) lamp.turnedOnUs.push(document.querySelector("phone-lights").services.hub.clock.nowUs());
};
const open = navigator.mediaDevices.getUserMedia;
navigator.mediaDevices.getUserMedia = async function (asked) {
  const before = lamp.cameras.filter((one) => one.readyState === "live").length;
  const stream = await open.call(this, asked);
  for (const one of stream.getVideoTracks()) lamp.cameras.push(Object.assign(one, { before }));
  return stream;
};
"""
"""Chromium's made-up camera has no lamp: here it has one, and the page's cameras are counted, with how many were open
as each was asked for.
"""
NOW_US = 'document.querySelector("phone-lights").services.hub.clock.nowUs()'
OPEN = 'lamp.cameras.filter((one) => one.readyState === "live").length'
LAST_PX = """() => {
  scrollTo(0, document.body.scrollHeight);
  return document.querySelector("phone-air-door").getBoundingClientRect().bottom;
}"""
"""Where the last thing on the page ends, scrolled to it."""
BLACK = ColorWash(color="#000000", hold_ms=100)
"""Asks whoever came in to join, and is not seen."""
LONG_MS = 60_000
LOUD = 0.02
PICTURE_US = 1_000_000 / 60
LATE_US = 60_000
"""A picture at 60 Hz, and what a shared machine with two browsers may take on top of it."""


@pytest.fixture
def come(open_phone: OpenPhone, host: Host) -> Iterator[Callable[[str], Page]]:
    """A phone comes in, and its owner joins the light show."""

    def coming(name: str) -> Page:
        page = open_phone(script=EAR + LAMP)
        page.emulate_media(reduced_motion="no-preference")
        come_in(page, name)
        page.locator("phone-lights").wait_for(state="attached")
        cue(host, BLACK)
        page.get_by_role("button", name="Join", exact=True).click()
        expect(page.locator(".lights-card")).to_have_count(0)
        # Asked for the lamp with its camera, and given back at once.
        page.wait_for_function(f"() => lamp.cameras.length === 1 && {OPEN} === 0")
        return page

    yield coming
    cue(host, Off())


def cue(host: Host, what: PhoneDeed, lead_ms: int = 300) -> None:
    host.ask(CuePhones(cue_id=new_id(), what=what, group=Group(), lead_ms=lead_ms))


def record_sound(page: Page, host: Host, hub: Hub) -> None:
    start(page, "sound")
    page.get_by_role("button", name="Start recording").click()
    page.get_by_role("button", name="Stop recording").wait_for()


def be_invited(page: Page, host: Host, hub: Hub) -> None:
    host.ask(InviteGuests(person_ids=(hub.journaled(PersonJoined)[-1].person_id,), wants="both"))
    page.get_by_role("dialog").get_by_role("button", name="Join").wait_for()


@pytest.mark.parametrize("be_busy", [record_sound, be_invited])
def test_a_phone_that_is_busy_stays_silent_and_its_lamp_dark(
    be_busy: Callable[[Page, Host, Hub], None], come: Callable[[str], Page], host: Host, hub: Hub
) -> None:
    bo, ana = come("Bo"), come("Ana")
    be_busy(ana, host, hub)
    ana.evaluate("ear.loudest = 0")
    cue(host, Torch(pattern="steady", duration_ms=LONG_MS))
    cue(host, PhoneSound(tone="pulse", duration_ms=LONG_MS))
    bo.wait_for_function("loud => ear.now > loud && lamp.isOn", arg=LOUD)
    begun_us = hub.journaled(PhonesCued)[-1].at_us
    ana.wait_for_function(f"us => {NOW_US} > us + 300_000", arg=begun_us)
    assert ana.evaluate("[ear.loudest, lamp.turnedOnUs.length]") == [0, 0]


def test_what_sounds_and_shines_ends_as_somebody_begins_a_piece(
    come: Callable[[str], Page], host: Host, hub: Hub
) -> None:
    ana = come("Ana")
    cue(host, Torch(pattern="steady", duration_ms=LONG_MS))
    cue(host, PhoneSound(tone="breath", duration_ms=LONG_MS))
    ana.wait_for_function("loud => ear.now > loud && lamp.isOn", arg=LOUD)
    start(ana, "sound")
    ana.wait_for_function("() => ear.now < 0.001 && !lamp.isOn")


def film(page: Page, host: Host, hub: Hub) -> None:
    start(page, "video")
    expect(page.get_by_role("button", name="Start recording")).to_be_enabled()


def get_ready(page: Page, host: Host, hub: Hub) -> None:
    be_invited(page, host, hub)
    page.get_by_role("dialog").get_by_role("button", name="Join").click()
    page.get_by_text("Only the crew sees you.").wait_for()


def test_the_lamp_has_the_camera_while_its_cue_runs_and_is_on_time(
    come: Callable[[str], Page], host: Host, hub: Hub
) -> None:
    ana = come("Ana")
    cue(host, PhoneSound(tone="chime", duration_ms=100))
    ana.wait_for_function("loud => ear.loudest > loud", arg=LOUD)
    assert ana.evaluate("lamp.cameras.length") == 1  # a sound needs none
    cue(host, Torch(pattern="slow", duration_ms=2500), lead_ms=1500)
    at_us = hub.journaled(PhonesCued)[-1].at_us
    ana.wait_for_function(f"() => lamp.turnedOnUs.length === 2 && !lamp.isOn && {OPEN} === 0")
    late_us = [turned - at_us - blink for turned, blink in zip(ana.evaluate("lamp.turnedOnUs"), (0, 2e6), strict=True)]
    assert all(0 <= each <= PICTURE_US + LATE_US for each in late_us), late_us
    assert ana.evaluate("lamp.cameras.length") == 2


@pytest.mark.parametrize("take_camera", [film, get_ready])
def test_the_camera_is_free_for_whoever_needs_it(
    take_camera: Callable[[Page, Host, Hub], None], come: Callable[[str], Page], host: Host, hub: Hub
) -> None:
    ana = come("Ana")
    cue(host, Torch(pattern="steady", duration_ms=LONG_MS))
    ana.wait_for_function("() => lamp.isOn")
    take_camera(ana, host, hub)
    assert ana.evaluate("lamp.cameras.map((one) => one.before)") == [0, 0, 0]
    assert ana.evaluate(f"[lamp.isOn, {OPEN}]") == [False, 1]


def test_the_lamp_comes_back_for_the_rest_of_its_cue(come: Callable[[str], Page], host: Host, hub: Hub) -> None:
    ana = come("Ana")
    cue(host, Torch(pattern="steady", duration_ms=LONG_MS))
    ana.wait_for_function("() => lamp.isOn")
    film(ana, host, hub)
    ana.get_by_role("button", name="Close", exact=True).click()
    ana.wait_for_function(f"() => lamp.isOn && {OPEN} === 1")
    cue(host, Off())
    ana.wait_for_function(f"() => !lamp.isOn && {OPEN} === 0")


def test_who_did_not_join_in_time_is_still_asked_after_all_phones_off(
    open_phone: OpenPhone, host: Host, hub: Hub
) -> None:
    page = open_phone()
    page.set_viewport_size({"width": 390, "height": 600})
    come_in(page, "Mina")
    page.locator("phone-lights").wait_for(state="attached")
    card = page.locator(".lights-card")
    cue(host, Off())
    cue(host, BLACK)
    card.wait_for()
    cue(host, Off())
    # Nothing is seen of Off itself: wait until its time has come.
    page.wait_for_function(f"us => {NOW_US} > us", arg=hub.journaled(PhonesCued)[-1].at_us)
    expect(card).to_have_count(1)
    if folder := os.environ.get("HOUSELIGHTS_SHOTS"):
        page.screenshot(path=Path(folder) / "phone_card_after_off.png")
    assert page.evaluate(LAST_PX) <= card.evaluate("one => one.getBoundingClientRect().top")
    card.get_by_role("button", name="Join", exact=True).click()
    expect(card).to_have_count(0)
