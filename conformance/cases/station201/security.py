"""Block A, security: passwords, TLS and security profiles. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance import papers
from conformance.cases.station201.idle import idle
from conformance.cases.station201.signing import installed_root, renewed
from conformance.cases.station201.states import (
    configured,
    connectors_since,
    ready,
    told_of_startup,
    variable,
)
from conformance.papers import EXPIRED, FUTURE, MISNAMED, UNKNOWN, WILDCARD
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
    ask,
    check,
    dials_in,
    disconnect,
    expect,
    given,
    in_profile,
    let_in,
    one_of,
    own_tls,
    satisfying,
    shakes_hands,
    shut_out,
    station201,
)

COMM, SECURITY = "OCPPCommCtrlr", "SecurityCtrlr"
IN = {"ending": ""}
NEW_PASSWORD = "a-new-password-of-the-bench"
SHORT_PASSWORD = "too-short"
SHORTEST, LONGEST = 16, 64
"""Of a password, in characters: its variable may have a maxLimit of 64 (A00.FR.205, erratum of 2025-01)."""
MODERN = one_of("1.2", "1.3")
SUITES = (
    {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"},
    {"AES128-GCM-SHA256", "AES256-GCM-SHA384"},
)
"""Of these pairs a station supports at least one (A00.FR.319, A00.FR.422), in OpenSSL's spelling."""


def here(station: Subject) -> Script:
    """The station is up and idle; returns how it came."""
    yield from ready(station)
    came: Arrival = yield dials_in(station.reconnect_s, where=IN)
    return came


def _booting(station: Subject) -> Script:
    """Booting: the station was told to reset, and has not come back yet."""
    yield from here(station)
    yield ask("Reset", {"type": "Immediate"}, having={"status": "Accepted"})


def _boots(station: Subject) -> Script:
    """The station tells of its start."""
    boot: Received = yield expect("BootNotification", station.boot_s, rule="B01.FR.01")
    yield from connectors_since(boot, station, rule="B01.FR.05")
    yield from told_of_startup(station)
    return boot


@station201(
    "TC_A_01_CS",
    "Basic auth accepted with correct credentials",
    verifies=(
        "A00.FR.202 A00.FR.203 A00.FR.204 A00.FR.205 A00.FR.301 A00.FR.302 A00.FR.304 B01.FR.01 B01.FR.05 B01.FR.09"
    ),
    catches="comes_as_somebody_else comes_with_a_short_password comes_with_an_endless_password silent_connectors",
)
def right_password(station: Subject) -> Script:
    yield from given(in_profile(station, 1, 2))
    boots = yield Operate("ready")
    fits = satisfying("the configured password", lambda value: value == station.password)
    having = {**IN, "user": station.identity, "password": fits}
    came: Arrival = yield dials_in(station.boot_s, having=having, rule="A00.FR.203 A00.FR.204 A00.FR.302")
    length = len(came.password or "")
    yield check(
        SHORTEST <= length <= LONGEST,
        f"a password of {SHORTEST} to {LONGEST} characters",
        length,
        "A00.FR.205 A00.FR.304",
    )
    if not boots:
        yield from given(_reset(station))
    yield from _boots(station)


def _reset(station: Subject) -> Script:
    yield from idle(station)
    yield ask("Reset", {"type": "Immediate"}, having={"status": "Accepted"})


def _password_of(value: str) -> Payload:
    named = {"component": {"name": SECURITY}, "variable": {"name": "BasicAuthPassword"}}
    return {"setVariableData": [{"attributeValue": value, **named}]}


@station201(
    "TC_A_09_CS",
    "Change BasicAuthPassword, station reconnects with new one",
    verifies="A01.FR.01 A01.FR.11 A01.FR.12 B01.FR.01",
    catches="refuses_a_new_password keeps_its_password",
)
def new_password(station: Subject) -> Script:
    yield from given(in_profile(station, 1, 2))
    yield from given(here(station))
    yield let_in(password=NEW_PASSWORD)
    taken = {"setVariableResult.0.attributeStatus": one_of("Accepted", "RebootRequired")}
    reply: Reply = yield ask("SetVariables", _password_of(NEW_PASSWORD), having=taken, rule="A01.FR.01")
    fits = {**IN, "password": satisfying("the new password", lambda value: value == NEW_PASSWORD)}
    reboots = reply.get("setVariableResult.0.attributeStatus") == "RebootRequired"
    if reboots:
        yield from given(_reset(station))
        yield dials_in(station.boot_s, having=fits, rule="A01.FR.01")
        boot: Received = yield expect("BootNotification", station.boot_s, rule="B01.FR.01")
        yield from connectors_since(boot, station, rule="B01.FR.05")
    else:
        came = yield dials_in(station.message_s, having=fits, rule="A01.FR.01", optional=True)
        if came is None:
            yield disconnect(close=True)
            yield dials_in(station.reconnect_s, having=fits, rule="A01.FR.01")
    yield from given(_old_password_again(station))


