"""What may happen to a stream on its way: a slow line, a hub that is gone, a phone that is turned or locked."""

from __future__ import annotations

from itertools import pairwise

from playwright.sync_api import Page

from live.stream_health import STALLS, STALLS_AGAIN
from tests.web.air_hall import AirHall
from tests.web.air_watcher import decode_pictures
from tests.web.conftest import Watch


def publish(probe: Page, hall: AirHall, stream_id: str, wants: str = "camera", **more: object) -> None:
    asked = {"tier": "a", "streamId": stream_id, "wants": wants, "width": 640, "height": 360, "files": hall.files}
    assert probe.evaluate("(asked) => probe.publish(asked)", asked | more) == "a"


def test_a_hub_that_was_away_hears_the_same_stream_again(probe: Page, hall: AirHall, watch: Watch) -> None:
    watcher = watch("away-0001")
    publish(probe, hall, "away-0001", wants="both")
    watcher.until_decoded(pictures=10, sounds=10)

    hall.close_hub()
    probe.wait_for_function("probe.publisher.line === 'away'")
    hall.open()

    watcher.forget()
    watcher.until_decoded(pictures=10, sounds=10)
    assert probe.evaluate("probe.publisher.line") == "live"


def test_a_turned_phone_says_so_and_goes_on_with_a_key_picture(probe: Page, hall: AirHall, watch: Watch) -> None:
    watcher = watch("turned-01")
    publish(probe, hall, "turned-01")
    watcher.until_decoded(pictures=5)

    probe.evaluate("probe.turn(360, 640)")

    watcher.until(lambda heard: heard.hellos and heard.track("video").height_px > heard.track("video").width_px)
    watcher.forget()
    watcher.until(lambda heard: len(heard.pictures()) >= 5)
    frames = decode_pictures(watcher.track("video"), watcher.pictures())
    assert frames[-1].height > frames[-1].width


def test_a_phone_that_was_locked_goes_on(probe: Page, hall: AirHall, watch: Watch) -> None:
    watcher = watch("locked-01")
    publish(probe, hall, "locked-01", wants="both")
    watcher.until_decoded(pictures=5, sounds=5)

    probe.evaluate("probe.pause()")
    probe.wait_for_function("probe.publisher.figures?.picturesPerS === 0")
    probe.evaluate("probe.resume()")

    watcher.forget()
    watcher.until_decoded(pictures=10, sounds=10)
    assert len(watcher.hellos) == 1 or watcher.hellos[-1] == watcher.hellos[0]


STAND_STILL = (
    "Atomics.wait(new Int32Array(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer), 0, 0)"
)
"""For ever, and without a processor that others need."""


def test_a_frozen_worker_is_replaced_and_the_page_says_so(probe: Page, hall: AirHall, watch: Watch) -> None:
    watcher = watch("frozen-01")
    with probe.expect_worker() as begun:
        publish(probe, hall, "frozen-01", wants="both")
    watcher.until_decoded(pictures=5, sounds=5)

    begun.value.evaluate(f"void setTimeout(() => {{ {STAND_STILL} }})")

    probe.wait_for_function("probe.publisher.hindrance === 'frozen'")
    watcher.forget()
    watcher.until_decoded(pictures=10, sounds=10)
    probe.wait_for_function("probe.publisher.hindrance === null && probe.publisher.line === 'live'")
    assert {hello.stream_id for hello in watcher.hellos} == {"frozen-01"}


HANGING = """() => {
    const encode = VideoEncoder.prototype.encode;
    const hung = new WeakMap();
    self.hangs = 0;
    VideoEncoder.prototype.encode = function (...given) {
        if (self.hangs > 0 && !hung.has(this)) {
            self.hangs -= 1;
            hung.set(this, 0);
            Object.defineProperty(this, "encodeQueueSize", { get: () => hung.get(this) });
        }
        if (hung.has(this)) hung.set(this, hung.get(this) + 1);
        else encode.apply(this, given);
    };
}"""


def test_an_encoder_that_hangs_is_replaced_and_the_second_time_by_another(
    probe: Page, hall: AirHall, watch: Watch
) -> None:
    watcher = watch("hung-0001")
    with probe.expect_worker() as begun:
        publish(probe, hall, "hung-0001", wants="both")
    watcher.until_decoded(pictures=5, sounds=5)
    begun.value.evaluate(HANGING)

    begun.value.evaluate("void (self.hangs = 1)")
    probe.wait_for_function("probe.publisher.figures?.picturesPerS === 0")
    watcher.forget()
    watcher.until_decoded(pictures=10, sounds=10)
    assert {hello.tracks[0].codec for hello in watcher.hellos} == {"avc1.42e01f"}

    begun.value.evaluate("void (self.hangs = 1)")
    watcher.until(lambda heard: heard.track("video").codec == "vp8")
    watcher.forget()
    watcher.until_decoded(pictures=10, sounds=10)
    assert probe.evaluate("[probe.publisher.line, probe.publisher.tier]") == ["live", "a"]


def test_nobody_watches_and_nothing_is_encoded(probe: Page, hall: AirHall, watch: Watch) -> None:
    publish(probe, hall, "alone-001", wants="both")
    probe.wait_for_function("probe.publisher.line === 'live'")
    probe.wait_for_function("probe.publisher.figures?.kbitsPerS === 0")
    assert probe.evaluate("probe.publisher.figures.packets") <= 2  # taken before the hub had said so

    watcher = watch("alone-001")

    watcher.until_decoded(pictures=5, sounds=5)


