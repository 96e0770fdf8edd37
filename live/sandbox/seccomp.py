"""A system call filter for the child: no new sockets, no other programs, none of the kernel's odd corners.

It is the second wall behind the network namespace and Landlock, and the first where a system allows neither (a
namespace for a normal user is refused by some distributions). It lists what a decoder never does; what is not listed
is allowed, so that a new libc does not break the show. Filters for x86-64 and arm64; elsewhere `False` and nothing
changes.
"""

from __future__ import annotations

import ctypes
import errno
import platform

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF_0000, 0x8000_0000, 0x0005_0000
_NUMBER_AT, _ARCH_AT = 0, 4
_X32_NUMBERS_FROM = 0x4000_0000

_EVERYWHERE = (425, 426, 427, 434, 438)  # io_uring ×3, pidfd_open, pidfd_getfd
_X86_64 = (
    *(41, 42, 43, 49, 50, 53, 288),  # socket connect accept bind listen socketpair accept4
    *(57, 58, 59, 322, 101, 310, 311),  # fork vfork execve execveat ptrace process_vm_readv process_vm_writev
    *(135, 155, 161, 165, 166, 272, 308),  # personality pivot_root chroot mount umount2 unshare setns
    *(163, 167, 168, 169, 170, 171, 172, 173, 179),  # acct swapon swapoff reboot set*name iopl ioperm quotactl
    *(175, 176, 313, 246, 320),  # modules, kexec
    *(248, 249, 250, 298, 303, 304, 321, 323),  # keys, perf_event_open, *_handle_at, bpf, userfaultfd
)
_ARM_64 = (
    *(198, 199, 200, 201, 202, 203, 242),
    *(221, 281, 117, 270, 271),
    *(92, 41, 51, 40, 39, 97, 268),
    *(89, 224, 225, 142, 161, 162, 60),
    *(105, 106, 273, 104, 294),
    *(217, 218, 219, 241, 264, 265, 280, 282),
)
_BY_MACHINE = {"x86_64": (0xC000_003E, _X86_64), "aarch64": (0xC000_00B7, _ARM_64)}


class _Step(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("value", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("steps", ctypes.POINTER(_Step)))


def refuse_system_calls() -> bool:
    """Put the filter on this thread and all it starts. False where there is none for this machine."""
    known = _BY_MACHINE.get(platform.machine())
    if platform.system() != "Linux" or known is None:
        return False
    steps = _filter(*known)
    program = _Program(len(steps), (_Step * len(steps))(*steps))
    libc = ctypes.CDLL(None, use_errno=True)
    done: int = libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_MODE_FILTER), ctypes.byref(program), 0, 0)
    return done == 0


def _filter(arch: int, refused: tuple[int, ...]) -> list[_Step]:
    """Another architecture's calls kill; refused ones answer EPERM; all else goes through."""
    numbers = sorted({*refused, *_EVERYWHERE})
    refuse_at = len(numbers) + 1  # how far the refusal lies behind the first comparison
    return [
        _Step(_LOAD, 0, 0, _ARCH_AT),
        _Step(_JUMP_EQUAL, 1, 0, arch),
        _Step(_RETURN, 0, 0, _KILL_PROCESS),
        _Step(_LOAD, 0, 0, _NUMBER_AT),
        _Step(_JUMP_AT_LEAST, refuse_at, 0, _X32_NUMBERS_FROM),
        *(_Step(_JUMP_EQUAL, refuse_at - 1 - index, 0, number) for index, number in enumerate(numbers)),
        _Step(_RETURN, 0, 0, _ALLOW),
        _Step(_RETURN, 0, 0, _ERRNO | errno.EPERM),
    ]
