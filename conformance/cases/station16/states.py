"""States that a 1.6 charge point is brought into, shared by its cases."""

from __future__ import annotations

from typing import Any

from conformance.cases.station16.idle import idle
from conformance.vocabulary import (
    Expect,
    Operate,
    Received,
    Reply,
    Script,
    Subject,
    Token,
    ask,
    check,
    dials_in,
    expect,
    given,
    let_pass,
    one_of,
    plug,
    present,
    seen,
)

TRANSACTION = 4711
"""The transactionId that the bench gives out."""

PREPARING, AVAILABLE, CHARGING, FINISHING = "Preparing", "Available", "Charging", "Finishing"
IN = {"ending": ""}


def connectors(station: Subject) -> range:
    """The connector ids of the charge point: 1.6 counts them without EVSEs."""
    return range(1, sum(station.evses) + 1)


def status(
    station: Subject, wanted: Any, *, connector: int | None = None, within_s: float = 0, rule: str = "", **having: Any
) -> Expect:
    """The charge point reports a connector's state (of the connector under test unless another is named)."""
    where = {"connectorId": station.evse if connector is None else connector, "status": wanted}
    named = f"1.6:4.9 {rule}".rstrip()
    return expect("StatusNotification", within_s or station.message_s, where=where, having=having, rule=named)


def all_are(station: Subject, wanted: Any, *, rule: str = "") -> Script:
    """The charge point reports this state of itself and of every connector."""
    for connector in (0, *connectors(station)):
        yield status(station, wanted, connector=connector, rule=rule)


def all_available(station: Subject) -> Script:
    """The charge point reports itself and every connector as available."""
    yield from all_are(station, AVAILABLE)


def ready(station: Subject) -> Script:
    """The charge point is up, accepted and idle; one that was not switched on by the rig is taken to be."""
    boots = yield Operate("ready")
    if boots:
        yield expect("BootNotification", station.boot_s)
    if boots and station.past is None:
        yield from all_available(station)
    else:
        yield from idle(station)


def booting(station: Subject) -> Script:
    """The charge point is about to boot: it is switched on, or was on and is reset."""
    if not (yield Operate("ready")):
        yield from given(idle(station))
        yield ask("Reset", {"type": "Hard"}, having={"status": "Accepted"}, rule="1.6:5.14")


def here(station: Subject) -> Script:
    """The charge point is up and idle; returns how it came."""
    yield from ready(station)
    return (yield dials_in(station.reconnect_s, where=IN))


def boots(station: Subject, wanted: Any = AVAILABLE, *, rule: str = "1.6:4.2") -> Script:
    """The charge point starts, and tells the state of itself and of its connectors."""
    yield expect("BootNotification", station.boot_s, rule=rule)
    yield from all_are(station, wanted)


def configured(station: Subject, key: str, value: object, *, optional: bool = False) -> Script:
    """Set one key; with ``optional`` a charge point that lacks it, or has it fixed, goes on as it is."""
    wanted = ("Accepted", "RebootRequired", "Rejected", "NotSupported") if optional else ("Accepted", "RebootRequired")
    request = {"key": key, "value": str(value)}
    yield ask("ChangeConfiguration", request, having={"status": one_of(*wanted)}, rule="1.6:5.3")


def value_of(key: str) -> Script:
    """What a key is set to; empty where the charge point does not know it."""
    reply: Reply = yield ask("GetConfiguration", {"key": [key]}, rule="1.6:5.8")
    known = {each.get("key"): each.get("value", "") for each in reply.get("configurationKey", [])}
    return str(known.get(key, ""))


def switched(station: Subject, key: str, on: bool) -> Script:
    """A key that stands for yes or no is so, whether it can be changed or not; without it, it is no."""
    wanted = "true" if on else "false"
    if (yield from value_of(key)).lower() != wanted:
        yield from configured(station, key, wanted, optional=True)
        told = (yield from value_of(key)).lower() or "false"
        yield check(told == wanted, f"{key} {wanted}", told)


def plugged(station: Subject) -> Script:
    """The cable is in: Preparing."""
    yield plug(station)
    yield status(station, PREPARING)


