"""From a scene to the program's sound: which strips are read where, and how loud each is. The mixing is the mixer's.

Blocks are absolute: block k holds frames 480·k … 480·k + 479 of show time, with the scene of the picture in which its
first frame falls; so live and offline give the same bytes. One thread mixes, block after block.
"""

from __future__ import annotations

from typing import NamedTuple

from live.messages.scene import Scene, Strip
from live.scene import heard, master_gain
from stage.asking import Asking
from stage.limiter import Limiter
from stage.meters import Meters
from stage.mixer import Mixer, StripInput
from stage.parts import SoundPart
from stage.picture import BLOCK_FRAMES, Block
from stage.program import ProgramFormat


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
        self.meters = Meters()

    def mix(self, scene: Scene, picture: int, block: int) -> Block:
        """Return block `block`, mixed from the scene of `picture`. Never raises for a source's sake."""
        inputs = self._inputs(scene, picture, block)
        self._asking.mixed(block)
        mixed = self._limiter.limit(self._mixer.mix(inputs, master_gain(scene, picture)))
        self.meters.add(inputs, mixed)
        return mixed

    def _inputs(self, scene: Scene, picture: int, block: int) -> list[StripInput]:
        inputs = []
        for part, first_frame, gain, strip in self._strips(scene, picture):
            sound = self._asking.sound(part, block * BLOCK_FRAMES - first_frame, block)
            if sound is not None:
                inputs.append(StripInput(strip.strip_id, sound, gain, strip.pan, strip.equaliser))
        return inputs

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
