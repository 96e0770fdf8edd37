"""Memory with a descriptor, to be shared with another process."""

from __future__ import annotations

import fcntl
import os
import tempfile


def shared_memory(size: int) -> int:
    """Return the descriptor of `size` bytes of zeros, which nobody can make shorter. Raises OSError."""
    if not hasattr(os, "memfd_create"):  # macOS
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
        os.ftruncate(descriptor, size)
        return descriptor
    descriptor = os.memfd_create("houselights", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(descriptor, size)
    # Who shares it could cut it short: the stage would die (SIGBUS) of the next look at a picture.
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
    return descriptor
