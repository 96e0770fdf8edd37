"""tus 1.0 on the wire: the headers that come in, parsed, and those that go out. Knows no file and no request object.

https://tus.io/protocols/resumable-upload, with creation, creation-with-upload, termination, checksum and expiration.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING

from live.errors import BadChecksum, BadInput, BadMedia

if TYPE_CHECKING:
    from hashlib import _Hash

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,checksum,expiration"
CHECKSUMS = {"sha1": 20, "sha256": 32}
"""Algorithm → digest size in bytes."""
PART_TYPE = "application/offset+octet-stream"

_NUMBER = re.compile(r"[0-9]{1,18}")
_KEY = re.compile(r"[\x21-\x2b\x2d-\x7e]+")


class WrongVersion(BadInput):
    code = "wrong_tus_version"
    http_status = 412


def check_version(headers: Mapping[str, str]) -> None:
    """Raises WrongVersion."""
    asked = headers.get("Tus-Resumable")
    if asked != VERSION:
        raise WrongVersion(f"expected the header Tus-Resumable: {VERSION}, got {asked!r}")


def number(headers: Mapping[str, str], name: str) -> int:
    """Return a header that must be there as a non-negative integer. Raises BadInput."""
    text = headers.get(name)
    if text is None or not _NUMBER.fullmatch(text):
        raise BadInput(f"expected the header {name} with a non-negative integer, got {text!r}")
    return int(text)


def check_part_type(headers: Mapping[str, str]) -> None:
    """Bytes come as they are: another type is refused, and so is a packed body, which would be unpacked on the way."""
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != PART_TYPE:
        raise BadMedia(f"expected Content-Type: {PART_TYPE}, got {kind!r}")
    packed = headers.get("Content-Encoding", "identity").lower()
    if packed != "identity":
        raise BadMedia(f"expected the bytes as they are, got Content-Encoding: {packed[:40]!r}; send them unpacked")


def parse_metadata(header: str) -> dict[str, str]:
    """Return key → value of `Upload-Metadata`. Raises BadInput for what tus forbids, and for what is not UTF-8."""
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip(" ") for part in header.split(","))):
        key, _, encoded = pair.partition(" ")
        if not _KEY.fullmatch(key) or key in found:
            raise BadInput(f"expected Upload-Metadata keys to be ASCII without spaces and each once, got {key[:40]!r}")
        try:
            found[key] = base64.b64decode(encoded.strip(), validate=True).decode()
        except ValueError:  # of what is no Base64, no ASCII at all, or no UTF-8 when unpacked
            raise BadInput(f"expected the Upload-Metadata value of {key!r} to be UTF-8 text in Base64") from None
    return found


@dataclass(frozen=True, slots=True)
class Checksum:
    algorithm: str
    digest: bytes

    def begin(self) -> _Hash:
        return hashlib.new(self.algorithm, usedforsecurity=False)

    def verify(self, seen: _Hash) -> None:
        """Raises BadChecksum."""
        if seen.digest() != self.digest:
            raise BadChecksum(
                f"expected bytes with {self.algorithm} {self.digest.hex()}, got {seen.hexdigest()}; "
                "none of them were kept, send them again"
            )


def parse_checksum(header: str | None) -> Checksum | None:
    """Raises BadInput for an algorithm that is not known here or a sum that is not one."""
    if header is None:
        return None
    algorithm, _, encoded = header.strip().partition(" ")
    if algorithm not in CHECKSUMS:
        raise BadInput(f"expected an Upload-Checksum by one of {', '.join(CHECKSUMS)}, got {algorithm[:40]!r}")
    try:
        digest = base64.b64decode(encoded, validate=True)
    except ValueError:
        digest = b""
    if len(digest) != CHECKSUMS[algorithm]:
        raise BadInput(f"expected Upload-Checksum: {algorithm} and {CHECKSUMS[algorithm]} bytes in Base64")
    return Checksum(algorithm, digest)


def http_date(at_s: float) -> str:
    return formatdate(at_s, usegmt=True)


def capabilities(largest_bytes: int) -> dict[str, str]:
    """What OPTIONS answers."""
    return {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(largest_bytes),
        "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
    }
