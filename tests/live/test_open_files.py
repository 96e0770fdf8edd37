"""A hall has more phones than a process may have files open unless it asks."""

from __future__ import annotations

import subprocess
import sys

FEW = 256
CHILD = """
import resource, socket, sys
few, most = int(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_NOFILE, (few, most))
from live.open_files import allow_many
allowed = allow_many()
pairs = [socket.socketpair() for _ in range((most - 50) // 2)]
print(allowed, resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def test_as_many_are_allowed_as_the_system_lets_it_have() -> None:
    most = 2000
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(FEW), str(most)], capture_output=True, text=True, check=False
    )
    assert done.stdout == f"{most} ({most}, {most})\n", done.stderr


def test_nothing_is_lowered() -> None:
    done = subprocess.run([sys.executable, "-c", CHILD, "800", "800"], capture_output=True, text=True, check=False)
    assert done.stdout == "800 (800, 800)\n", done.stderr
