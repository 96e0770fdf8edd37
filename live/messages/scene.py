"""What is on stage, as frozen values, and the cues that change it.

These are only the words. `live.scene.apply` is the grammar: hub, stage and the offline render all fold the same cues
with it, so that the host's list of layers, the credits and the picture in the hall can never disagree.

Places are fractions of the program (0…1, origin top left). Picture numbers count from show time 0 at the program's
rate.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from live.messages.base import Message, Tagged
from live.messages.ids import Id

Fraction = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
GainDb = Annotated[float, msgspec.Meta(ge=-120.0, le=12.0)]
FadeMs = Annotated[int, msgspec.Meta(ge=0, le=60_000)]
Color = Annotated[str, msgspec.Meta(pattern=r"^#[0-9a-f]{6}$")]


class Rect(Message, frozen=True):
    x: Fraction
    y: Fraction
    width: Fraction
    height: Fraction


class Ramp(Message, frozen=True):
    """A value on its way: `start` until `start_picture`, then straight to `end`, reached at `end_picture`."""

    start: float
    end: float
    start_picture: int
    end_picture: int


class StillSource(Tagged, frozen=True):
    """A photo; `key` names its rendition in the media store. With `ken_burns` it drifts slowly."""

    contribution_id: Id
    key: str
    width_px: int
    height_px: int
    ken_burns: bool = False


class ClipSource(Tagged, frozen=True):
    """A video: picture rendition `key`, 48 kHz sound rendition `sound_key` or None where it is silent."""

    contribution_id: Id
    key: str
    sound_key: str | None
    width_px: int
    height_px: int
    duration_us: int
    loop: bool = True


class SoundSource(Tagged, frozen=True):
    """A sound piece: a strip without a picture."""

    contribution_id: Id
    key: str
    duration_us: int
    loop: bool = False


class TextSource(Tagged, frozen=True):
    """Set type; `contribution_id` is None for words of the host."""

    text: str
    contribution_id: Id | None = None


class SolidSource(Tagged, frozen=True):
    color: Color


class LiveSource(Tagged, frozen=True):
    """A guest's camera, microphone or both, as it comes; `stream_id` names the stream (`live.messages.air`).

    `with_names` sets the guest's name into the picture, as in a mosaic.
    """

    stream_id: Id
    picture: bool = True
    sound: bool = True
    with_names: bool = False
    guarded: bool = True
    """Levelled, gated and guarded against howling, as a microphone in the hall must be; False for the desk feed."""
    choir: bool = False
    """One of many voices at once: all of them together are as loud as one, and give way to who speaks alone."""


class ReactionsSource(Tagged, frozen=True):
    """What the hall gives back: hearts, hands, lighters and the applause meter, floating over the picture.

    It draws a column of 0.14 × 0.9 of the program: give it that `place`.
    """


Source = StillSource | ClipSource | SoundSource | TextSource | SolidSource | LiveSource | ReactionsSource


class Credit(Message, frozen=True):
    """Whom to name. `name` is already what may be shown ("anonymous" chosen by its author gives an empty name)."""

    person_id: Id
    name: str


class Glide(Message, frozen=True):
    """A picture on its way: at `start` when it set out, at its place in the layout from `end_picture` on."""

    start: Rect
    start_picture: int
    end_picture: int


Control = Literal["applause", "hearts", "hands", "lighters", "beat"]
"""What of the hall's reactions something on stage may follow; `beat` is the tempo that it taps."""


class Following(Message, frozen=True):
    """A layer follows the hall. `shine`: it is seen at `1 - depth` of its opacity while the hall is still, and at all
    of it at the most. `swell`: it grows about its middle, by half of `depth` at the most.
    """

    control: Control
    effect: Literal["shine", "swell"] = "shine"
    depth: Fraction = 0.5


class SoundFollowing(Message, frozen=True):
    """A strip follows the hall: at `1 - depth` of its gain while the hall is still, at all of it at the most."""

    control: Control
    depth: Fraction = 0.5


class Away(Message, frozen=True):
    """A guest who sends nothing takes no room in the layout: what is left of their picture fades at `area`."""

    area: Rect
    fade: Ramp


class Layer(Message, frozen=True):
    """One picture on stage. `place` None means: laid out automatically with the other such layers.

    `opacity` is the fader, `fade` the automatic part (in and out); what is seen is their product, and nothing when
    `on` is False. `leaves_picture` is the picture from which the layer is gone for good (None: stays).
    """

    layer_id: Id
    source: Source
    fade: Ramp
    started_picture: int
    place: Rect | None = None
    fit: Literal["contain", "cover"] = "contain"
    opacity: Fraction = 1.0
    on: bool = True
    credit: Credit | None = None
    leaves_picture: int | None = None
    glide: Glide | None = None
    follows: Following | None = None
    away: Away | None = None


