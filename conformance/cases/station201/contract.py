"""Block C, contract certificates: Plug & Charge. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.station201.signing import ISO, installed_root, v2g_ready, v2g_renewed
from conformance.cases.station201.states import (
    BAY,
    Tx,
    authorization_told,
    configured,
    connector_is,
    energized,
    entry,
    new_session,
    plugged,
)
from conformance.papers import Authority, Credentials, load
from conformance.vocabulary import (
    PRESENT,
    Payload,
    Received,
    Script,
    Subject,
    ask,
    check,
    dials_in,
    disconnect,
    drive_in,
    expect,
    given,
    let_in,
    let_pass,
    one_of,
    plug_contract,
    satisfying,
    seen,
    shut_out,
    station201,
    usually,
)

ACCEPTED: Payload = {"status": "Accepted"}
DIALOGUE_S = 60.0
"""How long an EV and a station may talk before the EV has shown its contract."""


def _switched(station: Subject, **values: str) -> Script:
    """The ISO 15118 controller of the EVSE under test is set so, as far as it can be."""
    wanted = one_of("Accepted", "RebootRequired", "Rejected", "UnknownComponent", "UnknownVariable")
    component = {"name": ISO, "evse": {"id": station.evse}}
    for name, value in values.items():
        data = {"component": component, "variable": {"name": name}, "attributeValue": value}
        yield ask("SetVariables", {"setVariableData": [data]}, having={"setVariableResult.0.attributeStatus": wanted})


def _contract(station: Subject, issuer: Authority) -> Credentials:
    """The contract certificate of an EV: its CN is the eMAID."""
    return issuer.certifies(station.tokens.contract.id)


def _plug_and_charge(station: Subject, *, central: bool = False, offline: bool = False) -> Script:
    """The station has what Plug & Charge takes, and a root of contracts unless the CSMS has to judge those."""
    yield from v2g_ready(station)
    yield from configured(station, "AuthCtrlr", "DisableRemoteAuthorization", "false", optional=True)
    yield from _switched(
        station,
        PnCEnabled="true",
        V2GCertificateInstallationEnabled="true",
        ContractCertificateInstallationEnabled="true",
        CentralContractValidationAllowed=str(central).lower(),
        ContractValidationOffline=str(offline).lower(),
    )
    if not central:
        yield from installed_root(station, "MORootCertificate", station.pki.mobility)
    yield from v2g_renewed(station)


def _answered(status: str, certificate_status: str) -> Script:
    """What the CSMS says of the contract whenever it is asked."""
    yield usually("Authorize", idTokenInfo={"status": status}, certificateStatus=certificate_status)


def _connected(station: Subject, shown: Credentials) -> Script:
    """EVConnectedPreSession, with an EV that shows this contract; returns the session."""
    tx: Tx = yield from new_session(station)
    yield from plugged(station, tx, how=plug_contract(station, shown))
    return tx


def _number_of(shown: Credentials) -> str:
    return f"{load(shown.chain)[0].serial_number:x}"


def _asks_with_hashes(station: Subject, shown: Credentials) -> Script:
    """The contract goes to the CSMS by its eMAID and what an OCSP request needs."""
    hashes = satisfying("present", bool)
    having = {"idToken.type": "eMAID", "iso15118CertificateHashData": hashes}
    request: Received = yield expect("Authorize", DIALOGUE_S, having=having, rule="C07.FR.01 C07.FR.02")
    told = request.get("iso15118CertificateHashData")
    certificates = [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    numbers = {str(each.get("serialNumber", "")).lower().lstrip("0") for each in certificates}
    wanted = _number_of(shown)
    yield check(wanted in numbers, f"the contract's serial number {wanted}", ", ".join(numbers), "C07.FR.02")


def _asks_with_chain(station: Subject) -> Script:
    """The contract goes to the CSMS as it is, for want of a root."""
    having = {"idToken.type": "eMAID", "certificate": PRESENT}
    yield expect("Authorize", DIALOGUE_S, having=having, rule="C07.FR.01 C07.FR.06")


def _charges(station: Subject, tx: Tx) -> Script:
    yield from authorization_told(station, tx, station.tokens.contract)
    yield from energized(station, tx)


def charging_by_contract(station: Subject) -> Script:
    """An EV charges by its contract (Plug & Charge); returns the session and what the EV showed."""
    shown = _contract(station, station.pki.mo)
    yield from _plug_and_charge(station)
    yield from _answered("Accepted", "Accepted")
    tx: Tx = yield from _connected(station, shown)
    yield from _asks_with_hashes(station, shown)
    yield from _charges(station, tx)
    return tx, shown


def _does_not_charge(station: Subject, rule: str) -> Script:
    """Nobody is authorized, and no energy flows."""
    yield let_pass(station.message_s)
    told: list[Received] = yield seen("TransactionEvent", where={"triggerReason": "Authorized"})
    told += yield seen("TransactionEvent", where={"transactionInfo.chargingState": "Charging"})
    yield check(not told, "no authorization and no energy", f"{len(told)} events of them", rule)


@station201(
    "TC_C_50_CS",
    "Contract certificate checked locally, accepted",
    verifies="C07.FR.01 C07.FR.02",
    catches="hides_what_ocsp_needs takes_contracts_for_cards",
)
def accepted(station: Subject) -> Script:
    shown = _contract(station, station.pki.mo)
    yield from given(_plug_and_charge(station))
    yield from _answered("Accepted", "Accepted")
    tx: Tx = yield from given(_connected(station, shown))
    yield from _asks_with_hashes(station, shown)
    yield from _charges(station, tx)


@station201(
    "TC_C_51_CS",
    "Contract certificate checked locally, rejected",
    verifies="C07.FR.01 C07.FR.02",
    catches="hides_what_ocsp_needs charges_refused_contracts",
)
def cancelled(station: Subject) -> Script:
    shown = _contract(station, station.pki.mo)
    yield from given(_plug_and_charge(station))
    yield from _answered("Invalid", "ContractCancelled")
    yield from given(_connected(station, shown))
    yield from _asks_with_hashes(station, shown)
    yield from _does_not_charge(station, "C01.FR.01")


@station201(
    "TC_C_52_CS",
    "Contract certificate checked by CSMS, accepted",
    verifies="C07.FR.01 C07.FR.02 C07.FR.06",
    catches="keeps_the_contract_to_itself takes_contracts_for_cards",
)
def accepted_by_csms(station: Subject) -> Script:
    shown = _contract(station, station.pki.nobody)
    yield from given(_plug_and_charge(station, central=True))
    yield from _answered("Accepted", "Accepted")
    tx: Tx = yield from given(_connected(station, shown))
    yield from _asks_with_chain(station)
    yield from _charges(station, tx)


@station201(
    "TC_C_53_CS",
    "Contract certificate checked by CSMS, fails",
    verifies="C07.FR.06",
    catches="keeps_the_contract_to_itself charges_refused_contracts",
)
def revoked(station: Subject) -> Script:
    shown = _contract(station, station.pki.nobody)
    yield from given(_plug_and_charge(station, central=True))
    yield from _answered("Invalid", "CertificateRevoked")
    yield from given(_connected(station, shown))
    yield from _asks_with_chain(station)
    yield from _does_not_charge(station, "C01.FR.01")


def _ready_to_go_offline(station: Subject, *, offline: bool) -> Script:
    """The eMAID is listed, where there is a list, and contracts count offline or not; returns a session."""
    yield from _plug_and_charge(station, offline=offline)
    yield from configured(station, "AuthCtrlr", "LocalAuthorizeOffline", "true", optional=True)
    unknown = str(offline).lower()
    yield from configured(station, "AuthCtrlr", "OfflineTxForUnknownIdEnabled", unknown, optional=True)
    yield from configured(station, "LocalAuthListCtrlr", "Enabled", "true", optional=True)
    entries = [entry(station.tokens.contract)]
    request = {"versionNumber": 1, "updateType": "Full", "localAuthorizationList": entries}
    yield ask("SendLocalList", request, or_error=satisfying("any error", bool))
    return (yield from new_session(station))


def _connected_offline(station: Subject, tx: Tx, shown: Credentials) -> Script:
    yield shut_out()
    yield disconnect()
    if BAY in tx.points:
        yield drive_in(station)
        yield let_pass(2 * station.tolerance_s)
    yield plug_contract(station, shown)
    yield let_pass(station.transaction_s)
    yield let_in()
    yield dials_in(station.reconnect_s, where={"ending": ""})


def _told_of_cable(station: Subject, tx: Tx) -> Script:
    """The connector and, where a transaction has begun without anybody's right to charge, the cable are told."""
    yield connector_is(station, "Occupied", rule="E02.FR.05")
    if not tx.points & {BAY, "EVConnected"}:
        return
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": "CablePluggedIn"},
        having={"transactionInfo.chargingState": "EVConnected", "offline": True},
        rule="E04.FR.03",
    )
    tx.note(event)


