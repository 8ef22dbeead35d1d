"""Passwords, certificates and security profiles. Central system under test, OCPP 1.6 with its security extension."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance import papers
from conformance.cases.csms.credentials import (
    MODERN,
    PASSWORD,
    before_upgrade,
    knows_password,
    shows_itself,
    signed_for,
    signed_under,
    stepped_up,
    supports_suites,
)
from conformance.cases.csms16.states import attached, booted, reset_asked, told
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
    yield disconnect()
    yield from given(_old_key_again(csms, key))


def _old_key_again(csms: Subject, now: bytes) -> Script:
    """The next case is known to the central system by the key that was agreed on."""
    yield connect(csms, password=now.decode(errors="surrogateescape"))
    yield from booted(csms)
    yield command(csms, "set_password", password=(csms.password or PASSWORD).encode().hex())
    request: Received = yield from told(csms, "ChangeConfiguration", having={"key": "AuthorizationKey"})
    yield answer(request, status="Accepted")


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
    yield from given(knows_password(csms))
    yield connect(csms, password=csms.password or PASSWORD, having={"ending": ""}, rule="1.6-sec:A00.FR.204")
    yield from booted(csms)


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
    yield from supports_suites(csms, "1.6-sec:A00.FR.317")
    met: Connected = yield connect(csms, having={"ending": "", "tls": MODERN}, rule="1.6-sec:A00.FR.312")
    properties = "1.6-sec:2.6.1"
    yield from shows_itself(csms, met, rule="1.6-sec:A00.FR.306", key=properties, serial=properties, name=properties)
    yield from booted(csms)


@csms16(
    "TC_087_CSMS",
    "Client TLS certificate valid",
    verifies="1.6:4.2 1.6-sec:A00.FR.401 1.6-sec:A00.FR.416 1.6-sec:A00.FR.421",
    catches="agrees_on_another_suite_16 speaks_old_tls_16 turns_good_certificates_away_16 boots_pending",
)
def client_certificate(csms: Subject) -> Script:
    yield from given(in_profile(csms, 3))
    yield from supports_suites(csms, "1.6-sec:A00.FR.421")
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
    fits = yield from signed_for(chain, csr, "1.6-sec:A02")
    yield from signed_under(csms, chain, "1.6-sec:A02")
    return Credentials(chain if fits else "", key)


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
    if new.chain:
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
    shown = yield from given(before_upgrade(csms, attached(csms), _renewed(csms)))
    yield command(csms, "set_variables", values={"SecurityProfile": str(better)})
    higher = satisfying(str(better), lambda value: str(value) == str(better))
    having = {"key": "SecurityProfile", "value": higher}
    request: Received = yield from told(csms, "ChangeConfiguration", having=having, rule="1.6-sec:A05")
    yield answer(request, status="Accepted")
    reset: Received = yield from reset_asked(csms, "Hard")
    yield answer(reset, status="Accepted")
    yield from stepped_up(csms, shown, booted(csms), up="1.6-sec:A05", down="1.6-sec:A05.FR.09")
