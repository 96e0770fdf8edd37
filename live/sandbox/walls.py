"""The walls around a child, put up by the child itself before it reads a byte of what a stranger sent.

Own session, own user, empty network namespace, `no_new_privs`, Landlock, a system call filter, resource limits. Each
that the system refuses is left out and said (`Confinement`), so that the health page tells what really stands. There
is no way back out of any of them: the process does one job and ends.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from dataclasses import dataclass
from typing import Literal

from live.sandbox.landlock import allow_only
from live.sandbox.limits import Limits
from live.sandbox.seccomp import refuse_system_calls

_CLONE_NEWUSER, _CLONE_NEWIPC, _CLONE_NEWNET = 0x1000_0000, 0x0800_0000, 0x4000_0000
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_CAPABILITY_VERSION_3 = 0x2008_0522
_FIRST_UID, _UIDS = 60_100, 256
"""Users that no Debian system gives to anybody; two children never share one at the same time."""

Network = Literal["own namespace", "shared"]
User = Literal["a user of its own", "an own user namespace", "the hub's"]


@dataclass(frozen=True, slots=True)
class Confinement:
    no_new_privs: bool
    landlock: int
    seccomp: bool
    network: Network
    user: User
    limits: tuple[str, ...]


def confine(folder_fd: int, limits: Limits) -> Confinement:
    """Lock this process up with the open folder as its only place; it becomes the current directory."""
    os.fchdir(folder_fd)
    network, user = _leave_home(folder_fd)
    libc = _libc()
    no_new_privs = libc is not None and libc.prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), 0, 0, 0) == 0
    if libc is not None:  # after the change of user, which clears both
        libc.prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0)
        libc.prctl(_PR_SET_DUMPABLE, ctypes.c_ulong(0), 0, 0, 0)
    landlock = allow_only(folder_fd) if no_new_privs else 0
    kept = _limit(limits, own_count=user != "the hub's")
    seccomp = refuse_system_calls() if no_new_privs else False
    return Confinement(no_new_privs, landlock, seccomp, network, user, kept)


def _leave_home(folder_fd: int) -> tuple[Network, User]:
    """Step out of the hub's network, and become nobody: as root another user, else in a user namespace of one's own."""
    is_root = os.geteuid() == 0
    alone = is_root and _unshare(_CLONE_NEWNET | _CLONE_NEWIPC)
    user: User = "the hub's"
    if is_root and _become_nobody(folder_fd):
        user = "a user of its own"
    if not alone and _unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC):
        alone = True
        user = "an own user namespace" if user == "the hub's" else user
    _drop_capabilities()
    return ("own namespace" if alone else "shared"), user


def _become_nobody(folder_fd: int) -> bool:
    uid = _FIRST_UID + os.getpid() % _UIDS
    try:
        os.fchown(folder_fd, uid, uid)
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    except (OSError, AttributeError):
        return False
    return True


def _drop_capabilities() -> None:
    """A new user namespace hands out every capability over itself: none is needed."""
    libc = _libc()
    if libc is not None:
        header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
        libc.capset(header, (ctypes.c_uint32 * 6)())


def _unshare(flags: int) -> bool:
    libc = _libc()
    return libc is not None and libc.unshare(ctypes.c_int(flags)) == 0


def _limit(limits: Limits, *, own_count: bool) -> tuple[str, ...]:
    """`RLIMIT_NPROC` counts all that a user runs, so it is set only where the child is a user by itself."""
    wanted = {
        "AS": limits.memory_bytes,
        "CPU": limits.cpu_s,
        "FSIZE": limits.file_bytes,
        "NOFILE": limits.open_files,
        "CORE": 0,
    }
    if own_count:
        wanted["NPROC"] = limits.threads
    kept = []
    for name, most in wanted.items():
        try:
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))
            kept.append(name)
        except (OSError, ValueError, AttributeError):  # macOS has no RLIMIT_AS worth the name
            continue
    return tuple(kept)


def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
