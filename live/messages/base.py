"""The base of every message: frozen, camelCase on the wire, told apart by `type`, unknown fields refused."""

from __future__ import annotations

import msgspec


class Message(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, omit_defaults=False
):
    """A plain part of a message."""


def snake(name: str) -> str:
    """`SetLayer` → `set_layer`: the `type` of a message is its class name in snake case."""
    return "".join("_" + c.lower() if c.isupper() and i else c.lower() for i, c in enumerate(name))


class Tagged(Message, frozen=True, kw_only=True, tag_field="type", tag=snake):
    """A message that stands in a union; its `type` field says which one it is."""
