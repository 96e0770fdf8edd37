"""What a phone records beside its live stream: in full quality, kept as it comes, sent once it is off air."""

from __future__ import annotations

from io import BytesIO

import av
from playwright.sync_api import expect

from live.messages import acts, air
from live.messages.events import ContributionReceived
from live.messages.ids import new_id
from live.messages.scene import Remove
from live.usher import AHEAD_US
from tests.web.air_watcher import Watcher
from tests.web.conftest import OpenPhone, come_in
from tests.web.hall import Host, Hub, Stage
from tests.web.on_air import bring_on_air, get_ready
from tests.web.page_in_hand import kill, left_on_shelf, wait_for_pieces_on_shelf

QUALITIES_PX = [{(1920, 1080)}, {(1280, 720)}, {(1280, 720)}]
"""web/src/phone/air/quality.ts"""
SOME_SECONDS_BYTES = 40_000
"""Of Chromium's made-up camera and microphone."""


def test_what_was_recorded_beside_the_stream_goes_up_afterwards_killed_page_or_not(
    open_phone: OpenPhone, hub: Hub, host: Host, stage: Stage
) -> None:
    """The page is killed on air and opened again: both recordings arrive, each with its own time, and play."""
    page = open_phone()
    come_in(page, "Mina")
    stream_id = get_ready(hub, host, page)
    bring_on_air(host, page, stream_id)
    kept_bytes = wait_for_pieces_on_shelf(page, 1, SOME_SECONDS_BYTES)
    kill(page)
    again = page.context.new_page()
    again.goto(hub.url)
    again.get_by_text("ON AIR", exact=True).wait_for()
    wait_for_pieces_on_shelf(again, 2)
    assert hub.journaled(ContributionReceived) == [], "the line is for the stream while it lasts"

    again.get_by_role("button", name="Leave").click()

    host.wait_for(2)
    received = sorted(hub.journaled(ContributionReceived), key=lambda one: one.beside.started_us if one.beside else 0)
    assert {one.beside.stream_id for one in received if one.beside} == {stream_id}
    first_us, second_us = (one.beside.started_us for one in received if one.beside)
    assert abs(first_us - hub.journaled(air.GuestCalled)[-1].on_air_us) < 3_000_000
    for one in received:
        assert (one.kind, one.consent.stage, one.consent.anthology) == ("video", False, True)
    originals = [hub.original(one.contribution_id) for one in received]
    assert len(originals[0]) >= kept_bytes
    assert 0 < _lasts_s(originals[0]) < (second_us - first_us) / 1e6
    _lasts_s(originals[1])
    assert left_on_shelf(again) == [0, 0, 0]


def _lasts_s(original: bytes) -> float:
    """Play a recording to its end; return when its last picture is."""
    with av.open(BytesIO(original), "r") as recording:
        assert {stream.type for stream in recording.streams} == {"video", "audio"}
        pictures = list(recording.decode(video=0))
    assert pictures[-1].height == 720
    return float(pictures[-1].time or 0)


def test_nothing_is_recorded_between_two_times_on_air(
    open_phone: OpenPhone, hub: Hub, host: Host, stage: Stage
) -> None:
    """Who is taken off and waits to be called again is not on air: each time gives a piece of its own, in full quality,
    also beside a stream that is a recorder's work.
    """
    page = open_phone(query="?tier=d")
    come_in(page, "Mina")
    stream_id = get_ready(hub, host, page)
    bring_on_air(host, page, stream_id)
    wait_for_pieces_on_shelf(page, 1, 1)  # a recorder that goes short of the processor may have nothing for a second
    host.ask(acts.GiveCue(cue_id=new_id(), cue=Remove(layer_ids=(stream_id,))))
    page.get_by_text("Only the crew sees you.").wait_for()
    first_bytes = wait_for_pieces_on_shelf(page, 1, 1, are_whole=True)
    bring_on_air(host, page, stream_id)
    wait_for_pieces_on_shelf(page, 2, first_bytes + 1)

    page.get_by_role("button", name="Leave").click()

    host.wait_for(2)
    for event in hub.journaled(ContributionReceived):
        _lasts_s(hub.original(event.contribution_id))
    besides = [event.beside for event in hub.journaled(ContributionReceived)]
    first_us, second_us = sorted(beside.started_us for beside in besides if beside is not None)
    called_us, called_again_us = (call.on_air_us - AHEAD_US for call in hub.journaled(air.GuestCalled))
    assert called_us <= first_us < called_again_us <= second_us


def test_a_recording_that_the_stream_suffers_from_goes_on_in_smaller_pictures(
    open_phone: OpenPhone, hub: Hub, host: Host, stage: Stage
) -> None:
    """Chromium's made-up camera has sizes to choose from, and gives a third of the pictures that the hub asks for: that
    counts as suffering. It goes down to the least there is, smaller at the first step and with fewer bits at the next.
    """
    page = open_phone(query="?record=1080")
    come_in(page, "Mina")
    stream_id = get_ready(hub, host, page)
    watcher = Watcher(hub.url, stream_id, hub.stage_key)  # nobody suffers whom nobody watches
    bring_on_air(host, page, stream_id)
    wait_for_pieces_on_shelf(page, len(QUALITIES_PX))

    page.get_by_role("button", name="Leave").click()

    host.wait_for(len(QUALITIES_PX))
    received = sorted(hub.journaled(ContributionReceived), key=lambda one: one.beside.started_us if one.beside else 0)
    assert [_sizes(hub.original(one.contribution_id)) for one in received] == QUALITIES_PX
    watcher.close()


def _sizes(original: bytes) -> set[tuple[int, int]]:
    with av.open(BytesIO(original), "r") as recording:
        return {(picture.width, picture.height) for picture in recording.decode(video=0)}


ONE_ENCODER = """
const { start, stop } = MediaRecorder.prototype;
const going = [];
MediaRecorder.prototype.start = function (sliceMs) {
  start.call(this, sliceMs);
  for (const other of going) {
    if (other.state === "recording") other.pause();
    Object.defineProperty(other, "state", { value: "recording", configurable: true });
  }
  going.push(this);
};
MediaRecorder.prototype.stop = function () {
  going.splice(going.indexOf(this), 1);
  delete this.state;
  stop.call(this);
  const [first] = going;
  if (first) { delete first.state; first.resume(); }
};
"""
"""A browser with one encoder: the recorder that was there before stands still and does not know it."""


def test_a_recording_gives_way_to_a_stream_that_it_holds_up(
    open_phone: OpenPhone, hub: Hub, host: Host, stage: Stage
) -> None:
    page = open_phone(query="?tier=d", script=ONE_ENCODER)
    come_in(page, "Mina")
    stream_id = get_ready(hub, host, page)
    watcher = Watcher(hub.url, stream_id, hub.stage_key)
    watcher.until(lambda heard: len(heard.pictures()) >= 10)
    bring_on_air(host, page, stream_id)
    page.get_by_text("This browser cannot record you as well. You are live all the same.").wait_for()
    watcher.forget()
    watcher.until(lambda heard: len(heard.packets) >= 10)
    watcher.ask_key()
    watcher.until(lambda heard: len(heard.pictures()) >= 10)
    expect(page.get_by_text("ON AIR", exact=True)).to_be_visible()
    watcher.close()
