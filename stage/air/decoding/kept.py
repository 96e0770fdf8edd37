"""A stream kept as received: `NNN.mkv`, playable, nothing encoded again, and `NNN.heads`, the packets' headers.

Runs behind the walls, on descriptors that were handed in. A segment begins with a `Hello`. Kept are the packets that
could be decoded, in order: picture `index` is the file's index-th picture packet, and so is the sound. `Keeping`
writes, `Kept` reads. A disk that refuses, or is nearly full, raises OSError; the show goes on without.
"""

from __future__ import annotations

import io
import os
import stat
import struct
from collections import deque
from collections.abc import Iterator
from fractions import Fraction

import av
from av.container import OutputContainer
from av.stream import Stream

from live.messages.packets import HEADER, Packet, Track
from stage.air.decoding.pictures import decoder_name
from stage.air.segments import LEAVE_BYTES, check_room

HEAD = struct.Struct(HEADER.format + "q")
"""A packet's header as it came, and the show time at which the stage had it (µs)."""
MILLISECONDS = Fraction(1, 1000)
MOST_HELD = 500
"""Sound packets before the first picture; past them the segment is kept as sound alone."""
MOST_ADRIFT_US = 5_000_000
"""A phone's clock is believed as long as it goes with ours."""
CLUSTER_MS = 500
"""What a sudden death of the machine may cost of the file; the headers are written as often."""
HEADS_BUFFERED = 1 << 16
NO_RANDOM_IDS = {"fflags": "+bitexact"}
"""Behind the walls there is no source of them, and FFmpeg would spend a quarter of a second on making its own."""
LOOK_EVERY_PACKETS = 100
"""So often the disk is looked at: every second or two of a phone, which sends 3 MB a second at most."""


class Keeping:
    """Past `leave_bytes` of free room on the disk it keeps no more: the recording goes before."""

    def __init__(self, tracks: tuple[Track, ...], file_fd: int, heads_fd: int, leave_bytes: int = LEAVE_BYTES) -> None:
        is_file = stat.S_ISREG(os.fstat(file_fd).st_mode)  # what is not kept goes to /dev/null, which has no room
        self._leave_bytes = leave_bytes if is_file else 0
        self._written = 0
        self._file = os.fdopen(file_fd, "wb", buffering=0)
        self._heads = os.fdopen(heads_fd, "wb", buffering=HEADS_BUFFERED)
        self._heads_written_us = 0
        self._video = next((one for one in tracks if one.kind == "video"), None)
        self._audio = next((one for one in tracks if one.kind == "audio"), None)
        self._container: OutputContainer | None = None
        self._streams: dict[str, Stream] = {}
        self._held: deque[tuple[Packet, int]] = deque()
        self._counts = {"video": 0, "audio": 0}
        self._start: tuple[int, int] | None = None
        self._last_ms = {"video": 0, "audio": 0}

    def picture(self, packet: Packet, payload: bytes, arrived_us: int) -> int | None:
        """Write a picture that was decoded; return its index, None where the segment is kept without pictures."""
        if self._container is None:
            self._begin(payload)
        return self._write("video", packet, payload, arrived_us)

    def sound(self, packet: Packet, arrived_us: int) -> int:
        """Write a sound packet, or hold it until there is a picture to begin with; return its index."""
        if self._container is None:
            if self._video is not None and len(self._held) < MOST_HELD:
                self._held.append((packet, arrived_us))
                return len(self._held) - 1
            self._begin(None)
        index = self._write("audio", packet, packet.payload, arrived_us)
        assert index is not None
        return index

    def chunk(self, packet: Packet, arrived_us: int) -> None:
        """Write a chunk of a recorder's container: it is a file already."""
        self._file.write(packet.payload)
        self._write_head(packet, arrived_us)

    def close(self) -> None:
        try:
            if self._container is None and self._held:
                self._begin(None)
            if self._container is not None:
                self._container.close()
        finally:
            self._file.close()
            self._heads.close()

    def _begin(self, first_picture: bytes | None) -> None:
        options = {"cluster_time_limit": str(CLUSTER_MS), "flush_packets": "1", **NO_RANDOM_IDS}
        self._container = av.open(self._file, "w", format="matroska", options=options)
        if self._video is not None and first_picture is not None:
            self._streams["video"] = _picture_stream(self._container, self._video, first_picture)
        if self._audio is not None:
            self._streams["audio"] = _sound_stream(self._container, self._audio)
        for stream in self._streams.values():
            stream.time_base = MILLISECONDS
        while self._held:
            packet, arrived_us = self._held.popleft()
            self._write("audio", packet, packet.payload, arrived_us)

    def _write(self, kind: str, packet: Packet, payload: bytes, arrived_us: int) -> int | None:
        stream = self._streams.get(kind)
        if stream is None or self._container is None:
            return None
        unit = av.Packet(payload)
        unit.pts = unit.dts = self._time_ms(kind, packet, arrived_us)  # with no time base of its own: the stream's
        unit.stream = stream
        unit.is_keyframe = packet.key or kind == "audio"
        self._container.mux_one(unit)
        self._write_head(packet, arrived_us)
        index = self._counts[kind]
        self._counts[kind] = index + 1
        return index

    def _write_head(self, packet: Packet, arrived_us: int) -> None:
        self._look_at_disk()
        head = packet.track, packet.key, packet.sequence, 0, packet.captured_us, packet.sent_us, arrived_us
        self._heads.write(HEAD.pack(*head))
        if abs(arrived_us - self._heads_written_us) >= CLUSTER_MS * 1000:
            self._heads_written_us = arrived_us
            self._heads.flush()

    def _look_at_disk(self) -> None:
        if self._written % LOOK_EVERY_PACKETS == 0:
            disk = os.fstatvfs(self._file.fileno())
            check_room(disk.f_bavail * disk.f_frsize, self._leave_bytes)
        self._written += 1

    def _time_ms(self, kind: str, packet: Packet, arrived_us: int) -> int:
        """By the phone's clock, from the segment's first packet on; by ours where that one runs away."""
        if self._start is None:
            self._start = packet.captured_us, arrived_us
        captured, arrived = packet.captured_us - self._start[0], arrived_us - self._start[1]
        time_us = captured if -MOST_ADRIFT_US < captured - arrived < MOST_ADRIFT_US else arrived
        time_ms, last_ms = time_us // 1000, self._last_ms[kind]
        if time_ms <= last_ms:
            return last_ms
        self._last_ms[kind] = time_ms
        return time_ms


