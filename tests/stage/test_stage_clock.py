"""The stage's clock: by memory until the hub is heard, by the hub from then on."""

from __future__ import annotations

import time

from live.clock import US_PER_S, FollowedClock
from stage.stage_clock import StageClock


def test_without_memory_or_hub_no_time_passes() -> None:
    assert StageClock().now_us() == 0


def test_it_remembers_when_the_show_was_opened() -> None:
    clock = StageClock(time.time() - 100.0)
    assert 100 * US_PER_S <= clock.now_us() < 130 * US_PER_S
    assert not clock.is_synchronised


def test_it_follows_the_hub_once_the_hub_was_heard() -> None:
    followed = FollowedClock(lambda: 5_000)
    clock = StageClock(time.time() - 100.0)
    clock.follow(followed)
    assert clock.now_us() >= 100 * US_PER_S
    followed.observe(4_000, 777_000_000, 6_000)
    assert (clock.now_us(), clock.is_synchronised) == (777_000_000, True)
