"""Block A, security. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.csms.credentials import (
    MODERN,
    PASSWORD,
    TURNED_AWAY,
    before_upgrade,
    knows_password,
    shows_itself,
    stepped_up,
    supports_suites,
)
from conformance.cases.csms201.renewal import renewed
from conformance.cases.csms201.states import attached, booted, told
from conformance.papers import EXPIRED, MISNAMED, UNKNOWN
from conformance.vocabulary import (
    Connected,
    Received,
    Script,
    Subject,
    answer,
    command,
    connect,
    csms201,
    disconnect,
    given,
    in_profile,
    one_of,
    satisfying,
)

WRONG_PASSWORD = "jihgfedcba9876543210"
NEW_PASSWORD = "a-new-password-of-the-bench"


@csms201(
    "TC_A_01_CSMS",
    "Basic auth accepted with correct credentials",
    verifies="A00.FR.204 B01.FR.02",
    catches="boots_pending takes_no_password",
)
def right_password(csms: Subject) -> Script:
    yield from given(knows_password(csms))
    yield connect(csms, password=csms.password or PASSWORD, rule="A00.FR.204")
    yield from booted(csms)


@csms201(
    "TC_A_02_CSMS",
    "Basic auth refused when username is not the station identity",
    verifies="A00.FR.204",
    catches="any_user_will_do",
)
def wrong_user(csms: Subject) -> Script:
    yield from given(knows_password(csms))
    somebody = f"{csms.identity}Invalid"
    yield connect(
        csms, user=somebody, password=csms.password or PASSWORD, having={"ending": "refused"}, rule="A00.FR.204"
    )


@csms201(
    "TC_A_03_CSMS",
    "Basic auth refused with wrong password",
    verifies="A00.FR.204",
    catches="any_password_will_do",
)
def wrong_password(csms: Subject) -> Script:
    yield from given(knows_password(csms))
    yield connect(csms, password=WRONG_PASSWORD, having={"ending": "refused"}, rule="A00.FR.204")


@csms201(
    "TC_A_04_CSMS",
    "Server TLS certificate valid, secured link comes up",
    verifies=(
        "A00.FR.306 A00.FR.307 A00.FR.312 A00.FR.318 A00.FR.321 A00.FR.502 A00.FR.503 A00.FR.507 A00.FR.508 A00.FR.510"
    ),
    catches="agrees_on_another_suite speaks_old_tls boots_pending shows_a_weak_key goes_by_another_name",
)
def server_certificate(csms: Subject) -> Script:
    yield from given(in_profile(csms, 2, 3))
    yield from supports_suites(csms, "A00.FR.318")
    met: Connected = yield connect(csms, having={"ending": "", "tls": MODERN}, rule="A00.FR.312 A00.FR.313")
    yield from shows_itself(
        csms, met, rule="A00.FR.307 A00.FR.507", key="A00.FR.502", serial="A00.FR.508", name="A00.FR.510"
    )
    yield from booted(csms)


@csms201(
    "TC_A_06_CSMS",
    "TLS below minimum version is refused",
    verifies="A00.FR.314 A00.FR.315 A00.FR.409 A00.FR.416 A00.FR.417 A00.FR.418",
    catches="takes_old_tls",
)
def old_tls(csms: Subject) -> Script:
    yield from given(in_profile(csms, 2, 3))
    having = {"ending": one_of("tls", "unreachable")}
    yield connect(csms, at_most="1.1", having=having, rule="A00.FR.315 A00.FR.418")
    yield disconnect()
    yield connect(csms, having={"ending": "", "tls": MODERN}, rule="A00.FR.313 A00.FR.416")
    yield from booted(csms)


@csms201(
    "TC_A_07_CSMS",
    "Client certificate valid, mutual TLS works",
    verifies="A00.FR.409 A00.FR.410 A00.FR.415 A00.FR.416 A00.FR.421",
    catches="agrees_on_another_suite speaks_old_tls",
)
def client_certificate(csms: Subject) -> Script:
    yield from given(in_profile(csms, 3))
    yield from supports_suites(csms, "A00.FR.421")
    yield connect(csms, having={"ending": "", "tls": MODERN}, rule="A00.FR.415 A00.FR.416")
    yield from booted(csms)


@csms201(
    "TC_A_08_CSMS",
    "CSMS refuses an invalid client certificate",
    verifies="A00.FR.405 A00.FR.407 A00.FR.409 A00.FR.410",
    catches="any_certificate_will_do",
)
def unknown_client_certificate(csms: Subject) -> Script:
    yield from given(in_profile(csms, 3))
    for kind, rule in ((UNKNOWN, "A00.FR.407"), (EXPIRED, "A00.FR.407"), (MISNAMED, "A00.FR.405")):
        wrong = csms.pki.station(csms.serial_number, kind)
        yield connect(csms, credentials=wrong, having={"ending": TURNED_AWAY}, rule=rule)
        yield disconnect()
    somebody = f"{csms.identity}-2"
    yield connect(csms, identity=somebody, having={"ending": TURNED_AWAY}, rule="A00.FR.405")
    yield disconnect()
    yield connect(csms, rule="A00.FR.410")
    yield from booted(csms)


@csms201(
    "TC_A_09_CSMS",
    "Change BasicAuthPassword, station reconnects with new one",
    verifies="A01.FR.02 A01.FR.03",
    catches="keeps_the_old_password forgets_the_old_password_late sets_another_variable",
)
def new_password(csms: Subject) -> Script:
    yield from given(_known_by_password(csms))
    given_out = yield from _password_sent(csms, "Accepted")
    yield disconnect(close=True)
    yield connect(csms, password=given_out, rule="A01.FR.03")
    yield from booted(csms)
    yield disconnect(close=True)
    old = csms.password or PASSWORD
    yield connect(csms, password=old, having={"ending": "refused"}, rule="A01.FR.03")
    yield disconnect()
    yield from given(_old_password_again(csms, given_out))


def _old_password_again(csms: Subject, now: str) -> Script:
    """The next case is known to the CSMS by the password that was agreed on."""
    yield connect(csms, password=now)
    yield from booted(csms)
    yield from _password_sent(csms, "Accepted", csms.password or PASSWORD)


@csms201(
    "TC_A_10_CSMS",
    "Change BasicAuthPassword rejected, old password stays",
    verifies="A01.FR.02 A01.FR.04 A01.FR.05",
    catches="takes_a_no_for_a_yes sets_another_variable",
)
def old_password(csms: Subject) -> Script:
    yield from given(_known_by_password(csms))
    yield from _password_sent(csms, "Rejected")
    yield disconnect(close=True)
    yield connect(csms, password=csms.password or PASSWORD, rule="A01.FR.04")
    yield from booted(csms)


def _known_by_password(csms: Subject) -> Script:
    """The station is connected with its password."""
    yield from in_profile(csms, 1, 2)
    yield connect(csms, password=csms.password or PASSWORD)
    yield from booted(csms)


def _password_sent(csms: Subject, status: str, password: str = NEW_PASSWORD) -> Script:
    """The CSMS gives the station a new password, and the station says yes or no; returns the password."""
    yield command(csms, "set_password", password=password)
    named = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
    having = {
        "setVariableData.0.component.name": "SecurityCtrlr",
        "setVariableData.0.variable.name": "BasicAuthPassword",
    }
    request: Received = yield from told(csms, "SetVariables", having=having, rule="A01.FR.02")
    yield answer(request, setVariableResult=[{"attributeStatus": status, **named}])
    return request.get("setVariableData.0.attributeValue", "")


@csms201(
    "TC_A_19_CSMS",
    "Raise security profile, station reconnects on the higher one",
    verifies="A05.FR.04 A05.FR.07",
    catches="lets_stations_step_down raises_nothing prefers_another_profile",
)
def upgrade(csms: Subject) -> Script:
    better = csms.security_profile + 1
    shown = yield from given(before_upgrade(csms, attached(csms), renewed(csms)))
    url = csms.secure_urls[0]
    wait_s = int(csms.message_s)
    fields = {"url": url, "security_profile": better, "timeout_s": wait_s, "interface": csms.interface}
    yield command(csms, "set_network_profile", slot=csms.network_slots[-1], **fields)
    having = {
        "connectionData.securityProfile": better,
        "connectionData.ocppTransport": "JSON",
        "connectionData.ocppVersion": "OCPP20",
        "connectionData.messageTimeout": wait_s,
        "connectionData.ocppInterface": csms.interface,
    }
    stored: Received = yield from told(csms, "SetNetworkProfile", having=having, rule="A05.FR.04")
    yield answer(stored, status="Accepted")
    slot = str(stored.get("configurationSlot"))
    yield command(csms, "set_variables", values={"OCPPCommCtrlr.NetworkConfigurationPriority": f"{slot},1"})
    has_slot = satisfying(f"a list with slot {slot}", lambda value: slot in str(value).split(","))
    having = {
        "setVariableData.0.component.name": "OCPPCommCtrlr",
        "setVariableData.0.variable.name": "NetworkConfigurationPriority",
        "setVariableData.0.attributeValue": has_slot,
    }
    request: Received = yield from told(csms, "SetVariables", having=having, rule="A05.FR.04")
    yield answer(request)
    yield command(csms, "reset", kind="OnIdle")
    reset: Received = yield from told(csms, "Reset")
    yield answer(reset, status="Accepted")
    yield from stepped_up(csms, shown, booted(csms, "RemoteReset"), up="A05.FR.04", down="A05.FR.07")
