"""What a phone says about the file that it is going to send: `Upload-Metadata`, validated.

Everything that can be refused is refused here, before the first byte: the phone is told in a sentence, and nothing of a
gigabyte "photo" ever travels.
"""

from __future__ import annotations

import re

from live.errors import BadInput, BadMedia, TooLarge
from live.messages.base import Message
from live.messages.coding import from_json
from live.messages.events import Beside, Consent, Trim
from live.messages.ids import Id, is_id
from live.uploads.limits import MB, UploadKind, UploadLimits
from live.uploads.tus import parse_metadata

KINDS: dict[str, UploadKind] = {"photo": "photo", "sound": "sound", "video": "video"}
MOST_PARENTS = 8
LONGEST_TYPE = 100

_TRIM = re.compile(r"([0-9]{1,15})-([0-9]{1,15})")
_STARTED = re.compile(r"[0-9]{1,15}")
_TYPE = re.compile(r"[\x20-\x7e]*")


class Announcement(Message, frozen=True):
    contribution_id: Id
    kind: UploadKind
    consent: Consent
    prompt_id: Id | None = None
    parents: tuple[Id, ...] = ()
    trim: Trim | None = None
    claimed_type: str = ""
    beside: Beside | None = None


def read_announcement(header: str | None, length_bytes: int, limits: UploadLimits) -> Announcement:
    """Raises BadInput, BadMedia (unknown kind) or TooLarge."""
    fields = parse_metadata(header or "")
    kind = _kind(fields)
    _check_size(kind, length_bytes, limits)
    if "consent" not in fields:
        raise BadInput('expected the metadata "consent": what the author allows, as JSON; it is missing')
    return Announcement(
        contribution_id=_id("contribution", fields.get("contribution", "")),
        kind=kind,
        consent=from_json(fields["consent"], Consent),
        prompt_id=_id("prompt", fields["prompt"]) if fields.get("prompt") else None,
        parents=_parents(fields.get("parents", "")),
        trim=_trim(fields.get("trim", "")),
        claimed_type=_claimed_type(fields.get("filetype", "")),
        beside=_beside(fields.get("stream", ""), fields.get("startedUs", "")),
    )


def _kind(fields: dict[str, str]) -> UploadKind:
    asked = fields.get("kind", "")
    if asked not in KINDS:
        raise BadMedia(f'expected the metadata "kind" to be photo, sound or video, got {asked[:40]!r}')
    return KINDS[asked]


def _check_size(kind: UploadKind, length_bytes: int, limits: UploadLimits) -> None:
    most = limits.kind_bytes[kind]
    if length_bytes == 0:
        raise BadInput(f"expected a {kind} with something in it, got an empty file; record or choose it again")
    if length_bytes > most:
        raise TooLarge(
            f"expected a {kind} of at most {most / MB:.0f} MB, got {length_bytes / MB:.0f} MB; "
            "choose a smaller one, or shorten it"
        )


def _id(name: str, text: str) -> str:
    if not is_id(text):
        raise BadInput(
            f'expected the metadata "{name}" to be an id of 8 to 64 letters, digits, - or _, got {text[:80]!r}'
        )
    return text


def _parents(text: str) -> tuple[str, ...]:
    parents = tuple(dict.fromkeys(_id("parents", part.strip()) for part in text.split(",") if part.strip()))
    if len(parents) > MOST_PARENTS:
        raise BadInput(f'expected at most {MOST_PARENTS} ids in the metadata "parents", got {len(parents)}')
    return parents


def _trim(text: str) -> Trim | None:
    if not text:
        return None
    match = _TRIM.fullmatch(text)
    if match is None or int(match.group(1)) >= int(match.group(2)):
        raise BadInput(
            f'expected the metadata "trim" as START-END in microseconds, START before END, got {text[:40]!r}'
        )
    return Trim(start_us=int(match.group(1)), end_us=int(match.group(2)))


def _beside(stream: str, started: str) -> Beside | None:
    if not stream:
        return None
    if not _STARTED.fullmatch(started):
        raise BadInput(
            f'expected the metadata "startedUs" beside "stream": show time in microseconds, got {started[:40]!r}'
        )
    return Beside(stream_id=_id("stream", stream), started_us=int(started))


def _claimed_type(text: str) -> str:
    """Only a hint for a person reading the journal: intake looks at the bytes."""
    return text if len(text) <= LONGEST_TYPE and _TYPE.fullmatch(text) else ""
