"""The sound that a page sends is stamped with the time at which it was heard; a performer's is as it came."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Page

from live.messages.packets import Packet, Track
from stage.air.decoding.opus import SoundDecoder
from stage.picture import Block
from tests.signals import level_db

BOTH_HZ = (500.0, 2000.0)
"""What the probe plays on the left and on the right."""


def test_after_a_gap_packets_have_the_time_of_what_is_heard_now(probe: Page) -> None:
    """Chromium counts on from where it was; the host read that such a guest's sound is far behind their picture."""
    blocks = [*range(0, 400, 20), *range(1000, 1400, 20)]
    stamps = probe.evaluate("at => probe.soundStamps(at)", blocks)
    assert all(0 <= stamp <= 400 or 990 <= stamp <= 1400 for stamp in stamps), stamps
    assert max(stamps) >= 1350


def test_a_clock_that_runs_otherwise_is_followed(probe: Page) -> None:
    """A sound card a tenth too slow for what it says: after a while no packet is further off than two of them."""
    blocks = [22 * number for number in range(60)]
    stamps = probe.evaluate("at => probe.soundStamps(at)", blocks)
    assert max(stamps) >= blocks[-1] - 70


@pytest.mark.parametrize(("packet_ms", "may_encode", "channels"), [(10, True, 2), (20, True, 1), (10, False, 2)])
def test_a_performers_two_channels_stay_two_and_speech_is_mixed_to_one(
    probe: Page, packet_ms: int, may_encode: bool, channels: int
) -> None:
    sent = probe.evaluate("([ms, may]) => probe.soundSent(ms, may)", [packet_ms, may_encode])
    [told] = sent["tracks"]
    assert (told["channels"], told["packetMs"]) == (channels, packet_ms)
    kbits_per_s = 8 * sum(map(len, sent["packets"])) / (len(sent["packets"]) * packet_ms)
    assert not may_encode or kbits_per_s == pytest.approx(128 if channels == 2 else 32, rel=0.25)
    left, right = heard(sent["packets"], told["codec"], packet_ms, channels)
    for side, own_hz, other_hz in ((left, *BOTH_HZ), (right, *BOTH_HZ[::-1])):
        apart_db = level_db(side, own_hz) - level_db(side, other_hz)
        assert apart_db > 20 if channels == 2 else abs(apart_db) < 3


def heard(payloads: list[list[int]], codec: str, packet_ms: int, channels: int) -> list[Block]:
    """What the stage makes of them: both sides, each as sound of two."""
    track = Track(track=1, kind="audio", codec=codec, sample_rate_hz=48_000, channels=channels, packet_ms=packet_ms)
    decoder = SoundDecoder(track)
    answers = [
        decoder.decode(
            Packet(track=1, key=True, sequence=number, captured_us=at_us, sent_us=at_us, payload=bytes(payload))
        )
        for number, payload in enumerate(payloads)
        for at_us in (number * packet_ms * 1000,)
    ]
    sound = np.concatenate([one.sound for one in answers if one is not None])[4800:24_000]
    return [np.repeat(sound[:, side : side + 1], 2, axis=1) for side in range(2)]
