"""From a scene to the program's sound: which strips are read where, and how loud each is. The mixing is the mixer's.

Blocks are absolute: block k holds frames 480·k … 480·k + 479 of show time, with the scene of the picture in which its
first frame falls; so live and offline give the same bytes. Microphones pass the guard on their way (`stage.guard`). One
thread mixes, block after block.
"""

from __future__ import annotations

import sys
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from live.messages.scene import ClipSource, LiveSource, Scene, SoundSource, Strip
from live.scene import heard, master_gain
from stage.asking import Asking, Began
from stage.following.effects import shine
from stage.following.hall import Hall
from stage.guard.ducking import ChoirShare, Ducking
from stage.guard.rack import RAMP, GuardRack
from stage.limiter import Limiter
from stage.meters import Meters
from stage.mixer import Mixer, StripSetting
from stage.parts import SoundPart
from stage.picture import Block
from stage.program import ProgramFormat

AnySource: TypeAlias = ClipSource | SoundSource | LiveSource
HOWLS = "stream {} howls and is held down: have the phone taken away from the loudspeakers, or turn the hall down"
Flags = npt.NDArray[np.bool_]


class Playing(NamedTuple):
    """A strip of the scene, and how loud it is."""

    strip: Strip
    gain: float


class Heard(NamedTuple):
    """The strips whose sound is there, and what becomes of it."""

    playing: list[Playing]
    settings: list[StripSetting]
    guarded: list[int]
    guarded_ids: tuple[str, ...]
    in_choir: Flags
    talks: Flags
    """Heard, and alone: not in the choir."""
    ducked: list[int]


class SoundDesk:
    """`guard` and `meters` may be read by any thread."""

    def __init__(self, program: ProgramFormat, asking: Asking, hall: Hall | None = None) -> None:
        self._program = program
        self._hall = hall or Hall(program)
        self._asking = asking
        self._mixer = Mixer()
        self._limiter = Limiter()
        self._scene: Scene | None = None
        self._began: list[Began] = []
        self._pictures = range(0)
        self._playing: list[Playing] = []
        self._heard = _heard([])
        self._ducking = Ducking()
        self._ducked = 1.0
        self._choir = ChoirShare()
        self._voices = 0
        self.guard = GuardRack()
        self.meters = Meters()

    def mix(self, scene: Scene, picture: int, block: int) -> Block:
        """Return block `block`, mixed from the scene of `picture`. Never raises for a source's sake."""
        blocks = self._blocks(scene, picture, block)
        mixed = self._limiter.limit(self._mixer.mix(self._heard.settings, blocks, master_gain(scene, picture)))
        self.meters.add(self._mixer.peaks(), mixed)
        return mixed

    def troubles(self) -> tuple[str, ...]:
        """One sentence for each thing that the hall should hear and does not, and for each microphone that howls."""
        trouble, howling = self.guard.trouble(), self.guard.howling
        sources = {one.strip.strip_id: one.strip.source for one in self._heard.playing} if howling else {}
        live = [source for i in howling if isinstance(source := sources.get(i), LiveSource)]
        return (*(HOWLS.format(source.stream_id) for source in live), *(() if trouble is None else (trouble,)))

    def _blocks(self, scene: Scene, picture: int, block: int) -> list[Block]:
        """What is heard of each strip in `_heard`, which is brought up to date."""
        if scene is not self._scene or picture not in self._pictures:
            self._look_at(scene, picture)
        sounds = self._asking.sounds(self._began, block)
        there = [(one, sound) for one, sound in zip(self._playing, sounds, strict=True) if sound is not None]
        playing, blocks = [one for one, _ in there], [sound for _, sound in there]
        if playing != self._heard.playing:
            self._heard = _heard(playing)
        talking = self._guard(blocks)
        self._duck(blocks, self._ducking.next_gain(talking, scene.ducking))
        return blocks

    def _guard(self, blocks: list[Block]) -> float:
        """Put guarded sound in the place of the microphones'; return the power of guests who talk by themselves."""
        _, _, guarded, ids, in_choir, talks, _ = self._heard
        if not guarded and self.guard.is_idle:
            return 0.0
        share = self._choir.next_gain(self._voices)
        safe, power = self.guard.guard(ids, [blocks[i] for i in guarded], np.where(in_choir, share, 1.0))
        for i, block in zip(guarded, safe, strict=True):
            blocks[i] = block
        self._voices = int(np.count_nonzero(power[in_choir]))
        return float(power[talks].sum())

    def _duck(self, blocks: list[Block], gain: float) -> None:
        """Turn down all but the guests who talk and what the crew sends."""
        before, self._ducked = self._ducked, gain
        if before == gain == 1.0:
            return
        ramp = (before + (gain - before) * RAMP)[:, None].astype(np.float32)
        for i in self._heard.ducked:
            blocks[i] = blocks[i] * ramp

    def _look_at(self, scene: Scene, picture: int) -> None:
        """Find what plays and how loud, and for which pictures that stays so. The same part is the same object while
        the scene stays, so that it is found without being compared."""
        here = heard(scene, picture)
        if scene is not self._scene or len(here) != len(self._began):
            self._scene = scene
            self._began = [
                (SoundPart(one.strip.strip_id, one.strip.source), self._program.first_frame(one.strip.started_picture))
                for one in here
            ]
        self._playing = [
            Playing(one.strip, 0.0 if one.mute else self._gain(one.strip, one.gain, picture)) for one in here
        ]
        self._pictures = _unchanged(scene, picture)

    def _gain(self, strip: Strip, gain: float, picture: int) -> float:
        how = strip.follows
        return gain if how is None else gain * shine(self._hall.level(how.control, picture), how.depth)


def _unchanged(scene: Scene, picture: int) -> range:
    """From `picture` on, those at which nothing begins, ends, fades or follows the hall."""
    if any(picture < one.fade.end_picture or one.follows is not None for one in scene.strips):
        return range(picture, picture + 1)
    ends = (one.leaves_picture for one in scene.strips if one.leaves_picture is not None)
    return range(picture, min((end for end in ends if end > picture), default=sys.maxsize))


def _heard(playing: list[Playing]) -> Heard:
    sources = [one.strip.source for one in playing]
    guarded = [i for i, source in enumerate(sources) if isinstance(source, LiveSource) and source.guarded]
    return Heard(
        playing=playing,
        settings=[StripSetting(strip.strip_id, gain, strip.pan, strip.equaliser) for strip, gain in playing],
        guarded=guarded,
        guarded_ids=tuple(playing[i].strip.strip_id for i in guarded),
        in_choir=np.array([_is_choir(sources[i]) for i in guarded], np.bool_),
        talks=np.array([playing[i].gain > 0.0 and not _is_choir(sources[i]) for i in guarded], np.bool_),
        ducked=[i for i, source in enumerate(sources) if not isinstance(source, LiveSource) or source.choir],
    )


def _is_choir(source: AnySource) -> bool:
    return isinstance(source, LiveSource) and source.choir
