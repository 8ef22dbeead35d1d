"""States that a 2.0.1 station is brought into, shared by its cases (part 6, reusable states of the station)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from conformance.cases.station201.idle import bay_free, idle
from conformance.vocabulary import (
    AnyOf,
    Operate,
    Payload,
    Received,
    Reply,
    Script,
    Subject,
    Token,
    ago,
    any_of,
    ask,
    check,
    drive_in,
    drive_out,
    expect,
    let_pass,
    mismatches,
    one_of,
    optionally,
    plug,
    present,
    satisfying,
    seen,
    suspend,
    unplug,
)


@dataclass(slots=True)
class Tx:
    """What is known of the session: the station's start and stop points, and how far the transaction has come.

    ``owed`` is what the first event after plugging or an authorization must tell of it (part 6, 2.1). ``rules`` are
    requirements that a case judges by its beginning, besides those of the states themselves.
    """

    points: frozenset[str]
    id: str = ""
    plugged: bool = False
    authorized: bool = False
    charging: bool = False
    stopped: bool = False
    ended: bool = False
    bay: bool = False
    seq_no: int = -1
    state: str = ""
    rules: str = ""
    stops: frozenset[str] = frozenset()
    owed: dict[str, Any] = field(default_factory=dict)

    @property
    def started(self) -> bool:
        """Whether the station has begun a transaction."""
        return bool(self.id)

    def note(self, event: Received) -> None:
        """Learn from a TransactionEvent."""
        self.id = str(event.get("transactionInfo.transactionId"))
        self.state = event.get("transactionInfo.chargingState", self.state)
        self.charging = event.get("transactionInfo.chargingState", "") == "Charging"
        self.ended = event.get("eventType") == "Ended"
        self.seq_no = event.get("seqNo", -1)
        self.owed = {}


def connector_is(station: Subject, status: str, *, evse: int = 0, connector: int = 0, rule: str = "") -> AnyOf:
    """The station reports a connector's state, as StatusNotification or as NotifyEvent."""
    evse, connector = evse or station.evse, connector or station.connector

    def tells(events: Any) -> bool:
        return isinstance(events, list) and any(_availability(event) == (evse, connector, status) for event in events)

    told = satisfying(f"Connector {evse}.{connector} AvailabilityState {status}, trigger Delta", tells)
    where = {"evseId": evse, "connectorId": connector, "connectorStatus": status}
    return any_of(
        expect("StatusNotification", station.message_s, where=where, rule=rule),
        expect("NotifyEvent", station.message_s, where={"eventData": told}, rule=rule),
    )


def connector_since(before: int, station: Subject, status: str, *, rule: str = "") -> Script:
    """The connector under test is reported so after the first ``before`` messages, whatever was done in between."""
    step = connector_is(station, status, rule=rule)
    calls: list[Received] = yield seen()
    for call in calls[before:]:
        fits = (one for one in step.expectations if one.action == call.action)
        if any(not mismatches(call.payload, one.where) for one in fits):
            yield check(True, f"connector {status}", "", rule)
            return
    yield step


def _availability(event: Any) -> tuple[Any, Any, Any] | None:
    component, variable = event.get("component", {}), event.get("variable", {})
    told = (component.get("name"), variable.get("name"), event.get("trigger"))
    if told != ("Connector", "AvailabilityState", "Delta"):
        return None
    evse = component.get("evse", {})
    return evse.get("id"), evse.get("connectorId"), event.get("actualValue")


def all_connectors_are(station: Subject, status: str, *, rule: str = "") -> Script:
    """Every connector's state is reported."""
    for evse, connector in station.connectors:
        yield connector_is(station, status, evse=evse, connector=connector, rule=rule)


