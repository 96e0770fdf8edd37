"""From a scene to the program's sound: which strips are read where, and how loud each is. The mixing is the mixer's.

Blocks are absolute: block k holds frames 480·k … 480·k + 479 of show time, with the scene of the picture in which its
first frame falls; so live and offline give the same bytes. One thread mixes, block after block.
"""

from __future__ import annotations

from live.messages.scene import Scene
from live.scene import heard, master_gain
from stage.asking import Asking
from stage.limiter import Limiter
from stage.meters import Meters
from stage.mixer import Mixer, StripInput
from stage.parts import SoundPart
from stage.picture import BLOCK_FRAMES, Block
from stage.program import ProgramFormat


class SoundDesk:
    def __init__(self, program: ProgramFormat, asking: Asking) -> None:
        self._program = program
        self._asking = asking
        self._mixer = Mixer()
        self._limiter = Limiter()
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
        for one in heard(scene, picture):
            strip = one.strip
            first = block * BLOCK_FRAMES - self._program.first_frame(strip.started_picture)
            sound = self._asking.sound(SoundPart(strip.strip_id, strip.source), first, block)
            if sound is not None:
                gain = 0.0 if one.mute else one.gain
                inputs.append(StripInput(strip.strip_id, sound, gain, strip.pan, strip.equaliser))
        return inputs
