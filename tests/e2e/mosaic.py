"""Guests by script on air in one mosaic, and what the recording shows of each: a hall for tests of misfortune."""

from __future__ import annotations

import re
import socket
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from live.messages.air import BringOnAir, DropGuests, JoinCall, OpenCall, Wants
from live.messages.ids import new_id
from tests.e2e.air import Programme, live_streams
from tests.e2e.recording import last_number, let_pass, numbers, pictures, recordings
from tests.e2e.show import Console, Show
from tests.scripted_phones import Misfortune, ScriptedPhone
from tests.web.air_watcher import Watcher
from tests.web.guests import Guests

RATE = 30
NAMES = tuple(f"Good {number}" for number in range(1, 9))
MOST_MISSING = 2 * RATE
"""A busy machine may skip pictures; without any for longer the program would have stopped."""
MOST_STILL = 3 * RATE
"""A tile that shows no new number for so long was disturbed."""
MOST_PICTURES = 40 * RATE
STEP = 15
LOOKED_AT = 3
"""Every so manyth picture is looked at: what moves in between is seen later, never what stands still."""

Numbers = list[int | None]


class Mosaic:
    """The show, its host, those whom nothing happens to (`good`, by stream), and a witness who watches the program."""

    def __init__(self, show: Show, names: Sequence[str] = NAMES, wants: Wants = "both") -> None:
        self.show = show
        self.console = Console(show)
        self.console.wait_stage(lambda stage: stage.run_id is not None)
        self.guests = Guests(show)
        self.witness = Watcher(show.url, "program", show.stage_key)
        call = OpenCall(call_id=new_id(), gathering="mosaic", wants=wants)
        self.console.ask(call)
        self._call_id = call.call_id
        self.good = [self.come(name, has_sound=False) for name in names]
        self.bring_on(*self.good)
        self.seen_moving(*self.good)

    def come(self, name: str, misfortune: Misfortune | None = None, *, has_sound: bool = True) -> str:
        """Join and publish; return the stream's id."""
        stream_id = self.guests.ask(name, JoinCall(call_id=self._call_id)).result
        self.guests.publish(name, stream_id, misfortune, has_sound=has_sound)
        return stream_id

    def come_on(self, name: str, misfortune: Misfortune | None = None) -> str:
        """Join, publish and be on stage; return the stream's id."""
        stream_id = self.come(name, misfortune)
        self.bring_on(stream_id)
        return stream_id

    def bring_on(self, *stream_ids: str) -> None:
        self.console.ask(BringOnAir(stream_ids=stream_ids, countdown_ms=0, fade_ms=0))
        self.console.wait_stage(lambda stage: set(stream_ids) <= live_streams(stage))

    def drop(self, stream_id: str) -> None:
        self.console.ask(DropGuests(stream_ids=(stream_id,)))
        self.console.wait_stage(lambda stage: stream_id not in live_streams(stage))

    def script(self, stream_id: str) -> ScriptedPhone:
        return self.guests.scripts[stream_id]

    def let_pass(self, program_packets: int = STEP) -> None:
        let_pass(self.witness, program_packets)

    def until(self, is_so: Callable[[], bool]) -> None:
        """Let the show go on until something is so."""
        for _ in range(MOST_PICTURES // STEP):
            if is_so():
                return
            self.let_pass()
        raise AssertionError(f"it did not come to be so; the show says:\n{self.show.log()[-3000:]}")

    def close(self) -> None:
        self.witness.close()
        self.guests.close()
        self.console.close()

    # what the recording shows

    @property
    def recording(self) -> Path:
        [path] = recordings(self.show.folder)
        return path

    @property
    def now(self) -> int:
        """The newest program picture that is in the recording."""
        return last_number(self.recording)

    def seen_moving(self, *stream_ids: str) -> None:
        """Wait until each of these tiles has shown several numbers from now on."""
        self._watch(stream_ids, lambda shown: len(set(shown) - {None}) >= 4)

    def seen_gone(self, stream_id: str) -> None:
        """Wait until the tile has shown no number for half a second."""
        self._watch([stream_id], lambda shown: len(shown) >= 15 and set(shown[-15:]) == {None})

    def _watch(self, stream_ids: Sequence[str], claim: Callable[[Numbers], bool]) -> None:
        shown: dict[str, Numbers] = {stream_id: [] for stream_id in stream_ids}
        first = next_number = self.now + 1
        while next_number - first < MOST_PICTURES:
            self.let_pass()
            for number, strips in self._strips_since(next_number):
                next_number = number + 1
                for stream_id, so_far in shown.items():
                    so_far.append(strips.get(stream_id))
                # Asked of each: who has read all there is has more to read, on a busy machine without an end.
                if all(claim(so_far) for so_far in shown.values()):
                    return
        raise AssertionError(f"since program picture {first} the tiles showed {shown}")

    def _strips_since(self, first: int, every: int = 1) -> Iterator[tuple[int, dict[str, int | None]]]:
        """The numbers in the tiles, in each picture that the recording has by now."""
        programme = Programme(self.show)
        return ((seen.number, programme.strips(seen)) for seen in pictures(self.recording, first=first, every=every))

    def assert_nobody_else_noticed(self, first: int) -> None:
        """The program went on since picture `first`, and the good moved in it."""
        self.assert_never_stopped(first)
        moved = dict.fromkeys(self.good, (first, -1))
        longest = dict.fromkeys(self.good, 0)
        last = first
        for last, strips in self._strips_since(first, LOOKED_AT):
            for stream_id in self.good:
                at, number = moved[stream_id]
                strip = strips.get(stream_id)
                longest[stream_id] = max(longest[stream_id], last - at)
                if strip is not None and strip != number:
                    moved[stream_id] = (last, strip)
        print(f"over {last - first} pictures a tile stood still for at most {max(longest.values())}")
        assert max(longest.values()) < MOST_STILL, longest

    def assert_never_stopped(self, first: int) -> None:
        """No stretch is missing in the recording since picture `first`."""
        missing = self.count_late(first)
        assert missing < MOST_MISSING, f"{missing} pictures are missing in a row"

    def count_late(self, first: int) -> int:
        """Print how many pictures were late since picture `first`; return the longest row of them."""
        kept = [number for number in numbers(self.recording) if number >= first]
        longest = max(b - a - 1 for a, b in pairwise(kept))
        late = kept[-1] - kept[0] + 1 - len(kept)
        print(f"{late} of {kept[-1] - kept[0] + 1} program pictures were late and not shown, {longest} in a row")
        return longest


def never_reading(show: Show, stream_id: str) -> socket.socket:
    """A subscriber that asks for a stream and then never reads a byte."""
    silent = socket.socket()
    silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    silent.connect(("127.0.0.1", show.port))
    silent.sendall(
        f"GET /live/{stream_id}/watch HTTP/1.1\r\nHost: localhost:{show.port}\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"Authorization: Bearer {show.stage_key}\r\n\r\n".encode()
    )
    return silent


def counted(show: Show, name: str) -> float:
    """The sum of a counter on the hub's /metrics."""
    with urllib.request.urlopen(f"http://127.0.0.1:{show.port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE))
