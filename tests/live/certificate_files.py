"""Certificates as a public authority would give them, made on the spot: a root, an issuer between, one for a name."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from live.certificates import CertificateFiles

NAME = "show.example.org"
Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Issuer:
    certificate: x509.Certificate
    key: Key


class PublicAuthority:
    """A root that systems know (`trust`), and the issuer that it lets sign."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.root = self._ca("Example Root", None)
        self.between = self._ca("Example Issuer 7", self.root)

    def trust(self) -> ssl.SSLContext:
        """What a system that knows the root trusts, and nothing else."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=pem(self.root.certificate).decode())
        return context

    def files(
        self,
        folder: Path,
        *names: str,
        opens: str = NAME,
        begins: timedelta = timedelta(days=-1),
        ends: timedelta = timedelta(days=90),
        is_whole: bool = True,
    ) -> CertificateFiles:
        """Write fullchain.pem and privkey.pem into `folder`. `is_whole`: with the issuer between."""
        leaf, key = signed(self.between, names or (NAME,), self.now + begins, self.now + ends)
        folder.mkdir(parents=True, exist_ok=True)
        chain, private = folder / "fullchain.pem", folder / "privkey.pem"
        chain.write_bytes(pem(leaf) + (pem(self.between.certificate) if is_whole else b""))
        private.write_bytes(key_pem(key))
        return CertificateFiles(chain, private, opens)

    def _ca(self, name: str, issuer: Issuer | None) -> Issuer:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        begins, ends = self.now - timedelta(days=1000), self.now + timedelta(days=1000)
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        unsigned = (
            builder(subject, key, issuer.certificate.subject if issuer else subject, begins, ends)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
            .add_extension(usage, True)
        )
        if issuer is not None:
            unsigned = unsigned.add_extension(authority_key(issuer), False)
        return Issuer(unsigned.sign((issuer.key if issuer else key), hashes.SHA256()), key)


def signed(issuer: Issuer, names: Collection[str], begins: datetime, ends: datetime) -> tuple[x509.Certificate, Key]:
    """Return a certificate for `names`, addresses among them, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = (
        builder(x509.Name([]), key, issuer.certificate.subject, begins, ends)
        .add_extension(x509.SubjectAlternativeName([general(name) for name in names]), True)
        .add_extension(authority_key(issuer), False)
        .sign(issuer.key, hashes.SHA256())
    )
    return leaf, key


def general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def builder(
    subject: x509.Name, key: Key, issuer: x509.Name, begins: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    )


def authority_key(issuer: Issuer) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def key_pem(key: Key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
