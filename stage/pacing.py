"""Live pacing: what is due by the show clock is done, in two threads that never wait for each other.

The *beat* decides: at each picture's time it takes the pending cues and hands number and scene to the *painter*, which
draws; it mixes each of the picture's blocks when that begins and not sooner, because a guest's sound comes until then.
Sound is cheap and may never break; pictures are dear and may be skipped. So a slow picture costs only itself: where the
painter cannot follow, the oldest waiting picture is skipped, counted and noted. Nothing drifts, because every number
comes from the clock. A machine that stood still for longer than `CATCH_UP_S` goes on from now; what was missed is
noted.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import structlog

from live.clock import US_PER_S, Clock
from live.messages.scene import Scene
from live.scene import apply
from live.urgency import NOW, SOON, be_urgent
from stage.engine import Engine
from stage.pending import CueInbox, PendingCue, PendingCues
from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ
from stage.ports import Output
from stage.side_log import Missed, Notes, Skipped

log = structlog.get_logger(__name__)

CATCH_UP_S = 1.0
PICTURES_WAITING = 2
PREPARED_AHEAD = 8
"""So many pending cues have their sources prepared before it is their turn."""
LATEST_SHARE = 0.85
"""A picture waits for live ones that are about to come, so that it is painted by this part of its slot."""
PAINT_SHARE = 0.1
"""How much the last picture's painting counts in what painting takes."""
NAP_S = 0.01
"""The longest sleep of the beat: the show clock may be corrected meanwhile."""


