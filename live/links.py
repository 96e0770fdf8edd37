"""Where the links of a show lead: to which address, by https or plain http, for whom. Asked anew each time, as the
network and the certificate may change during a show.
"""

from __future__ import annotations

from dataclasses import dataclass

from live.https import Https
from live.messages.ids import Role
from live.settings import Settings, lan_address

PATHS = {"moderator": "moderate"}
"""Of roles whose page has another name."""


@dataclass(frozen=True, slots=True)
class Links:
    settings: Settings
    https: Https | None

    @property
    def hall(self) -> str:
        """The address for everybody: by https where every phone opens that."""
        own = self.https.url if self.https is not None and self.settings.public_url is None else None
        return own or self.settings.base_url()

    @property
    def secure(self) -> str | None:
        """By https, also where a phone has to accept the certificate first; None: there is none."""
        return self.https.origin_beside(lan_address()) if self.https is not None else None

    @property
    def team(self) -> str:
        """For hosts and moderators on other devices: by https wherever a device can come to trust it; else a warning
        is all that it would bring.
        """
        is_own = self.https is not None and self.https.authority is not None and not self.hall.startswith("https:")
        return (self.secure if is_own else None) or self.hall

    def of(self, role: Role, key: str) -> str:
        """The link by which somebody of this role comes from another device."""
        match role:
            case "host" | "moderator":
                return link_of(self.team, role, key)
            case "crew":  # cameras need https
                return link_of(self.secure or self.hall, role, key)
            case _:
                return link_of(self.hall, role, key)


def link_of(base_url: str, role: Role | str, key: str) -> str:
    return f"{base_url}/{PATHS.get(role, role)}?key={key}"
