"""Who may talk to whom: HTTP Basic credentials, password hashes and TLS contexts (security profiles 1 to 3)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


class SecurityError(Exception):
    """A certificate, key or policy that cannot be used; the message names the file."""


# HTTP Basic ----------------------------------------------------------------------------------------------------


def basic(user: str, password: str) -> str:
    """Return the Authorization header's value for HTTP Basic (RFC 7617, A00.FR.202).

    Octets of the password that are not UTF-8 stand in the text as ``octets`` puts them there.
    Raises ValueError for a user name that RFC 7617 cannot carry: one with a colon or a control character.
    """
    if ":" in user or not user.isprintable():
        raise ValueError(f"HTTP Basic cannot carry this user name: {user!r}")
    return "Basic " + base64.b64encode(f"{user}:{password}".encode(errors="surrogateescape")).decode()


def parse_basic(header: str) -> tuple[str, str] | None:
    """Return user and password of an HTTP Basic header; None if it is anything else or malformed.

    The user must be printable UTF-8. A password may be any octets, because OCPP-J 1.6 §6.2.2 sends the
    AuthorizationKey's raw bytes: what is not UTF-8 is kept as ``octets`` has it, so ``verify`` sees the same bytes.
    """
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(credentials.strip(" "), validate=True).partition(b":")
        name = user.decode()
    except ValueError:
        return None
    return (name, password.decode(errors="surrogateescape")) if colon and name.isprintable() else None


def octets(authorization_key: str) -> str:
    """Turn 1.6's hexadecimal AuthorizationKey into the password that goes over the wire (OCPP-J 1.6 §6.2.2).

    Raises ValueError when it is not hexadecimal. Never log or store the result as text: it may hold any byte.
    """
    if not _is_hex(authorization_key):
        raise ValueError("an AuthorizationKey is an even number of hexadecimal digits")
    return bytes.fromhex(authorization_key).decode(errors="surrogateescape")


def _is_hex(text: str) -> bool:
    return len(text) % 2 == 0 and all(digit in "0123456789abcdefABCDEF" for digit in text)


# Passwords -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cost:
    """What one scrypt hash costs: memory is ``128 * r * 2**log2_n`` bytes."""

    log2_n: int = 12
    r: int = 8
    p: int = 1


COST = Cost()
"""4 MiB and about 10 ms: enough for the random passwords that OCPP asks for, bearable when thousands connect."""


def hash_password(password: str, *, salt: bytes, cost: Cost = COST) -> str:
    """Hash a password with scrypt for storage. ``salt``: at least 16 bytes, different for every password."""
    if len(salt) < 16:
        raise ValueError("a salt has at least 16 bytes")
    digest = _scrypt(password, salt, cost)
    return f"scrypt${cost.log2_n}${cost.r}${cost.p}${salt.hex()}${digest.hex()}"


def verify(password: str, hashed: str | None, *, cost: Cost = COST) -> bool:
    """Say whether the password is the hashed one, in constant time.

    With None (nobody known by that name) it does the same work at ``cost`` and says no, so that time does not tell
    known from unknown stations. Raises ValueError when ``hashed`` did not come from ``hash_password``.
    """
    if hashed is None:
        _scrypt(password, bytes(16), cost)
        return False
    try:
        kind, log2_n, r, p, salt, digest = hashed.split("$")
        stored = Cost(int(log2_n), int(r), int(p))
        expected, found = bytes.fromhex(digest), _scrypt(password, bytes.fromhex(salt), stored)
    except ValueError as error:
        raise ValueError("not a password hash of ours") from error
    if kind != "scrypt":
        raise ValueError("not a password hash of ours")
    return hmac.compare_digest(expected, found)


def _scrypt(password: str, salt: bytes, cost: Cost) -> bytes:
    n = 2**cost.log2_n
    # scrypt keys an HMAC, which pads with NULs and so takes "x" and "x\0" for one password; a digest has one length.
    key = hashlib.sha256(_bytes(password)).digest()
    return hashlib.scrypt(key, salt=salt, n=n, r=cost.r, p=cost.p, maxmem=128 * cost.r * (n + cost.p + 2), dklen=32)


def _bytes(password: str) -> bytes:
    """Return the octets that came over the wire; a text that cannot have come from there has some, too."""
    try:
        return password.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return password.encode(errors="surrogatepass")


def _fault_of_key(password: str, _longest: int) -> str | None:
    """1.6 security white paper A00.FR.205: 16 to 20 bytes, written in hexadecimal."""
    if not _is_hex(password):
        return "an AuthorizationKey is an even number of hexadecimal digits"
    return None if 32 <= len(password) <= 40 else "an AuthorizationKey has 32 to 40 hexadecimal digits (16 to 20 bytes)"


def _fault_of_password(password: str, longest: int) -> str | None:
    """2.x A00.FR.205 with the errata of 2025-01, which lifted the limits on symbols."""
    if any("\ud800" <= character <= "\udfff" for character in password):
        return "a BasicAuthPassword is UTF-8 text"
    return None if 16 <= len(password) <= longest else f"a BasicAuthPassword has 16 to {longest} characters"


_PASSWORD_RULES: dict[str, Callable[[str, int], str | None]] = {
    "1.6": _fault_of_key,
    "2.0.1": _fault_of_password,
    "2.1": _fault_of_password,
}


def password_fault(version: str, password: str, *, longest: int = 40) -> str | None:
    """Say what is wrong with a new password by the rules of a version (``"1.6"``, ``"2.0.1"``, ``"2.1"``), or None.

    ``longest`` is the station's maxLimit of BasicAuthPassword, 40 to 64 characters; 1.6 has a fixed limit.
    """
    return _PASSWORD_RULES[version](password, longest)


# TLS -----------------------------------------------------------------------------------------------------------

_EPHEMERAL = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
)

POLICIES: dict[str, str] = {
    "modern-ocpp": _EPHEMERAL,
    "ocpp16-compat": f"{_EPHEMERAL}:AES128-GCM-SHA256:AES256-GCM-SHA384",
}
"""TLS 1.2 cipher suites by policy (TLS 1.3 has its own, all of them good).

