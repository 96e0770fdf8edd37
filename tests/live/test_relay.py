"""The relay of one stream: pure, so every claim is about values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.ear import Bounds, Choice, Ear, Heard, everything_but_stills, only_stills
from live.errors import BadInput
from live.messages.packets import HEADER_BYTES, MAX_PACKET_BYTES, Hello, Packet, Track, pack
from live.relay import Relay, parse_tracks

VIDEO = Track(track=0, kind="video", codec="avc1.42e01f", width_px=64, height_px=36)
SOUND = Track(track=1, kind="audio", codec="opus", sample_rate_hz=48000, channels=2)
STILLS = Track(track=2, kind="video", codec="jpeg", width_px=64, height_px=36)
HELLO = Hello(stream_id="program", tracks=(VIDEO, SOUND, STILLS))


def packet(track: int, name: str, *, key: bool = False) -> bytes:
    return pack(Packet(track=track, key=key, sequence=0, captured_us=0, sent_us=0, payload=name.encode()))


def an_ear(chooses: Choice = everything_but_stills, bounds: Bounds | None = None) -> Ear:
    return Ear("ear", chooses, bounds or Bounds())


def heard_by(ear: Ear) -> list[str]:
    """Take everything that is there: "hello", or the payload of a packet."""
    names = []
    while (item := ear.take()) is not None:
        names.append(item.message[HEADER_BYTES:].decode() if isinstance(item, Heard) else "hello")
    return names


@pytest.fixture
def relay() -> Relay:
    relay = Relay("program", Bounds())
    relay.begin(HELLO)
    return relay


def test_a_late_joiner_hears_the_hello_and_all_since_the_last_key_picture(relay: Relay) -> None:
    for name in ("K0", "p1", "s2", "K3", "s4", "p5"):
        relay.publish(packet(1 if name[0] == "s" else 0, name, key=name[0] == "K"), 0)
    ear = an_ear()
    relay.join(ear, 0)
    assert heard_by(ear) == ["hello", "K3", "s4", "p5"]
    assert not ear.needs_key


def test_who_joins_before_any_key_picture_hears_sound_and_waits_for_one(relay: Relay) -> None:
    relay.publish(packet(0, "p0"), 0)
    ear = an_ear()
    relay.join(ear, 0)
    assert ear.needs_key
    for name in ("p1", "s2", "K3", "p4"):
        relay.publish(packet(1 if name[0] == "s" else 0, name, key=name[0] == "K"), 0)
    assert heard_by(ear) == ["hello", "s2", "K3", "p4"]


def test_a_slow_ear_goes_on_at_the_next_key_picture() -> None:
    relay = Relay("program", Bounds(packets=3))
    relay.begin(HELLO)
    slow, quick = an_ear(bounds=Bounds(packets=3)), an_ear()
    relay.join(slow, 0)
    relay.join(quick, 0)
    names = ["K0", "p1", "p2", "p3", "p4", "K5", "p6"]
    for name in names:
        relay.publish(packet(0, name, key=name[0] == "K"), 0)
    assert heard_by(slow) == ["hello", "K5", "p6"]
    assert slow.skipped == 5
    assert heard_by(quick) == ["hello", *names]


def test_an_ear_that_is_late_in_time_is_skipped_too(relay: Relay) -> None:
    ear = an_ear(bounds=Bounds(age_us=1000))
    relay.join(ear, 0)
    relay.publish(packet(0, "K0", key=True), 0)
    relay.publish(packet(0, "p1"), 900)
    relay.publish(packet(0, "p2"), 1100)
    assert heard_by(ear) == ["hello"]
    relay.publish(packet(0, "K3", key=True), 1200)
    assert heard_by(ear) == ["K3"]


def test_a_packet_larger_than_the_bound_in_bytes_still_gets_through_alone(relay: Relay) -> None:
    ear = an_ear(bounds=Bounds(bytes=HEADER_BYTES + 10))
    relay.join(ear, 0)
    relay.publish(packet(0, "K" * 50, key=True), 0)
    assert heard_by(ear) == ["hello", "K" * 50]


def test_of_stills_only_the_newest_is_heard(relay: Relay) -> None:
    ear = an_ear(only_stills)
    relay.join(ear, 0)
    for name in ("J0", "J1", "J2"):
        relay.publish(packet(2, name, key=True), 0)
    relay.publish(packet(0, "K3", key=True), 0)
    assert heard_by(ear) == ["hello", "J2"]
    assert ear.skipped == 2


def test_the_tracks_that_are_wanted_follow_who_watches(relay: Relay) -> None:
    assert relay.wanted() == ()
    everyone, stills = an_ear(), an_ear(only_stills)
    relay.join(everyone, 0)
    assert relay.wanted() == (0, 1)
    relay.join(stills, 0)
    assert relay.wanted() == (0, 1, 2)
    relay.leave(everyone)
    assert relay.wanted() == (2,)


def test_an_old_still_is_not_shown_to_who_comes_later(relay: Relay) -> None:
    first = an_ear(only_stills)
    relay.join(first, 0)
    relay.publish(packet(2, "an hour ago", key=True), 0)
    relay.leave(first)
    second = an_ear(only_stills)
    relay.join(second, 0)
    assert heard_by(second) == ["hello"]


def test_a_new_publisher_begins_afresh_for_everyone(relay: Relay) -> None:
    ear = an_ear()
    relay.join(ear, 0)
    relay.publish(packet(0, "old", key=True), 0)
    relay.begin(HELLO)
    relay.publish(packet(0, "p of the new one"), 0)
    relay.publish(packet(0, "K", key=True), 0)
    assert heard_by(ear) == ["hello", "K"]


def test_a_stream_whose_key_pictures_are_too_far_apart_keeps_no_backlog() -> None:
    relay = Relay("program", Bounds(packets=10))
    relay.begin(HELLO)
    relay.publish(packet(0, "K", key=True), 0)
    for _ in range(20):
        relay.publish(packet(0, "p"), 0)
    ear = an_ear()
    relay.join(ear, 0)
    assert heard_by(ear) == ["hello"]
    assert ear.needs_key


def test_a_key_picture_is_asked_for_at_most_twice_a_second(relay: Relay) -> None:
    asked = [at_ms for at_ms in range(0, 2000, 10) if relay.may_ask_key(at_ms * 1000)]
    assert asked == [0, 500, 1000, 1500]


def test_nobody_is_asked_where_nobody_publishes() -> None:
    assert not Relay("program", Bounds()).may_ask_key(0)


@pytest.mark.parametrize(
    "message", [b"", b"short", packet(0, ""), packet(9, "no such track"), bytes(MAX_PACKET_BYTES + 1)]
)  # fmt: skip
def test_garbage_is_refused_and_reaches_nobody(relay: Relay, message: bytes) -> None:
    ear = an_ear()
    relay.join(ear, 0)
    with pytest.raises(BadInput):
        relay.publish(message, 0)
    assert heard_by(ear) == ["hello"]


def test_tracks_are_chosen_by_number() -> None:
    chooses = parse_tracks("0,2")
    assert [chooses(track) for track in HELLO.tracks] == [True, False, True]
    assert [parse_tracks(None)(track) for track in HELLO.tracks] == [True, True, False]


@pytest.mark.parametrize("query", ["", "x", "-1", "0,", "0,1,2,3,4,5,6,7,8", "²"])
def test_a_wrong_choice_of_tracks_is_told(query: str) -> None:
    with pytest.raises(BadInput):
        parse_tracks(query)


@given(
    st.lists(st.tuples(st.sampled_from([0, 1, 2]), st.booleans(), st.integers(0, 3)), max_size=60),
    st.integers(1, 6),
    st.booleans(),
)
def test_whatever_is_lost_no_picture_is_heard_before_its_key(
    sent: list[tuple[int, bool, int]], capacity: int, joins_late: bool
) -> None:
    """Each picture heard is a key picture or follows the one published right before it on its track."""
    relay = Relay("program", Bounds(packets=capacity))
    relay.begin(HELLO)
    ear = an_ear(lambda track: True, Bounds(packets=capacity))
    heard: list[tuple[int, bool, int]] = []
    if not joins_late:
        relay.join(ear, 0)
    counts = {0: 0, 1: 0, 2: 0}
    for place, (track, key, taken) in enumerate(sent):
        if joins_late and place == len(sent) // 2:
            relay.join(ear, 0)
        key = key or track == 2
        relay.publish(packet(track, f"{track},{int(key)},{counts[track]}", key=key), 0)
        counts[track] += 1
        for _ in range(taken):
            item = ear.take()
            if isinstance(item, Heard):
                number, is_key, at = map(int, item.message[HEADER_BYTES:].split(b","))
                heard.append((number, bool(is_key), at))
    for number in (0, 2):
        last = None
        for _, key, at in (entry for entry in heard if entry[0] == number):
            assert key or at == last
            last = at + 1


@pytest.mark.parametrize(
    ("sequences", "lost"),
    [([5, 6, 7], 0), ([5, 7, 10], 3), ([0xFFFE, 0xFFFF, 0, 1], 0), ([0xFFFF, 1], 1), ([500, 3], 0), ([7, 7], 0)],
)
def test_what_was_numbered_and_never_came_is_counted(relay: Relay, sequences: list[int], lost: int) -> None:
    for sequence in sequences:
        message = Packet(track=1, key=True, sequence=sequence, captured_us=0, sent_us=0, payload=b"s")
        relay.publish(pack(message), 0)
    assert relay.counted()["lost"] == lost


def test_pictures_that_come_late_have_stalled_whatever_the_sound_does(relay: Relay) -> None:
    relay.join(an_ear(), 0)
    came_us = (0, 33_000, 640_000, 673_000, 1_700_000)
    for at_us in range(0, 2_000_000, 20_000):
        relay.publish(packet(1, "s"), at_us)
        if any(at_us <= one < at_us + 20_000 for one in came_us):
            relay.publish(packet(0, "K", key=True), at_us)
    assert relay.counts["stalls"] == 2


def test_what_nobody_wanted_for_a_while_has_not_stalled(relay: Relay) -> None:
    first = an_ear()
    relay.join(first, 0)
    relay.publish(packet(0, "K", key=True), 0)
    relay.leave(first)
    relay.join(an_ear(), 5_000_000)
    relay.publish(packet(0, "K", key=True), 5_100_000)
    assert relay.counts["stalls"] == 0
