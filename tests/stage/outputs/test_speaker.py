"""The speaker: what the card's thread does, and what is told where there is no card.

A real card is played to in tests/e2e; here PortAudio is real and its list of cards is what this machine has.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from stage.outputs.playout import Playout
from stage.outputs.speaker import Card, SpeakerOutput
from stage.picture import BLOCK_FRAMES, Picture, silence

CALLBACK_FRAMES = 256


def until(claim: Callable[[], bool]) -> None:
    tick = threading.Event()
    for _ in range(2000):
        if claim():
            return
        tick.wait(0.005)
    raise AssertionError("it never came true")


def filled() -> Playout:
    playout = Playout(48_000.0)
    for _ in range(40):
        playout.put(np.full((BLOCK_FRAMES, 2), (0.5, -0.25), np.float32))
    playout.take(CALLBACK_FRAMES)
    playout.take(CALLBACK_FRAMES)
    return playout


def test_the_cards_thread_copies_and_counts() -> None:
    card = Card(filled())
    out = np.full((CALLBACK_FRAMES, 2), 9.0, np.float32)
    card.fill(out, CALLBACK_FRAMES, None, None)
    np.testing.assert_allclose(out[-1], (0.5, -0.25), atol=0.01)
    card.fill(out, CALLBACK_FRAMES, None, "output underflow")
    assert (card.calls, card.late, card.failures) == (2, 1, 0)


def test_a_mono_card_hears_both_sides() -> None:
    card = Card(filled())
    out = np.zeros((CALLBACK_FRAMES, 1), np.float32)
    card.fill(out, CALLBACK_FRAMES, None, None)
    np.testing.assert_allclose(out[-1], 0.125, atol=0.01)


def test_the_cards_thread_never_raises() -> None:
    """One exception there would end the sound for the rest of the show."""
    card = Card(filled())
    out = np.full((CALLBACK_FRAMES, 2), 9.0, np.float32)
    card.fill(out, -1, None, None)
    assert card.failures == 1
    assert not out.any()


def test_a_card_that_is_not_there_is_told_and_the_show_goes_on() -> None:
    speaker = SpeakerOutput("no card has this name")
    until(lambda: speaker.state.startswith("no sound: "))
    assert "choose one by --device" in speaker.state
    for k in range(200):
        speaker.put_block(k * BLOCK_FRAMES, silence(BLOCK_FRAMES))
        speaker.put_picture(k, Picture.black(16, 16))
    assert speaker.dropped == 150
    assert speaker.latency_ms == 0.0
    speaker.close()
    assert speaker.state == "off"
