"""How many guests may be live at once: what this machine was measured to carry (`live.capacity`), held against who is.

A tile of a mosaic and a microphone of a choir cost less than a phone by itself, so each takes its own share of the
whole. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from live.guests import Guest
from live.messages.air import AirLimits, Gathering, Wants

ROUNDING = 1e-9


class Slots(msgspec.Struct, frozen=True, kw_only=True):
    """How many of each kind fit, each by itself."""

    phones: int = 16
    tiles: int = 64
    microphones: int = 200

    def share(self, gathering: Gathering, wants: Wants) -> float:
        """What part of everything one guest of this kind takes; more than 1 where not even one fits."""
        most = self.microphones if wants == "microphone" else self.tiles if gathering == "mosaic" else self.phones
        return 1.0 / most if most > 0 else math.inf

    def taken(self, accepted: Sequence[Guest]) -> float:
        return sum(self.share(guest.gathering, guest.wants) for guest in accepted)

    def have_room(self, accepted: Sequence[Guest], gathering: Gathering, wants: Wants) -> bool:
        return self.taken(accepted) + self.share(gathering, wants) <= 1.0 + ROUNDING

    def limits(self, accepted: Sequence[Guest]) -> AirLimits:
        free = max(0.0, 1.0 - self.taken(accepted)) + ROUNDING
        return AirLimits(
            streams=len(accepted) + int(free * self.phones),
            used=len(accepted),
            more_tiles=int(free * self.tiles),
            more_microphones=int(free * self.microphones),
        )


MODEST = Slots()
"""What is believed where nothing was measured."""
