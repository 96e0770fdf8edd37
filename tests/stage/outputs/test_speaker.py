"""The speaker: what the card's thread does, what is told where there is no card, and a card that is pulled out.

The card is PulseAudio's null sink, which keeps time like a real one and lets us hear what was played.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from stage.outputs.playout import Playout
from stage.outputs.speaker import Card, SpeakerOutput
from stage.picture import BLOCK_FRAMES, SAMPLE_RATE_HZ, Block, Picture, silence

CALLBACK_FRAMES = 256


def until(claim: Callable[[], bool]) -> None:
    tick = threading.Event()
    for _ in range(6000):
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


CARD_RATE_HZ = 44_100


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[bytes]]:
    """A sound server with one card, on a socket of its own."""
    for name in ("HOME", "XDG_RUNTIME_DIR", "PULSE_RUNTIME_PATH"):
        monkeypatch.setenv(name, str(tmp_path))
    socket = tmp_path / "native"
    command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm=yes", "--use-pid-file=no"]
    modules = [
        f"module-null-sink sink_name=hall rate={CARD_RATE_HZ}",
        f"module-native-protocol-unix socket={socket} auth-anonymous=1",
    ]
    arguments = [argument for module in modules for argument in ("-L", module)]
    server = subprocess.Popen([*command, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(socket.exists)
    monkeypatch.setenv("PULSE_SERVER", f"unix:{socket}")
    yield server
    server.kill()
    server.wait()


def tone(first_frame: int) -> Block:
    wave = 0.5 * np.sin(2.0 * np.pi * 1000.0 * np.arange(first_frame, first_frame + BLOCK_FRAMES) / SAMPLE_RATE_HZ)
    return np.repeat(wave[:, None], 2, axis=1).astype(np.float32)


def play(speaker: SpeakerOutput, enough: threading.Event) -> None:
    """Hand over blocks in real time, as the engine does."""
    begun_s, block = time.monotonic(), 0
    while not enough.wait(max(0.0, begun_s + block / 100 - time.monotonic())):
        speaker.put_block(block * BLOCK_FRAMES, tone(block * BLOCK_FRAMES))
        block += 1


def is_the_tone(heard: Block) -> bool:
    spectrum = np.abs(np.fft.rfft(heard[:, 0]))
    hertz = np.fft.rfftfreq(len(heard), 1.0 / CARD_RATE_HZ)[spectrum.argmax()]
    return bool(abs(hertz - 1000.0) <= 10.0 and np.abs(heard).max() == pytest.approx(0.5, abs=0.05))


def test_a_card_plays_the_program_and_its_loss_is_told(card: subprocess.Popen[bytes]) -> None:
    speaker = SpeakerOutput("pulse")
    until(lambda: speaker.state == "on")
    format_ = [f"--rate={CARD_RATE_HZ}", "--channels=2", "--format=float32le", "--latency-msec=20"]
    enough = threading.Event()
    player = threading.Thread(target=play, args=(speaker, enough))
    player.start()
    with subprocess.Popen(["parec", "-d", "hall.monitor", *format_], stdout=subprocess.PIPE) as listener:
        assert listener.stdout is not None
        tenth_s = CARD_RATE_HZ // 10 * 8
        while not is_the_tone(np.frombuffer(listener.stdout.read(tenth_s), np.float32).reshape(-1, 2)):
            pass  # not begun, or broken up on a busy machine: the time limit of tests ends the waiting
        listener.terminate()
    assert 20.0 < speaker.latency_ms < 1000.0
    enough.set()
    player.join()

    card.kill()
    card.wait()
    until(lambda: speaker.state.startswith("no sound: "))
    speaker.put_block(0, tone(0))
    speaker.close()
    assert speaker.state == "off"
