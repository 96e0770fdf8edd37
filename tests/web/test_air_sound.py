"""The sound that a page sends is stamped with the time at which it was heard."""

from __future__ import annotations

from playwright.sync_api import Page


def test_after_a_gap_packets_have_the_time_of_what_is_heard_now(probe: Page) -> None:
    """Chromium counts on from where it was; the host read that such a guest's sound is far behind their picture."""
    blocks = [*range(0, 400, 20), *range(1000, 1400, 20)]
    stamps = probe.evaluate("at => probe.soundStamps(at)", blocks)
    assert all(0 <= stamp <= 400 or 990 <= stamp <= 1400 for stamp in stamps), stamps
    assert max(stamps) >= 1350


def test_a_clock_that_runs_otherwise_is_followed(probe: Page) -> None:
    """A sound card a tenth too slow for what it says: after a while no packet is further off than two of them."""
    blocks = [22 * number for number in range(60)]
    stamps = probe.evaluate("at => probe.soundStamps(at)", blocks)
    assert max(stamps) >= blocks[-1] - 70