def connectors_since(
    boot: Received,
    station: Subject,
    *,
    here: str = "Available",
    places: Collection[tuple[int, int]] | None = None,
    rule: str = "",
) -> Script:
    """Every connector is reported after this boot: those at ``places`` as ``here``, the others Available.

    Without ``places`` it is the one under test. What was told before the boot does not count (B01.FR.05).
    """
    special = [(station.evse, station.connector)] if places is None else places
    for evse, connector in station.connectors:
        status = here if (evse, connector) in special else "Available"
        told: Received = yield connector_is(station, status, evse=evse, connector=connector, rule=rule)
        while told.line < boot.line:
            told = yield connector_is(station, status, evse=evse, connector=connector, rule=rule)


def told_of_startup(station: Subject) -> Script:
    """The security event that a start of the station is."""
    startup = {"type": one_of("StartupOfTheDevice", "ResetOrReboot")}
    yield expect("SecurityEventNotification", station.message_s, where=startup, rule="A04.FR.02")


def ready(station: Subject) -> Script:
    """The station is up, accepted and idle; one that was not switched on by the rig is taken to be."""
    boots = yield Operate("ready")
    if boots:
        yield expect("BootNotification", station.boot_s)
    if boots and station.past is None:
        yield from all_connectors_are(station, "Available")
    else:
        yield from idle(station)


def start_points(station: Subject) -> Script:
    """The station's TxStartPoint: as declared, else as the station says."""
    if station.tx_start is not None:
        return station.tx_start
    return (yield from points_of(station, "TxStartPoint"))


def points_of(station: Subject, name: str) -> Script:
    """TxStartPoint or TxStopPoint, as the station says now."""
    value = yield from variable(station, "TxCtrlr", name)
    return frozenset(part.strip() for part in str(value).split(","))


def stop_points(station: Subject) -> Script:
    """The station's TxStopPoint, as it says."""
    return (yield from points_of(station, "TxStopPoint"))


def variable(station: Subject, component: str, name: str, *, instance: str = "") -> Script:
    """Read one variable; None where the station has none."""
    reply: Reply = yield ask("GetVariables", {"getVariableData": [_named(component, name, instance)]})
    return reply.get("getVariableResult.0.attributeValue")


def _named(component: str, name: str, instance: str = "", **more: Any) -> dict[str, Any]:
    variable = {"name": name, "instance": instance} if instance else {"name": name}
    return {"component": {"name": component}, "variable": variable, **more}


def configured(
    station: Subject, component: str, name: str, value: object, *, instance: str = "", optional: bool = False
) -> Script:
    """Set one variable; with ``optional`` a station that lacks it, or has it fixed, goes on as it is."""
    wanted = one_of("Accepted", "RebootRequired")
    if optional:
        wanted = one_of("Accepted", "RebootRequired", "Rejected", "UnknownComponent", "UnknownVariable")
    data = _named(component, name, instance, attributeValue=str(value))
    yield ask("SetVariables", {"setVariableData": [data]}, having={"setVariableResult.0.attributeStatus": wanted})


def held(station: Subject, component: str, name: str, value: object) -> Script:
    """A variable has this value, by itself or from now on."""
    now = yield from variable(station, component, name)
    if str(now).lower() != str(value).lower():
        yield from configured(station, component, name, value)


def new_session(station: Subject, *, known: bool = False) -> Script:
    """Nothing has happened yet at the EVSE, and what the station knows of tokens counts only where ``known`` says so.

    Part 6 §2.1: LocalPreAuthorize is off, whatever the case before has set.
    """
    if not known:
        yield from configured(station, "AuthCtrlr", "LocalPreAuthorize", "false", optional=True)
    points = yield from start_points(station)
    stops = yield from stop_points(station)
    return Tx(points, stops=stops)


BAY = "ParkingBayOccupancy"


def bay_occupied(station: Subject, tx: Tx, *, rule: str = "E01.FR.01") -> Script:
    """ParkingBayOccupied: an EV stands in the bay; nothing to do where no transaction begins or ends with that."""
    if BAY not in tx.points | tx.stops or tx.bay or tx.plugged:
        return
    yield from bay_free(station)
    yield drive_in(station)
    tx.bay = True
    if BAY not in tx.points:
        yield let_pass(2 * station.tolerance_s)
        return
    having = {"eventType": "Started", **tx.owed}
    event: Received = yield expect(
        "TransactionEvent", station.message_s, where={"triggerReason": "EVDetected"}, having=having, rule=rule
    )
    yield from _same_transaction(tx, event)


