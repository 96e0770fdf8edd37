"""Runs a program that is asked to end (SIGTERM) when the process that started it is gone, killed with 9 included.

    python leash.py PARENT_PID PROGRAM [ARGUMENT]...

Run by its path and with the standard library alone, so that it costs some 20 ms, not an import of everything. It puts
itself on the leash and becomes the program: `exec` keeps both the leash and the process id. Linux only. What counts is
the parent's *thread*: start it from one that lives as long as the process.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(parent_pid: int, command: list[str]) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != parent_pid:
        return  # it was gone before the leash held
    os.execv(command[0], command)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
