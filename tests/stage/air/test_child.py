"""What a decoding child answers; here in the same process, over a pair of sockets."""

from __future__ import annotations

import socket

import numpy as np

from live.messages.packets import Packet, pack
from stage.air.child import Decoding, Line, Received, Slots
from stage.air.opus import Decoded, SoundDecoder
from stage.air.orders import NO_SLOT, Order, OrderKind, WordKind, WordReader
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