def plugged(station: Subject, tx: Tx, *, how: Operate | None = None, rule: str = "") -> Script:
    """EVConnectedPreSession: the cable is in, and the transaction has started if that is a start point.

    ``how``: the operation that connects the EV where it is not the usual one. ``rule``: as in ``energized``.
    """
    yield from bay_occupied(station, tx)
    yield how or plug(station)
    tx.plugged = True
    tx.owed |= {"evse.id": station.evse, "evse.connectorId": station.connector}
    yield connector_is(station, "Occupied", rule=f"E02.FR.05 {tx.rules}".strip())
    starts = "EVConnected" in tx.points or ("PowerPathClosed" in tx.points and tx.authorized)
    if not (tx.started or starts):
        return
    state = one_of("EVConnected", "SuspendedEVSE", "SuspendedEV", "Charging") if tx.authorized else "EVConnected"
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": one_of("CablePluggedIn", "ChargingStateChanged", "RemoteStart")},
        having={
            "eventType": "Updated" if tx.started else "Started",
            "transactionInfo.chargingState": state,
            **tx.owed,
        },
        rule=_begins(tx, f"{rule} E02.FR.17 E01.FR.16".strip()),
    )
    yield from _same_transaction(tx, event)


REMOTE_START_ID = 4321
"""What the bench calls a start from afar that stands in for a token."""


def takes_tokens(station: Subject) -> bool:
    """Whether the station has some local authorization (C-30 to C-35); one of which nothing was declared has."""
    return not station.features or any(station.knows(f"C-{number}") for number in range(30, 36))


def authorized(
    station: Subject, tx: Tx, *, asks: bool | None = True, token: Token | None = None, rule: str = ""
) -> Script:
    """Authorized (local): a valid token was presented and, where a transaction is or comes to be, reported with it.

    ``asks``: whether the station has to ask the CSMS about it; None leaves it free to. ``rule``: what asks for all of
    it, where that is more than usual. Returns the event that told of it, None where there is no transaction yet.
    A station that was declared to take no tokens on the spot is told from afar.
    """
    token = token or station.tokens.valid
    yield from bay_occupied(station, tx)
    if not takes_tokens(station):
        yield from remotely_started(station, tx, remote_start_id=REMOTE_START_ID, token=token)
        return None
    yield present(station, token)
    if asks is not False:
        having = {"idToken.idToken": token.id, "idToken.type": token.type}
        yield expect("Authorize", station.message_s, having=having, rule=rule or "C01.FR.02", optional=asks is None)
    told: Received | None = yield from authorization_told(station, tx, token, rule=rule)
    return told


def authorization_told(station: Subject, tx: Tx, token: Token, *, rule: str = "") -> Script:
    """A transaction that is, or comes to be with it, reports the accepted token; returns the event, or None."""
    tx.authorized = True
    tx.owed |= {"idToken.idToken": token.id, "idToken.type": token.type}
    starts = "Authorized" in tx.points or ("PowerPathClosed" in tx.points and tx.plugged)
    if not (tx.started or starts):
        return None
    reason = "Authorized" if tx.started or "Authorized" in tx.points else one_of("Authorized", "ChargingStateChanged")
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": reason},
        having={"eventType": "Updated" if tx.started else "Started", **tx.owed},
        rule=_begins(tx, f"{rule} {'E02.FR.01' if tx.plugged else 'E03.FR.01'}".strip()),
    )
    yield from _same_transaction(tx, event)
    return event


_BEGINS = {
    "ParkingBayOccupancy": "E01.FR.01",
    "EVConnected": "E01.FR.02",
    "Authorized": "E01.FR.03",
    "DataSigned": "E01.FR.04",
    "PowerPathClosed": "E01.FR.05",
    "EnergyTransfer": "E01.FR.06",
}


