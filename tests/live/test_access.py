"""Keys, tokens, codes, origins, rates: who gets in, and what the others are told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.access import Access, check_origin, read_secret
from live.errors import BadOrigin, BadToken, NotAllowed
from live.messages.ids import PersonId, Role


class Generations:
    def __init__(self) -> None:
        self.of: dict[Role, int] = {}

    def __call__(self, role: Role) -> int:
        return self.of.get(role, 0)


@pytest.fixture
def generations() -> Generations:
    return Generations()


@pytest.fixture
def access(generations: Generations) -> Access:
    return Access("show-one-1", b"s" * 32, generations)


@pytest.mark.parametrize("role", ["host", "moderator", "crew", "stage"])
def test_a_key_opens_its_own_role(access: Access, role: Role) -> None:
    assert access.check(access.key(role)).role == role


def test_a_device_token_names_its_person(access: Access) -> None:
    caller = access.check(access.device_token("person-0001"))
    assert (caller.role, caller.person_id) == ("audience", PersonId("person-0001"))


def test_a_turned_key_is_worthless_and_the_new_one_works(access: Access, generations: Generations) -> None:
    old = access.key("host")
    generations.of["host"] = 1
    with pytest.raises(BadToken, match="revoked"):
        access.check(old)
    assert access.check(access.key("host")).role == "host"


def test_a_key_of_another_show_is_refused_by_name(access: Access) -> None:
    other = Access("show-two-2", b"s" * 32, lambda _: 0)
    with pytest.raises(BadToken, match="another show"):
        access.check(other.key("host"))


def test_a_key_signed_with_another_secret_is_refused(access: Access) -> None:
    forged = Access("show-one-1", b"x" * 32, lambda _: 0)
    with pytest.raises(BadToken, match="made by this show"):
        access.check(forged.key("host"))


@given(st.text())
def test_no_text_at_all_is_a_key(text: str) -> None:
    with pytest.raises(BadToken):
        Access("show-one-1", b"s" * 32, lambda _: 0).check(text)


@pytest.mark.parametrize("signed", ["\udcff", "\ud800.x", "é.x"], ids=ascii)
def test_bytes_that_are_no_text_are_no_key(access: Access, signed: str) -> None:
    """As a header or Socket.IO's JSON may bring them."""
    with pytest.raises(BadToken):
        access.check(f"show-one-1.{signed}")


def test_a_device_token_cannot_be_turned_into_a_host_key(access: Access) -> None:
    show, payload, signature = access.device_token("person-0001").split(".")
    host_payload = access.key("host").split(".")[1]
    with pytest.raises(BadToken):
        access.check(f"{show}.{host_payload}.{signature}")
    assert payload != host_payload


def test_the_join_code_may_be_typed_in_any_case_with_spaces(access: Access) -> None:
    access.check_code(" ".join(access.join_code().lower()))
    with pytest.raises(NotAllowed, match="on the screen"):
        access.check_code("AAAAA")


def test_a_turned_audience_gets_another_code(access: Access, generations: Generations) -> None:
    before = access.join_code()
    generations.of["audience"] = 1
    assert access.join_code() != before


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    assert read_secret(path) == read_secret(path)
    assert path.stat().st_mode & 0o077 == 0


SAME = {"Origin": "http://hall.local:8000"}


def allowed(headers: dict[str, str], *, cookie: bool = False, bearer: bool = False) -> bool:
    try:
        check_origin(headers, scheme="http", host="hall.local:8000", has_cookie=cookie, has_bearer=bearer)
    except BadOrigin:
        return False
    return True


@pytest.mark.parametrize(
    ("headers", "cookie", "bearer", "expected"),
    [
        (SAME, True, False, True),
        ({"Origin": "http://HALL.local:8000"}, True, False, True),
        ({"Origin": "https://hall.local:8000"}, True, False, False),
        ({"Origin": "http://hall.local"}, True, False, False),
        ({"Origin": "http://hall.local:8000.evil.example"}, True, False, False),
        ({"Origin": "http://evil.example"}, True, True, False),
        ({"Origin": "null"}, True, False, False),
        ({}, True, False, False),
        ({}, False, False, False),
        ({}, False, True, True),
        ({}, True, True, False),
        ({"Sec-Fetch-Site": "cross-site"}, False, True, False),
    ],
)
def test_only_the_page_of_the_show_itself_or_a_program_with_its_token_comes_in(
    headers: dict[str, str], cookie: bool, bearer: bool, expected: bool
) -> None:
    assert allowed(headers, cookie=cookie, bearer=bearer) is expected
