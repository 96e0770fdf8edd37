"""Every error that Houselights raises on purpose.

    HouselightsError             a sentence: what was expected, what came, what to do
    ├── BadInput                 the caller sent something that can never work
    │   ├── UnknownMessage       no such message type, or a field of the wrong shape
    │   ├── BadMedia             a file that is not what it claims, or that no page may play
    │   ├── TooLarge             more bytes than are taken of this kind
    │   ├── BadChecksum          bytes that changed on their way
    │   └── NotFound             an id that this show does not know
    ├── NotAllowed               who is asking may not do this
    │   ├── BadToken             forged, revoked, or from another show
    │   ├── Banned               the crew has paused this phone; what it keeps may come once they lift that
    │   └── BadOrigin            a page of another site asks
    ├── TooMuch                  a bound was reached; `retry_after_s` says when to come again
    ├── Conflict                 true a moment ago, not now (wrong offset, cue for a layer that left)
    └── Unavailable              a part is missing or away (no sound card, hub unreachable)
        └── DiskFull             no room for what came; what was kept is kept

Errors that travel carry a stable `code`; the pages choose what to do by it and show the sentence.
"""

from __future__ import annotations

from typing import ClassVar


class HouselightsError(Exception):
    """Base of all; `code` is stable on the wire, `http_status` is what HTTP answers with."""

    code: ClassVar[str] = "error"
    http_status: ClassVar[int] = 500


class BadInput(HouselightsError):
    code = "bad_input"
    http_status = 400


class UnknownMessage(BadInput):
    code = "unknown_message"


class BadMedia(BadInput):
    code = "bad_media"
    http_status = 415


class TooLarge(BadInput):
    code = "too_large"
    http_status = 413


class BadChecksum(BadInput):
    code = "bad_checksum"
    http_status = 460


class NotFound(BadInput):
    code = "not_found"
    http_status = 404


class NotAllowed(HouselightsError):
    code = "not_allowed"
    http_status = 403


class BadToken(NotAllowed):
    code = "bad_token"
    http_status = 401


class Banned(NotAllowed):
    code = "banned"


class BadOrigin(NotAllowed):
    code = "bad_origin"


class TooMuch(HouselightsError):
    code = "too_much"
    http_status = 429

    def __init__(self, message: str, *, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Conflict(HouselightsError):
    code = "conflict"
    http_status = 409


class Unavailable(HouselightsError):
    code = "unavailable"
    http_status = 503


class DiskFull(Unavailable):
    code = "disk_full"
    http_status = 507