def _begins(tx: Tx, rules: str) -> str:
    """These rules, those of what the event owes, and those of the start points where it begins the transaction."""
    owed = [rule for path, rule in (("idToken.idToken", "E01.FR.10"), ("evse.id", "E01.FR.16")) if path in tx.owed]
    begun = [] if tx.started else [_BEGINS[point] for point in sorted(tx.points & _BEGINS.keys())]
    return " ".join(dict.fromkeys([*rules.split(), *owed, *begun, *tx.rules.split()]))


def remotely_started(
    station: Subject,
    tx: Tx,
    *,
    remote_start_id: int,
    authorizes: bool | None = None,
    profile: dict[str, Any] | None = None,
    token: Token | None = None,
) -> Script:
    """Authorized (remote): the CSMS asked for a start, which the first event then names.

    ``authorizes``: whether the station has to ask the CSMS about the token; None leaves it free to, if it is set to do
    that at all. ``profile``: the charging profile that comes with it. ``token``: whose start, named with its group, it
    is to be where that is not the usual driver's.
    """
    if authorizes is None:
        asks = yield from variable(station, "AuthCtrlr", "AuthorizeRemoteStart")
        authorizes = None if str(asks).lower() == "true" else False
    group = {"groupIdToken": token.group_payload} if token and token.group else {}
    token = token or station.tokens.valid
    request = {"idToken": token.payload, "remoteStartId": remote_start_id, "evseId": station.evse, **group}
    if profile is not None:
        request["chargingProfile"] = profile
    reply: Reply = yield ask(
        "RequestStartTransaction",
        request,
        having={"status": "Accepted"},
        rule="F01.FR.13" if tx.plugged else "F02.FR.01",
    )
    if tx.started:
        yield check(
            reply.get("transactionId") == tx.id, f"transactionId {tx.id}", reply.get("transactionId"), "F01.FR.13"
        )
    if authorizes is not False:
        having = {"idToken.idToken": token.id, "idToken.type": token.type}
        yield expect("Authorize", station.message_s, having=having, rule="F01.FR.01", optional=authorizes is None)
    tx.authorized = True
    tx.owed |= {
        "triggerReason": "RemoteStart",
        "transactionInfo.remoteStartId": remote_start_id,
        "idToken.idToken": token.id,
        "idToken.type": token.type,
    }
    starts = "Authorized" in tx.points or ("PowerPathClosed" in tx.points and tx.plugged)
    if not (tx.started or starts):
        return
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": "RemoteStart"},
        having={"eventType": "Updated" if tx.started else "Started", **tx.owed},
        rule=_begins(tx, "F01.FR.25" if tx.plugged else "F02.FR.01"),
    )
    yield from _same_transaction(tx, event)


def energized(station: Subject, tx: Tx, *, rule: str = "") -> Script:
    """EnergyTransferStarted: energy flows from an authorized session. ``rule``: what asks for it, besides the usual."""
    if not tx.plugged:
        yield from plugged(station, tx)
    if "DataSigned" in tx.points and not tx.started:
        yield from _begun_with_data(station, tx)
    if tx.charging:
        return
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={
            "transactionInfo.chargingState": "Charging",
            "triggerReason": one_of("ChargingStateChanged", "Authorized", "CablePluggedIn", "RemoteStart"),
        },
        having={
            "eventType": "Updated" if tx.started else "Started",
            "triggerReason": "ChargingStateChanged",
            **tx.owed,
        },
        rule=_begins(tx, f"{rule} E01.FR.18 E02.FR.13".strip()),
    )
    yield from _same_transaction(tx, event)


