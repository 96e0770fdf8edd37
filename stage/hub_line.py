"""The stage's line to the hub, made in the background: a stage that remembers its scene is on screen before it is up.

Importing and connecting takes the better part of a second. Meanwhile acts wait here (bounded: they are in the cue
sheet too) and levels are dropped; afterwards everything goes straight to `live.link.Link`. All methods may be called
from any thread.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import structlog

from live.errors import TooMuch
from live.messages.base import Tagged
from live.messages.phones import Reactions
from live.messages.views import Entries, Levels, Welcome
from stage.stage_clock import StageClock

if TYPE_CHECKING:
    from live.link import Link

log = structlog.get_logger(__name__)

ACTS_WAITING = 10_000


class HubLine:
    def __init__(
        self,
        hub_url: str,
        token: str | Callable[[], str],
        clock: StageClock,
        *,
        on_welcome: Callable[[Welcome], None],
        on_entries: Callable[[Entries], None],
        on_reactions: Callable[[Reactions], None] = lambda _: None,
    ) -> None:
        self.dropped = 0
        self._hub_url, self._token = hub_url, token
        self._clock = clock
        self._on_welcome, self._on_entries, self._on_reactions = on_welcome, on_entries, on_reactions
        self._waiting: deque[Tagged] = deque()
        self._lock = threading.Lock()
        self._link: Link | None = None
        self._is_open = False
        self._maker = threading.Thread(target=self._make, name="hub-line", daemon=True)

    def start(self) -> None:
        """Make the line, if that is not done or being done already."""
        if not self._maker.ident:
            self._maker.start()

    def act(self, message: Tagged) -> None:
        """Tell the hub, sooner or later, in order. What no longer fits is counted: the next run tells it."""
        with self._lock:
            if self._is_open:
                self._send(message)
            elif len(self._waiting) < ACTS_WAITING:
                self._waiting.append(message)
            else:
                self.dropped += 1

    def open_up(self, earlier: Iterable[Tagged]) -> None:
        """Tell what earlier runs did and the hub lacks, then what waited; from now on acts go straight through.

        Until this is called nothing is told: the hub must hear things in the order in which they happened. The hub must
        have been heard before.
        """
        with self._lock:
            self._is_open = True
            for message in (*earlier, *self._waiting):
                self._send(message)
            self._waiting.clear()

    def send_levels(self, levels: Levels) -> None:
        link = self._link
        if link is not None:
            link.send_levels(levels)

    def close(self) -> None:
        if self._maker.is_alive():
            self._maker.join()
        if self._link is not None:
            self._link.close()

    def _make(self) -> None:
        from live.link import Link

        link = Link(self._hub_url, "/stage", self._token, epoch_offset=None)
        link.on_welcome(self._on_welcome)
        link.on_entries(self._on_entries)
        link.on_reactions(self._on_reactions)
        self._clock.follow(link.clock)
        self._link = link
        link.start()

    def _send(self, message: Tagged) -> None:
        assert self._link is not None
        try:
            self._link.act(message)
        except TooMuch as error:
            self.dropped += 1
            log.warning("the hub is not told now", reason=str(error))
