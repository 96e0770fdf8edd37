"""A certificate authority of this machine's own, made at first run: for crew and regulars who install it once.

It can name nothing but private addresses and names of local networks (critical name constraints), so a phone that
trusts it does not trust this laptop for anything else, whoever gets hold of the key. The certificate that the hub
serves is made anew whenever the machine's addresses change. Files only, readable by their owner; no sockets.
"""

from __future__ import annotations

import fcntl
import ipaddress
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from live.errors import Unavailable

PERMITTED_NAMES = ("local", "home.arpa", "internal", "localhost")
PERMITTED_NETWORKS = tuple(
    ipaddress.ip_network(each)
    for each in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "127.0.0.0/8",
        "fc00::/7", "fe80::/10", "::1/128",
    )
)  # fmt: skip
ALWAYS = ("127.0.0.1", "localhost")

AUTHORITY_FOR = timedelta(days=5 * 365)
LEAF_FOR = timedelta(days=397)
"""Apple refuses more than 825 days of a private authority and 398 of a public one."""
BACKDATED = timedelta(days=2)
"""Phones whose clocks run behind must not find it made in the future."""
RENEW_BEFORE = timedelta(days=30)

CERTIFICATE, KEY, LEAF = "authority.pem", "authority.key", "leaf.pem"
Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Authority:
    folder: Path
    certificate: x509.Certificate
    key: Key

    @classmethod
    def open(cls, folder: Path, machine: str, now: datetime) -> Authority:
        """Return the authority kept in `folder`; make it where there is none or it is about to end.

        Raises Unavailable for a folder that cannot be used; what is in it is never overwritten for being broken.
        """
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _locked(folder):
                if (folder / KEY).exists():
                    found = cls(folder, *_read(folder))
                    if now < found.certificate.not_valid_after_utc - RENEW_BEFORE:
                        return found
                return cls(folder, *_found(folder, machine, now))
        except (OSError, ValueError, TypeError) as error:
            raise Unavailable(
                f"expected the authority of this machine in {str(folder)!r}, got: {error}; phones can still come by "
                "plain http. Move that folder away to have a new authority, which everyone installs again"
            ) from error

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def fingerprint(self) -> str:
        """SHA-256 as phones and laptops show it, to be compared by eye."""
        return self.certificate.fingerprint(hashes.SHA256()).hex(" ").upper()

    def leaf(self, names: Collection[str], now: datetime) -> Path:
        """Return the PEM (certificate and key) for those of `names`, addresses included, that this authority may name;
        the one kept while it covers them and lasts, else a new one. Raises Unavailable.
        """
        wanted = may_name(names)
        path = self.folder / LEAF
        try:
            with _locked(self.folder):
                if not self._still_good(path, wanted, now):
                    _write(path, self._issue(wanted, now))
                return path
        except OSError as error:
            raise Unavailable(f"expected to keep a certificate in {str(path)!r}, got: {error.strerror}") from error

    def _still_good(self, path: Path, wanted: Collection[str], now: datetime) -> bool:
        try:
            leaf = x509.load_pem_x509_certificate(path.read_bytes())
            leaf.verify_directly_issued_by(self.certificate)
        except (OSError, ValueError, TypeError, InvalidSignature):
            return False
        return set(wanted) <= set(leaf_names(leaf)) and now < leaf.not_valid_after_utc - RENEW_BEFORE

    def _issue(self, names: Collection[str], now: datetime) -> bytes:
        key = ec.generate_private_key(ec.SECP256R1())
        ends = min(now - BACKDATED + LEAF_FOR, self.certificate.not_valid_after_utc)
        certificate = (
            _begun(key, x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Houselights hub")]), now)
            .issuer_name(self.certificate.subject)
            .not_valid_after(ends)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return certificate.public_bytes(Encoding.PEM) + _key_pem(key)


def may_name(names: Collection[str]) -> tuple[str, ...]:
    """Return those of `names`, and localhost, that lie in what every Houselights authority is confined to."""
    return tuple(dict.fromkeys(name for name in (*names, *ALWAYS) if is_permitted(name)))


def is_permitted(name: str) -> bool:
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return any(name == each or name.endswith(f".{each}") for each in PERMITTED_NAMES)
    return any(address in network for network in PERMITTED_NETWORKS if network.version == address.version)


def leaf_names(leaf: x509.Certificate) -> list[str]:
    """Everything the certificate is for: names and addresses alike."""
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]


def _found(folder: Path, machine: str, now: datetime) -> tuple[x509.Certificate, Key]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Houselights"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Houselights on {machine} ({now:%B %Y})"[:64]),
        ]
    )
    permitted = [x509.DNSName(name) for name in PERMITTED_NAMES]
    certificate = (
        _begun(key, subject, now)
        .issuer_name(subject)
        .not_valid_after(now - BACKDATED + AUTHORITY_FOR)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(
            x509.NameConstraints([*permitted, *(x509.IPAddress(each) for each in PERMITTED_NETWORKS)], None),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )
    # The key last: broken off in between, the next start finds none and founds anew.
    _write(folder / CERTIFICATE, certificate.public_bytes(Encoding.PEM))
    _write(folder / KEY, _key_pem(key))
    return certificate, key


def _read(folder: Path) -> tuple[x509.Certificate, Key]:
    certificate = x509.load_pem_x509_certificate((folder / CERTIFICATE).read_bytes())
    key = load_pem_private_key((folder / KEY).read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise ValueError(f"{KEY} is not the key of {CERTIFICATE}")
    (folder / KEY).chmod(0o600)  # a copy or a backup may have opened it to others
    return certificate, key


def _begun(key: Key, subject: x509.Name, now: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _key_pem(key: Key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process at a time: a hub and a doctor that both start first would make two authorities."""
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