def _begun_with_data(station: Subject, tx: Tx) -> Script:
    """A transaction begins with a signed reading, or like with PowerPathClosed where the meter has nothing to sign."""
    triggers = one_of("SignedDataReceived", "Authorized", "CablePluggedIn", "ChargingStateChanged", "RemoteStart")
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"eventType": "Started"},
        having={"triggerReason": triggers, **tx.owed},
        rule=_begins(tx, "E01.FR.15"),
    )
    yield from _same_transaction(tx, event)


def signed(station: Subject, tx: Tx, *, rule: str = "E01.FR.04") -> Script:
    """The meter has signed its first reading, and with that the transaction begins; returns the event."""
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": one_of("SignedDataReceived", "RemoteStart")},
        having={"eventType": "Started", **tx.owed},
        rule=rule,
    )
    yield from _same_transaction(tx, event)
    return event


def charging(station: Subject) -> Script:
    """A whole local start, cable first; returns the session."""
    yield from ready(station)
    tx = yield from new_session(station)
    yield from plugged(station, tx)
    yield from authorized(station, tx)
    yield from energized(station, tx)
    return tx


def charging_until(station: Subject, point: str) -> Script:
    """EnergyTransferStarted, of a transaction that ends with this stop point."""
    yield from ready(station)
    yield from configured(station, "TxCtrlr", "TxStopPoint", point, optional=True)
    points = yield from stop_points(station)
    yield check(point in points, f"TxStopPoint {point}", ",".join(sorted(points)))
    tx = yield from new_session(station)
    yield from plugged(station, tx)
    yield from authorized(station, tx)
    yield from energized(station, tx)
    return tx


def stopped_locally(
    station: Subject, tx: Tx, *, token: Token | None = None, reason: str = "Local", rule: str = "E07.FR.02"
) -> Script:
    """StopAuthorized (local): the token that started the session, or one that may end it too, was presented.

    A station that was declared to take no tokens on the spot is told from afar.
    """
    if not takes_tokens(station):
        yield from stopped_remotely(station, tx)
        return
    token = token or station.tokens.valid
    yield let_pass(station.transaction_s)
    yield present(station, token)
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": "StopAuthorized"},
        having={
            "idToken.idToken": optionally(token.id),
            "idToken.type": optionally(token.type),
            "transactionInfo.stoppedReason": optionally(reason),
        },
        rule=rule,
    )
    tx.stopped = event.get("transactionInfo.chargingState") == "EVConnected"
    yield from _same_transaction(tx, event)


def stopped_remotely(station: Subject, tx: Tx) -> Script:
    """StopAuthorized (remote): the CSMS asked for the end of the transaction."""
    yield let_pass(station.transaction_s)
    yield ask("RequestStopTransaction", {"transactionId": tx.id}, having={"status": "Accepted"}, rule="F03.FR.07")
    event: Received = yield expect(
        "TransactionEvent", station.message_s, where={"triggerReason": "RemoteStop"}, rule="F03.FR.02"
    )
    tx.stopped = event.get("transactionInfo.chargingState") == "EVConnected"
    yield from _same_transaction(tx, event)


def post_session(station: Subject, tx: Tx) -> Script:
    """EVConnectedPostSession: no energy any more, the cable still in."""
    if tx.ended or tx.stopped:
        return
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": "ChargingStateChanged", "transactionInfo.chargingState": "EVConnected"},
        rule="E01.FR.18 E02.FR.13",
    )
    yield from _same_transaction(tx, event)


def energy_suspended(station: Subject, tx: Tx) -> Script:
    """EnergyTransferSuspended: the EV has stopped taking energy, which ends the transaction only at EnergyTransfer."""
    yield let_pass(station.transaction_s)
    yield suspend(station)
    states = one_of("SuspendedEV", "EVConnected")
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": "ChargingStateChanged", "transactionInfo.chargingState": states},
        rule="E01.FR.18",
    )
    yield from _same_transaction(tx, event)
    if tx.ended:
        reason = event.get("transactionInfo.stoppedReason")
        yield check(reason == "StoppedByEV", "stoppedReason StoppedByEV", reason, "E06.FR.08")


