"""Certificate files for one's own domain: read, checked before doors with a sentence for each flaw, ready to serve.

What phones will say is found out by a real handshake in memory against what this system trusts, not by guessing at the
chain. A fatal flaw means no phone could open the page; a warning means some may not, or not for long.
"""

from __future__ import annotations

import ssl
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from live.errors import BadInput

SOON = timedelta(days=14)
NO_ISSUER, NO_ISSUER_OF_FIRST, SELF_SIGNED, SELF_SIGNED_ROOT = 20, 21, 18, 19  # OpenSSL's X509_V_ERR_…
PUMPS = 16

FlawCode = Literal[
    "unreadable", "mismatch", "not_yet", "expired", "name", "incomplete", "untrusted", "soon", "elsewhere"
]
FATAL: tuple[FlawCode, ...] = ("unreadable", "mismatch", "not_yet", "expired", "name")


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """`chain` is a PEM with the certificate first, then its issuers; `name` is what phones will open."""

    chain: Path
    key: Path
    name: str


@dataclass(frozen=True, slots=True)
class Flaw:
    code: FlawCode
    sentence: str

    @property
    def is_fatal(self) -> bool:
        return self.code in FATAL


@dataclass(frozen=True, slots=True)
class Checked:
    """`context` serves them; None with a fatal flaw. `is_trusted`: phones need to install nothing."""

    files: CertificateFiles
    flaws: tuple[Flaw, ...]
    context: ssl.SSLContext | None = None
    expires: datetime | None = None

    @property
    def is_trusted(self) -> bool:
        return self.context is not None and not any(flaw.code in ("incomplete", "untrusted") for flaw in self.flaws)


def check_files(files: CertificateFiles, now: datetime, trust: ssl.SSLContext | None = None) -> Checked:
    """Check everything but where the name leads (`check_resolved`). `trust` is the system's where it is not given."""
    try:
        chain = x509.load_pem_x509_certificates(files.chain.read_bytes())
        key = load_pem_private_key(files.key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        return Checked(files, (_unreadable(files, error),))
    leaf = chain[0]
    if _spki(leaf.public_key()) != _spki(key.public_key()):
        return Checked(files, (_mismatch(files),))
    flaws = [*_time_flaws(leaf, files, now), *_name_flaws(leaf, files.name)]
    if any(flaw.is_fatal for flaw in flaws):
        return Checked(files, tuple(flaws), expires=leaf.not_valid_after_utc)
    context = server_context()
    try:
        context.load_cert_chain(files.chain, files.key)
    except (OSError, ssl.SSLError) as error:
        return Checked(files, (_unreadable(files, error),))
    refusal = refusal_of(context, files.name, trust or ssl.create_default_context())
    if refusal is not None:
        flaws.append(_trust_flaw(refusal, chain, files))
    return Checked(files, tuple(flaws), context, leaf.not_valid_after_utc)


def check_resolved(name: str, resolved: Collection[str], own: Collection[str]) -> Flaw | None:
    """Say where the name leads, if not to this machine. `resolved` is what the resolver gave, empty for nothing."""
    if set(resolved) & set(own):
        return None
    found = f"got {', '.join(sorted(resolved))}" if resolved else "it leads nowhere"
    return Flaw(
        "elsewhere",
        f"expected {name} to lead to this machine ({', '.join(own) or 'no network'}), {found}; set the name to this "
        "address in the router's DNS or at the domain, then start again (or wait: it is tried all the time)",
    )


def server_context() -> ssl.SSLContext:
    """Return what a server listens with, still without a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def refusal_of(server: ssl.SSLContext, name: str, trust: ssl.SSLContext) -> ssl.SSLCertVerificationError | None:
    """Shake hands in memory as a client who opens `name` and trusts `trust`; return why it would not go on."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client_side = trust.wrap_bio(to_client, to_server, server_hostname=name)
    server_side = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(PUMPS):
        is_done = True
        for side in (client_side, server_side):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                is_done = False
            except ssl.SSLCertVerificationError as error:
                return error
        if is_done:
            return None
    raise BadInput(f"expected a handshake for {name} to come to an end, got none after {PUMPS} turns")


def covers(leaf: x509.Certificate, name: str) -> bool:
    """Whether the certificate is for `name`; `*.example.org` covers one label."""
    names = [each.lower() for each in dns_names(leaf)]
    wanted = name.lower().rstrip(".")
    return wanted in names or f"*.{wanted.partition('.')[2]}" in names


def dns_names(leaf: x509.Certificate) -> list[str]:
    try:
        extension = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return extension.value.get_values_for_type(x509.DNSName)


def _time_flaws(leaf: x509.Certificate, files: CertificateFiles, now: datetime) -> list[Flaw]:
    begins, ends = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    if now < begins:
        return [
            Flaw(
                "not_yet",
                f"expected a certificate that is valid now, got {str(files.chain)!r}, which begins on {_day(begins)}; "
                f"is this machine's clock right? It says {_day(now.astimezone(UTC))}",
            )
        ]
    if now >= ends:
        return [
            Flaw(
                "expired",
                f"expected a certificate that is valid now, got {str(files.chain)!r}, which expired on {_day(ends)}; "
                "renew it while there is internet (docs/operating.md), or start without --certificate",
            )
        ]
    if ends - now < SOON:
        left = (ends - now).days
        return [Flaw("soon", f"the certificate {str(files.chain)!r} expires on {_day(ends)}, in {left} days; renew it")]
    return []


def _name_flaws(leaf: x509.Certificate, name: str) -> list[Flaw]:
    if covers(leaf, name):
        return []
    names = ", ".join(dns_names(leaf)) or "no name at all"
    return [Flaw("name", f"expected a certificate for {name}, got one for {names}; say the right one with --name")]


def _trust_flaw(refusal: ssl.SSLCertVerificationError, chain: list[x509.Certificate], files: CertificateFiles) -> Flaw:
    leaf, last = chain[0], chain[-1]
    has_only_leaf = len(chain) == 1 and leaf.issuer != leaf.subject
    if has_only_leaf and refusal.verify_code in (NO_ISSUER, NO_ISSUER_OF_FIRST):
        return Flaw(
            "incomplete",
            f"expected the certificate and those of its issuers in {str(files.chain)!r}, got the first alone; give "
            "fullchain.pem: without it phones that never saw the issuer refuse the page",
        )
    if refusal.verify_code in (NO_ISSUER, NO_ISSUER_OF_FIRST, SELF_SIGNED, SELF_SIGNED_ROOT):
        return Flaw(
            "untrusted",
            f"expected a certificate that phones trust by themselves, got one from {last.issuer.rfc4514_string()!r}, "
            "which this system does not know; only phones that installed that authority will open the page",
        )
    return Flaw("untrusted", f"expected a certificate that phones accept, got: {refusal.verify_message}")


def _unreadable(files: CertificateFiles, error: Exception) -> Flaw:
    return Flaw(
        "unreadable",
        f"expected a certificate chain in {str(files.chain)!r} and its key, without a password, in {str(files.key)!r} "
        f"(both PEM), got: {error}",
    )


def _mismatch(files: CertificateFiles) -> Flaw:
    return Flaw(
        "mismatch",
        f"expected the key of the first certificate in {str(files.chain)!r}, got another one in {str(files.key)!r}; "
        "the two are made together: take both from the same folder",
    )


def _spki(key: object) -> bytes:
    spki: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]
    return spki


def _day(when: datetime) -> str:
    return f"{when:%-d %B %Y}"
