"""This machine's own authority: kept for its owner alone, confined to local networks, its certificate current."""

from __future__ import annotations

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from live.authority import CERTIFICATE, KEY, Authority, is_permitted, leaf_names
from live.certificates import refusal_of, server_context
from live.errors import Unavailable
from tests.live.certificate_files import Issuer, key_pem, pem, signed

NOW = datetime.now(UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "authority"


@pytest.fixture
def authority(folder: Path) -> Authority:
    return Authority.open(folder, "laptop", NOW)


def trusting(authority: Authority) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.load_verify_locations(cadata=authority.pem.decode())
    return context


def serving(path: Path) -> ssl.SSLContext:
    context = server_context()
    context.load_cert_chain(path)
    return context


def read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_it_is_made_once_and_found_again(folder: Path, authority: Authority) -> None:
    assert Authority.open(folder, "renamed", NOW + timedelta(days=400)).fingerprint == authority.fingerprint


def test_only_its_owner_reads_anything_of_it(folder: Path, authority: Authority) -> None:
    authority.leaf(["192.168.1.5"], NOW)
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == dict.fromkeys(
        ("authority.pem", "authority.key", "leaf.pem", "lock"), 0o600
    )
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_key_that_a_copy_opened_to_others_is_closed_again(folder: Path, authority: Authority) -> None:
    (folder / KEY).chmod(0o644)
    Authority.open(folder, "laptop", NOW)
    assert stat.S_IMODE((folder / KEY).stat().st_mode) == 0o600


def test_who_trusts_it_opens_every_address_and_name_of_this_machine(authority: Authority) -> None:
    server = serving(authority.leaf(["192.168.1.5", "10.1.2.3", "laptop.local"], NOW))
    for name in ("192.168.1.5", "10.1.2.3", "laptop.local", "localhost", "127.0.0.1"):
        assert refusal_of(server, name, trusting(authority)) is None
    assert refusal_of(server, "192.168.1.6", trusting(authority)) is not None


def test_who_did_not_install_it_is_warned(authority: Authority) -> None:
    server = serving(authority.leaf(["192.168.1.5"], NOW))
    stranger = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    assert refusal_of(server, "192.168.1.5", stranger) is not None


@pytest.mark.parametrize("name", ["bank.example", "8.8.8.8", "2001:db8::1", "local.example"])
def test_whoever_steals_its_key_can_still_name_nothing_on_the_internet(
    authority: Authority, tmp_path: Path, name: str
) -> None:
    thief = Issuer(authority.certificate, authority.key)
    leaf, key = signed(thief, [name], NOW - timedelta(days=1), NOW + timedelta(days=9))
    (tmp_path / "forged.pem").write_bytes(pem(leaf) + key_pem(key))
    refusal = refusal_of(serving(tmp_path / "forged.pem"), name, trusting(authority))
    assert refusal is not None
    assert "permitted subtree" in refusal.verify_message


@pytest.mark.parametrize(
    ("name", "permitted"),
    [
        ("192.168.0.1", True), ("172.31.255.255", True), ("172.32.0.1", False), ("100.64.0.1", True),
        ("203.0.113.5", False), ("fd00::2", True), ("2001:db8::1", False),
        ("laptop.local", True), ("a.home.arpa", True), ("local", True), ("notlocal", False), ("bank.example", False),
    ],
)  # fmt: skip
def test_it_asks_to_be_trusted_for_local_networks_only(name: str, permitted: bool) -> None:
    assert is_permitted(name) is permitted


def test_what_it_may_not_name_is_left_out_of_the_certificate(authority: Authority) -> None:
    leaf = read(authority.leaf(["203.0.113.5", "192.168.1.5"], NOW))
    assert set(leaf_names(leaf)) == {"192.168.1.5", "127.0.0.1", "localhost"}


def test_the_certificate_lasts_no_longer_than_apple_allows(authority: Authority) -> None:
    leaf = read(authority.leaf(["192.168.1.5"], NOW))
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= timedelta(days=397)
    assert leaf.not_valid_before_utc < NOW


def test_the_certificate_is_kept_while_it_fits_and_renewed_when_it_does_not(authority: Authority) -> None:
    first = read(authority.leaf(["192.168.1.5", "10.0.0.1"], NOW)).serial_number
    assert read(authority.leaf(["10.0.0.1"], NOW)).serial_number == first
    moved = read(authority.leaf(["192.168.2.9"], NOW)).serial_number
    assert moved != first
    assert read(authority.leaf(["192.168.2.9"], NOW + timedelta(days=340))).serial_number == moved
    assert read(authority.leaf(["192.168.2.9"], NOW + timedelta(days=370))).serial_number != moved


def test_an_authority_that_is_about_to_end_is_founded_anew(folder: Path, authority: Authority) -> None:
    later = Authority.open(folder, "laptop", NOW + timedelta(days=5 * 365 - 10))
    assert later.fingerprint != authority.fingerprint
    assert Authority.open(folder, "laptop", NOW + timedelta(days=5 * 365)).fingerprint == later.fingerprint


def test_a_start_that_was_broken_off_is_made_good(folder: Path, authority: Authority) -> None:
    (folder / KEY).unlink()  # the certificate was written, its key not yet
    again = Authority.open(folder, "laptop", NOW)
    assert again.fingerprint != authority.fingerprint
    assert refusal_of(serving(again.leaf(["10.0.0.1"], NOW)), "10.0.0.1", trusting(again)) is None


@pytest.mark.parametrize("body", [b"", b"garbage", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_broken_authority_is_never_written_over(folder: Path, authority: Authority, body: bytes) -> None:
    """People have it installed: whether it can be mended is for its owner to decide."""
    (folder / CERTIFICATE).write_bytes(body)
    with pytest.raises(Unavailable, match="Move that folder away"):
        Authority.open(folder, "laptop", NOW)
    assert (folder / CERTIFICATE).read_bytes() == body


def test_a_folder_that_cannot_be_had_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unavailable, match="plain http"):
        Authority.open(tmp_path / "file" / "authority", "laptop", NOW)