def disconnected(
    station: Subject, tx: Tx, *, rule: str = "", status: str = "Available", ends: bool | None = True
) -> Script:
    """EVDisconnected: the cable is out, the connector free and the transaction over.

    ``ends``: whether the transaction has to end with that; None demands nothing.
    """
    yield unplug(station)
    yield connector_is(station, status, rule=rule)
    if tx.ended:
        return
    kind = {} if ends is None else {"eventType": "Ended" if ends else "Updated"}
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": "EVCommunicationLost"},
        having={**kind, "transactionInfo.chargingState": "Idle"},
        rule="E06.FR.02",
    )
    yield from _same_transaction(tx, event)


def bay_left(station: Subject, tx: Tx, *, refused: bool = False, rule: str = "E06.FR.01") -> Script:
    """ParkingBayUnoccupied: the EV has left the bay; nothing to do where none was driven in.

    ``refused``: nobody was ever authorized, and nothing is demanded of the transaction.
    """
    if not tx.bay:
        return
    yield drive_out(station)
    tx.bay = False
    if tx.ended:
        yield let_pass(2 * station.tolerance_s)
        return
    if refused:
        yield expect("TransactionEvent", station.message_s, where={"triggerReason": "EVDeparted"}, optional=True)
        return
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": "EVDeparted"},
        having={"eventType": "Ended", "transactionInfo.stoppedReason": optionally("Local", "Remote")},
        rule=rule,
    )
    yield from _same_transaction(tx, event)


def done(station: Subject, tx: Tx) -> Script:
    """From charging to ParkingBayUnoccupied, stopped by the driver's token."""
    yield from stopped_locally(station, tx)
    yield from post_session(station, tx)
    yield from disconnected(station, tx, ends=None)
    yield from bay_left(station, tx)


def known_offline(station: Subject, *tokens: Token) -> Script:
    """IdTokenCached, IdTokenLocalAuthList: the station will take these tokens without asking the CSMS."""
    yield from configured(station, "AuthCtrlr", "OfflineTxForUnknownIdEnabled", "true", optional=True)
    yield from configured(station, "AuthCtrlr", "LocalAuthorizeOffline", "true", optional=True)
    yield from configured(station, "LocalAuthListCtrlr", "Enabled", "true", optional=True)
    entries = [{"idToken": each.payload, "idTokenInfo": _info(each)} for each in tokens]
    request = {"versionNumber": 1, "updateType": "Full", "localAuthorizationList": entries}
    listed: Reply = yield ask("SendLocalList", request, or_error=satisfying("any error", bool))
    if listed.get("status") == "Accepted":
        return
    yield from configured(station, "AuthCacheCtrlr", "Enabled", "true", optional=True)
    for token in tokens:
        tx = yield from new_session(station)
        yield from authorized(station, tx, asks=None, token=token)
        yield from energized(station, tx)
        yield present(station, token)
        yield from disconnected(station, tx, ends=None)


def cached(station: Subject, token: Token | None = None, *, accepted: bool = True) -> Script:
    """IdTokenCached: the station has seen what the CSMS says of a token, after a session if it was ``accepted``.

    While it learns the CSMS is asked in any case: what the cache says counts where LocalPreAuthorize is set after this.
    """
    token = token or station.tokens.valid
    yield from configured(station, "AuthCacheCtrlr", "Enabled", "true", optional=True)
    tx = yield from new_session(station)
    if accepted:
        yield from authorized(station, tx, token=token)
        yield from energized(station, tx)
        yield from stopped_locally(station, tx, token=token)
        yield from post_session(station, tx)
        yield from disconnected(station, tx, ends=None)
        yield from bay_left(station, tx)
    else:
        yield from bay_occupied(station, tx)
        yield present(station, token)
        yield expect("Authorize", station.message_s, where={"idToken.idToken": token.id})
        yield from bay_left(station, tx, refused=True)


LIST_VERSION = 7
"""The version of the local list that ``listed`` leaves behind."""


