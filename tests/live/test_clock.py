"""Show time is the same for everyone and never runs backwards."""

from __future__ import annotations

import random

import pytest

from live.clock import FollowedClock, HandClock, ShowClock


def test_the_show_clock_counts_from_the_opening() -> None:
    clock = ShowClock(opened_at_s=1_000.0, wall=lambda: 1_002.5)
    assert 2_500_000 <= clock.now_us() < 3_500_000


def test_a_restarted_hub_never_falls_behind_its_journal() -> None:
    """Somebody set the wall clock back an hour while the hub was down."""
    clock = ShowClock(opened_at_s=10_000.0, not_before_us=7_000_000, wall=lambda: 6_400.0)
    assert clock.now_us() >= 7_000_000


def test_a_client_finds_the_offset_through_jitter() -> None:
    rng = random.Random(7)
    local = HandClock()
    clock = FollowedClock(local.now_us)
    offset_us = 123_456_789
    for _ in range(40):
        there_us, back_us = rng.randint(500, 40_000), rng.randint(500, 40_000)
        sent = local.now_us()
        local.advance_us(there_us)
        hub_us = local.now_us() + offset_us
        local.advance_us(back_us)
        clock.observe(sent, hub_us, local.now_us())
        local.advance_us(250_000)
    assert abs(clock.now_us() - (local.now_us() + offset_us)) < 5_000


def test_small_corrections_are_slewed_and_time_never_runs_backwards() -> None:
    local = HandClock(1_000_000)
    clock = FollowedClock(local.now_us)
    clock.observe(1_000_000, 5_000_000, 1_000_000)
    before = clock.now_us()
    for _ in range(40):
        clock.observe(local.now_us(), local.now_us() + 4_000_000 - 20_000, local.now_us())
        now = clock.now_us()
        assert now >= before
        before = now
        local.advance_us(100_000)
    assert abs(clock.now_us() - (local.now_us() + 4_000_000 - 20_000)) < 2_000


def test_a_drifting_clock_behind_a_jittery_line_is_known_to_a_few_milliseconds_between_pings() -> None:
    """100 ppm are 18 ms in three minutes: a clock that did not know its drift would be off by that."""
    rng = random.Random(8)
    now = [0]
    clock = FollowedClock(lambda: now[0])
    for ping in range(120):
        sent_us = ping * 1_500_000
        hub_us = sent_us + rng.randint(5_000, 80_000)
        now[0] = round((hub_us + rng.randint(5_000, 80_000)) * 1.0001)
        clock.observe(round(sent_us * 1.0001), hub_us, now[0])
    for later_s in (0, 10, 30):
        show_us = 180_000_000 + later_s * 1_000_000
        now[0] = round(show_us * 1.0001)
        assert abs(clock.now_us() - show_us) < 5_000


def test_a_clock_that_stood_still_is_set_at_the_next_round_trip() -> None:
    """A phone that slept: its own clock lost a minute, and what it measured before means nothing."""
    local = HandClock()
    clock = FollowedClock(local.now_us)
    slept_us = 0
    for ping in range(40):
        if ping == 39:
            slept_us = 60_000_000
        hub_us = local.now_us() + 5_000 + slept_us
        sent_us = local.now_us()
        local.advance_us(10_000)
        clock.observe(sent_us, hub_us, local.now_us())
        local.advance_us(1_000_000)
    assert abs(clock.now_us() - (local.now_us() + slept_us)) < 2_000


def test_a_hand_clock_refuses_to_go_back() -> None:
    with pytest.raises(ValueError, match="forward"):
        HandClock().advance_us(-1)
