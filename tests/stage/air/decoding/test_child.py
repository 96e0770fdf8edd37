"""What a decoding child answers; here in the same process, over a pair of sockets."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import msgspec
import numpy as np
import psutil

from live.messages.packets import Hello, Packet, pack
from stage.air import slots as shared
from stage.air.decoding.child import Decoding, Line, Received, Slots
from stage.air.decoding.opus import Decoded, SoundDecoder
from stage.air.orders import NO_SLOT, Opening, Order, OrderKind, WordKind, WordReader, order_head
from stage.air.segments import begin_segment, open_segment
from tests.signals import tone
from tests.stage.air.sound_packets import numbered, opus_packets, opus_track

ILL, WELL = 1, 2


class FaultyDecoder(SoundDecoder):
    """One with a fault that nobody has found yet."""

    def decode(self, packet: Packet) -> Decoded | None:
        raise ZeroDivisionError(packet.sequence)


def received(decoder: SoundDecoder) -> Received:
    return Received(Slots(np.zeros(64, np.uint8), 64), None, sounds={1: decoder})


def test_a_fault_that_nobody_foresaw_costs_one_stream_a_packet() -> None:
    """Many streams share a child: it goes on for the others."""
    ours, theirs = socket.socketpair()
    decoding = Decoding(Line(theirs))
    decoding._received = {ILL: received(FaultyDecoder(opus_track())), WELL: received(SoundDecoder(opus_track()))}
    (packet,) = numbered(opus_packets(tone(440.0, 0.02)))
    for stream in (ILL, WELL):
        decoding.obey(Order(OrderKind.PACKET, stream, NO_SLOT, 0, 0, pack(packet)))
    words = WordReader().feed(ours.recv(1 << 16))
    assert [(word.stream, word.kind) for word in words] == [(ILL, WordKind.BAD), (WELL, WordKind.SOUND)]
    assert b"ZeroDivisionError" in words[0].body
    ours.close()
    theirs.close()


def test_a_replayed_segment_leaves_no_file_open(tmp_path: Path) -> None:
    """A long show has thousands of segments, and one child renders them all."""
    hello = Hello(stream_id="guest", tracks=(opus_track(),))
    begin_segment(tmp_path, hello).close()
    ours, theirs = socket.socketpair()
    line = Line(theirs)
    decoding = Decoding(line)
    body = msgspec.json.encode(Opening(tracks=hello.tracks, slot_bytes=64, slots=1))
    before = os.listdir("/proc/self/fd")
    for number in (1, 2, 3):
        segment, memory = open_segment(tmp_path, "guest", 1), shared.Slots(64, 1)
        order = order_head(OrderKind.REPLAY, number, len(body)) + body
        socket.send_fds(ours, [order], [memory.descriptor, *segment.files])
        segment.close()
        memory.close()
        decoding.obey(line.next_order())
        ours.sendall(order_head(OrderKind.FETCH, number, 0) + order_head(OrderKind.CLOSE, number, 0))
        decoding.obey(line.next_order())
        decoding.obey(line.next_order())
    del memory
    assert len(os.listdir("/proc/self/fd")) == len(before)
    assert len(WordReader().feed(ours.recv(1 << 16))) == 3
    ours.close()
    theirs.close()


def test_a_stream_without_memory_is_refused_and_leaves_no_file_open(tmp_path: Path) -> None:
    """It comes again and again, and others share the child."""
    hello = Hello(stream_id="guest", tracks=(opus_track(),))
    begin_segment(tmp_path, hello).close()
    ours, theirs = socket.socketpair()
    line = Line(theirs)
    decoding = Decoding(line)
    body = msgspec.json.encode(Opening(tracks=hello.tracks, slot_bytes=1 << 20, slots=1))  # more than is sent along
    before = psutil.Process().num_fds()
    for kind in (OrderKind.OPEN, OrderKind.REPLAY):
        segment, memory = open_segment(tmp_path, "guest", 1), shared.Slots(64, 1)
        socket.send_fds(ours, [order_head(kind, ILL, len(body)) + body], [memory.descriptor, *segment.files])
        segment.close()
        memory.close()
        decoding.obey(line.next_order())
    del memory
    assert psutil.Process().num_fds() == before
    assert [word.kind for word in WordReader().feed(ours.recv(1 << 16))] == [WordKind.REFUSED, WordKind.REFUSED]
    ours.close()
    theirs.close()
