"""Between the show's clock and a sound card's: a ring of sound whose filling steers a resampler.

No two crystals agree: 200 ppm apart, 12 ms pile up or go missing each minute. `Playout` looks at how full its ring is
and lets the resampler run a trifle faster or slower, so slowly that nobody hears it. One thread puts (the output's),
one takes (the sound card's, which must never wait): each moves only its own end of the ring, so there is no lock. Knows
no device.
"""

from __future__ import annotations

import numpy as np
import soxr

from stage.picture import CHANNELS, SAMPLE_RATE_HZ, Block, silence

TARGET_S = 0.070
"""How much is kept waiting: two pictures' worth of blocks and a little, as the engine mixes a picture at a time."""
TOO_MUCH_S = 0.300
RING_S = 1.0
FADE_S = 0.005

STEER_EVERY_S = 0.1
SMOOTHING_S = 3.0
SETTLING_S = 15.0
"""Slow, because blocks come and go in lumps: quicker steering would follow the lumps."""
MOST_PPM = 1500.0


class Steering:
    """From how full the ring is to how much faster than nominal it must be emptied: a slow PI controller."""

    def __init__(self, target_s: float) -> None:
        self._target_s = target_s
        self._smooth_s = target_s
        self._sum = 0.0
        self.ppm = 0.0

    def start_anew(self) -> None:
        """Take the ring as filled to the target, as it is after a jump; what was learnt of the clocks stays."""
        self._smooth_s = self._target_s

    def steer(self, waiting_s: float, elapsed_s: float) -> float:
        """Return the correction in ppm; positive where too much is waiting."""
        self._smooth_s += (waiting_s - self._smooth_s) * min(1.0, elapsed_s / SMOOTHING_S)
        error_s = self._smooth_s - self._target_s
        limit = MOST_PPM * 1e-6
        self._sum = min(limit, max(-limit, self._sum + error_s * elapsed_s / (4.0 * SETTLING_S**2)))
        self.ppm = 1e6 * min(limit, max(-limit, error_s / SETTLING_S + self._sum))
        return self.ppm


class Playout:
    """A ring at the card's rate. `gaps` counts how often it ran dry, `skips` how often it had to jump ahead."""

    def __init__(self, rate_hz: float) -> None:
        self.rate_hz = rate_hz
        self.gaps = 0
        self.skips = 0
        self._steering = Steering(TARGET_S)
        self._resampler = soxr.ResampleStream(
            SAMPLE_RATE_HZ * (1.0 + 2e-6 * MOST_PPM), rate_hz, CHANNELS, dtype="float32", quality="HQ", vr=True
        )
        self._resampler.set_io_ratio(SAMPLE_RATE_HZ, rate_hz, 0)
        self._ring = silence(int(RING_S * rate_hz))
        self._written = 0
        self._read = 0
        self._since_steering_s = self._seen_s = 0.0
        self._sightings = 0
        self._flowing = False
        self._jumped = False
        self._last = silence(1)[0]
        self._fade = np.linspace(0.0, 1.0, int(FADE_S * rate_hz), dtype=np.float32)[:, None]

    @property
    def waiting_s(self) -> float:
        """How long what is in the ring will last."""
        return (self._written - self._read) / self.rate_hz

    @property
    def ppm(self) -> float:
        """How much faster than nominal the ring is emptied."""
        return self._steering.ppm

    def put(self, block: Block) -> None:
        """Append a block at SAMPLE_RATE_HZ. What does not fit is left out; `take` will skip ahead anyway."""
        sound = self._resampler.resample_chunk(np.ascontiguousarray(block))
        room = len(self._ring) - (self._written - self._read)
        sound = sound[:room]
        at = self._written % len(self._ring)
        first = min(len(sound), len(self._ring) - at)
        self._ring[at : at + first] = sound[:first]
        self._ring[: len(sound) - first] = sound[first:]
        self._written += len(sound)
        self._steer(len(block) / SAMPLE_RATE_HZ)

    def take(self, frames: int) -> Block:
        """The card's next frames. Never waits: what is missing fades into silence, and starts again softly."""
        waiting = self._written - self._read
        if not self._flowing:
            if waiting < max(frames, TARGET_S * self.rate_hz):
                return silence(frames)
            self._flowing = self._jumped = True
            self._read += waiting - max(frames, int(TARGET_S * self.rate_hz))  # a card may take its time to begin
            return self._fade_in(self._next(frames))
        if waiting < frames:
            return self._run_dry(frames, waiting)
        if waiting > TOO_MUCH_S * self.rate_hz + frames:
            return self._skip(frames, waiting)
        return self._next(frames)

    def _steer(self, elapsed_s: float) -> None:
        if self._jumped:
            self._jumped = False
            self._steering.start_anew()
            self._since_steering_s = self._seen_s = 0.0
            self._sightings = 0
        self._since_steering_s += elapsed_s
        self._seen_s += self.waiting_s
        self._sightings += 1
        if self._flowing and self._since_steering_s >= STEER_EVERY_S:
            ppm = self._steering.steer(self._seen_s / self._sightings, self._since_steering_s)
            rate_hz = SAMPLE_RATE_HZ * (1.0 + ppm * 1e-6)
            self._resampler.set_io_ratio(rate_hz, self.rate_hz, int(STEER_EVERY_S * SAMPLE_RATE_HZ / 2))
            self._since_steering_s = self._seen_s = 0.0
            self._sightings = 0

    def _peek(self, frames: int) -> Block:
        at = self._read % len(self._ring)
        if at + frames <= len(self._ring):
            return self._ring[at : at + frames].copy()
        return np.concatenate((self._ring[at:], self._ring[: at + frames - len(self._ring)]))

    def _next(self, frames: int) -> Block:
        sound = self._peek(frames)
        self._read += frames
        if frames:
            self._last = sound[-1]
        return sound

    def _fade_in(self, sound: Block) -> Block:
        length = min(len(sound), len(self._fade))
        sound[:length] *= self._fade[:length]
        return sound

    def _run_dry(self, frames: int, waiting: int) -> Block:
        """Play what is left and hold its last frame, fading all of it to silence by the end of the fade."""
        self.gaps += 1
        self._flowing = False
        sound = silence(frames)
        sound[:waiting] = self._next(waiting)
        sound[waiting:] = self._last
        end = min(frames, waiting + len(self._fade))
        start = max(0, end - len(self._fade))
        sound[start:end] *= np.linspace(1.0, 0.0, end - start, dtype=np.float32)[:, None]
        sound[end:] = 0.0
        return sound

    def _skip(self, frames: int, waiting: int) -> Block:
        """Cross over from where we are to where only the target is waiting."""
        self.skips += 1
        self._jumped = True
        before = self._peek(frames)
        self._read += waiting - frames - int(TARGET_S * self.rate_hz)
        after = self._next(frames)
        length = min(frames, len(self._fade))
        ramp = self._fade[:length]
        after[:length] = before[:length] * (1.0 - ramp) + after[:length] * ramp
        return after