class Pacer:
    """Runs an engine by a clock and hands its program to outputs.

    `on_taken` is called in the beat's thread for every cue as it is taken, `on_beat` once a picture: neither may block.
    `start` runs both threads; without it `beat` and `paint` may be called by hand, which is how tests own the time.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        outputs: Sequence[Output],
        notes: Notes,
        *,
        first_picture: int,
        inbox: CueInbox,
        on_taken: Callable[[PendingCue, int], None],
        on_beat: Callable[[int], None] = lambda picture: None,
        await_live: Callable[[Scene, int, float], None] = lambda scene, picture, until_s: None,
    ) -> None:
        self.pictures = 0
        self.late_pictures = 0
        self.next_picture = first_picture
        self.engine = engine
        self._clock = clock
        self._outputs = outputs
        self._notes = notes
        self._on_taken = on_taken
        self._on_beat = on_beat
        self._await_live = await_live
        self._paint_s = 0.0
        self._pending = PendingCues(engine.program.pictures_per_second, self._is_ready)
        self._inbox = inbox
        self._to_paint: deque[tuple[int, Scene]] = deque()
        self._to_sound: deque[tuple[int, int]] = deque()
        self._failing: list[Output] = []
        self._painting = threading.Condition()
        self.failed = threading.Event()
        """Beat or painter met a fault of ours and ended: nothing goes on here, the stage must start again."""
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def scene(self) -> Scene:
        return self.engine.scene

    @property
    def pending(self) -> int:
        return len(self._pending) + len(self._inbox)

    def start(self) -> None:
        for name, run, urgency in (("beat", self._run_beat, NOW), ("painter", self._run_painter, SOON)):
            thread = threading.Thread(target=self._guarded, args=(run, urgency), name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        """Stop both threads. Pictures that wait are drawn first."""
        self._stopping.set()
        with self._painting:
            self._painting.notify_all()
        for thread in self._threads:
            thread.join()
        if not self.failed.is_set():
            self.paint()  # what the beat still handed over when the painter had gone already
            self._sound(None)

    def beat(self) -> None:
        """Decide every picture and sound every block that is due by now."""
        now_us = self._clock.now_us()
        due = self.engine.program.picture_at_us(now_us)
        if due - self.next_picture > CATCH_UP_S * self.engine.program.pictures_per_second:
            self._miss(due - 1)
        while self.next_picture <= due:
            self._decide(self.next_picture)
            self.next_picture += 1
        self._sound(now_us)

    def paint(self) -> None:
        """Draw every picture that waits."""
        while self._to_paint:
            self._draw(*self._to_paint.popleft())

    def _guarded(self, run: Callable[[], None], urgency: int) -> None:
        be_urgent(urgency)
        try:
            run()
        except Exception:
            log.exception("the program cannot go on")
            self.failed.set()

    # the beat

    def _decide(self, picture: int) -> None:
        self._sound(None)  # what is left of the picture before is mixed from its own scene
        self._take_cues(picture)
        scene = self.engine.settle(picture)
        self._to_sound.extend((picture, block) for block in self.engine.program.blocks(picture))
        self._hand_over(picture, scene)
        self._on_beat(picture)

    def _sound(self, until_us: int | None) -> None:
        """Mix the blocks that have begun by then; None: all that are left of the picture."""
        while self._to_sound and (until_us is None or _begins_us(self._to_sound[0][1]) <= until_us):
            picture, block = self._to_sound.popleft()
            sound = self.engine.sound_block(picture, block)
            for output in self._outputs:
                with self._costing_only(output):
                    output.put_block(block * BLOCK_FRAMES, sound)

    def _take_cues(self, picture: int) -> None:
        for one in self._inbox.take_up(picture):
            self._pending.add(one)
        if not len(self._pending):
            return
        self._prepare_ahead(picture)
        self.engine.scene, taken = self._pending.take(self.engine.scene, picture)
        for one in taken:
            self._on_taken(one, picture)

    def _prepare_ahead(self, picture: int) -> None:
        scene = self.engine.scene
        for _, one in zip(range(PREPARED_AHEAD), self._pending, strict=False):
            before, scene = scene, apply(scene, one.cue, picture)
            self.engine.wings.call(self.engine.added(before, scene, picture), picture)

    def _is_ready(self, before: Scene, after: Scene) -> bool:
        return self.engine.is_ready(before, after, self.next_picture)

    def _hand_over(self, picture: int, scene: Scene) -> None:
        with self._painting:
            while len(self._to_paint) >= PICTURES_WAITING:
                skipped, _ = self._to_paint.popleft()
                self.late_pictures += 1
                self._notes.note(Skipped(picture=skipped))
            self._to_paint.append((picture, scene))
            self._painting.notify_all()

    def _miss(self, last: int) -> None:
        count = last - self.next_picture + 1
        log.warning("the machine stood still; the program goes on from now", missing_pictures=count)
        self.late_pictures += count
        self._notes.note(Missed(first_picture=self.next_picture, last_picture=last))
        self.next_picture = last + 1

    def _run_beat(self) -> None:
        while not self._stopping.is_set():
            self.beat()
            due_us = self.engine.program.picture_time_us(self.next_picture)
            if self._to_sound:
                due_us = min(due_us, _begins_us(self._to_sound[0][1]))
            wait_s = (due_us - self._clock.now_us()) / US_PER_S
            if wait_s > 0:
                time.sleep(min(wait_s, NAP_S))

    # the painter

    def _run_painter(self) -> None:
        while True:
            with self._painting:
                while not self._to_paint and not self._stopping.is_set():
                    self._painting.wait()
                if not self._to_paint:
                    return
                picture, scene = self._to_paint.popleft()
                is_behind = bool(self._to_paint)
            if not is_behind and not self._stopping.is_set():
                self._await_live(scene, picture, self._latest_s(picture))
            self._draw(picture, scene)

    def _latest_s(self, number: int) -> float:
        """When (monotonic) the picture must be begun, so that it is done well within its slot."""
        slot_s = 1.0 / self.engine.program.pictures_per_second
        since_s = (self._clock.now_us() - self.engine.program.picture_time_us(number)) / US_PER_S
        return time.monotonic() + LATEST_SHARE * slot_s - self._paint_s - since_s

    def _draw(self, number: int, scene: Scene) -> None:
        began_s = time.monotonic()
        picture = self.engine.picture(scene, number)
        self._paint_s += PAINT_SHARE * (time.monotonic() - began_s - self._paint_s)
        self.pictures += 1
        for output in self._outputs:
            with self._costing_only(output):
                output.put_picture(number, picture)

    @contextmanager
    def _costing_only(self, output: Output) -> Iterator[None]:
        """An output that raises, against its promise, costs only itself. Said once: it would raise at every picture."""
        try:
            yield
        except Exception:
            if output not in self._failing:
                self._failing.append(output)
                log.exception("an output failed", output=output.name)


def _begins_us(block: int) -> int:
    return -(-block * BLOCK_FRAMES * US_PER_S // SAMPLE_RATE_HZ)