def entry(token: Token, status: str = "Accepted") -> Payload:
    """What a local list says of a token (AuthorizationData)."""
    return {"idToken": token.payload, "idTokenInfo": {**_info(token), "status": status}}


def listed(station: Subject, *entries: Payload) -> Script:
    """IdTokenLocalAuthList: these entries, and no others, are the local list."""
    yield from configured(station, "LocalAuthListCtrlr", "Enabled", "true", optional=True)
    request = {"versionNumber": LIST_VERSION, "updateType": "Full", "localAuthorizationList": list(entries)}
    yield ask("SendLocalList", request, having={"status": "Accepted"})


def forgotten(station: Subject) -> Script:
    """Neither cache nor local list know any token, whatever was before."""
    anything = satisfying("any error", bool)
    yield ask("ClearCache", or_error=anything)
    yield ask("SendLocalList", {"versionNumber": LIST_VERSION, "updateType": "Full"}, or_error=anything)


def booted(station: Subject) -> Script:
    """Booted: the station was reset, and has told of itself anew."""
    yield ask("Reset", {"type": "Immediate"}, having={"status": "Accepted"})
    boot: Received = yield expect("BootNotification", station.boot_s)
    yield from connectors_since(boot, station)


CUTTING = frozenset({"Authorized", "PowerPathClosed", "EnergyTransfer"})
"""The stop points at which a transaction ends with the right to charge."""


def deauthorized(station: Subject, tx: Tx, points: frozenset[str], *, rule: str = "") -> Script:
    """Deauthorized: the CSMS has refused the token of the transaction, which ends the right to charge.

    ``points``: the station's stop points.
    """
    ends = bool(points & CUTTING)
    kind = {"eventType": "Ended", "transactionInfo.stoppedReason": "DeAuthorized"} if ends else {"eventType": "Updated"}
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": "Deauthorized"},
        having={"transactionInfo.chargingState": one_of("EVConnected", "SuspendedEVSE"), **kind},
        rule=f"{rule} {'C15.FR.04' if ends else 'C15.FR.03'}".strip(),
    )
    yield from _same_transaction(tx, event)


def _info(token: Token) -> dict[str, Any]:
    group = {"groupIdToken": token.group_payload} if token.group else {}
    return {"status": "Accepted", **group}


def reserve(
    number: int,
    token: Token,
    status: str,
    *,
    group: str = "",
    expires_s: float = 3600.0,
    rule: str = "",
    **more: Any,
) -> Script:
    """A wish to reserve gets this answer. ``more`` goes into the request as it is (``evseId``, ``connectorType``)."""
    request = {
        "id": number,
        "idToken": token.payload,
        "expiryDateTime": ago(-expires_s),
        **({"groupIdToken": {"idToken": group, "type": "Central"}} if group else {}),
        **more,
    }
    yield ask("ReserveNow", request, having={"status": status}, rule=rule)


def reserved(
    station: Subject,
    number: int,
    token: Token,
    *,
    evse: int | None = None,
    reports: bool = True,
    rule: str = "H01.FR.23",
    **more: Any,
) -> Script:
    """Reserved: the EVSE under test (``evse`` 0: any) is kept for a token, or its group, for an hour or ``expires_s``.

    ``reports``: whether its connectors have to be told as Reserved. ``more``: see ``reserve``.
    """
    place = station.evse if evse is None else evse
    at: dict[str, Any] = {"evseId": place} if place else {}
    yield from reserve(number, token, "Accepted", rule=rule, **at, **more)
    for on, connector in station.connectors:
        if reports and on == place:
            yield connector_is(station, "Reserved", evse=on, connector=connector, rule=rule)


def _same_transaction(tx: Tx, event: Received) -> Script:
    """An event belongs to the transaction that was begun; the first one names it."""
    seen_id = event.get("transactionInfo.transactionId")
    if tx.started:
        yield check(seen_id == tx.id, f"transactionInfo.transactionId {tx.id}", seen_id)
    tx.note(event)
