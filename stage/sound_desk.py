"""From a scene to the program's sound: which strips are read where, and how loud each is. The mixing is the mixer's.

Blocks are absolute: block k holds frames 480·k … 480·k + 479 of show time, with the scene of the picture in which its
first frame falls; so live and offline give the same bytes. Microphones pass the guard on their way (`stage.guard`). One
thread mixes, block after block.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np

from live.messages.scene import ClipSource, LiveSource, Scene, SoundSource, Strip
from live.scene import heard, master_gain
from stage.asking import Asking
from stage.guard.ducking import ChoirShare, Ducking
from stage.guard.rack import RAMP, GuardRack
from stage.limiter import Limiter
from stage.meters import Meters
from stage.mixer import Mixer, StripInput
from stage.parts import SoundPart
from stage.picture import BLOCK_FRAMES, Block
from stage.program import ProgramFormat

AnySource: TypeAlias = ClipSource | SoundSource | LiveSource


class Playing(NamedTuple):
    """A strip of the scene, and where it began in frames of show time."""

    part: SoundPart
    first_frame: int
    gain: float
    strip: Strip


class SoundDesk:
    def __init__(self, program: ProgramFormat, asking: Asking) -> None:
        self._program = program
        self._asking = asking
        self._mixer = Mixer()
        self._limiter = Limiter()
        self._heard_at: tuple[Scene, int] | None = None
        self._playing: list[Playing] = []
        self._ducking = Ducking()
        self._ducked = 1.0
        self._choir = ChoirShare()
        self._voices = 0
        self.guard = GuardRack()
        self.meters = Meters()

    def mix(self, scene: Scene, picture: int, block: int) -> Block:
        """Return block `block`, mixed from the scene of `picture`. Never raises for a source's sake."""
        inputs = self._inputs(scene, picture, block)
        self._asking.mixed(block)
        mixed = self._limiter.limit(self._mixer.mix(inputs, master_gain(scene, picture)))
        self.meters.add(inputs, mixed)
        return mixed

    def _inputs(self, scene: Scene, picture: int, block: int) -> list[StripInput]:
        inputs, sources = [], []
        for part, first_frame, gain, strip in self._strips(scene, picture):
            sound = self._asking.sound(part, block * BLOCK_FRAMES - first_frame, block)
            if sound is not None:
                inputs.append(StripInput(strip.strip_id, sound, gain, strip.pan, strip.equaliser))
                sources.append(strip.source)
        talking = self._guard(inputs, sources)
        self._duck(inputs, sources, self._ducking.next_gain(talking, scene.ducking))
        return inputs

    def _guard(self, inputs: list[StripInput], sources: list[AnySource]) -> float:
        """Put guarded sound in the place of the microphones'; return the power of guests who talk by themselves."""
        places = [i for i, one in enumerate(sources) if isinstance(one, LiveSource) and one.guarded]
        if not places and self.guard.is_idle:
            return 0.0
        in_choir = np.array([_is_choir(sources[i]) for i in places], np.bool_)
        share = self._choir.next_gain(self._voices)
        blocks, power = self.guard.guard(
            [inputs[i].strip_id for i in places],
            [inputs[i].block for i in places],
            np.where(in_choir, share, 1.0),
        )
        self._voices = int(np.count_nonzero(power[in_choir]))
        for i, block in zip(places, blocks, strict=False):
            inputs[i] = _with_block(inputs[i], block)
        is_up = np.array([inputs[i].gain > 0.0 for i in places], np.bool_)
        return float(power[is_up & ~in_choir].sum())

    def _duck(self, inputs: list[StripInput], sources: list[AnySource], gain: float) -> None:
        """Turn down all but the guests who talk and what the crew sends."""
        before, self._ducked = self._ducked, gain
        if before == gain == 1.0:
            return
        ramp = (before + (gain - before) * RAMP)[:, None].astype(np.float32)
        for i, source in enumerate(sources):
            if not isinstance(source, LiveSource) or source.choir:
                inputs[i] = _with_block(inputs[i], inputs[i].block * ramp)

    def _strips(self, scene: Scene, picture: int) -> list[Playing]:
        """Reckoned once for all blocks of a picture."""
        if self._heard_at is None or self._heard_at[0] is not scene or self._heard_at[1] != picture:
            self._heard_at = scene, picture
            self._playing = [
                Playing(
                    SoundPart(strip.strip_id, strip.source),
                    self._program.first_frame(strip.started_picture),
                    0.0 if mute else gain,
                    strip,
                )
                for strip, gain, mute in ((one.strip, one.gain, one.mute) for one in heard(scene, picture))
            ]
        return self._playing


def _is_choir(source: AnySource) -> bool:
    return isinstance(source, LiveSource) and source.choir


def _with_block(one: StripInput, block: Block) -> StripInput:
    return StripInput(one.strip_id, block, one.gain, one.pan, one.equaliser)
