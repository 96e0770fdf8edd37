"""The grammar of a scene: what each cue does to it, and what is then seen, heard and credited at a picture.

Pure: `apply(scene, cue, picture)` gives the next scene, the other functions read one. Hub, stage and offline render all
fold the same cues with it. A cue never fails: layers and strips that it does not find have left already and are passed
over. Nothing here knows media; where pictures go by themselves is `live.layout`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeGuard

from msgspec.structs import replace

from live.absent import left_of, making_room, uncredited
from live.clock import US_PER_S
from live.fades import Piece, has_left, is_leaving, linear, over, sent_away, staying
from live.fades import value as value
from live.gliding import GLIDE_MS, on_the_way, set_out
from live.layout import FULL, areas_of
from live.messages.scene import (
    Arrange,
    Blackout,
    Clear,
    ClipSource,
    Credit,
    Cue,
    Layer,
    LiveSource,
    Panic,
    Put,
    ReactionsSource,
    Rect,
    Remove,
    Scene,
    SetAway,
    SetDucking,
    SetLayer,
    SetMaster,
    SetSlate,
    SetStrip,
    ShowCredits,
    SolidSource,
    SoundSource,
    Source,
    StillSource,
    Strip,
)  # fmt: skip

MAX_LAYERS = 64
MAX_STRIPS = 256
"""A choir is many strips and no layer. Past either bound the oldest piece gives way to a new one at once."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A layer that is visible, where it is, and how much of it is seen (0 < opacity ≤ 1).

    `cover` is how much of the slate it takes away once its picture is there; what floats takes nothing.
    """

    layer: Layer
    area: Rect
    opacity: float
    cover: float


@dataclass(frozen=True, slots=True)
class Heard:
    """A strip that sounds; `gain` is linear and holds fader and fade, but neither `mute` nor the master."""

    strip: Strip
    gain: float
    mute: bool


def apply(scene: Scene, cue: Cue, picture: int) -> Scene:
    """Return the scene as it is from `picture` on, once `cue` took effect there."""
    before = settled(scene, picture)
    return _gliding(before, _CHANGES[type(cue)](before, cue, picture), picture)


def settled(scene: Scene, picture: int) -> Scene:
    """Drop what has left for good by `picture`."""
    if not any(has_left(piece, picture) for piece in _pieces(scene)):
        return scene
    return replace(scene, layers=staying(scene.layers, picture), strips=staying(scene.strips, picture))


# what is seen and heard


def placed(scene: Scene, picture: int) -> tuple[Placed, ...]:
    """The visible layers, back to front. PANIC and BLACKOUT are drawn over them and not reckoned here."""
    present = [layer for layer in scene.layers if layer.on and not has_left(layer, picture)]
    areas = areas_of(present)
    seen = ((layer, value(layer.fade, picture) * left_of(layer, picture)) for layer in present)
    shown = (
        Placed(
            layer,
            on_the_way(layer, areas[layer.layer_id], picture),
            layer.opacity * level,
            0.0 if floats(layer) else level,
        )
        for layer, level in seen
    )
    return tuple(one for one in shown if one.opacity > 0.0)


def heard(scene: Scene, picture: int) -> tuple[Heard, ...]:
    """Every strip that is there, muted ones included: their meters and sources go on."""
    return tuple(
        Heard(strip, linear(strip.gain_db) * value(strip.fade, picture), strip.mute)
        for strip in scene.strips
        if not has_left(strip, picture)
    )


def master_gain(scene: Scene, picture: int) -> float:
    """The linear gain of the whole mix: the master fader, and silence by PANIC or BLACKOUT."""
    return 0.0 if scene.blackout else linear(scene.master_gain_db) * (1.0 - panic_level(scene, picture))


def panic_level(scene: Scene, picture: int) -> float:
    """0 is the show, 1 the slate and silence."""
    return value(scene.panic, picture)


def slate_level(covers: Iterable[float]) -> float:
    """How much of the slate shows behind what covers it: all of it when nothing does, none once a layer has faded in.

    It stays whole through the first half of a fade, so that stage and slate cross without a dark moment between them.
    """
    return min(1.0, 2.0 * (1.0 - max(covers, default=0.0)))


def floats(layer: Layer) -> bool:
    """Whether it lies over all pictures, whenever it came, and is none itself."""
    return isinstance(layer.source, ReactionsSource)


def credited(scene: Scene, picture: int) -> tuple[Credit, ...]:
    """Whom to name now: each person seen or heard, once, in the order of layers and then strips.

    Who stays anonymous is there with an empty name; who is named for one piece and not for another is named.
    """
    if scene.blackout or panic_level(scene, picture) >= 1.0:
        return ()
    shown = (one.layer.credit for one in placed(scene, picture))
    sounding = (
        one.strip.credit for one in heard(scene, picture) if one.gain > 0.0 and not one.mute and not one.strip.away
    )
    people: dict[str, Credit] = {}
    for credit in (*shown, *sounding):
        if credit is not None and (credit.name or credit.person_id not in people):
            people[credit.person_id] = credit
    return tuple(people.values())


def visible_contributions(scene: Scene, picture: int) -> frozenset[str]:
    """The contributions that the hall now sees or hears."""
    if scene.blackout or panic_level(scene, picture) >= 1.0:
        return frozenset()
    shown = (contribution_of(one.layer.source) for one in placed(scene, picture))
    sounding = (contribution_of(one.strip.source) for one in heard(scene, picture) if one.gain > 0.0 and not one.mute)
    return frozenset(one for one in (*shown, *sounding) if one is not None)


def contribution_of(source: Source) -> str | None:
    return None if isinstance(source, SolidSource | LiveSource | ReactionsSource) else source.contribution_id


# what cues do


def _put(scene: Scene, cue: Put, picture: int) -> Scene:
    fade = _pictures(scene, cue.fade_ms)
    if cue.transition == "cut":
        scene, fade = replace(scene, layers=(), strips=()), 0
    elif cue.transition == "crossfade":
        scene = _fade_all(scene, picture, fade)
    elif len(scene.layers) >= MAX_LAYERS or len(scene.strips) >= MAX_STRIPS:
        scene = _fade_out(scene, _oldest(scene), picture, 0)
    layer, strip = _new_layer(scene, cue, picture, fade), _new_strip(scene, cue, picture, fade)
    # An id that is on stage already is replaced where it stands.
    return replace(
        scene,
        layers=_seated(scene.layers, cue.layer_id, layer, lambda one: one.layer_id),
        strips=_seated(scene.strips, cue.layer_id, strip, lambda one: one.strip_id),
    )


def _oldest(scene: Scene) -> frozenset[str]:
    first = min(_pieces(scene), key=lambda one: one.started_picture)
    return frozenset([first.layer_id if isinstance(first, Layer) else first.strip_id])


def _new_layer(scene: Scene, cue: Put, picture: int, fade: int) -> Layer | None:
    source = cue.source
    if isinstance(source, SoundSource) or (isinstance(source, LiveSource) and not source.picture):
        return None
    return Layer(
        layer_id=cue.layer_id,
        source=source,
        fade=over(0.0, 1.0, picture, fade),
        started_picture=picture,
        place=cue.place,
        credit=cue.credit,
        leaves_picture=_natural_end(scene, source, picture),
    )


def _new_strip(scene: Scene, cue: Put, picture: int, fade: int) -> Strip | None:
    source = cue.source
    if not _sounds(source):
        return None
    return Strip(
        strip_id=cue.layer_id,
        source=source,
        fade=over(0.0, 1.0, picture, fade),
        started_picture=picture,
        gain_db=cue.gain_db,
        credit=cue.credit,
        leaves_picture=_natural_end(scene, source, picture),
    )


def _sounds(source: Source) -> TypeGuard[SoundSource | ClipSource | LiveSource]:
    match source:
        case SoundSource():
            return True
        case ClipSource():
            return source.sound_key is not None
        case LiveSource():
            return source.sound
        case _:
            return False


def _natural_end(scene: Scene, source: Source, picture: int) -> int | None:
    """A piece that plays once leaves when it is over."""
    if isinstance(source, ClipSource | SoundSource) and not source.loop:
        return picture + max(1, -(-source.duration_us * scene.pictures_per_second // US_PER_S))
    return None


def _remove(scene: Scene, cue: Remove, picture: int) -> Scene:
    return _fade_out(scene, frozenset(cue.layer_ids), picture, _pictures(scene, cue.fade_ms))


def _clear(scene: Scene, cue: Clear, picture: int) -> Scene:
    return _fade_out(scene, _all_ids(scene), picture, _pictures(scene, cue.fade_ms))


def _arrange(scene: Scene, cue: Arrange, picture: int) -> Scene:
    rank = {layer_id: place for place, layer_id in enumerate(cue.layer_ids)}
    return replace(scene, layers=tuple(sorted(scene.layers, key=lambda one: rank.get(one.layer_id, len(rank)))))


def _set_layer(scene: Scene, cue: SetLayer, picture: int) -> Scene:
    def changed(layer: Layer) -> Layer:
        wanted: dict[str, Any] = {"on": cue.on, "opacity": cue.opacity, "place": cue.place, "fit": cue.fit}
        wanted["follows"] = cue.follows
        if cue.steady:
            layer = replace(layer, follows=None)
        if cue.auto_place and not is_leaving(layer):
            layer = replace(layer, place=None)
        if cue.ken_burns is not None and isinstance(layer.source, StillSource):
            wanted["source"] = replace(layer.source, ken_burns=cue.ken_burns)
        return replace(layer, **{name: new for name, new in wanted.items() if new is not None})

    return replace(scene, layers=tuple(changed(one) if one.layer_id == cue.layer_id else one for one in scene.layers))


def _set_strip(scene: Scene, cue: SetStrip, picture: int) -> Scene:
    wanted: dict[str, Any] = {"gain_db": cue.gain_db, "mute": cue.mute, "pan": cue.pan, "equaliser": cue.equaliser}
    wanted["follows"] = cue.follows
    given: dict[str, Any] = {"follows": None} if cue.steady else {}
    given |= {name: new for name, new in wanted.items() if new is not None}
    return replace(
        scene, strips=tuple(replace(one, **given) if one.strip_id == cue.strip_id else one for one in scene.strips)
    )


def _set_away(scene: Scene, cue: SetAway, picture: int) -> Scene:
    """What was placed by hand keeps its place; the others move up, and make room again."""
    ids = frozenset(cue.stream_ids)
    layers = making_room(scene.layers, ids, _seen_at(scene, picture), picture, _pictures(scene, GLIDE_MS))
    return replace(scene, layers=layers, strips=uncredited(scene.strips, ids))


def _set_master(scene: Scene, cue: SetMaster, picture: int) -> Scene:
    return replace(scene, master_gain_db=cue.gain_db)


def _set_ducking(scene: Scene, cue: SetDucking, picture: int) -> Scene:
    return replace(scene, ducking=cue.on)


def _set_slate(scene: Scene, cue: SetSlate, picture: int) -> Scene:
    return replace(scene, slate=cue.slate)


def _show_credits(scene: Scene, cue: ShowCredits, picture: int) -> Scene:
    return replace(scene, credits=cue.on)


def _panic(scene: Scene, cue: Panic, picture: int) -> Scene:
    level = panic_level(scene, picture)
    return replace(scene, panic=over(level, 1.0 if cue.on else 0.0, picture, _pictures(scene, cue.fade_ms)))


def _blackout(scene: Scene, cue: Blackout, picture: int) -> Scene:
    return replace(scene, blackout=cue.on)


_CHANGES: dict[type[Any], Callable[[Scene, Any, int], Scene]] = {
    Put: _put,
    Remove: _remove,
    Clear: _clear,
    Arrange: _arrange,
    SetLayer: _set_layer,
    SetStrip: _set_strip,
    SetAway: _set_away,
    SetMaster: _set_master,
    SetDucking: _set_ducking,
    SetSlate: _set_slate,
    ShowCredits: _show_credits,
    Panic: _panic,
    Blackout: _blackout,
}


# coming and going


def _gliding(before: Scene, after: Scene, picture: int) -> Scene:
    """Set live pictures on their way whose place in the layout is another than before."""
    if after.layers == before.layers or not any(isinstance(one.source, LiveSource) for one in after.layers):
        return after
    was = [layer for layer in before.layers if layer.on and left_of(layer, picture) > 0.0]
    going = areas_of(was)
    known = {one.layer_id: (on_the_way(one, going[one.layer_id], picture), going[one.layer_id]) for one in was}
    targets = areas_of([layer for layer in after.layers if layer.on])
    rate = after.pictures_per_second
    layers = tuple(set_out(one, known, targets.get(one.layer_id, FULL), picture, rate) for one in after.layers)
    return replace(after, layers=layers)


def _pictures(scene: Scene, fade_ms: int) -> int:
    return (fade_ms * scene.pictures_per_second + 500) // 1000


def _fade_out(scene: Scene, ids: frozenset[str], picture: int, fade: int, layers_wait: int = 0) -> Scene:
    """Send layers and strips away over `fade` pictures; layers keep the area that they have now."""
    areas = _seen_at(scene, picture)

    def leave(layer: Layer) -> Layer:
        pinned = replace(layer, place=layer.place or areas.get(layer.layer_id), glide=None)
        return sent_away(pinned, picture, layers_wait, fade)

    layers = tuple(leave(one) if one.layer_id in ids else one for one in scene.layers)
    strips = tuple(sent_away(one, picture, 0, fade) if one.strip_id in ids else one for one in scene.strips)
    return settled(replace(scene, layers=layers, strips=strips), picture)


def _seen_at(scene: Scene, picture: int) -> dict[str, Rect]:
    """Where each layer that is on is by now."""
    targets = areas_of([layer for layer in scene.layers if layer.on])
    return {one.layer_id: on_the_way(one, targets[one.layer_id], picture) for one in scene.layers if one.on}


def _fade_all(scene: Scene, picture: int, fade: int) -> Scene:
    """Let everything give way to what comes. Pictures stay whole for the first half, while the new one comes in over
    them: two half-clear pictures over black would dip in brightness. Sound has no such trouble and goes at once."""
    return _fade_out(scene, _all_ids(scene), picture, fade, layers_wait=fade // 2)


def _pieces(scene: Scene) -> tuple[Layer | Strip, ...]:
    return (*scene.layers, *scene.strips)


def _all_ids(scene: Scene) -> frozenset[str]:
    return frozenset((*(one.layer_id for one in scene.layers), *(one.strip_id for one in scene.strips)))


def _seated(
    pieces: tuple[Piece, ...], piece_id: str, new: Piece | None, id_of: Callable[[Piece], str]
) -> tuple[Piece, ...]:
    """Put `new` where the piece of this id is, else in front; without `new` that piece only goes."""
    if new is not None and any(id_of(one) == piece_id for one in pieces):
        return tuple(new if id_of(one) == piece_id else one for one in pieces)
    others = tuple(one for one in pieces if id_of(one) != piece_id)
    return others if new is None else others + (new,)  # noqa: RUF005 (mypy cannot unpack a constrained TypeVar)