class Equaliser(Message, frozen=True):
    """Four filter sections: low cut (0: off), low shelf at 120 Hz, bell at 1 kHz, high shelf at 6 kHz."""

    low_cut_hz: Annotated[float, msgspec.Meta(ge=0.0, le=1000.0)] = 0.0
    bass_db: Annotated[float, msgspec.Meta(ge=-24.0, le=12.0)] = 0.0
    mid_db: Annotated[float, msgspec.Meta(ge=-24.0, le=12.0)] = 0.0
    treble_db: Annotated[float, msgspec.Meta(ge=-24.0, le=12.0)] = 0.0


class Strip(Message, frozen=True):
    """One sound on stage; `strip_id` equals the `layer_id` of the clip it belongs to, where it belongs to one.

    `fade` is a linear gain 0…1, `pan` −1 (left) … +1 (right), equal power. Nobody is credited for one that is `away`.
    """

    strip_id: Id
    source: ClipSource | SoundSource | LiveSource
    fade: Ramp
    started_picture: int
    gain_db: GainDb = 0.0
    mute: bool = False
    pan: Annotated[float, msgspec.Meta(ge=-1.0, le=1.0)] = 0.0
    equaliser: Equaliser = Equaliser()
    credit: Credit | None = None
    leaves_picture: int | None = None
    follows: SoundFollowing | None = None
    away: bool = False


class Slate(Message, frozen=True):
    """What the stage shows when nothing else is on it."""

    title: str = ""
    prompt: str = ""
    join_url: str = ""
    code: str = ""


class Scene(Message, frozen=True):
    """Everything the hall sees and hears, but for the media itself. Layers are drawn in order, first at the back."""

    pictures_per_second: int
    layers: tuple[Layer, ...] = ()
    strips: tuple[Strip, ...] = ()
    slate: Slate = Slate()
    master_gain_db: GainDb = 0.0
    credits: bool = True
    panic: Ramp = Ramp(start=0.0, end=0.0, start_picture=0, end_picture=0)
    """0 is the show, 1 the slate and silence."""
    blackout: bool = False
    ducking: bool = False
    """Everything else is turned down while a guest talks who is no choir."""


Transition = Literal["add", "cut", "crossfade"]
"""`add` joins what is there; `cut` and `crossfade` replace it, at once or over the fade."""


class Put(Tagged, frozen=True):
    """Bring a source on stage as a new layer (and strip, where it sounds)."""

    layer_id: Id
    source: Source
    credit: Credit | None = None
    transition: Transition = "add"
    fade_ms: FadeMs = 400
    place: Rect | None = None
    gain_db: GainDb = 0.0


class Remove(Tagged, frozen=True):
    """Take layers and strips of these ids away. Unknown ids are passed over: they have left already."""

    layer_ids: tuple[Id, ...]
    fade_ms: FadeMs = 400


class Clear(Tagged, frozen=True):
    """Take everything away; the slate comes up."""

    fade_ms: FadeMs = 800


class Arrange(Tagged, frozen=True):
    """Set the drawing order, back to front; layers not named keep their order, in front."""

    layer_ids: tuple[Id, ...]


class SetLayer(Tagged, frozen=True):
    """Change what is given; None leaves as it is. `auto_place` True returns the layer to the automatic layout, `steady`
    True lets it follow nothing any more."""

    layer_id: Id
    on: bool | None = None
    opacity: Fraction | None = None
    place: Rect | None = None
    auto_place: bool = False
    fit: Literal["contain", "cover"] | None = None
    ken_burns: bool | None = None
    follows: Following | None = None
    steady: bool = False


class SetStrip(Tagged, frozen=True):
    """Change what is given; None leaves as it is. `steady` True lets it follow nothing any more."""

    strip_id: Id
    gain_db: GainDb | None = None
    mute: bool | None = None
    pan: Annotated[float, msgspec.Meta(ge=-1.0, le=1.0)] | None = None
    equaliser: Equaliser | None = None
    follows: SoundFollowing | None = None
    steady: bool = False


class SetAway(Tagged, frozen=True):
    """These are the guests of whom nothing comes, all of them: their pictures take no room, and nobody is credited for
    them. Who was away and is not named here is back, where they were. The hub alone gives it."""

    stream_ids: tuple[Id, ...]


class SetMaster(Tagged, frozen=True):
    gain_db: GainDb


class SetDucking(Tagged, frozen=True):
    """Turn everything else down while a guest talks, or no longer."""

    on: bool


class SetSlate(Tagged, frozen=True):
    slate: Slate


class ShowCredits(Tagged, frozen=True):
    on: bool


class Panic(Tagged, frozen=True):
    """Fade to the slate and silence (`on`), or back to the scene as it is by now."""

    on: bool
    fade_ms: FadeMs = 500


class Blackout(Tagged, frozen=True):
    """Black and silent from the very next picture on, or back."""

    on: bool


Cue = (
    Put
    | Remove
    | Clear
    | Arrange
    | SetLayer
    | SetStrip
    | SetAway
    | SetMaster
    | SetDucking
    | SetSlate
    | ShowCredits
    | Panic
    | Blackout
)