def _old_password_again(station: Subject) -> Script:
    """The next case knows the station by the password that was agreed on."""
    yield let_in(password=station.password)
    yield ask("SetVariables", _password_of(station.password or ""))


@station201(
    "TC_A_10_CS",
    "Change BasicAuthPassword rejected, old password stays",
    verifies="A01.FR.01 A01.FR.11 A01.FR.12",
    catches="takes_short_passwords uses_what_it_refused",
)
def old_password(station: Subject) -> Script:
    yield from given(in_profile(station, 1, 2))
    yield from given(here(station))
    refused = {"setVariableResult.0.attributeStatus": "Rejected"}
    yield ask("SetVariables", _password_of(SHORT_PASSWORD), having=refused, rule="A00.FR.205 A01.FR.01")
    yield disconnect(close=True)
    fits = {**IN, "password": satisfying("the old password", lambda value: value == station.password)}
    yield dials_in(station.reconnect_s, having=fits, rule="A01.FR.01")
    yield from given(_reset(station))
    yield dials_in(station.boot_s, having=fits, rule="A01.FR.01")
    yield from _boots(station)


@station201(
    "TC_A_04_CS",
    "Server TLS certificate valid, secured link comes up",
    verifies="A00.FR.309 A00.FR.312 A00.FR.313 A00.FR.319 A00.FR.321 A00.FR.412 A00.FR.422",
    catches="offers_old_suites speaks_tls_1_1 comes_without_tls comes_back_without_a_word",
)
def server_certificate(station: Subject) -> Script:
    yield from given(in_profile(station, 2, 3))
    yield from given(_booting(station))
    came: Arrival = yield dials_in(station.boot_s, where=IN, rule="A00.FR.312")
    yield from _safe(came)
    boot: Received = yield expect("BootNotification", station.boot_s, rule="B01.FR.01")
    yield from connectors_since(boot, station, rule="B01.FR.05")


def _safe(came: Arrival) -> Script:
    """TLS as it has to be: version and cipher suites."""
    yield check(came.secure, "a connection with TLS", "one without", "A00.FR.312 A00.FR.415")
    yield check(MODERN.holds(came.tls), "TLS 1.2 or newer", came.tls or "none", "A00.FR.313 A00.FR.416")
    offered = set(came.ciphers)
    fits = any(pair <= offered for pair in SUITES)
    expected = " or ".join(" and ".join(sorted(pair)) for pair in SUITES)
    yield check(fits, expected, ", ".join(came.ciphers) or "none", "A00.FR.319 A00.FR.422")


@station201(
    "TC_A_05_CS",
    "Station refuses an invalid server certificate",
    verifies="A00.FR.309 A00.FR.310 A00.FR.311 A00.FR.412 A00.FR.413 A00.FR.414",
    catches="takes_any_certificate hides_invalid_certificates",
)
def invalid_server_certificate(station: Subject) -> Script:
    yield from given(in_profile(station, 2, 3))
    yield from given(_steadfast(station))
    host = station.secure_urls[0] if station.secure_urls else ""
    wildcard = [WILDCARD] if host.count(".") > 1 else []  # nobody takes a wildcard right below the top
    for kind in (EXPIRED, FUTURE, UNKNOWN, MISNAMED, *wildcard):
        yield shakes_hands(kind)
        yield disconnect()
        rule = "A00.FR.309 A00.FR.311 A00.FR.412 A00.FR.414"
        came: Arrival = yield dials_in(station.reconnect_s, having={"ending": "tls"}, rule=rule)
        yield shakes_hands()
        if came.ending:
            yield dials_in(station.reconnect_s, where=IN, rule="A00.FR.309")
        event = {"type": "InvalidCsmsCertificate"}
        rule = "A00.FR.310 A00.FR.413"
        yield expect("SecurityEventNotification", station.message_s, where=event, rule=rule)


def _steadfast(station: Subject) -> Script:
    """The station dials one address only, three times, and takes no wildcards."""
    yield from own_tls(station)
    yield from here(station)
    active = yield from variable(station, COMM, "ActiveNetworkProfile")
    if str(active).isdecimal():
        yield from configured(station, COMM, "NetworkConfigurationPriority", active, optional=True)
    yield from configured(station, COMM, "NetworkProfileConnectionAttempts", 3, optional=True)
    yield from configured(station, SECURITY, "AllowCSMSTLSWildcards", "false", optional=True)