def _picture_stream(container: OutputContainer, track: Track, first_picture: bytes) -> Stream:
    """H.264 in Matroska needs SPS and PPS in front, which FFmpeg finds in the first picture itself."""
    codec = decoder_name(track.codec)
    if codec == "h264":
        with av.open(io.BytesIO(first_picture), format="h264") as one:
            return container.add_stream_from_template(one.streams.video[0])
    return container.add_mux_stream(codec, rate=30, width=track.width_px, height=track.height_px)


def _sound_stream(container: OutputContainer, track: Track) -> Stream:
    """An encoder that never encodes: it writes the header that players want."""
    layout = "mono" if track.channels == 1 else "stereo"
    if track.codec == "opus":
        return container.add_stream("libopus", rate=48_000, layout=layout)
    return container.add_stream("pcm_s16le", rate=track.sample_rate_hz or 48_000, layout=layout)


class Span(io.RawIOBase):
    """A file by its descriptor with a place of its own: two readers of one descriptor do not disturb each other."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = os.pread(self._descriptor, len(buffer), self._at)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: os.fstat(self._descriptor).st_size}[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at


class Kept:
    """Reads what `Keeping` wrote: the packets of a kind, in order, with their headers. A file cut short just ends.

    Owns the descriptors.
    """

    def __init__(self, tracks: tuple[Track, ...], file_fd: int, heads_fd: int) -> None:
        self._kinds = {one.track: one.kind for one in tracks}
        self._file_fd = file_fd
        self._heads_fd = heads_fd

    def close(self) -> None:
        os.close(self._file_fd)
        os.close(self._heads_fd)

    def file(self) -> Span:
        """The media from its start, for a recorder's container."""
        return Span(self._file_fd)

    def packets(self, kind: str) -> Iterator[Packet]:
        heads = self._heads(kind)
        with av.open(Span(self._file_fd), "r", format="matroska") as container:
            stream = next((one for one in container.streams if one.type == kind), None)
            if stream is None:
                return
            annexb = av.BitStreamFilterContext("h264_mp4toannexb", stream) if stream.name == "h264" else None
            for packet in container.demux(stream):
                if packet.size:
                    for unit in annexb.filter(packet) if annexb else (packet,):
                        head = next(heads, None)
                        if head is None:
                            return
                        number, flags, sequence, _, captured_us, sent_us, _ = head
                        yield Packet(
                            track=number, key=bool(flags & 1), sequence=sequence, captured_us=captured_us,
                            sent_us=sent_us, payload=bytes(unit),
                        )  # fmt: skip

    def _heads(self, kind: str) -> Iterator[tuple[int, ...]]:
        file = io.BufferedReader(Span(self._heads_fd))
        while len(head := file.read(HEAD.size)) == HEAD.size:
            fields = HEAD.unpack(head)
            if self._kinds.get(fields[0]) == kind:
                yield fields
