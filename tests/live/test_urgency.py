"""What may not be waited for goes before all else where the system allows it; where it does not, nothing is amiss."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable

from live.urgency import NOW, be_patient, be_urgent

LINUX = sys.platform == "linux"


def in_a_thread(asked: Callable[[], int]) -> int:
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(asked()))
    thread.start()
    thread.join()
    return answers[0]


def policy() -> int:
    return os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK if LINUX else 0


def allowed() -> int:
    """The policy of a thread that asks for real time by itself, and is given it or not."""
    if LINUX:
        with contextlib.suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(NOW))
    return policy()


def test_an_urgent_thread_is_in_real_time_where_that_is_allowed() -> None:
    def urgent() -> int:
        be_urgent(NOW)
        return policy()

    before = policy()
    assert in_a_thread(urgent) == in_a_thread(allowed)
    assert policy() == before


def test_who_was_urgent_may_be_patient_again() -> None:
    def for_a_while() -> int:
        be_urgent(NOW)
        be_patient()
        return policy()

    assert in_a_thread(for_a_while) == policy()


def test_what_an_urgent_thread_starts_is_not_urgent_by_itself() -> None:
    """A decoder of strangers' packets would have the machine to itself."""

    def starting() -> int:
        be_urgent(NOW)
        return in_a_thread(policy)

    assert in_a_thread(starting) == policy()


WITHOUT_RIGHTS = """
import os, sys
from live.urgency import NOW, be_urgent
is_linux = sys.platform == "linux"
if is_linux:
    import resource
    resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))
    if os.getuid() == 0:
        os.setuid(65534)
print(os.sched_getscheduler(0) if is_linux else "unknown")
be_urgent(NOW)
print(os.sched_getscheduler(0) if is_linux else "unknown")
"""


def test_without_the_right_all_stays_as_it_is() -> None:
    said = subprocess.run(
        [sys.executable, "-c", WITHOUT_RIGHTS], check=True, timeout=60, stdout=subprocess.PIPE, text=True
    )
    before, after = said.stdout.split()
    assert after == before
