"""How much is taken of whom, by a clock that is moved by hand."""

from __future__ import annotations

import pytest

from live.errors import TooMuch
from live.pace import Pace


def test_a_burst_then_one_at_a_time() -> None:
    pace = Pace(burst=3, per_s=0.5)
    for _ in range(3):
        pace.take("ana", 0.0)
    with pytest.raises(TooMuch) as refused:
        pace.take("ana", 0.0)
    assert refused.value.retry_after_s == pytest.approx(2.0)
    with pytest.raises(TooMuch):
        pace.take("ana", 1.9)
    pace.take("ana", 2.0)


def test_a_refusal_costs_nothing() -> None:
    pace = Pace(burst=1, per_s=1.0)
    pace.take("ana", 0.0)
    for tenth in range(10):
        with pytest.raises(TooMuch):
            pace.take("ana", tenth / 10)
    pace.take("ana", 1.0)


def test_one_device_does_not_slow_another() -> None:
    pace = Pace(burst=1, per_s=0.1)
    pace.take("ana", 0.0)
    pace.take("ben", 0.0)
    assert pace.refused == 0


def test_time_saves_up_a_burst_and_no_more() -> None:
    pace = Pace(burst=2, per_s=1.0)
    pace.take("ana", 0.0)
    for _ in range(2):
        pace.take("ana", 1000.0)
    with pytest.raises(TooMuch):
        pace.take("ana", 1000.0)


def test_only_so_many_devices_are_remembered() -> None:
    pace = Pace(burst=1, per_s=0.001, devices=2)
    for device in ("ana", "ben", "cai"):
        pace.take(device, 0.0)
    pace.take("ana", 0.0)
    with pytest.raises(TooMuch):
        pace.take("cai", 0.0)
