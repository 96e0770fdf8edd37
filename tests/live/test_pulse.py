"""A child that is silent for want of a processor is waited for; one that hangs or spins is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from live.pulse import Pulse, Watch, pulse_of

LOOK_S, LOOKS = 3.0, 400
"""Twenty minutes."""


def silent_s(share_of_a_core: float, is_ready: bool) -> float:
    """What a watch makes of a child that says nothing for twenty minutes and gets that much of a core."""
    pulses = iter(Pulse(look * LOOK_S * share_of_a_core, is_ready) for look in range(LOOKS + 1))
    watch = Watch(lambda: next(pulses), now_s=0.0)
    return [watch.silent_s(look * LOOK_S) for look in range(1, LOOKS + 1)][-1]


def test_a_starved_child_is_silent_for_as_long_as_it_ran() -> None:
    """One hundredth of a core: twelve seconds in twenty minutes, and the first look."""
    assert silent_s(0.01, is_ready=True) == pytest.approx(LOOK_S + 0.01 * LOOK_S * (LOOKS - 1))


def test_one_that_gets_nothing_at_all_is_not_silent_at_all() -> None:
    assert silent_s(0.0, is_ready=True) == LOOK_S


@pytest.mark.parametrize(("share", "is_ready"), [(1.0, True), (2.0, True), (0.0, False), (0.01, False)])
def test_one_that_spins_or_waits_for_what_never_comes_is_silent_all_the_time(share: float, is_ready: bool) -> None:
    assert silent_s(share, is_ready) == pytest.approx(LOOK_S * LOOKS)


def test_without_a_pulse_time_is_time() -> None:
    watch = Watch(lambda: None, now_s=100.0)
    assert watch.silent_s(103.0) == 3.0
    assert watch.silent_s(130.0) == 30.0


def test_a_word_begins_anew() -> None:
    watch = Watch(lambda: Pulse(5.0, is_ready=False), now_s=0.0)
    assert watch.silent_s(29.0) == 29.0
    watch.heard(29.0)
    assert watch.silent_s(31.0) == 2.0


@pytest.mark.skipif(sys.platform != "linux", reason="macOS has no /proc")
def test_the_system_tells_who_could_go_on_and_who_could_not() -> None:
    """A name with a bracket in it, stopped for good or spinning."""
    spin = "open('/proc/self/comm', 'w').write('a) R b'); sum(range(5_000_000)); print(flush=True)\nwhile True: pass"
    with subprocess.Popen([sys.executable, "-c", spin], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        try:
            spinning = pulse_of(child.pid)
            child.send_signal(signal.SIGSTOP)
            os.waitpid(child.pid, os.WUNTRACED)
            stopped = pulse_of(child.pid)
        finally:
            child.kill()
    assert spinning is not None
    assert spinning.is_ready
    assert stopped is not None
    assert not stopped.is_ready
    assert stopped.cpu_s >= spinning.cpu_s > 0
    assert pulse_of(child.pid) is None
