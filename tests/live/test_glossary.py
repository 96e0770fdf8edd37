"""Whoever writes a client finds every message with its fields in `docs/messages.md`, as the structs have them."""

from __future__ import annotations

import re
import typing
from collections import Counter
from functools import cache
from types import ModuleType

import msgspec
import pytest

from live import glossary, hints, publisher
from live.decisions.table import ASKS, asked_acts, decided_acts
from live.errors import UnknownMessage
from live.glossary import MESSAGES_MD
from live.messages import acts, air, bundle, events, packets, phones, scene, views
from live.messages.base import Message
from live.messages.coding import from_plain

MODULES = (acts, air, bundle, events, packets, phones, scene, views, publisher, hints)
NOT_SENT = {packets.Packet, bundle.Numbered}
"""A packet is bytes; `Numbered` is what the words of one line have in common."""
UNIONS = {
    "cue": scene.Cue,
    "source": scene.Source,
    "deed": phones.PhoneDeed,
    "event": events.Event,
    "asked": bundle.Asked,
    "said": bundle.Said,
}

messages = cache(glossary.messages)


def entry(struct: type[msgspec.Struct]) -> str:
    """Return what the page says of a struct, its heading left out."""
    name = str(struct.__struct_config__.tag or struct.__name__)
    found = re.findall(rf"^### `{name}`\n(.*?)(?=^##|\Z)", messages(), flags=re.MULTILINE | re.DOTALL)
    assert len(found) == 1, f"expected one entry {name}, found {len(found)}"
    return str(found[0])


def structs_of(module: ModuleType) -> list[type[msgspec.Struct]]:
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Message) and value.__module__ == module.__name__
    ]


def test_the_committed_page_is_what_the_structs_say() -> None:
    assert MESSAGES_MD.read_text(encoding="utf-8") == messages(), (
        "a message has changed: run python -m live.glossary --write and commit docs/messages.md"
    )


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_message_is_there_with_all_its_fields(module: ModuleType) -> None:
    structs = [struct for struct in structs_of(module) if struct not in NOT_SENT]
    assert structs
    for struct in structs:
        named = re.findall(r"^- `(\w+)`: ", entry(struct), flags=re.MULTILINE)
        assert named == list(struct.__struct_encode_fields__), struct


@pytest.mark.parametrize("name", UNIONS)
def test_every_member_of_a_union_is_there(name: str) -> None:
    members = typing.get_args(UNIONS[name])
    assert len(members) > 2
    for member in members:
        assert entry(member)


def test_every_act_says_who_may_ask_it() -> None:
    assert asked_acts() == decided_acts()
    for act in asked_acts():
        roles = [role for role, ask in ASKS.items() if act in may_ask(ask)]
        assert roles
        assert entry(act).startswith(f"From {' or '.join(roles)}."), act


def may_ask(ask: type[Message]) -> tuple[type[Message], ...]:
    return typing.get_args(typing.get_type_hints(ask)["act"])


@pytest.mark.parametrize(
    ("struct", "line"),
    [
        (acts.SendText, "- `text`: text, at most 8000 long"),
        (acts.SendText, "- `parents`: list of id, at most 8 of them; default `[]`"),
        (acts.Judge, "- `contributionIds`: list of id, 1 to 5000 of them"),
        (scene.Put, "- `gainDb`: number, -120 to 12; default `0.0`"),
        (scene.SetLayer, "- `place`: [`Rect`](#rect) or null; default `null`"),
        (acts.GiveCue, "- `cue`: a [cue](#cues)"),
        (air.CallOpened, "- `straightOn`: true or false"),
        (views.MineView, "- `stageTimes`: list of [whole number, whole number or null]"),
        (events.ShowOpened, "- `openedAtS`: number. Wall time (Unix seconds) of show time 0."),
        (bundle.Follow, "- `number`: whole number"),
    ],
)
def test_a_field_says_its_type_its_bounds_its_default_and_its_docstring(
    struct: type[msgspec.Struct], line: str
) -> None:
    assert line in entry(struct).splitlines()


def test_every_link_into_the_page_leads_somewhere() -> None:
    headings = re.findall(r"^##+ (.+)$", messages(), flags=re.MULTILINE)
    anchors = Counter(re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings)
    assert [anchor for anchor, times in anchors.items() if times > 1] == []
    protocol = MESSAGES_MD.with_name("protocol.md").read_text(encoding="utf-8")
    within, from_protocol = re.findall(r"\]\(#([^)]+)\)", messages()), re.findall(r"\(messages\.md#([^)]+)\)", protocol)
    assert from_protocol
    assert {*within, *from_protocol} <= anchors.keys()


def test_a_refusal_names_the_page_that_has_the_fields() -> None:
    with pytest.raises(UnknownMessage, match=r"expected AudienceAsk: .* see docs/messages\.md for its fields"):
        from_plain({"actId": "act-00000001", "act": {"type": "give_cue"}}, acts.AudienceAsk)
    assert MESSAGES_MD.match("docs/messages.md")
    assert "- `actId`: id" in entry(acts.AudienceAsk)