``modern-ocpp`` has forward secrecy throughout. ``ocpp16-compat`` adds, as the last choice, the two suites with a static
RSA key exchange that a CSMS must support for stations which have no others: 1.6 white paper A00.FR.317, and also
2.0.1 and 2.1 A00.FR.318.
"""


NO_CHECK_TIME = ssl.VerifyFlags(0x200000)
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL: it would compare dates with the machine's clock, and time may be simulated."""


def server_tls(
    cert: Path | str,
    key: Path | str,
    *more: tuple[Path | str, Path | str],
    policy: str = "ocpp16-compat",
    client_ca: str | None = None,
) -> ssl.SSLContext:
    """Return the TLS context of a CSMS: TLS 1.2 or newer, no compression, no renegotiation (A00.FR.312, FR.320).

    ``cert`` is a PEM chain, own certificate first; ``more`` are further pairs, since serving both RSA and ECDSA
    stations takes one certificate of each kind. With ``client_ca``, a PEM text of CAs, stations are asked for a
    certificate (security profile 3, A00.FR.402); one that leads to none of these CAs ends the handshake (A00.FR.407),
    none at all does not, since profile 2 comes to the same port. Their dates are left to the gate, which knows what
    time it is and whom it lets in all the same (A00.FR.429).
    Raises SecurityError that names the file which cannot be used.
    """
    context = _hardened(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), policy)
    # The server's order of suites counts: Python's default, and why static RSA is safe to have last.
    context.set_ecdh_curve("prime256v1")  # without it OpenSSL also offers curves that audits frown upon
    for cert_file, key_file in ((cert, key), *more):
        _load_pair(context, Path(cert_file), Path(key_file))
    if client_ca is not None:
        ask_for_certificates(context, client_ca)
    return context


def ask_for_certificates(context: ssl.SSLContext, client_ca: str) -> None:
    """Have a server's context ask stations for certificates of these CAs (PEM). Raises SecurityError."""
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags |= NO_CHECK_TIME
    try:
        context.load_verify_locations(cadata=client_ca)
    except (ssl.SSLError, ValueError) as error:
        raise SecurityError(f"the stations' CAs: no PEM certificate: {error}") from error


def client_tls(ca: Path | str | None = None, *, policy: str = "modern-ocpp") -> ssl.SSLContext:
    """Return the TLS context of a station: it verifies the CSMS's certificate path and host name (A00.FR.307, FR.308).

    ``ca`` is a PEM file with the trusted roots; None trusts those of the operating system.
    Raises SecurityError that names a file which cannot be used.
    """
    context = _hardened(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), policy)
    if ca is None:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        return context
    try:
        context.load_verify_locations(cadata=_read(Path(ca), "CA certificate"))
    except (ssl.SSLError, ValueError) as error:
        raise SecurityError(f"{ca}: no PEM certificate in this file") from error
    return context


def _hardened(context: ssl.SSLContext, policy: str) -> ssl.SSLContext:
    if policy not in POLICIES:
        raise SecurityError(f"unknown TLS policy {policy!r}; there are: {', '.join(POLICIES)}")
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_ciphers(POLICIES[policy])
    return context


def _load_pair(context: ssl.SSLContext, cert: Path, key: Path) -> None:
    certificate, private_key = _read(cert, "certificate"), _read(key, "private key")
    try:
        # An empty pass phrase makes an encrypted key fail; without it OpenSSL would ask at the terminal.
        context.load_cert_chain(cert, key, password="")
    except ssl.SSLError as error:
        raise SecurityError(_why_unusable(cert, certificate, key, private_key, error)) from error


def _why_unusable(cert: Path, certificate: str, key: Path, private_key: str, error: ssl.SSLError) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"{key}: this private key does not belong to the certificate in {cert}"
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(cadata=certificate)
    except (ssl.SSLError, ValueError):
        return f"{cert}: no PEM certificate in this file"
    if "ENCRYPTED" in private_key:
        return f"{key}: the private key is encrypted; it must be stored without a pass phrase"
    if "PRIVATE KEY-----" not in private_key:
        return f"{key}: no PEM private key in this file"
    return f"{cert}, {key}: not usable for TLS ({error.reason or error})"


def _read(file: Path, what: str) -> str:
    try:
        return file.read_text(encoding="ascii", errors="ignore")
    except OSError as error:
        raise SecurityError(f"{file}: cannot read the {what}: {error.strerror or error}") from error
