"""Passwords, certificates and security profiles. Central system under test, OCPP 1.6 with its security extension."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from urllib.parse import urlsplit

from conformance import papers
from conformance.cases.csms16.states import attached, booted, reset_asked, told
from conformance.cases.csms201.security import MODERN, PASSWORD, SUITES, TURNED_AWAY
from conformance.papers import Credentials
from conformance.vocabulary import (
    ABSENT,
    NOW,
    PRESENT,
    Connected,
    Received,
    Script,
    Subject,
    answer,
    ask,
    check,
    command,
    connect,
    csms16,
    disconnect,
    given,
    in_profile,
    provision,
    satisfying,
)

NEW_KEY = b"another-bench-key".hex()
"""An AuthorizationKey as it is written: hexadecimal."""
KEY_BYTES = range(16, 21)
TOLD = "1.6-sec:A01.FR.02"


@csms16(
    "TC_073_CSMS",
    "Change basic-auth password (AuthorizationKey)",
    verifies="1.6-sec:A00.FR.205 1.6-sec:A01.FR.02 1.6-sec:A01.FR.03",
    catches="sends_a_short_key_16 keeps_the_old_key_16 changes_another_key_16 accepts_both_keys_16",
)
def new_key(csms: Subject) -> Script:
    yield from given(in_profile(csms, 1, 2))
    yield from given(attached(csms))
    yield command(csms, "set_password", password=NEW_KEY)
    having = {"key": "AuthorizationKey", "value": PRESENT}
    request: Received = yield from told(csms, "ChangeConfiguration", having=having, rule=TOLD)
    key = _octets(request.get("value", ""))
    fits = len(key) in KEY_BYTES
    yield check(fits, "16 to 20 bytes in hexadecimal", f"{len(key)} bytes", "1.6-sec:A00.FR.205")
    yield answer(request, status="Accepted")
    yield disconnect(close=True)
    yield connect(csms, password=key.decode(errors="surrogateescape"), rule="1.6-sec:A01.FR.03")
    yield from booted(csms)
    yield disconnect(close=True)
    yield connect(csms, having={"ending": "refused"}, rule="1.6-sec:A01.FR.03")


def _octets(text: str) -> bytes:
    """What goes over the wire for a key (OCPP-J 1.6 §6.2.2); nothing for what is no hexadecimal."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


@csms16(
    "TC_085_CSMS",
    "Basic auth accepted",
    verifies="1.6:4.2 1.6-sec:A00.FR.204",
    catches="turns_the_right_password_away_16 boots_pending",
)
def right_password(csms: Subject) -> Script:
    password = csms.password or PASSWORD
    yield from given(_known_by(csms, password))
    rule = "1.6-sec:A00.FR.203 1.6-sec:A00.FR.204"
    yield connect(csms, password=password, having={"ending": ""}, rule=rule)
    yield from booted(csms)


def _known_by(csms: Subject, password: str) -> Script:
    """The central system knows this password of the charge point."""
    if csms.password is None:
        yield provision(csms, "station", password=password)


def _supports(csms: Subject, rule: str) -> Script:
    """Each of the suites is agreed on when it is the only one that is offered."""
    for suite in SUITES:
        having = {"ending": "", "cipher": suite}
        met: Connected = yield connect(csms, at_most="1.2", ciphers=suite, having=having, rule=rule)
        if not met.ending:
            yield disconnect(close=True)


@csms16(
    "TC_086_CSMS",
    "Server TLS certificate valid",
    verifies="1.6:4.2 1.6-sec:A00.FR.306 1.6-sec:A00.FR.312 1.6-sec:A00.FR.317 1.6-sec:2.6.1",
    catches=(
        "agrees_on_another_suite_16 speaks_old_tls_16 boots_pending shows_the_certificate_of_another_host_16 "
        "shows_no_server_certificate_16"
    ),
)
def server_certificate(csms: Subject) -> Script:
    yield from given(in_profile(csms, 2, 3))
    yield from _supports(csms, "1.6-sec:A00.FR.317")
    met: Connected = yield connect(csms, having={"ending": "", "tls": MODERN}, rule="1.6-sec:A00.FR.312")
    yield from _sound(csms, met)
    yield from booted(csms)


def _sound(csms: Subject, met: Connected) -> Script:
    """The central system's certificate has the properties of the white paper's §2.6.1."""
    shown = papers.from_der(met.certificate)
    yield check(shown is not None, "a certificate of the central system", "none", "1.6-sec:A00.FR.306")
    if shown is None:
        return
    host = urlsplit(csms.secure_urls[0]).hostname if csms.secure_urls else ""
    rule = "1.6-sec:2.6.1"
    yield check(shown.strong, "a key of 2048 (RSA) or 224 bits (EC)", f"{shown.key} of {shown.bits}", rule)
    yield check(shown.serial > 0, "a serial number", shown.serial, rule)
    yield check(host in {"", shown.name}, f"commonName {host}", shown.name, rule)


