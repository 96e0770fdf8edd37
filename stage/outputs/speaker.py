"""Plays the program through a sound card.

The output's thread opens the card, resamples and keeps the ring of `Playout` filled; the card's own thread only copies
from it. A card that is missing, or is pulled out in the middle of the show, is told in `state` and tried again for
ever; the rest of the show does not notice.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import numpy.typing as npt
import structlog

from stage.outputs.feed import Feed, PlacedBlock
from stage.outputs.playout import Playout
from stage.picture import CHANNELS, Block, Picture

BLOCKS_WAITING = 50
CARD_LATENCY_S = 0.050
"""Asked of the card. Less is possible and breaks up as soon as the machine is busy."""
RETRY_S = 3.0
SILENT_CARD_S = 2.0
"""A card that asks for nothing for so long is gone, whatever it says."""
CHECK_EVERY_S = 0.25
INSTEAD = "silent here, recorded and streamed with sound"
CLOSE_WITHIN_S = 5.0

log = structlog.get_logger()


class CardLost(Exception):
    """The card is gone; the sentence says how we know."""


class Card:
    """What the card's thread does: copy, count, leave. It may never raise, or the sound ends for good."""

    def __init__(self, playout: Playout) -> None:
        self._playout = playout
        self.calls = 0
        self.late = 0
        self.failures = 0

    def fill(self, out: npt.NDArray[np.float32], frames: int, _time: object, status: object) -> None:
        self.calls += 1
        self.late += bool(status)
        try:
            sound = self._playout.take(frames)
            out[:] = sound if out.shape[1] == CHANNELS else sound.mean(axis=1, keepdims=True)
        except Exception:  # counted here, told by the output's thread
            self.failures += 1
            out.fill(0.0)


class SpeakerOutput:
    """An `Output` on `device`: a name or part of one, a number as the system lists them, or None for the default."""

    name = "speaker"

    def __init__(self, device: str | int | None) -> None:
        self._device = device
        self._feed = Feed(pictures=1, blocks=BLOCKS_WAITING)
        self._playout: Playout | None = None
        self._card_latency_s = 0.0
        self._state = "speaker: opening"
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="speaker", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        return self._feed.dropped

    @property
    def state(self) -> str:
        return self._state

    @property
    def latency_ms(self) -> float:
        """From the engine to the loudspeaker: what waits in the ring and in the card. 0 while there is no card."""
        playout = self._playout
        return 0.0 if playout is None else 1000.0 * (playout.waiting_s + self._card_latency_s)

    @property
    def gaps(self) -> int:
        """How often the card had nothing to play."""
        return 0 if self._playout is None else self._playout.gaps

    def put_picture(self, number: int, picture: Picture) -> None:
        """A speaker shows nothing."""

    def put_block(self, first_frame: int, block: Block) -> None:
        self._feed.put_block(first_frame, block)

    def close(self) -> None:
        self._closing.set()
        self._feed.end()
        self._thread.join(CLOSE_WITHIN_S)
        self._state = "off"

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._play()
            except Exception as error:  # PortAudio, its absence, or the card: none may take down the show
                reason = " ".join(str(error).split()) or type(error).__name__
                state = f"no sound: {reason}; connect a sound card, choose one by --device, or use --no-speaker"
                if state != self._state:  # said once, though tried again and again
                    log.warning("no sound card", device=self._device, error=reason, instead=INSTEAD)
                self._state = state
            self._playout = None
            self._closing.wait(RETRY_S)

    def _play(self) -> None:
        """Open the card and feed it until told to close. Raises CardLost and whatever PortAudio raises."""
        sound = _sounddevice()
        info = sound.query_devices(self._device, "output")
        playout = Playout(float(info["default_samplerate"]))
        card = Card(playout)
        stream = sound.OutputStream(
            device=self._device,
            samplerate=playout.rate_hz,
            channels=min(CHANNELS, int(info["max_output_channels"])),
            dtype="float32",
            latency=CARD_LATENCY_S,
            callback=card.fill,
        )
        with stream:
            self._feed.clear()
            self._playout = playout
            self._card_latency_s = float(stream.latency)
            self._state = "on"
            log.info("sound card", name=info["name"], rate_hz=playout.rate_hz, latency_ms=round(self.latency_ms + 70.0))
            self._keep_filled(playout, card, stream)

    def _keep_filled(self, playout: Playout, card: Card, stream: Any) -> None:
        calls, asked_s = card.calls, time.monotonic()
        while not self._closing.is_set():
            item = self._feed.take(CHECK_EVERY_S)
            if isinstance(item, PlacedBlock):
                playout.put(item.block)
            now_s = time.monotonic()
            if card.calls != calls:
                calls, asked_s = card.calls, now_s
            if not stream.active:
                raise CardLost("the sound card stopped")
            if now_s - asked_s > SILENT_CARD_S:
                raise CardLost("the sound card takes no sound any more")


def _sounddevice() -> Any:
    """sounddevice with a fresh list of cards: PortAudio looks for them only when it starts."""
    import sounddevice

    sounddevice._terminate()
    sounddevice._initialize()
    return sounddevice