@station201(
    "TC_A_06_CS",
    "TLS below minimum version is refused",
    verifies="A00.FR.314 A00.FR.316 A00.FR.416 A00.FR.417 A00.FR.419",
    catches="takes_any_certificate_at_all no_startup_event",
)
def old_tls(station: Subject) -> Script:
    yield from given(in_profile(station, 2, 3))
    yield from given(_one_attempt(station))
    yield shakes_hands(at_most="1.1")
    yield from given(_reset(station))
    rule = "A00.FR.314 A00.FR.316 A00.FR.417 A00.FR.419"
    came: Arrival = yield dials_in(station.boot_s, having={"ending": "tls"}, rule=rule)
    yield shakes_hands()
    if came.ending:
        yield dials_in(station.reconnect_s, where=IN, rule="A00.FR.313")
    yield from _boots(station)
    event = {"type": "InvalidTLSVersion"}
    rule = "A00.FR.316 A00.FR.419"
    yield expect("SecurityEventNotification", station.message_s, where=event, rule=rule, optional=True)


def _one_attempt(station: Subject) -> Script:
    yield from own_tls(station)
    yield from here(station)
    yield from configured(station, COMM, "NetworkProfileConnectionAttempts", 1, optional=True)


@station201(
    "TC_A_07_CS",
    "Client certificate valid, mutual TLS works",
    verifies=(
        "A00.FR.401 A00.FR.402 A00.FR.415 A00.FR.416 A00.FR.422 A00.FR.502 A00.FR.503 A00.FR.507 A00.FR.508 A00.FR.511"
    ),
    catches=(
        "shows_no_certificate offers_old_suites shows_the_certificate_of_another shows_a_weak_certificate"
        " comes_back_without_a_word"
    ),
)
def client_certificate(station: Subject) -> Script:
    yield from given(in_profile(station, CERTIFIED))
    yield from given(_booting(station))
    came: Arrival = yield dials_in(station.boot_s, where=IN, rule="A00.FR.415")
    yield from _safe(came)
    boot: Received = yield expect("BootNotification", station.boot_s, rule="B01.FR.01")
    shown = papers.from_der(came.certificate)
    yield check(shown is not None, "a certificate of the station", "none", "A00.FR.401 A00.FR.402 A00.FR.507")
    if shown is not None:
        yield check(shown.strong, "a key of 2048 (RSA) or 224 bits (EC)", f"{shown.key} of {shown.bits}", "A00.FR.502")
        yield check(shown.serial > 0, "a serial number", shown.serial, "A00.FR.508")
    yield from connectors_since(boot, station, rule="B01.FR.05")
    if shown is not None:
        serial = yield from given(_serial_number(station, boot))
        yield check(serial == shown.name, f"commonName {serial}", shown.name, "A00.FR.511")


def _serial_number(station: Subject, boot: Received) -> Script:
    """What a certificate has to be made out to: as declared, else as the station says."""
    serial = station.serial_number or boot.get("chargingStation.serialNumber", "")
    yield check(bool(serial), "a serial number of the station, declared or told at boot", "none")
    return serial


def _connection(station: Subject, url: str, level: int) -> Payload:
    """A NetworkConnectionProfileType of a security profile."""
    return {
        "messageTimeout": 30,
        "ocppCsmsUrl": url,
        "ocppInterface": station.interface,
        "ocppVersion": "OCPP20",
        "ocppTransport": "JSON",
        "securityProfile": level,
    }


def _slots(station: Subject) -> Script:
    """The slot in use, and one that is not."""
    active = yield from variable(station, COMM, "ActiveNetworkProfile")
    slots = station.network_slots
    used = int(active) if str(active).isdecimal() else slots[0]
    return used, next((each for each in slots if each != used), 0)


def _stored(station: Subject, slot: int, url: str, level: int, *, status: Any, rule: str) -> Script:
    """SetNetworkProfile is answered so."""
    request = {"configurationSlot": slot, "connectionData": _connection(station, url, level)}
    yield ask("SetNetworkProfile", request, having={"status": status}, rule=rule)


def _preferred(slots: str, status: Any, rule: str) -> Script:
    """NetworkConfigurationPriority is set to this, which is answered so."""
    named = {"component": {"name": COMM}, "variable": {"name": "NetworkConfigurationPriority"}}
    request = {"setVariableData": [{"attributeValue": slots, **named}]}
    yield ask("SetVariables", request, having={"setVariableResult.0.attributeStatus": status}, rule=rule)


