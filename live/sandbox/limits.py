"""How much one walled-in child may use."""

from __future__ import annotations

from live.messages.base import Message


class Limits(Message, frozen=True):
    """What one child may use; past it the kernel says no or ends it."""

    memory_bytes: int
    cpu_s: int
    file_bytes: int = 1 << 30
    open_files: int = 32
    threads: int = 64
