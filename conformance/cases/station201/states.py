"""States that a 2.0.1 station is brought into, shared by its cases (part 6, reusable states of the station)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from conformance.vocabulary import (
    AnyOf,
    Operate,
    Received,
    Reply,
    Script,
    Subject,
    any_of,
    ask,
    check,
    expect,
    let_pass,
    one_of,
    optionally,
    plug,
    present,
    satisfying,
    unplug,
)


@dataclass(slots=True)
class Tx:
    """What is known of the session: the station's start points, and how far the transaction has come.

    ``owed`` is what the first event after plugging or an authorization must tell of it (part 6, 2.1).
    """

    points: frozenset[str]
    id: str = ""
    plugged: bool = False
    authorized: bool = False
    charging: bool = False
    stopped: bool = False
    ended: bool = False
    owed: dict[str, Any] = field(default_factory=dict)

    @property
    def started(self) -> bool:
        """Whether the station has begun a transaction."""
        return bool(self.id)

    def note(self, event: Received) -> None:
        """Learn from a TransactionEvent."""
        self.id = str(event.get("transactionInfo.transactionId"))
        self.charging = event.get("transactionInfo.chargingState", "") == "Charging"
        self.ended = event.get("eventType") == "Ended"
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
        yield from all_connectors_are(station, "Available")


def start_points(station: Subject) -> Script:
    """The station's TxStartPoint: as declared, else as the station says."""
    if station.tx_start is not None:
        return station.tx_start
    value = yield from variable(station, "TxCtrlr", "TxStartPoint")
    return frozenset(part.strip() for part in str(value).split(","))


def variable(station: Subject, component: str, name: str) -> Script:
    """Read one variable; None where the station has none."""
    reply: Reply = yield ask("GetVariables", {"getVariableData": [_named(component, name)]})
    return reply.get("getVariableResult.0.attributeValue")


def _named(component: str, name: str, **more: Any) -> dict[str, Any]:
    return {"component": {"name": component}, "variable": {"name": name}, **more}


def configured(station: Subject, component: str, name: str, value: object, *, optional: bool = False) -> Script:
    """Set one variable; with ``optional`` a station that lacks it, or has it fixed, goes on as it is."""
    wanted = one_of("Accepted", "RebootRequired")
    if optional:
        wanted = one_of("Accepted", "RebootRequired", "Rejected", "UnknownComponent", "UnknownVariable")
    data = _named(component, name, attributeValue=str(value))
    yield ask("SetVariables", {"setVariableData": [data]}, having={"setVariableResult.0.attributeStatus": wanted})


def new_session(station: Subject) -> Script:
    """Nothing has happened yet at the EVSE."""
    points = yield from start_points(station)
    return Tx(points)


def plugged(station: Subject, tx: Tx) -> Script:
    """EVConnectedPreSession: the cable is in, and the transaction has started if that is a start point."""
    yield plug(station)
    tx.plugged = True
    tx.owed |= {"evse.id": station.evse, "evse.connectorId": station.connector}
    yield connector_is(station, "Occupied", rule="E02.FR.05")
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
        rule="E01.FR.02 E01.FR.16",
    )
    yield from _same_transaction(tx, event)


def authorized(station: Subject, tx: Tx, *, asks: bool = True) -> Script:
    """Authorized (local): a valid token was presented and, where a transaction is or comes to be, reported with it."""
    token = station.tokens.valid
    yield present(station, token)
    if asks:
        having = {"idToken.idToken": token.id, "idToken.type": token.type}
        yield expect("Authorize", station.message_s, having=having, rule="C01.FR.02")
    tx.authorized = True
    tx.owed |= {"idToken.idToken": token.id, "idToken.type": token.type}
    starts = "Authorized" in tx.points or ("PowerPathClosed" in tx.points and tx.plugged)
    if not (tx.started or starts):
        return
    reason = "Authorized" if tx.started or "Authorized" in tx.points else one_of("Authorized", "ChargingStateChanged")
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": reason},
        having={"eventType": "Updated" if tx.started else "Started", **tx.owed},
        rule="E02.FR.01" if tx.plugged else "E03.FR.01",
    )
    yield from _same_transaction(tx, event)


def remotely_started(station: Subject, tx: Tx, *, remote_start_id: int, authorizes: bool | None = None) -> Script:
    """Authorized (remote): the CSMS asked for a start, which the first event then names."""
    token = station.tokens.valid
    request = {"idToken": token.payload, "remoteStartId": remote_start_id, "evseId": station.evse}
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
        rule="F01.FR.25" if tx.plugged else "F02.FR.01",
    )
    yield from _same_transaction(tx, event)


def energized(station: Subject, tx: Tx) -> Script:
    """EnergyTransferStarted: energy flows from an authorized session."""
    if not tx.plugged:
        yield from plugged(station, tx)
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
    )
    yield from _same_transaction(tx, event)


def charging(station: Subject) -> Script:
    """A whole local start, cable first; returns the session."""
    yield from ready(station)
    tx = yield from new_session(station)
    yield from plugged(station, tx)
    yield from authorized(station, tx)
    yield from energized(station, tx)
    return tx


def stopped_locally(station: Subject, tx: Tx, *, rule: str = "E07.FR.02") -> Script:
    """StopAuthorized (local): the token that started the session was presented again."""
    yield let_pass(station.transaction_s)
    yield present(station, station.tokens.valid)
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": "StopAuthorized"},
        having={
            "idToken.idToken": optionally(station.tokens.valid.id),
            "idToken.type": optionally(station.tokens.valid.type),
            "transactionInfo.stoppedReason": optionally("Local"),
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
    )
    yield from _same_transaction(tx, event)


def disconnected(station: Subject, tx: Tx, *, rule: str = "", status: str = "Available") -> Script:
    """EVDisconnected: the cable is out, the connector free and the transaction over."""
    yield unplug(station)
    yield connector_is(station, status, rule=rule)
    if tx.ended:
        return
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": "EVCommunicationLost"},
        having={"eventType": "Ended", "transactionInfo.chargingState": "Idle"},
        rule="E06.FR.02",
    )
    yield from _same_transaction(tx, event)


def _same_transaction(tx: Tx, event: Received) -> Script:
    """An event belongs to the transaction that was begun; the first one names it."""
    seen_id = event.get("transactionInfo.transactionId")
    if tx.started:
        yield check(seen_id == tx.id, f"transactionInfo.transactionId {tx.id}", seen_id)
    tx.note(event)
