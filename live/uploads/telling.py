"""How far each upload is, told to the host and the author a few times a second and not more."""

from __future__ import annotations

import time
from collections.abc import Callable
from weakref import WeakKeyDictionary

from live.messages.views import Progress
from live.uploads.shelf import Upload


class Telling:
    def __init__(
        self, on_progress: Callable[[Progress], None], every_s: float, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._on_progress = on_progress
        self._every_s = every_s
        self._clock_s = clock_s
        self._told_at_s: WeakKeyDictionary[Upload, float] = WeakKeyDictionary()

    def tell(self, upload: Upload, written_bytes: int, *, last: bool = False) -> None:
        """Tell, unless this upload was told of just now; the `last` word is always said."""
        now_s = self._clock_s()
        told_at_s = self._told_at_s.get(upload)
        if not last and told_at_s is not None and now_s - told_at_s < self._every_s:
            return
        self._told_at_s[upload] = now_s
        said = upload.sidecar.announcement
        self._on_progress(
            Progress(
                contribution_id=said.contribution_id,
                person_id=upload.person_id,
                kind=said.kind,
                step="sending",
                fraction=written_bytes / upload.length_bytes,
            )
        )
