"""What the page of messages has on it, and in which order: groups of structs, and how each travels.

`live.glossary` writes the page. The unions say what belongs to a group, and what is only a part of other messages is
found by looking into them: a new act, cue or event is on the page without a word here.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import msgspec
import msgspec.inspect as shapes

from live import stream_watchers
from live.decisions.table import ASKS
from live.doorplate import Doorplate
from live.doors import JoinAsk, Joined
from live.hints import Hint
from live.messages import bundle, events, ids, packets, phones, scene, views, wifi
from live.messages.air import AirHealth, Trouble
from live.publisher import Key, Level, Second, Uneven, Want

Struct = type[msgspec.Struct]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    title: str
    intro: str
    members: tuple[Struct, ...]
    one: str = ""
    """What any of the members is called, where a field takes them all: "cue"."""


TRAVELS: dict[Struct, str] = {  # what its docstring does not say already
    views.Welcome: "Event `welcome`, hub → client.",
    views.Changes: "Event `changes`, hub → audience, host, crew.",
    views.Entries: "Event `entries`, hub → stage.",
    views.Problem: "Event `bye`, hub → client; in an `Ack`; the body of every refusal by HTTP; text on a media socket.",
    views.Presence: "Event `presence`, hub → host.",
    views.Levels: "Event `levels`, stage → hub → host.",
    views.Progress: "Event `progress`, hub → host and the author.",
    AirHealth: "Event `health`, hub → host, crew.",
    phones.PhoneCue: "Event `phones`, hub → audience.",
    phones.Reactions: "Event `reactions`, hub → host, stage.",
    packets.Hello: "Publisher → hub → watcher.",
    Key: "Watcher → hub → publisher.",
    Trouble: "Stage → hub → publisher.",
    JoinAsk: "Body of `POST /api/join`.",
    Joined: "Answer to `POST /api/join`.",
    Doorplate: "The file `doors.json` in the show's folder.",
}


@cache
def sections() -> tuple[Section, ...]:
    """Return the page's sections; what is a part of other messages only comes last."""
    own = tuple(_own_sections())
    named = {struct for section in own for struct in section.members}
    parts = tuple(struct for struct in _parts(named) if struct not in named)
    intro = "What the messages above are made of."
    return (*own, Section(title="Parts", intro=intro, members=parts))


def _own_sections() -> Iterator[Section]:
    yield from _asked()
    yield from _unions()
    yield from _told()
    yield from _besides()


def _asked() -> Iterator[Section]:
    yield Section(
        title="Asking",
        intro="What goes with the event `act` is one of these, by who asks. The answer is an `Ack`.",
        members=tuple(ASKS.values()),
    )
    told: set[Struct] = set()
    for title, role in (
        ("Acts of the audience", "audience"),
        ("Acts of host and moderator", "host"),
        ("Acts of the crew", "crew"),
        ("Acts of the stage", "stage"),
    ):
        members = tuple(struct for struct in acts_of(role) if struct not in told)
        told.update(members)
        yield Section(title=title, intro="", members=members)


def _unions() -> Iterator[Section]:
    for title, intro, one, union in (
        (
            "Cues",
            "What changes the scene: the `cue` of `GiveCue`, `TakeCue` and of the event `Cued`.",
            "cue",
            scene.Cue,
        ),
        (
            "Sources",
            "What a layer shows and a strip sounds: the `source` of `Put`, `Layer` and `Strip`.",
            "source",
            scene.Source,
        ),
        ("Deeds of the phones", "The `what` of `CuePhones`, `PhoneCue` and `PhonesCued`.", "deed", phones.PhoneDeed),
        (
            "Journal events",
            "The facts of a show, one to an `Entry`. The stage hears those that say so, all others are told views.",
            "journal event",
            events.Event,
        ),
    ):
        yield Section(title=title, intro=intro, members=typing.get_args(union), one=one)


def _told() -> Iterator[Section]:
    yield Section(
        title="Other events of Socket.IO",
        intro="What is told, and what is said without an act.",
        members=(
            *(views.Welcome, views.Changes, views.Entries, views.Ack, views.Problem, views.Pong),
            *(views.Presence, views.Levels, views.Progress, AirHealth),
            *(phones.PhoneCue, phones.React, phones.Reactions),
        ),
    )
    yield Section(
        title="Things told to clients",
        intro="What `Changes` holds, each thing whole whenever it changed.",
        members=tuple(
            dict.fromkeys(struct for part in shape_of(views.Changes).fields for struct in structs_in(part.type))
        ),
    )


def _besides() -> Iterator[Section]:
    yield Section(
        title="Words on a media socket",
        intro="Texts beside the packets on `/live/STREAM/publish` and `/live/STREAM/watch`.",
        members=(packets.Hello, Hint, Want, Second, Uneven, Level, *typing.get_args(stream_watchers.Asked)),
    )
    yield Section(
        title="Words on the stage's line of many streams",
        intro="Texts on `/live/watch`.",
        members=(*typing.get_args(bundle.Asked), *typing.get_args(bundle.Said)),
    )
    yield Section(
        title="Words of a try of the Wi-Fi",
        intro="Texts on `/wifi/try`.",
        members=tuple(dict.fromkeys((*typing.get_args(wifi.SaidByHub), *typing.get_args(wifi.SaidByPhone)))),
    )
    yield Section(
        title="HTTP",
        intro="Files go by tus, see [protocol.md](protocol.md).",
        members=(JoinAsk, Joined, Doorplate),
    )


@cache
def acts_of(role: ids.Role) -> tuple[Struct, ...]:
    act = next(part.type for part in shape_of(ASKS[role]).fields if part.name == "act")
    return tuple(structs_in(act))


def shape_of(struct: Struct) -> shapes.StructType:
    shape = shapes.type_info(struct)
    assert isinstance(shape, shapes.StructType)
    return shape


def structs_in(shape: shapes.Type) -> Iterator[Struct]:
    """Yield the structs that a shape names, not those within them."""
    match shape:
        case shapes.StructType(cls=cls):
            yield cls
        case shapes.UnionType(types=types) | shapes.TupleType(item_types=types):
            for inner in types:
                yield from structs_in(inner)
        case shapes.VarTupleType(item_type=item) | shapes.DictType(value_type=item):
            yield from structs_in(item)


def _parts(whole: Iterable[Struct]) -> list[Struct]:
    """Return what these are made of, down to the smallest, as they stand in their modules."""
    found: set[Struct] = set()
    waiting = list(whole)
    while waiting:
        for part in shape_of(waiting.pop()).fields:
            new = set(structs_in(part.type)) - found
            found |= new
            waiting += new
    return sorted(found, key=lambda struct: (struct.__module__, inspect.getsourcelines(struct)[1]))