@station201(
    "TC_C_54_CS",
    "Contract certificate offline, offline validation allowed",
    verifies="C07.FR.08 C07.FR.09 C07.FR.10 C07.FR.11 C07.FR.12",
    catches="trusts_no_contract_offline never_tells_of_its_absence calls_contracts_remote_starts "
    "swaps_contracts_for_others",
)
def accepted_offline(station: Subject) -> Script:
    shown, token = _contract(station, station.pki.mo), station.tokens.contract
    tx: Tx = yield from given(_ready_to_go_offline(station, offline=True))
    yield from given(_connected_offline(station, tx, shown))
    yield from _told_of_cable(station, tx)
    early = tx.points & {BAY, "EVConnected", "Authorized"}
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"idToken.type": token.type},
        having={
            "idToken.idToken": token.id,
            "triggerReason": "Authorized" if early else one_of("Authorized", "ChargingStateChanged", "CablePluggedIn"),
        },
        rule="C07.FR.08 C07.FR.09 C07.FR.10 C07.FR.12 E02.FR.17",
    )
    tx.note(event)
    told: list[Received] = yield seen("TransactionEvent", where={"idToken": PRESENT})
    online = [each for each in told if each.get("offline") is not True]
    yield check(not online, "offline true", f"{len(online)} events without", "E04.FR.03")
    charging = {"transactionInfo.chargingState": "Charging"}
    if not tx.charging:
        yield expect("TransactionEvent", station.message_s, where=charging, rule="C07.FR.10 C07.FR.12")


@station201(
    "TC_C_55_CS",
    "Contract certificate offline, offline validation off",
    verifies="C07.FR.07",
    catches="trusts_contracts_offline",
)
def refused_offline(station: Subject) -> Script:
    shown = _contract(station, station.pki.mo)
    tx: Tx = yield from given(_ready_to_go_offline(station, offline=False))
    yield from given(_connected_offline(station, tx, shown))
    yield from _told_of_cable(station, tx)
    yield from _does_not_charge(station, "C07.FR.07")
