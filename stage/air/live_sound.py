"""A guest's sound as a source of the stage: live it reads its playout, offline it plays what the side log says.

`LiveSound` joins the stream's line while it is prepared, so that the line's thread puts what comes into its playout.
`ReplayedSound` is given the same takes and the kept sound, and gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable

from stage.air.player import NOTHING, Fetch, Player, Take, expected
from stage.air.playout import Playout
from stage.picture import BLOCK_FRAMES, Block

Leave = Callable[[], None]
Join = Callable[[Playout], Leave]
"""Have chunks put into a playout from now on; the answer ends that."""


class LiveSound:
    """A `SoundSource` that always has an answer: where nothing came it goes on and fades (`stage.air.player`)."""

    def __init__(self, join: Join) -> None:
        self.playout = Playout()
        self._join = join
        self._leave: Leave | None = None
        self._told: Take | None = None

    def prepare(self) -> None:
        self._leave = self._join(self.playout)

    def read(self, first_frame: int, frames: int, *, exact: bool) -> Block:
        if frames != BLOCK_FRAMES or exact:
            raise ValueError(
                f"expected to read {BLOCK_FRAMES} frames live, got {frames}; replay kept sound by its takes"
            )
        return self.next_block(first_frame)[0]

    def next_block(self, first_frame: int) -> tuple[Block, Take | None]:
        """Return the next block, and what it was made of where that does not follow by itself."""
        block, take = self.playout.read(first_frame)
        last, self._told = self._told, take
        if self.playout.goes_on or take is last:  # it comes evenly, or nothing comes, as before
            return block, None
        return block, None if last is not None and take == expected(last) else take

    def close(self) -> None:
        if self._leave is not None:
            self._leave()
            self._leave = None


class ReplayedSound:
    """Plays a stream's kept sound again; `fetch` may wait and gives silence for what was not kept."""

    def __init__(self, fetch: Fetch, close: Leave = lambda: None) -> None:
        self._fetch = fetch
        self._close = close
        self._player = Player()
        self._last = NOTHING

    def prepare(self) -> None:
        """Nothing is opened before it is needed."""

    def read(self, first_frame: int, frames: int, *, exact: bool) -> Block:
        return self.play(None)

    def play(self, noted: Take | None) -> Block:
        """Return the next block: what was noted of it, or what follows by itself."""
        self._last = expected(self._last) if noted is None else noted
        return self._player.play(self._last, self._fetch)

    def close(self) -> None:
        self._close()
