"""How many guests may be live at once: what this machine was measured to carry (`live.capacity`), held against who is.

A tile of a mosaic and a microphone of a choir cost less than a phone by itself, so each takes its own share of the
whole. A choir's large packets make each microphone cheaper once there are many. Pure.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import msgspec

from live.capacity import Capacity
from live.guests import Guest
from live.hints import CHOIR_MICROPHONES
from live.messages.air import AirLimits, Gathering, Wants

ROUNDING = 1e-9


class Slots(msgspec.Struct, frozen=True, kw_only=True):
    """How many of each kind fit, each by itself."""

    phones: int = 16
    tiles: int = 64
    microphones: int = 200
    """With large packets, which the hub asks of a choir (`live.hints`)."""
    few_microphones: int | None = None
    """With small packets, as long as there are few; None: as many."""

    @classmethod
    def of(cls, capacity: Capacity) -> Slots:
        return cls(
            phones=capacity.phones,
            tiles=capacity.tiles,
            microphones=capacity.microphones,
            few_microphones=capacity.few_microphones,
        )

    def have_room(self, accepted: Sequence[Guest], gathering: Gathering, wants: Wants) -> bool:
        present = _Present.of(accepted)
        return self._taken(present.and_one(gathering, wants)) <= 1.0 + ROUNDING

    def limits(self, accepted: Sequence[Guest]) -> AirLimits:
        present = _Present.of(accepted)
        free = max(0.0, 1.0 - self._taken(present)) + ROUNDING
        return AirLimits(
            streams=len(accepted) + int(free * self.phones),
            used=len(accepted),
            more_tiles=int(free * self.tiles),
            more_microphones=self._more_microphones(present),
        )

    def _taken(self, present: _Present) -> float:
        """What part of everything they take; more than 1 where not even one fits."""
        microphones = self.microphones if present.is_choir else self._few
        return (
            _part(present.phones, self.phones)
            + _part(present.tiles, self.tiles)
            + _part(present.microphones, microphones)
        )

    def _more_microphones(self, present: _Present) -> int:
        """They come one by one: a choir is only reached where those before it fit with small packets."""
        room = 1.0 - _part(present.phones, self.phones) - _part(present.tiles, self.tiles) + ROUNDING
        small = int(room * self._few) - present.microphones
        large = int(room * self.microphones) - present.microphones
        before_choir = CHOIR_MICROPHONES - present.sounding
        return max(0, large if before_choir < 0 or small >= before_choir else small)

    @property
    def _few(self) -> int:
        return self.microphones if self.few_microphones is None else self.few_microphones


class _Present(msgspec.Struct, frozen=True, kw_only=True):
    """How many of each kind; `sounding` are all with a microphone on, by which the hub asks for large packets."""

    phones: int = 0
    tiles: int = 0
    microphones: int = 0
    sounding: int = 0

    @classmethod
    def of(cls, accepted: Sequence[Guest]) -> _Present:
        kinds = Counter(_kind(guest.gathering, guest.wants) for guest in accepted)
        sounding = sum(guest.wants != "camera" for guest in accepted)
        return cls(**kinds, sounding=sounding)

    @property
    def is_choir(self) -> bool:
        return self.sounding > CHOIR_MICROPHONES

    def and_one(self, gathering: Gathering, wants: Wants) -> _Present:
        kind = _kind(gathering, wants)
        more = {kind: getattr(self, kind) + 1, "sounding": self.sounding + (wants != "camera")}
        return msgspec.structs.replace(self, **more)


def _kind(gathering: Gathering, wants: Wants) -> str:
    return "microphones" if wants == "microphone" else "tiles" if gathering == "mosaic" else "phones"


def _part(count: int, most: int) -> float:
    return 0.0 if count == 0 else count / most if most > 0 else math.inf


MODEST = Slots()
"""What is believed where nothing was measured."""
