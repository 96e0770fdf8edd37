"""Landlock by ctypes: from here on this thread touches files only beneath one folder, and no TCP.

Asks the kernel which version it has and takes the most of it; an old kernel or another system gives 0 and changes
nothing. `no_new_privs` must be set before.
"""

from __future__ import annotations

import ctypes
import os

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
_VERSION_QUESTION = 1
_PATH_BENEATH = 1

_WRITE_FILE, _READ_FILE, _REMOVE_FILE, _MAKE_REG, _TRUNCATE = 1 << 1, 1 << 2, 1 << 5, 1 << 8, 1 << 14
_FILE_RIGHTS_BY_ABI = ((5, 16), (3, 15), (2, 14), (1, 13))
"""From which version on how many file rights exist (each a bit)."""
_ALL_TCP = 0b11  # bind, connect; from version 4
_ALL_SCOPES = 0b11  # abstract sockets, signals; from version 6


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("folder_fd", ctypes.c_int32))


def landlock_version() -> int:
    """The kernel's Landlock version, 0 where it has none."""
    try:
        return _syscall(_CREATE_RULESET, None, 0, _VERSION_QUESTION)
    except (OSError, AttributeError):
        return 0


def allow_only(folder_fd: int) -> int:
    """Forbid this thread every file but those in the open folder, and TCP. Returns the version that was in force."""
    version = landlock_version()
    if version < 1:
        return 0
    file_rights = (1 << next(bits for since, bits in _FILE_RIGHTS_BY_ABI if version >= since)) - 1
    ruleset = _Ruleset(file_rights, _ALL_TCP, _ALL_SCOPES)
    known_bytes = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset_fd = _syscall(_CREATE_RULESET, ctypes.byref(ruleset), known_bytes, 0)
    try:
        wanted = _WRITE_FILE | _READ_FILE | _REMOVE_FILE | _MAKE_REG | _TRUNCATE
        beneath = _PathBeneath(wanted & file_rights, folder_fd)
        _syscall(_ADD_RULE, ruleset_fd, _PATH_BENEATH, ctypes.byref(beneath), 0)
        _syscall(_RESTRICT_SELF, ruleset_fd, 0)
    finally:
        os.close(ruleset_fd)
    return version


def _syscall(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    words = [ctypes.c_long(word) if isinstance(word, int) else word for word in arguments]
    result: int = libc.syscall(ctypes.c_long(number), *words)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"system call {number}: {os.strerror(ctypes.get_errno())}")
    return result