@station201(
    "TC_A_19_CS",
    "Raise security profile, station reconnects on the higher one",
    verifies="A05.FR.04 A05.FR.05 A05.FR.06",
    catches=(
        "refuses_network_profiles refuses_better_profiles keeps_its_security_profile comes_without_tls_again"
        " keeps_worse_network_profiles"
    ),
    lasting=True,
)
def upgrade(station: Subject) -> Script:
    better = station.security_profile + 1
    came: Arrival = yield from given(_fit_for_upgrade(station))
    used, free = yield from given(_slots(station))
    other = 1 - came.at
    yield from _stored(station, free, station.secure_urls[other], better, status="Accepted", rule="B09.FR.01")
    yield from _preferred(f"{free},{used}", one_of("Accepted", "RebootRequired"), "A05.FR.04")
    yield ask("Reset", {"type": "OnIdle"}, having={"status": "Accepted"})
    having = {**IN, "secure": True, "at": other}
    yield dials_in(station.boot_s, having=having, rule="A05.FR.05")
    yield from _boots(station)
    told = yield from variable(station, SECURITY, "SecurityProfile")
    yield check(str(told) == str(better), f"SecurityProfile {better}", told, "A05.FR.06")
    order = yield from variable(station, COMM, "NetworkConfigurationPriority")
    left = [each.strip() for each in str(order).split(",")]
    yield check(str(used) not in left, f"NetworkConfigurationPriority without {used}", order, "A05.FR.06")
    if better == SECURED:
        yield from _does_not_step_down(station)


def _fit_for_upgrade(station: Subject) -> Script:
    """The station has what it needs in the next security profile: a root for 2, a certificate for 3."""
    yield from in_profile(station, 1, SECURED)
    yield check(len(station.secure_urls) > 1, "two addresses with TLS", len(station.secure_urls))
    came: Arrival = yield from here(station)
    if station.security_profile == 1:
        yield from installed_root(station, "CSMSRootCertificate", station.pki.csms)
    else:
        yield from renewed(station, station.pki.csms)
    return came


def _does_not_step_down(station: Subject) -> Script:
    """With nobody but the plain address to talk to, the station stays away; it comes back with TLS."""
    yield shut_out(secure=True)
    yield disconnect(close=True)
    plain = {"secure": False}
    came = yield dials_in(station.reconnect_s, where=plain, optional=True)
    yield check(came is None, "no connection without TLS", "one came", "A05.FR.06")
    yield let_in()
    yield dials_in(station.reconnect_s, where=IN, having={"secure": True}, rule="A05.FR.06")


@station201(
    "TC_A_20_CS",
    "Profile upgrade refused: no usable CSMS root installed",
    verifies="A05.FR.02",
    catches="takes_any_priority",
)
def upgrade_without_root(station: Subject) -> Script:
    yield from given(in_profile(station, 1))
    used, free = yield from given(_rootless(station))
    url = station.secure_urls[-1] if station.secure_urls else "wss://csms.bench.invalid"
    yield from _stored(station, free, url, SECURED, status=one_of("Accepted", "Rejected"), rule="B09.FR.01")
    yield from _preferred(f"{free},{used}", "Rejected", "A05.FR.02")


def _rootless(station: Subject) -> Script:
    yield from here(station)
    used, free = yield from _slots(station)
    request = {"certificateType": ["CSMSRootCertificate"]}
    yield ask("GetInstalledCertificateIds", request, having={"status": "NotFound"})
    yield from configured(station, COMM, "NetworkConfigurationPriority", used)
    return used, free


@station201(
    "TC_A_21_CS",
    "Profile upgrade refused: no usable station certificate",
    verifies="A05.FR.03",
    catches="takes_any_priority refuses_network_profiles",
)
def upgrade_without_certificate(station: Subject) -> Script:
    yield from given(in_profile(station, 1, SECURED))
    used, free = yield from given(_rooted(station))
    url = station.secure_urls[-1] if station.secure_urls else "wss://csms.bench.invalid"
    yield from _stored(station, free, url, CERTIFIED, status="Accepted", rule="B09.FR.01")
    yield from _preferred(f"{free},{used}", "Rejected", "A05.FR.03")
    if station.security_profile < SECURED:
        yield from given(_rootless_again(station))


def _rooted(station: Subject) -> Script:
    """All that the station lacks is a certificate of its own; a slot that is not preferred may be written (B09)."""
    yield from here(station)
    used, free = yield from _slots(station)
    yield from configured(station, COMM, "NetworkConfigurationPriority", used)
    if station.security_profile < SECURED:
        yield from installed_root(station, "CSMSRootCertificate", station.pki.csms)
    return used, free


def _rootless_again(station: Subject) -> Script:
    """Other cases need a station without a root."""
    data = papers.hash_data(station.pki.csms.pem)
    yield ask("DeleteCertificate", {"certificateHashData": data}, having={"status": "Accepted"})


@station201(
    "TC_A_22_CS",
    "Profile downgrade refused",
    verifies="B09.FR.04",
    catches="steps_down",
)
def downgrade(station: Subject) -> Script:
    yield from given(in_profile(station, SECURED, CERTIFIED))
    yield from given(here(station))
    _, free = yield from given(_slots(station))
    url = station.urls[-1] if station.urls else "ws://csms.bench.invalid"
    yield from _stored(station, free, url, 1, status="Rejected", rule="B09.FR.04")
