"""Where sources wait before they come on: opened and prepared by a few threads, kept while wanted, closed afterwards.

`call` and `keep` belong to the thread that decides scenes; `picture` and `sound` may be asked by any. Live, a part
that is not prepared is simply not there yet; `exact` (offline) waits for it and raises where it cannot be had. A
source that cannot be opened or prepared never shows: `troubles` says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import cast

import structlog

from live.errors import Unavailable
from stage import ports
from stage.parts import CreditsPart, NamePart, Opened, Part, PicturePart, SlatePart, SoundPart, is_live

log = structlog.get_logger(__name__)

WORKERS = 2
GRACE_PICTURES = 30
"""How long a part stays prepared that no scene wants: a late painter may still need it, and it may come back."""
LIVE_WORKERS = 64
"""Live streams are prepared by waiting for what others do, many at a time: a whole mosaic may be called at once."""
RETRY_PICTURES = 60
"""How long to wait before a part that could not be had is tried again: the hub may be back by then."""


@dataclass(slots=True)
class _Waiting:
    opened: Future[Opened]
    wanted_at: int
    tried_at: int
    source: Opened | None = None
    """Once it was asked for and there: a future takes a lock for each look, and strips look every 10 ms."""


class Wings:
    def __init__(self, open_part: Callable[[Part], Opened], *, exact: bool = False, workers: int = WORKERS) -> None:
        self._open_part = open_part
        self._exact = exact
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="wings")
        self._live_pool = ThreadPoolExecutor(LIVE_WORKERS, thread_name_prefix="wings-live")
        self._waiting: dict[Part, _Waiting] = {}
        self.departures = 0
        """While there are no more of them, what is there stays the same."""

    def call(self, parts: Iterable[Part], picture: int) -> None:
        """Have these parts prepared, and keep them from now on."""
        for part in parts:
            entry = self._waiting.get(part)
            if entry is None or (picture - entry.tried_at > RETRY_PICTURES and _failed(entry)):
                pool = self._live_pool if is_live(part) else self._pool
                self._waiting[part] = _Waiting(pool.submit(self._prepared, part), picture, picture)
            else:
                entry.wanted_at = picture

    def keep(self, picture: int) -> None:
        """Let go of what nobody called for a while."""
        for part, entry in list(self._waiting.items()):
            if picture - entry.wanted_at > GRACE_PICTURES:
                del self._waiting[part]
                self.departures += 1
                entry.opened.add_done_callback(self._let_go)

    def is_ready(self, part: Part) -> bool:
        """Whether waiting longer would help no more: it is prepared, or cannot be."""
        entry = self._waiting.get(part)
        return entry is not None and entry.opened.done()

    def wait(self, within_s: float) -> None:
        """Wait until all that was called for is prepared or cannot be; at most so long."""
        wait([entry.opened for entry in self._waiting.values()], within_s)

    def picture(self, part: PicturePart | SlatePart | CreditsPart | NamePart) -> ports.PictureSource | None:
        return cast("ports.PictureSource | None", self._get(part))

    def sound(self, part: SoundPart) -> ports.SoundSource | None:
        return cast("ports.SoundSource | None", self._get(part))

    def live_picture(self, part: PicturePart) -> ports.LivePictureSource | None:
        return cast("ports.LivePictureSource | None", self._get(part))

    def kept_picture(self, part: PicturePart) -> ports.KeptPictureSource | None:
        return cast("ports.KeptPictureSource | None", self._get(part))

    def troubles(self) -> tuple[str, ...]:
        """One sentence for each part that is called for and cannot be had."""
        done = [(part, entry.opened) for part, entry in list(self._waiting.items()) if entry.opened.done()]
        return tuple(f"{_name(part)}: {error}" for part, opened in done if (error := opened.exception()) is not None)

    def close(self) -> None:
        for entry in self._waiting.values():
            entry.opened.add_done_callback(self._let_go)
        self._waiting.clear()
        for pool in (self._pool, self._live_pool):
            pool.shutdown(wait=True, cancel_futures=True)

    def _get(self, part: Part) -> Opened | None:
        entry = self._waiting.get(part)
        if self._exact:
            if entry is None:
                self.call([part], 0)
            return self._await(part)
        if entry is None:
            return None
        if entry.source is None and entry.opened.done() and not _failed(entry):
            entry.source = entry.opened.result()
        return entry.source

    def _await(self, part: Part) -> Opened:
        try:
            return self._waiting[part].opened.result()
        except Exception as error:
            raise Unavailable(
                f"expected the media of {_name(part)}: {error}; bring it back and render again"
            ) from error

    def _prepared(self, part: Part) -> Opened:
        try:
            source = self._open_part(part)
            source.prepare()
        except Exception as error:
            log.warning("a part cannot be shown", part=_name(part), reason=str(error))
            raise
        return source

    def _let_go(self, opened: Future[Opened]) -> None:
        if opened.cancelled() or opened.exception() is not None:
            return
        try:
            opened.result().close()
        except Exception:
            log.exception("a source did not close")


def _failed(entry: _Waiting) -> bool:
    return entry.source is None and entry.opened.done() and entry.opened.exception() is not None


def _name(part: Part) -> str:
    match part:
        case PicturePart():
            return f"layer {part.layer_id!r} ({type(part.source).__name__})"
        case SoundPart():
            return f"strip {part.strip_id!r}"
        case SlatePart():
            return "the slate"
        case CreditsPart():
            return "the lower third"
        case NamePart():
            return f"the name {part.name!r}"
