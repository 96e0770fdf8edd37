"""The painter's wait: woken when the last of those it waits for has come, and never longer than it may."""

from __future__ import annotations

import threading

from stage.air.arrivals import Arrivals


def test_it_is_woken_when_the_last_one_has_come() -> None:
    arrivals = Arrivals()
    asked = threading.Event()
    woken: list[bool] = []

    def missing() -> list[str]:
        asked.set()
        return ["guest-01", "guest-02"]

    painter = threading.Thread(target=lambda: woken.append(arrivals.wait(missing, 20.0)))
    painter.start()
    assert asked.wait(20.0)
    arrivals.arrived("guest-02")
    arrivals.arrived("guest-02")
    arrivals.arrived("guest-99")
    assert woken == []
    arrivals.arrived("guest-01")
    painter.join(20.0)
    assert woken == [True]


def test_nobody_is_waited_for_in_vain() -> None:
    arrivals = Arrivals()
    assert arrivals.wait(list, 20.0)
    assert not arrivals.wait(lambda: ["guest-01"], 0.001)
