"""What cases ask of a CSMS in every version of OCPP: passwords, how it shows itself in TLS, what it signs."""

from __future__ import annotations

from urllib.parse import urlsplit

from conformance import papers
from conformance.papers import Credentials
from conformance.vocabulary import (
    Connected,
    Script,
    Subject,
    check,
    connect,
    disconnect,
    in_profile,
    one_of,
    provision,
)

PASSWORD = "0123456789abcdefghij"

SUITES = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
)
"""What every CSMS supports (2.0.1: A00.FR.318, A00.FR.421; 1.6: A00.FR.317, A00.FR.421), in OpenSSL's spelling."""

MODERN = one_of("1.2", "1.3")
TURNED_AWAY = one_of("tls", "refused", "unreachable")
"""How an attempt ends that the CSMS does not want: in TLS, by an HTTP status, or without a word."""


def knows_password(csms: Subject) -> Script:
    """The CSMS knows a password of the station, and goes by it: in profile 3 it would go by the certificate."""
    yield from in_profile(csms, 0, 1, 2)
    if csms.password is None:
        yield provision(csms, "station", password=PASSWORD)


def supports_suites(csms: Subject, rule: str) -> Script:
    """Each of the suites is agreed on when it is the only one that is offered."""
    for suite in SUITES:
        having = {"ending": "", "cipher": suite}
        met: Connected = yield connect(csms, at_most="1.2", ciphers=suite, having=having, rule=rule)
        if not met.ending:
            yield disconnect(close=True)


def shows_itself(csms: Subject, met: Connected, *, rule: str, key: str, serial: str, name: str) -> Script:
    """It has a certificate (``rule``) with a key, a serial number and a name as the other rules want them."""
    shown = papers.from_der(met.certificate)
    yield check(shown is not None, "a certificate of the CSMS", "none", rule)
    if shown is None:
        return
    host = urlsplit(csms.secure_urls[0]).hostname if csms.secure_urls else ""
    yield check(shown.strong, "a key of 2048 (RSA) or 224 bits (EC)", f"{shown.key} of {shown.bits}", key)
    yield check(shown.serial > 0, "a serial number", shown.serial, serial)
    yield check(host in {"", shown.name.lower()}, f"commonName {host}", shown.name, name)


def signed_for(chain: str, csr: str, rule: str) -> Script:
    """The certificate is for the key of the CSR; returns whether it is, since no other can be shown."""
    leaf, asked = next(iter(papers.read_chain(chain)), None), papers.read_request(csr)
    fits: bool = yield check(
        leaf is not None and asked is not None and leaf.fingerprint == asked.fingerprint,
        "a certificate for the key of the CSR",
        "another" if leaf else "none",
        rule,
    )
    return fits


def signed_under(csms: Subject, chain: str, rule: str) -> Script:
    """The certificate leads to a root of the CSMS, where these are known."""
    if csms.csms_roots:
        leads = papers.leads_to(chain, csms.csms_roots)
        yield check(leads, "a certificate that leads to the CSMS root", "it does not", rule)


def before_upgrade(csms: Subject, attached: Script, renewed: Script) -> Script:
    """The station is connected in profile 1 or 2, and has in the latter case the certificate that it needs in 3."""
    yield from in_profile(csms, 1, 2)
    yield check(bool(csms.secure_urls), "an address of the CSMS with TLS", "none is known")
    yield from attached
    if csms.security_profile == 1:
        return True
    return (yield from renewed)


def stepped_up(csms: Subject, shown: Credentials | bool, booted: Script, *, up: str, down: str) -> Script:
    """The station comes back one profile higher (``up``), and is no longer let in with less (``down``)."""
    better = csms.security_profile + 1
    yield disconnect(close=True)
    yield connect(csms, security_profile=better, credentials=shown, having={"ending": ""}, rule=up)
    yield from booted
    yield disconnect(close=True)
    yield connect(csms, having={"ending": TURNED_AWAY}, rule=down)
    yield disconnect()
    yield connect(csms, security_profile=better, credentials=shown, having={"ending": ""}, rule=up)
