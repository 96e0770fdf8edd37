"""A try of the hall's Wi-Fi: what hub and phone say to each other on `/wifi/try`, between them plain bytes.

The hub leads: echoes first, then bytes from the phone, bytes to the phone, and what came of it.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from live.messages.base import Tagged

Speed = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]
"""Mbit/s."""


class Echo(Tagged, frozen=True):
    """To be sent back as it is, at once."""

    number: int


class Upload(Tagged, frozen=True):
    """Send bytes, as many as go, for this long; then say `Uploaded`."""

    seconds: float


class Uploaded(Tagged, frozen=True):
    """All bytes stand before this."""


class Download(Tagged, frozen=True):
    """Bytes come for this long; `Downloaded` stands behind them."""

    seconds: float


class Downloaded(Tagged, frozen=True):
    """That was all; say `Received`."""


class Received(Tagged, frozen=True):
    """How quickly the bytes came, by the phone's own clock."""

    mbit_s: Speed


class Found(Tagged, frozen=True):
    """What this spot's Wi-Fi carries, and how many live phones the show now counts on."""

    up_mbit_s: float
    down_mbit_s: float
    delay_ms: float
    """There and back, the median of the echoes."""
    worst_ms: float
    air_phones: int
    """What the air alone would carry from here."""
    phones: int
    """What air, link and machine together do."""
    is_kept: bool
    """False where no air lay between, or the number of guests was given by hand."""


SaidByHub = Echo | Upload | Download | Downloaded | Found
SaidByPhone = Echo | Uploaded | Received
