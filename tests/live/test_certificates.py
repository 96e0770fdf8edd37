"""Certificate files are looked at before the doors open, and each flaw has its sentence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from live.certificates import CertificateFiles, Checked, check_files, check_resolved
from tests.live.certificate_files import NAME, PublicAuthority, pem

NOW = datetime.now(UTC).replace(microsecond=0)
OTHER = PublicAuthority(NOW)


@pytest.fixture
def authority() -> PublicAuthority:
    return PublicAuthority(NOW)


def look(files: CertificateFiles, authority: PublicAuthority) -> Checked:
    return check_files(files, NOW, authority.trust())


def only_flaw(checked: Checked) -> tuple[str, str]:
    [flaw] = checked.flaws
    return flaw.code, flaw.sentence


def test_a_whole_chain_with_its_key_is_served_and_trusted(authority: PublicAuthority, tmp_path: Path) -> None:
    checked = look(authority.files(tmp_path), authority)
    assert checked.flaws == ()
    assert checked.context is not None
    assert checked.is_trusted


def test_a_star_covers_one_label(authority: PublicAuthority, tmp_path: Path) -> None:
    assert look(authority.files(tmp_path / "a", "*.example.org"), authority).is_trusted
    deeper = look(authority.files(tmp_path / "b", "*.example.org", opens="a.b.example.org"), authority)
    assert only_flaw(deeper)[0] == "name"


def test_an_expired_one_is_not_served(authority: PublicAuthority, tmp_path: Path) -> None:
    files = authority.files(tmp_path, begins=timedelta(days=-91), ends=timedelta(days=-1))
    checked = look(files, authority)
    code, sentence = only_flaw(checked)
    assert (code, checked.context) == ("expired", None)
    assert f"{NOW - timedelta(days=1):%B %Y}" in sentence


def test_one_that_begins_tomorrow_asks_about_the_clock(authority: PublicAuthority, tmp_path: Path) -> None:
    code, sentence = only_flaw(look(authority.files(tmp_path, begins=timedelta(days=1)), authority))
    assert code == "not_yet"
    assert "clock" in sentence


@pytest.mark.parametrize(("days", "flaws"), [(13, ["soon"]), (15, [])])
def test_two_weeks_before_the_end_is_said_and_served(
    authority: PublicAuthority, tmp_path: Path, days: int, flaws: list[str]
) -> None:
    checked = look(authority.files(tmp_path, ends=timedelta(days=days)), authority)
    assert [flaw.code for flaw in checked.flaws] == flaws
    assert checked.is_trusted


def test_a_name_that_is_not_covered_is_named(authority: PublicAuthority, tmp_path: Path) -> None:
    code, sentence = only_flaw(look(authority.files(tmp_path, "other.example.org"), authority))
    assert code == "name"
    assert NAME in sentence
    assert "other.example.org" in sentence


def test_a_key_of_another_certificate_is_refused(authority: PublicAuthority, tmp_path: Path) -> None:
    one, two = authority.files(tmp_path / "one"), authority.files(tmp_path / "two")
    checked = look(CertificateFiles(one.chain, two.key, NAME), authority)
    assert only_flaw(checked)[0] == "mismatch"
    assert checked.context is None


def test_without_the_issuer_the_chain_is_incomplete(authority: PublicAuthority, tmp_path: Path) -> None:
    checked = look(authority.files(tmp_path, is_whole=False), authority)
    code, sentence = only_flaw(checked)
    assert code == "incomplete"
    assert "fullchain.pem" in sentence
    assert not checked.is_trusted


def test_an_authority_that_no_system_knows_is_said_and_served(authority: PublicAuthority, tmp_path: Path) -> None:
    checked = check_files(authority.files(tmp_path), NOW, OTHER.trust())
    assert only_flaw(checked)[0] == "untrusted"
    assert checked.context is not None
    assert not checked.is_trusted


@pytest.mark.parametrize("broken", ["missing", "empty", "garbage", "swapped", "key_only"])
def test_what_is_no_certificate_or_no_key_is_said_with_its_path(
    authority: PublicAuthority, tmp_path: Path, broken: str
) -> None:
    files = authority.files(tmp_path)
    match broken:
        case "missing":
            files.chain.unlink()
        case "empty":
            files.chain.write_bytes(b"")
        case "garbage":
            files.key.write_bytes(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
        case "swapped":
            files = CertificateFiles(files.key, files.chain, NAME)
        case "key_only":
            files.key.write_bytes(pem(authority.root.certificate))
    code, sentence = only_flaw(look(files, authority))
    assert code == "unreadable"
    assert str(files.chain) in sentence


@pytest.mark.parametrize(
    ("resolved", "leads_here"),
    [({"192.168.1.5"}, True), ({"203.0.113.9", "192.168.1.5"}, True), ({"203.0.113.9"}, False), (set(), False)],
)
def test_where_the_name_leads_is_told_when_it_is_not_here(resolved: set[str], leads_here: bool) -> None:
    flaw = check_resolved(NAME, resolved, ("192.168.1.5", "10.0.0.5"))
    assert (flaw is None) is leads_here
    if flaw is not None:
        assert not flaw.is_fatal
        assert "192.168.1.5" in flaw.sentence
