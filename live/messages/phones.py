"""Phones as lights and speakers, and what the hall gives back: cues for every phone, and reactions.

The hub schedules a cue ahead in show time and tells every phone the same moment and each its own part: where it sits
and which letters are its own. Cues are journaled; reactions are not, only what the stage made of them is noted there.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from live.messages.air import Group
from live.messages.base import Message, Tagged
from live.messages.ids import Id
from live.messages.scene import Color, FadeMs, Fraction

Across = Literal["side", "rows"]
"""Which way a wave goes: from the left to the right, or from the stage to the back."""
TorchPattern = Literal["steady", "slow", "heartbeat"]
"""All of them lie below three flashes a second (`live.flash_limits`)."""
Tone = Literal["chime", "rain", "breath", "pulse"]
ReactionKind = Literal["hand", "heart", "clap", "tap", "lighter"]

HoldMs = Annotated[int, msgspec.Meta(ge=100, le=120_000)]
LeadMs = Annotated[int, msgspec.Meta(ge=300, le=60_000)]


class ColorWash(Tagged, frozen=True):
    """The whole screen in one colour: in over the fade, held, out over the fade."""

    color: Color
    fade_ms: FadeMs = 600
    hold_ms: HoldMs = 4000


class Wave(Tagged, frozen=True):
    """One swell of light that crosses the hall; `duration_ms` is the way of its crest from one end to the other."""

    color: Color
    across: Across = "side"
    duration_ms: Annotated[int, msgspec.Meta(ge=1000, le=60_000)] = 4000


class Torch(Tagged, frozen=True):
    """The lamp on the back, on phones whose owners allowed it."""

    pattern: TorchPattern = "slow"
    duration_ms: HoldMs = 6000


class PhoneSound(Tagged, frozen=True):
    """A sound made on the phone itself; `chime` and `pulse` have their pitch from where the phone is in the hall."""

    tone: Tone
    duration_ms: HoldMs = 6000


class Words(Tagged, frozen=True):
    """Words across the crowd: several words are dealt out word by word, one alone letter by letter, over and over."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    color: Color = "#ffb238"
    hold_ms: HoldMs = 6000


class Off(Tagged, frozen=True):
    """Everything stops, screens, lamps and sounds."""


PhoneDeed = ColorWash | Wave | Torch | PhoneSound | Words | Off


# event
class PhonesCued(Tagged, frozen=True):
    """The phones of a group do `what` at show time `at_us`."""

    cue_id: Id
    at_us: int
    what: PhoneDeed
    group: Group
    by: str


# act of the host
class CuePhones(Tagged, frozen=True):
    """Have the phones of a group do something together, `lead_ms` from now. Refused where it would flash."""

    cue_id: Id
    what: PhoneDeed
    group: Group = Group()
    lead_ms: LeadMs = 1500


# what is told
class PhoneCue(Message, frozen=True):
    """Ephemeral, hub → one phone: the cue and this phone's own part in it."""

    cue_id: Id
    at_us: int
    what: PhoneDeed
    place: Fraction = 0.5
    """Where the phone is on the way of a wave, and which pitch is its own. Who did not say where they sit is
    somewhere, and stays there."""
    share: str = ""
    """This phone's word or letter."""


class React(Message, frozen=True):
    """Ephemeral, phone → hub, event `react`. `at_us`: when, by the phone's show clock (0: when it arrives); a lighter
    is told again every 2 s while it is held up."""

    kind: ReactionKind
    at_us: int = 0


class Tempo(Message, frozen=True):
    """What the hall taps along to. `confidence` 0…1; `beat_us` is the show time of a beat, the others lie `60/bpm`
    apart."""

    bpm: float
    confidence: Fraction
    beat_us: int


class Reactions(Message, frozen=True):
    """Ephemeral, hub → host and stage, at most ten a second and once more when it grows quiet. Counts are those since
    the message before."""

    at_us: int
    hands: int = 0
    hearts: int = 0
    claps: int = 0
    taps: int = 0
    applause: Fraction = 0.0
    """How much of the hall claps, and how hard: 1 is everybody who is here, three claps a second each."""
    lighters: int = 0
    """Held up now."""
    heart_level: Fraction = 0.0
    """How many of those who are here sent one in the last second: 1 is every other one."""
    hand_level: Fraction = 0.0
    lighter_level: Fraction = 0.0
    """The share of those who are here that holds one up."""
    people: int = 0
    """Who reacted in the last seconds."""
    here: int = 0
    tempo: Tempo | None = None
