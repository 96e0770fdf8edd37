"""Ids are made by whoever makes the thing, so that a repeated request is recognised as the same one."""

from __future__ import annotations

import re
import secrets
from typing import Annotated, Literal, NewType

import msgspec

Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
"""What every id must look like; safe in file names, URLs and HTML."""

ShowId = NewType("ShowId", str)
PersonId = NewType("PersonId", str)

Role = Literal["audience", "host", "moderator", "crew", "stage"]
Kind = Literal["text", "photo", "sound", "video"]

_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


def new_id() -> str:
    """Return a fresh random id of 16 characters (96 bits)."""
    return secrets.token_urlsafe(12)


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None