def authorized(station: Subject, *, preparing: bool = True, token: Token | None = None) -> Script:
    """A valid idTag was presented; without a cable the connector waits for one."""
    shown = token or station.tokens.valid
    yield present(station, shown)
    yield expect("Authorize", station.message_s, having={"idTag": shown.id}, rule="1.6:4.1")
    if preparing:
        yield status(station, PREPARING)


def started(station: Subject, *, token: Token | None = None, rule: str = "", **having: Any) -> Script:
    """The transaction starts and energy flows, in either order; returns the StartTransaction."""
    fits = {"idTag": (token or station.tokens.valid).id, "connectorId": station.evse, **having}
    named = f"1.6:4.8 {rule}".rstrip()
    start: Received = yield expect("StartTransaction", station.message_s, having=fits, rule=named)
    yield status(station, CHARGING, rule=rule)
    return start


def charging(station: Subject) -> Script:
    """A whole local start, cable first."""
    yield from ready(station)
    yield from begun(station)


def begun(station: Subject, token: Token | None = None) -> Script:
    """An idle charge point is used: cable first."""
    yield from plugged(station)
    yield from authorized(station, preparing=False, token=token)
    yield from started(station, token=token)


def after_a_while(station: Subject) -> Script:
    """Charge for the configured duration."""
    yield let_pass(station.transaction_s)


def ended(station: Subject, reason: Any, rule: str, **having: Any) -> Script:
    """The transaction of the bench is over, for this reason; Finishing comes before or after; returns the end."""
    fits = {"reason": reason, "transactionId": TRANSACTION, **having}
    stop: Received = yield expect("StopTransaction", station.message_s, having=fits, rule=rule)
    yield status(station, FINISHING, rule=rule)
    return stop


def became(station: Subject, wanted: str, since: int, *, rule: str = "") -> Script:
    """The connector under test is said to be so since a line of the record, or now."""
    told: list[Received] = yield seen("StatusNotification", where={"connectorId": station.evse, "status": wanted})
    if any(each.line > since for each in told):
        yield check(True, f"{wanted} told", wanted, f"1.6:4.9 {rule}".rstrip())
    else:
        yield status(station, wanted, rule=rule)


def let_go(station: Subject, *, rule: str = "") -> Script:
    """An authorization that nobody used is given up when the time for plugging in is over."""
    within_s = station.plug_timeout_s + station.tolerance_s
    yield status(station, AVAILABLE, within_s=within_s, rule=rule)


def unasked(before: int, rule: str = "") -> Script:
    """Nobody was asked about an idTag since there were so many Authorize."""
    calls: list[Received] = yield seen("Authorize")
    yield check(len(calls) == before, "no Authorize", f"{len(calls) - before} of them", rule)


def asked() -> Script:
    """How many times an idTag was asked about."""
    calls: list[Received] = yield seen("Authorize")
    return len(calls)


def authorizes_remote(station: Subject) -> Script:
    """Whether the charge point asks before it obeys a remote start."""
    return (yield from value_of("AuthorizeRemoteTxRequests")).lower() == "true"


def remote_start(station: Subject, asks: bool, *, token: Token | None = None, **more: Any) -> Script:
    """The charge point agrees to start for an idTag, and asks about it if it does so."""
    chosen = token or station.tokens.valid
    request = {"connectorId": station.evse, "idTag": chosen.id, **more}
    yield ask("RemoteStartTransaction", request, having={"status": "Accepted"}, rule="1.6:5.11")
    if asks:
        yield expect("Authorize", station.message_s, having={"idTag": chosen.id}, rule="1.6:5.11 1.6:4.1")


def availability(station: Subject, kind: str, wanted: str, connector: int | None = None) -> Script:
    """A connector, or with 0 the whole charge point, is closed or opened, and says so."""
    number = station.evse if connector is None else connector
    request = {"connectorId": number, "type": kind}
    yield ask("ChangeAvailability", request, having={"status": "Accepted"}, rule="1.6:5.2")
    if number:
        yield status(station, wanted, connector=number, rule="1.6:5.2")
    else:
        yield from all_are(station, wanted, rule="1.6:5.2")


def others_closed(station: Subject) -> Script:
    """No connector but the one under test can be used."""
    for connector in connectors(station):
        if connector != station.evse:
            yield from availability(station, "Inoperative", "Unavailable", connector)
