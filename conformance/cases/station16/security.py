"""Passwords, TLS, security profiles and certificates (security white paper). Charge point under test, OCPP 1.6."""

# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance import papers
from conformance.cases.station16.states import (
    AVAILABLE,
    IN,
    all_are,
    configured,
    here,
    ready,
    value_of,
)
from conformance.cases.station201.signing import chain_for
from conformance.papers import EXPIRED, Authority, Fact, hash_data
from conformance.vocabulary import (
    CERTIFIED,
    SECURED,
    Arrival,
    Operate,
    Payload,
    Received,
    Reply,
    Script,
    Subject,
    answer,
    ask,
    check,
    dials_in,
    disconnect,
    expect,
    given,
    in_profile,
    let_in,
    linked,
    one_of,
    own_tls,
    satisfying,
    shakes_hands,
    shut_out,
    station16,
)

NEW_PASSWORD = "Chargebench-new-0001"
SETTLED = one_of("Accepted", "RebootRequired")
MODERN = one_of("1.2", "1.3")
PLAIN = ("A00.FR.202", "A00.FR.203", "A00.FR.204")
"""Who a charge point without TLS says it is."""
CSMS_ROOT, MANUFACTURER = "CentralSystemRootCertificate", "ManufacturerRootCertificate"


def _rules(*ids: str) -> str:
    return " ".join(f"1.6-sec:{each}" for each in ids)


def _reset() -> Script:
    yield ask("Reset", {"type": "Hard"}, having={"status": "Accepted"}, rule="1.6:5.14")


def _booting(station: Subject) -> Script:
    """The charge point was told to reset, and has not come back yet."""
    yield from here(station)
    yield from _reset()


def _boots(station: Subject) -> Script:
    """The charge point tells of its start; returns the BootNotification."""
    boot: Received = yield expect("BootNotification", station.boot_s, rule="1.6:4.2")
    yield from all_are(station, AVAILABLE)
    return boot


@station16(
    "TC_085_CS",
    "Basic auth accepted",
    verifies=_rules("A00.FR.202", "A00.FR.203", "A00.FR.204", "A00.FR.301", "A00.FR.302", "A00.FR.303"),
    catches="comes_as_somebody_else_16 comes_with_another_password_16 comes_without_password_16",
)
def right_password(station: Subject) -> Script:
    yield from given(in_profile(station, 1, 2))
    boots = yield Operate("ready")
    having, rule = _by_password(station)
    yield dials_in(station.boot_s, having={**IN, **having}, rule=rule)
    if not boots:
        yield from given(_reset())
    yield from _boots(station)


def _by_password(station: Subject) -> tuple[Payload, str]:
    """What a charge point in profile 1 or 2 shows of itself, and the rules that say so."""
    fits = satisfying("the configured password", lambda value: value == station.password)
    ids = ("A00.FR.301", "A00.FR.302", "A00.FR.303") if station.security_profile == SECURED else PLAIN
    return {"user": station.identity, "password": fits}, _rules(*ids)


@station16(
    "TC_073_CS",
    "Change basic-auth password (AuthorizationKey)",
    verifies=_rules("A01.FR.01"),
    catches="refuses_a_new_password_16 keeps_its_password_16",
)
def new_password(station: Subject) -> Script:
    yield from given(in_profile(station, 1, 2))
    yield from given(here(station))
    for password in (NEW_PASSWORD, station.password or ""):
        yield from _changed(station, password)


def _changed(station: Subject, password: str) -> Script:
    """The charge point gets a password, in hexadecimal, and comes again with it."""
    yield let_in(password=password)
    request = {"key": "AuthorizationKey", "value": password.encode().hex()}
    rule = _rules("A01.FR.01")
    reply: Reply = yield ask("ChangeConfiguration", request, having={"status": SETTLED}, rule=rule)
    fits = {**IN, "password": satisfying("the new password", lambda value: value == password)}
    if reply.get("status") == "RebootRequired":
        yield from given(_reset())
        yield dials_in(station.boot_s, having=fits, rule=rule)
        return
    came = yield dials_in(station.message_s, having=fits, rule=rule, optional=True)
    if came is None:
        yield disconnect(close=True)
        yield dials_in(station.reconnect_s, having=fits, rule=rule)