def test_a_key_picture_comes_when_somebody_needs_one_and_by_itself(probe: Page, hall: AirHall, watch: Watch) -> None:
    watcher = watch("keys-0001")
    publish(probe, hall, "keys-0001")
    watcher.until(lambda heard: sum(packet.key for packet in heard.pictures()) >= 3)
    keys_us = [packet.captured_us for packet in watcher.pictures() if packet.key]
    assert max(later - earlier for earlier, later in pairwise(keys_us)) < 2_600_000

    watcher.forget()
    watcher.ask_key()

    watcher.until(lambda heard: heard.pictures())


def test_a_line_that_backs_up_leaves_pictures_out_before_they_are_encoded(
    probe: Page, hall: AirHall, watch: Watch
) -> None:
    # The program is not told what to encode to: nothing but the line decides here.
    watcher = watch("program")
    target = {"kbitsPerS": 12_000, "picturesPerS": 30, "heightPx": 360}
    publish(probe, hall, "program", target=target, noise=True)
    watcher.until(lambda heard: len(heard.pictures()) >= 10)

    hall.hold("program")
    probe.wait_for_function("probe.publisher.figures?.scale < 1")
    hall.release("program")

    assert probe.evaluate("probe.publisher.figures.dropped") > 5
    watcher.forget()
    watcher.until(lambda heard: len(heard.pictures()) >= 10)
    packets = watcher.pictures()
    # What is left out after it was encoded is missed by every picture that follows.
    assert len(decode_pictures(watcher.track("video"), packets)) == len(packets)
    assert probe.evaluate("probe.publisher.line") == "live"


def test_a_line_on_which_nothing_leaves_is_told_while_it_is_kept(probe: Page, hall: AirHall, watch: Watch) -> None:
    watcher = watch("program")
    publish(probe, hall, "program", target={"kbitsPerS": 12_000, "picturesPerS": 30, "heightPx": 360}, noise=True)
    watcher.until(lambda heard: len(heard.pictures()) >= 10)
    assert probe.evaluate("probe.publisher.hindrance") is None

    hall.hold("program")
    probe.wait_for_function("probe.publisher.hindrance === 'still' && probe.publisher.line === 'live'")
    hall.release("program")

    probe.wait_for_function("probe.publisher.hindrance === null")
    assert len(watcher.hellos) == 1, "the line that stood still is the one that goes on"


def test_who_stalls_again_and_again_is_told_so_by_the_hub(probe: Page, hall: AirHall, watch: Watch) -> None:
    """None of the pauses is long enough to be told by itself."""
    watcher = watch("uneven-01")
    publish(probe, hall, "uneven-01", wants="both")
    watcher.until_decoded(pictures=5)

    async def look() -> list[str]:
        return [health.trouble for health in hall.streams.health().streams]

    hall.run(look())
    for _ in range(STALLS):
        probe.wait_for_function("probe.publisher.figures?.picturesPerS > 0 && probe.publisher.hindrance === null")
        probe.evaluate("probe.pause()")
        probe.wait_for_function("probe.publisher.figures?.picturesPerS === 0")
        watcher.forget()
        probe.evaluate("probe.resume()")
        watcher.until(lambda heard: heard.pictures())

    assert hall.run(look()) == [STALLS_AGAIN]
    probe.wait_for_function("probe.publisher.hindrance === 'uneven'")


def test_a_phone_without_a_network_says_so_at_once(probe: Page, hall: AirHall, watch: Watch) -> None:
    watcher = watch("offline-1")
    publish(probe, hall, "offline-1")
    watcher.until_decoded(pictures=5)
    heard = "new Promise((done) => probe.publisher.watch(() => done(probe.publisher.hindrance)))"
    probe.evaluate(
        f"window.heard = (event) => {{ const told = {heard}; dispatchEvent(new Event(event)); return told; }}"
    )
    probe.evaluate("Object.defineProperty(navigator, 'onLine', { get: () => false, configurable: true })")

    assert probe.evaluate("heard('offline')") == "still"

    probe.evaluate("delete navigator.onLine")
    assert probe.evaluate("heard('online')") is None


def test_a_line_that_stood_still_gets_a_second_one_and_the_next_time_nobody_sees_it(
    probe: Page, hall: AirHall, watch: Watch
) -> None:
    watcher = watch("doubled-1")

    def counted() -> dict[str, int]:
        return hall.streams.stream_counters["doubled-1"]

    publish(probe, hall, "doubled-1", wants="both")
    watcher.until_decoded(pictures=5, sounds=5)

    hall.hold("doubled-1")
    sent = probe.evaluate("probe.publisher.figures?.packets ?? 0")
    probe.wait_for_function("sent => probe.publisher.figures?.packets > sent", arg=sent)
    hall.release("doubled-1")
    watcher.until(lambda _: counted()["copies"] > 20)

    hall.hold("doubled-1")
    watcher.forget()
    watcher.until(lambda heard: len(heard.packets) > 30)
    hall.release("doubled-1")

    watcher.until(lambda _: counted()["stalls_saved"] >= 1)
    watcher.until_decoded(pictures=5, sounds=5)
    for kind in ("video", "audio"):
        packets = [packet for track, packet, _ in watcher.packets if track.kind == kind]
        assert all((later.sequence - earlier.sequence) & 0xFFFF == 1 for earlier, later in pairwise(packets))
    assert len(watcher.hellos) == 1


def test_the_newer_of_two_phones_with_one_stream_stays(probe: Page, hall: AirHall, watch: Watch) -> None:
    watcher = watch("twice-001")
    publish(probe, hall, "twice-001")
    watcher.until_decoded(pictures=5)
    second = probe.context.new_page()
    second.goto(hall.url)
    second.wait_for_function("window.probe")

    publish(second, hall, "twice-001")

    probe.wait_for_function("probe.publisher.line === 'replaced'")
    watcher.forget()
    watcher.until_decoded(pictures=10)
    assert second.evaluate("probe.publisher.line") == "live"
