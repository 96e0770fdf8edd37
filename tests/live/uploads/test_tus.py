"""The headers of tus, parsed: pure."""

from __future__ import annotations

import base64
import contextlib
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.errors import BadChecksum, BadInput
from live.uploads.tus import http_date, number, parse_checksum, parse_metadata

keys = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters=","), min_size=1, max_size=20)


@given(st.dictionaries(keys, st.text(max_size=50), max_size=8))
def test_metadata_comes_back_as_it_was_said(said: dict[str, str]) -> None:
    header = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())
    assert parse_metadata(header) == said


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", {}),
        ("is_confidential", {"is_confidential": ""}),
        ("a YQ==, b Yg==", {"a": "a", "b": "b"}),
        ("empty ,b Yg==", {"empty": "", "b": "b"}),
    ],
)
def test_a_value_may_be_empty_and_pairs_spaced(header: str, found: dict[str, str]) -> None:
    assert parse_metadata(header) == found


@pytest.mark.parametrize("header", ["a YQ==,a Yg==", "a !!!", "a YQ= =", "a /w==", "ä YQ==", "a ä", "a\tb YQ=="])
def test_what_tus_forbids_in_metadata_is_refused(header: str) -> None:
    """All keys MUST be unique, keys ASCII without spaces and commas, the value MUST be Base64; ours are text, too."""
    with pytest.raises(BadInput):
        parse_metadata(header)


@given(st.text(max_size=100))
def test_no_metadata_breaks_the_parser(header: str) -> None:
    with contextlib.suppress(BadInput):
        assert all(isinstance(value, str) for value in parse_metadata(header).values())


@given(st.binary(max_size=100), st.binary(max_size=100), st.sampled_from(["sha1", "sha256"]))
def test_a_checksum_tells_bytes_apart(sent: bytes, came: bytes, algorithm: str) -> None:
    digest = hashlib.new(algorithm, sent).digest()
    checksum = parse_checksum(f"{algorithm} {base64.b64encode(digest).decode()}")
    assert checksum is not None
    seen = checksum.begin()
    seen.update(came)
    if sent == came:
        checksum.verify(seen)
    else:
        with pytest.raises(BadChecksum):
            checksum.verify(seen)


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("12", 12), ("999999999999999999", 10**18 - 1)])
def test_numbers_are_plain_digits(text: str, value: int) -> None:
    assert number({"Upload-Offset": text}, "Upload-Offset") == value


@pytest.mark.parametrize("text", ["", "-1", "+1", " 1", "1 ", "1e3", "٣", "1" * 19])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="Upload-Offset"):
        number({"Upload-Offset": text}, "Upload-Offset")


def test_dates_are_written_as_http_wants_them() -> None:
    assert http_date(1403712000.9) == "Wed, 25 Jun 2014 16:00:00 GMT"