SUITES = (
    {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"},
    {"AES128-GCM-SHA256", "AES256-GCM-SHA384"},
)
"""Of these pairs a charge point supports at least one, in OpenSSL's spelling."""


def _safe(came: Arrival) -> Script:
    """TLS as it has to be: version and cipher suites."""
    yield check(came.secure, "a connection with TLS", "one without", _rules("A00.FR.311", "A00.FR.415"))
    yield check(MODERN.holds(came.tls), "TLS 1.2 or newer", came.tls or "none", _rules("A00.FR.312", "A00.FR.416"))
    offered = set(came.ciphers)
    fits = any(pair <= offered for pair in SUITES)
    expected = " or ".join(" and ".join(sorted(pair)) for pair in SUITES)
    told = ", ".join(came.ciphers) or "none"
    yield check(fits, expected, told, _rules("A00.FR.318", "A00.FR.422"))


@station16(
    "TC_086_CS",
    "Server TLS certificate valid",
    verifies=_rules("A00.FR.311", "A00.FR.312", "A00.FR.318", "A00.FR.415", "A00.FR.416", "A00.FR.422"),
    catches="comes_without_tls_16 speaks_tls_1_1_16 offers_old_suites_16",
)
def server_certificate(station: Subject) -> Script:
    yield from given(in_profile(station, SECURED, CERTIFIED))
    yield from given(_booting(station))
    having, rule = _by_password(station) if station.security_profile == SECURED else ({}, "")
    rule = f"{_rules('A00.FR.311', 'A00.FR.415')} {rule}".rstrip()
    came: Arrival = yield dials_in(station.boot_s, where=IN, having=having, rule=rule)
    yield from _safe(came)
    yield from _boots(station)


@station16(
    "TC_087_CS",
    "Client TLS certificate valid",
    verifies=_rules("A00.FR.401", "A00.FR.402", "A00.FR.415", "A00.FR.416", "A00.FR.422", "A00.FR.502", "A00.FR.511"),
    catches=(
        "shows_no_certificate_16 shows_the_certificate_of_another_16 offers_old_suites_16 speaks_tls_1_1_16 "
        "shows_a_weak_key_16 comes_without_tls_16"
    ),
)
def client_certificate(station: Subject) -> Script:
    yield from given(in_profile(station, CERTIFIED))
    yield from given(_booting(station))
    came: Arrival = yield dials_in(station.boot_s, where=IN, rule=_rules("A00.FR.401"))
    yield from _safe(came)
    boot: Received = yield from _boots(station)
    shown = papers.from_der(came.certificate)
    rule = _rules("A00.FR.401", "A00.FR.402")
    yield check(shown is not None, "a certificate of the charge point", "none", rule)
    if shown is not None:
        told = f"{shown.key} of {shown.bits}"
        yield check(shown.strong, "a key of 2048 (RSA) or 224 bits (EC)", told, _rules("A00.FR.502", "A00.FR.503"))
        serial = station.serial_number or boot.get("chargePointSerialNumber", "")
        yield check(serial in {"", shown.name}, f"commonName {serial}", shown.name, _rules("A00.FR.511"))


@station16(
    "TC_078_CS",
    "Security event: invalid central-system certificate",
    verifies=_rules("A00.FR.307", "A00.FR.309", "A00.FR.310", "A00.FR.411", "A00.FR.413", "A00.FR.414", "A04.FR.01"),
    catches="takes_any_certificate_16 hides_invalid_certificates_16",
)
def invalid_server_certificate(station: Subject) -> Script:
    yield from given(in_profile(station, SECURED, CERTIFIED))
    yield from given(own_tls(station))
    yield from given(here(station))
    yield shakes_hands(EXPIRED)
    yield disconnect()
    rule = _rules("A00.FR.307", "A00.FR.310", "A00.FR.411", "A00.FR.414")
    came: Arrival = yield dials_in(station.reconnect_s, having={"ending": "tls"}, rule=rule)
    yield shakes_hands()
    if came.ending:
        yield dials_in(station.reconnect_s, where=IN, rule=_rules("A00.FR.307", "A00.FR.411"))
    event = {"type": "InvalidCentralSystemCertificate"}
    rule = _rules("A00.FR.309", "A00.FR.413", "A04.FR.01")
    yield expect("SecurityEventNotification", station.message_s, where=event, rule=rule)


def _secured(level: int, status: str, rule: str) -> Script:
    request = {"key": "SecurityProfile", "value": str(level)}
    yield ask("ChangeConfiguration", request, having={"status": status}, rule=rule)


@station16(
    "TC_083_CS",
    "Raise security profile",
    verifies=_rules("A05.FR.05", "A05.FR.07"),
    catches="refuses_better_profiles_16 comes_without_tls_again_16",
    lasting=True,
)
def upgrade(station: Subject) -> Script:
    yield from given(_fit_for_upgrade(station))
    yield from _secured(station.security_profile + 1, "Accepted", _rules("A05.FR.05"))
    having, rule = {**IN, "secure": True}, _rules("A05.FR.06", "A05.FR.07")
    came = yield dials_in(station.message_s, where=IN, having=having, rule=rule, optional=True)
    if came is None and not (yield linked()):
        yield dials_in(station.reconnect_s, where=IN, having=having, rule=rule)
    yield from _reset()
    yield dials_in(station.boot_s, where=IN, having=having, rule=rule)
    yield from _boots(station)
    if station.security_profile + 1 == SECURED:
        yield from _does_not_step_down(station)


def _fit_for_upgrade(station: Subject) -> Script:
    """The charge point has what it needs in the next security profile: a root for 2, a certificate for 3."""
    yield from in_profile(station, 1, SECURED)
    yield check(bool(station.secure_urls), "an address of the bench with TLS", "none was declared")
    yield from here(station)
    if station.security_profile == 1:
        yield from _installed(CSMS_ROOT, station.pki.csms)
    else:
        text = yield from _csr(station)
        if text:
            yield from _signed((yield from chain_for(text, station.pki.csms)), "Accepted", _rules("A02.FR.06"))


def _does_not_step_down(station: Subject) -> Script:
    """With nobody but the plain address to talk to, the charge point stays away; it comes back with TLS."""
    yield shut_out(secure=True)
    yield disconnect(close=True)
    came = yield dials_in(station.reconnect_s, where={"secure": False}, optional=True)
    yield check(came is None, "no connection without TLS", "one came", _rules("A05.FR.07"))
    yield let_in()
    yield dials_in(station.reconnect_s, where=IN, having={"secure": True}, rule=_rules("A05.FR.07"))


@station16(
    "TC_084_CS",
    "Lowering security profile refused",
    verifies=_rules("A05.FR.01"),
    catches="steps_down_16",
)
def downgrade(station: Subject) -> Script:
    yield from given(in_profile(station, SECURED, CERTIFIED))
    yield from given(here(station))
    yield from _secured(station.security_profile - 1, "Rejected", _rules("A05.FR.01"))


def _named(station: Subject) -> Script:
    """The charge point talks with a certificate of its own, and knows whose it is."""
    yield from in_profile(station, CERTIFIED)
    yield from here(station)
    yield from configured(station, "CpoName", station.organisation, optional=True)


def _csr(station: Subject) -> Script:
    """The charge point is told to ask for a certificate, and does so as it has to; returns its CSR, or ""."""
    trigger = {"requestedMessage": "SignChargePointCertificate"}
    yield ask("ExtendedTriggerMessage", trigger, having={"status": "Accepted"}, rule=_rules("A02.FR.02"))
    request: Received = yield expect("SignCertificate", station.message_s, rule=_rules("A02.FR.03"))
    yield answer(request, status="Accepted")
    text = str(request.get("csr", ""))
    asked: Fact | None = papers.read_request(text)
    yield check(asked is not None, "a PKCS#10 CSR in PEM, signed by its key", "none", _rules("A02.FR.03"))
    if asked is not None:
        told = f"{asked.key} of {asked.bits}"
        yield check(asked.strong, "a key of 2048 (RSA) or 224 bits (EC)", told, _rules("A02.FR.02", "A00.FR.502"))
        whose = yield from value_of("CpoName")
        yield check(
            whose in {"", asked.organisation}, f"organizationName {whose}", asked.organisation, _rules("A02.FR.13")
        )
    return text if asked is not None else ""


def _signed(chain: str, status: str, rule: str) -> Script:
    yield ask("CertificateSigned", {"certificateChain": chain}, having={"status": status}, rule=rule)


@station16(
    "TC_074_CS",
    "Renew charge point certificate",
    verifies=_rules("A02.FR.02", "A02.FR.03", "A02.FR.06", "A02.FR.08", "A02.FR.09", "A02.FR.13"),
    catches=(
        "asks_for_no_certificate_16 asks_with_a_short_key_16 asks_for_another_owner_16 "
        "keeps_its_certificate_16 sends_no_csr_16 refuses_its_certificate_16"
    ),
)
def renew_certificate(station: Subject) -> Script:
    yield from given(_named(station))
    text = yield from _csr(station)
    if not text:
        return
    chain = yield from chain_for(text, station.pki.csms)
    yield from _signed(chain, "Accepted", _rules("A02.FR.06"))
    came: Arrival | None = yield dials_in(station.message_s, where=IN, optional=True)
    if came is None:
        yield disconnect(close=True)
        came = yield dials_in(station.reconnect_s, where=IN, rule=_rules("A02.FR.08"))
    shown, wanted = papers.from_der(came.certificate), papers.read_chain(chain)[0]
    serial = None if shown is None else shown.serial
    rule = _rules("A02.FR.08", "A02.FR.09")
    yield check(serial == wanted.serial, f"the certificate with number {wanted.serial:x}", serial, rule)


@station16(
    "TC_077_CS",
    "Security event: invalid charge point certificate",
    verifies=_rules("A02.FR.06", "A02.FR.07", "A04.FR.01"),
    catches="takes_any_signed_certificate_16 hides_a_bad_certificate_16",
)
def invalid_certificate(station: Subject) -> Script:
    yield from given(_named(station))
    text = yield from _csr(station)
    if not text:
        return
    chain = yield from chain_for(text, station.pki.nobody)
    yield from _signed(chain, "Rejected", _rules("A02.FR.06", "A02.FR.07"))
    event = {"type": "InvalidChargePointCertificate"}
    rule = _rules("A02.FR.07", "A04.FR.01")
    yield expect("SecurityEventNotification", station.message_s, where=event, rule=rule)


def _root_of(station: Subject, use: str) -> Script:
    """The bench's root for a use; one of a CSMS beside, or in place of, that which the connection rests on."""
    if use == MANUFACTURER:
        return station.pki.manufacturer
    checks = yield from value_of("AdditionalRootCertificateCheck")
    return station.pki.successor if checks.lower() == "true" else station.pki.upstart


def _installed(use: str, root: Authority) -> Script:
    """The charge point takes a root."""
    request = {"certificateType": use, "certificate": root.pem}
    yield ask("InstallCertificate", request, having={"status": "Accepted"}, rule=_rules("M05.FR.02"))


def _listed(use: str) -> Script:
    """The hash data of what the charge point holds for a use, which the status fits."""
    reply: Reply = yield ask("GetInstalledCertificateIds", {"certificateType": use}, rule=_rules("M03.FR.01"))
    told = list(reply.get("certificateHashData", []))
    wanted, rule = ("Accepted", "M03.FR.03") if told else ("NotFound", "M03.FR.02")
    status = reply.get("status")
    yield check(status == wanted, f"status {wanted} with {len(told)} certificates", status, _rules(rule))
    return told


def _is_of(told: Payload, root: Authority) -> bool:
    algorithm = str(told.get("hashAlgorithm", ""))
    if algorithm not in papers.ALGORITHMS:
        return False
    above = "" if root.above is None else root.above.pem
    return any(papers.same(told, hash_data(root.pem, issuer, algorithm)) for issuer in {above, ""})


def _installs(station: Subject, use: str) -> Script:
    yield from given(ready(station))
    root: Authority = yield from _root_of(station, use)
    yield from _installed(use, root)
    told: list[Payload] = yield from _listed(use)
    found = any(_is_of(each, root) for each in told)
    yield check(found, f"hash data of {root.name}", f"{len(told)} others", _rules("M03.FR.04", "M05.FR.02"))


@station16(
    "TC_075_1_CS",
    "Install manufacturer root",
    verifies=_rules("M03.FR.03", "M03.FR.04", "M05.FR.02"),
    catches="refuses_roots_16 lists_other_roots_16 finds_no_roots_16",
)
def install_manufacturer_root(station: Subject) -> Script:
    yield from _installs(station, MANUFACTURER)


@station16(
    "TC_075_2_CS",
    "Install central-system root",
    verifies=_rules("M03.FR.03", "M03.FR.04", "M05.FR.02"),
    catches="refuses_roots_16 lists_other_roots_16 finds_no_roots_16",
)
def install_csms_root(station: Subject) -> Script:
    yield from _installs(station, CSMS_ROOT)


@station16(
    "TC_076_CS",
    "Delete certificate",
    verifies=_rules("M03.FR.03", "M03.FR.04", "M04.FR.02"),
    catches="refuses_to_delete_16 deletes_nothing_16 finds_no_roots_16 lists_other_roots_16",
)
def delete_root(station: Subject) -> Script:
    yield from given(ready(station))
    use, root = yield from given(_to_delete(station))
    told: list[Payload] = yield from _listed(use)
    own = [each for each in told if _is_of(each, root)]
    yield check(bool(own), f"hash data of {root.name}", f"{len(told)} others", _rules("M03.FR.04"))
    if not own:
        return
    having = {"status": "Accepted"}
    yield ask("DeleteCertificate", {"certificateHashData": own[0]}, having=having, rule=_rules("M04.FR.02"))
    told = yield from _listed(use)
    left = any(_is_of(each, root) for each in told)
    yield check(not left, f"no hash data of {root.name}", "they are there", _rules("M04.FR.02"))


def _to_delete(station: Subject) -> Script:
    """A root that nothing rests on has been installed; returns its use and itself."""
    checks = yield from value_of("AdditionalRootCertificateCheck")
    use = MANUFACTURER if checks.lower() == "true" else CSMS_ROOT
    root: Authority = yield from _root_of(station, use)
    yield from _installed(use, root)
    return use, root