@csms16(
    "TC_087_CSMS",
    "Client TLS certificate valid",
    verifies="1.6:4.2 1.6-sec:A00.FR.401 1.6-sec:A00.FR.416 1.6-sec:A00.FR.421",
    catches="agrees_on_another_suite_16 speaks_old_tls_16 turns_good_certificates_away_16 boots_pending",
)
def client_certificate(csms: Subject) -> Script:
    yield from given(in_profile(csms, 3))
    yield from _supports(csms, "1.6-sec:A00.FR.421")
    rule = "1.6-sec:A00.FR.401 1.6-sec:A00.FR.416"
    yield connect(csms, having={"ending": "", "tls": MODERN}, rule=rule)
    yield from booted(csms)


def _renewed(csms: Subject, *, answers: str = "Accepted") -> Script:
    """The central system wants a CSR and has it signed; returns what the charge point then shows."""
    yield command(csms, "sign_certificate", type="ChargingStationCertificate")
    having = {"requestedMessage": "SignChargePointCertificate", "connectorId": ABSENT}
    trigger: Received = yield from told(csms, "ExtendedTriggerMessage", having=having, rule="1.6-sec:A02")
    yield answer(trigger, status="Accepted")
    csr, key = papers.request(csms.serial_number or csms.identity, organisation=csms.organisation)
    yield ask("SignCertificate", {"csr": csr}, having={"status": "Accepted"}, rule="1.6-sec:A02.FR.11")
    signed: Received = yield from told(csms, "CertificateSigned", rule="1.6-sec:A02")
    yield answer(signed, status=answers)
    chain = signed.get("certificateChain", "")
    yield from _signed_as_asked(csms, chain, csr)
    return Credentials(chain, key)


def _signed_as_asked(csms: Subject, chain: str, csr: str) -> Script:
    leaf, asked = next(iter(papers.read_chain(chain)), None), papers.read_request(csr)
    yield check(
        leaf is not None and asked is not None and leaf.fingerprint == asked.fingerprint,
        "a certificate for the key of the CSR",
        "another" if leaf else "none",
        "1.6-sec:A02",
    )
    if csms.csms_roots:
        leads = papers.leads_to(chain, csms.csms_roots)
        yield check(leads, "a certificate of the operator's hierarchy", "it is of another", "1.6-sec:A02")


@csms16(
    "TC_074_CSMS",
    "Renew charge point certificate",
    verifies="1.6-sec:A02 1.6-sec:A02.FR.11",
    catches="refuses_to_sign_16 signs_another_key_16 triggers_no_csr_16",
)
def renew_certificate(csms: Subject) -> Script:
    yield from given(_certified(csms))
    new: Credentials = yield from _renewed(csms)
    yield disconnect(close=True)
    if papers.read_chain(new.chain):
        yield connect(csms, credentials=new, having={"ending": ""}, rule="1.6-sec:A02")
        yield from booted(csms)


def _certified(csms: Subject) -> Script:
    """The charge point is connected with its certificate."""
    yield from in_profile(csms, 3)
    yield from attached(csms)


@csms16(
    "TC_077_CSMS",
    "Security event: invalid charge point certificate",
    verifies="1.6-sec:A02 1.6-sec:A02.FR.11 1.6-sec:A04.FR.03",
    catches="refuses_to_sign_16 triggers_no_csr_16 deaf_to_security_events_16",
)
def rejected_certificate(csms: Subject) -> Script:
    yield from given(_certified(csms))
    yield from _renewed(csms, answers="Rejected")
    event = {"type": "InvalidChargePointCertificate", "timestamp": NOW}
    yield ask("SecurityEventNotification", event, rule="1.6-sec:A04.FR.03")


@csms16(
    "TC_083_CSMS",
    "Raise security profile",
    verifies="1.6:5.14 1.6-sec:A05 1.6-sec:A05.FR.09",
    catches="lets_charge_points_step_down_16 raises_nothing_16 resets_softly_16",
)
def upgrade(csms: Subject) -> Script:
    better = csms.security_profile + 1
    shown = yield from given(_before_upgrade(csms))
    yield command(csms, "set_variables", values={"SecurityProfile": str(better)})
    higher = satisfying(str(better), lambda value: str(value) == str(better))
    having = {"key": "SecurityProfile", "value": higher}
    request: Received = yield from told(csms, "ChangeConfiguration", having=having, rule="1.6-sec:A05")
    yield answer(request, status="Accepted")
    reset: Received = yield from reset_asked(csms, "Hard")
    yield answer(reset, status="Accepted")
    yield disconnect(close=True)
    yield connect(csms, security_profile=better, credentials=shown, having={"ending": ""}, rule="1.6-sec:A05")
    yield from booted(csms)
    yield disconnect(close=True)
    yield connect(csms, having={"ending": TURNED_AWAY}, rule="1.6-sec:A05.FR.09")
    yield disconnect()
    yield connect(csms, security_profile=better, credentials=shown, having={"ending": ""}, rule="1.6-sec:A05")


def _before_upgrade(csms: Subject) -> Script:
    """The charge point is connected in profile 1 or 2, and has in the latter case the certificate that 3 needs."""
    yield from in_profile(csms, 1, 2)
    yield check(bool(csms.secure_urls), "an address of the central system with TLS", "none is known")
    yield from attached(csms)
    if csms.security_profile == 1:
        return True
    return (yield from _renewed(csms))
