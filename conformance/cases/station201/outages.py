"""Block E, transactions without a link, and what a station tells of its queue. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.cases.station201.states import (
    BAY,
    Tx,
    charging,
    configured,
    done,
    known_offline,
    new_session,
    points_of,
    ready,
    started,
    takes_tokens,
)
from conformance.vocabulary import (
    ABSENT,
    Received,
    Script,
    Subject,
    Token,
    answer,
    ask,
    check,
    dials_in,
    disconnect,
    drive_in,
    drive_out,
    expect,
    given,
    let_in,
    let_pass,
    offline,
    plug,
    present,
    seen,
    shut_out,
    station201,
    suspend,
    unplug,
)

NO_SUCH = "no-such-transaction"


def _status(transaction: str, *, ongoing: object, queued: bool, rule: str) -> Script:
    """GetTransactionStatus, of one transaction or (empty) of all, and what it has to be answered."""
    request = {"transactionId": transaction} if transaction else {}
    having = {"ongoingIndicator": ongoing, "messagesInQueue": queued}
    yield ask("GetTransactionStatus", request, having=having, rule=rule)


def _patient(station: Subject, outage_s: float) -> Script:
    """The station notices that it is offline, and tries again, no sooner than after this outage."""
    wait = str(int(outage_s))
    yield from configured(station, "OCPPCommCtrlr", "OfflineThreshold", int(outage_s) + 60, optional=True)
    yield from configured(station, "OCPPCommCtrlr", "RetryBackOffWaitMinimum", wait, optional=True)
    yield from configured(station, "OCPPCommCtrlr", "RetryBackOffRandomRange", "0", optional=True)


def _sampling(station: Subject) -> Script:
    """EnergyTransferStarted, at a station that sends meter values several times within an outage."""
    yield from ready(station)
    yield from configured(station, "SampledDataCtrlr", "Enabled", "true", optional=True)
    yield from configured(station, "SampledDataCtrlr", "TxUpdatedInterval", station.sample_s)
    measurand = "Energy.Active.Import.Register"
    yield from configured(station, "SampledDataCtrlr", "TxUpdatedMeasurands", measurand, optional=True)
    yield from _patient(station, station.outage_s)
    return (yield from started(station))


def _events(before: int) -> Script:
    """The TransactionEvents after so many, in the order in which they happened."""
    calls: list[Received] = yield seen("TransactionEvent")
    return sorted(calls[before:], key=lambda call: int(call.get("seqNo", 0)))


def _numbers(events: list[Received]) -> str:
    return "seqNo " + ", ".join(str(event.get("seqNo")) for event in events) if events else "none"


def _updates_queued(station: Subject, before: int) -> Script:
    """What was measured without a link comes now, and says that there was none."""
    yield expect("TransactionEvent", station.message_s, rule="E11.FR.01")
    yield let_pass(station.tolerance_s)
    events: list[Received] = yield from _events(before)
    marked = [event for event in events if event.get("offline") is True]
    last = max((event.get("seqNo", 0) for event in marked), default=-1)
    queued = [event for event in events if event.get("seqNo", 0) <= last]
    yield check(bool(marked) and queued == marked, "offline true in what was queued", _numbers(marked), "E11.FR.02")
    least = station.outage_s // station.sample_s - 1
    yield check(len(marked) >= least, f"{least} events or more of the outage", len(marked), "E11.FR.01")
    others = [event for event in marked if event.get("eventType") != "Updated"]
    yield check(not others, "eventType Updated in each", f"not in {_numbers(others)}", "E11.FR.01")
    bare = [event for event in marked if not event.get("meterValue")]
    yield check(not bare, "a meterValue in each", f"not in {_numbers(bare)}", "E11.FR.03")


@station201(
    "TC_E_28_CS",
    "Transaction status: id unknown",
    verifies="E14.FR.01",
    catches="runs_for_ever always_has_a_queue",
)
def status_unknown(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _status(NO_SUCH, ongoing=False, queued=False, rule="E14.FR.01")


@station201(
    "TC_E_29_CS",
    "Transaction status: running, messages queued",
    verifies="E14.FR.02 E14.FR.04",
    catches="forgets_what_runs hides_its_queue hides_the_outage",
)
def status_running_queued(station: Subject) -> Script:
    tx: Tx = yield from given(_sampling(station))
    before: list[Received] = yield seen("TransactionEvent")
    yield from given(offline(station, station.outage_s))
    yield from _status(tx.id, ongoing=True, queued=True, rule="E14.FR.02 E14.FR.04")
    yield from _updates_queued(station, len(before))


@station201(
    "TC_E_30_CS",
    "Transaction status: running, nothing queued",
    verifies="E14.FR.02 E14.FR.05",
    catches="forgets_what_runs always_has_a_queue",
)
def status_running(station: Subject) -> Script:
    tx: Tx = yield from given(charging(station))
    yield let_pass(station.tolerance_s)
    yield from _status(tx.id, ongoing=True, queued=False, rule="E14.FR.02 E14.FR.05")


@station201(
    "TC_E_31_CS",
    "Transaction status: ended, messages queued",
    verifies="E14.FR.03 E14.FR.04",
    catches="runs_for_ever hides_its_queue loses_the_end",
)
def status_ended_queued(station: Subject) -> Script:
    tx, before = yield from given(_stopped_offline(station, station.tokens.valid))
    yield from _status(tx.id, ongoing=False, queued=True, rule="E14.FR.03 E14.FR.04")
    yield from _end_queued(station, tx, before)


@station201(
    "TC_E_32_CS",
    "Transaction status: ended, nothing queued",
    verifies="E14.FR.03 E14.FR.05",
    catches="runs_for_ever always_has_a_queue",
)
def status_ended(station: Subject) -> Script:
    tx: Tx = yield from given(charging(station))
    yield from given(done(station, tx))
    yield let_pass(station.tolerance_s)
    yield from _status(tx.id, ongoing=False, queued=False, rule="E14.FR.03 E14.FR.05")


@station201(
    "TC_E_33_CS",
    "Transaction status without id, messages queued",
    verifies="E14.FR.06 E14.FR.07",
    catches="runs_for_ever hides_its_queue hides_the_outage",
)
def status_of_all_queued(station: Subject) -> Script:
    yield from given(_sampling(station))
    before: list[Received] = yield seen("TransactionEvent")
    yield from given(offline(station, station.outage_s))
    yield from _status("", ongoing=ABSENT, queued=True, rule="E14.FR.06 E14.FR.07")
    yield from _updates_queued(station, len(before))


@station201(
    "TC_E_34_CS",
    "Transaction status without id, nothing queued",
    verifies="E14.FR.06 E14.FR.08",
    catches="runs_for_ever always_has_a_queue",
)
def status_of_all(station: Subject) -> Script:
    yield from given(ready(station))
    yield let_pass(station.tolerance_s)
    yield from _status("", ongoing=ABSENT, queued=False, rule="E14.FR.06 E14.FR.08")


@station201(
    "TC_E_40_CS",
    "Link lost during transaction, events queued and sent later",
    verifies="E11.FR.01 E11.FR.02 E11.FR.06",
    catches="hides_the_outage loses_what_it_measured measures_nothing_offline",
)
def queues_updates(station: Subject) -> Script:
    yield from given(_sampling(station))
    before: list[Received] = yield seen("TransactionEvent")
    yield from given(offline(station, station.outage_s))
    yield from _updates_queued(station, len(before))


def _stopped_offline(station: Subject, token: Token, *, known: bool = False) -> Script:
    """A running transaction is stopped with this token while the link is down, which is back then; where the station
    takes none, the EV stops it.

    Returns the session and how many TransactionEvents had come before. ``known``: the station needs not ask about it.
    """
    yield from ready(station)
    yield from configured(station, "OCPPCommCtrlr", "UnlockOnEVSideDisconnect", "true", optional=True)
    if known:
        yield from known_offline(station, token)
    yield from _patient(station, station.transaction_s)
    tx = yield from started(station)
    before: list[Received] = yield seen("TransactionEvent")
    yield shut_out()
    yield disconnect()
    yield let_pass(station.tolerance_s)
    yield present(station, token) if takes_tokens(station) else suspend(station)
    yield let_pass(station.tolerance_s)
    yield unplug(station)
    if tx.bay:
        yield drive_out(station)
    yield let_pass(station.transaction_s)
    yield let_in()
    yield dials_in(station.reconnect_s, where={"ending": ""})
    return tx, len(before)


def _end_queued(station: Subject, tx: Tx, before: int) -> Script:
    """How it ended comes now, and says that there was no link."""
    yield expect("TransactionEvent", station.message_s, where={"eventType": "Ended"}, rule="E08.FR.04 E08.FR.06")
    yield let_pass(station.tolerance_s)
    events: list[Received] = yield from _events(before)
    live = [event for event in events if event.get("offline") is not True]
    yield check(not live, "offline true in each TransactionEvent", f"not in {_numbers(live)}", "E08.FR.07")
    reasons = [event.get("triggerReason") for event in events]
    wanted = "StopAuthorized" if takes_tokens(station) else "EVCommunicationLost"
    yield check(wanted in reasons, f"one with triggerReason {wanted}", reasons, "E07.FR.02 E08.FR.02")
    others = [event for event in events if event.get("transactionInfo.transactionId") != tx.id]
    yield check(not others, f"all of transaction {tx.id}", f"not {_numbers(others)}", "E08.FR.06")


@station201(
    "TC_E_44_CS",
    "Transaction stopped while offline",
    verifies="E08.FR.01 E08.FR.04 E08.FR.05 E08.FR.06 E08.FR.07 E08.FR.08",
    catches="hides_the_outage loses_the_end",
)
def stopped_offline(station: Subject) -> Script:
    tx, before = yield from given(_stopped_offline(station, station.tokens.valid))
    yield from _end_queued(station, tx, before)


@station201(
    "TC_E_45_CS",
    "Offline stop by token of same group",
    verifies="E08.FR.02 E08.FR.04 E08.FR.05 E08.FR.06 E08.FR.07 E08.FR.08",
    catches="hides_the_outage loses_the_end keeps_no_groups",
)
def stopped_offline_by_mate(station: Subject) -> Script:
    tx, before = yield from given(_stopped_offline(station, station.tokens.mate, known=True))
    yield from _end_queued(station, tx, before)


def _whole_session_offline(station: Subject) -> Script:
    """TransactionEventsInQueueEnded; returns how many TransactionEvents had come before."""
    yield from ready(station)
    yield from known_offline(station, station.tokens.valid)
    yield from _patient(station, station.transaction_s)
    points = (yield from points_of(station, "TxStartPoint")) | (yield from points_of(station, "TxStopPoint"))
    before: list[Received] = yield seen("TransactionEvent")
    yield shut_out()
    yield disconnect()
    yield let_pass(station.tolerance_s)
    if BAY in points:
        yield drive_in(station)
    yield plug(station)
    yield present(station, station.tokens.valid)
    yield let_pass(station.transaction_s)
    yield present(station, station.tokens.valid)
    yield let_pass(station.tolerance_s)
    yield unplug(station)
    if BAY in points:
        yield drive_out(station)
    yield let_pass(station.transaction_s)
    yield let_in()
    yield dials_in(station.reconnect_s, where={"ending": ""})
    return len(before)


@station201(
    "TC_E_43_CS",
    "Whole transaction happens offline",
    verifies="E12.FR.01 E12.FR.02 E12.FR.06",
    catches="hides_the_outage loses_the_end loses_the_beginning",
)
def whole_transaction(station: Subject) -> Script:
    before: int = yield from given(_whole_session_offline(station))
    rule = "E12.FR.01"
    yield expect("TransactionEvent", station.message_s, where={"eventType": "Ended"}, rule=rule)
    yield let_pass(station.tolerance_s)
    events: list[Received] = yield from _events(before)
    kinds = [event.get("eventType") for event in events]
    yield check(kinds.count("Started") == 1, "one eventType Started", kinds, rule)
    yield check(kinds.count("Ended") == 1, "one eventType Ended", kinds, rule)
    live = [event for event in events if event.get("offline") is not True]
    yield check(not live, "offline true in each TransactionEvent", f"not in {_numbers(live)}", "E12.FR.02")


def _started_offline(station: Subject) -> Script:
    """StartOfflineTransaction, with a token that the CSMS will not take."""
    yield from ready(station)
    yield from configured(station, "TxCtrlr", "TxStopPoint", "Authorized", optional=True)
    yield from configured(station, "TxCtrlr", "StopTxOnInvalidId", "true")
    yield from configured(station, "AuthCtrlr", "DisableRemoteAuthorization", "false", optional=True)
    yield from known_offline(station, station.tokens.valid)
    tx = yield from new_session(station)
    yield shut_out()
    yield disconnect()
    yield let_pass(station.tolerance_s)
    if BAY in tx.points:
        yield drive_in(station)
    yield present(station, station.tokens.valid)
    yield plug(station)
    yield let_pass(station.transaction_s)
    yield let_in()
    yield dials_in(station.reconnect_s, where={"ending": ""})


MANY = 100
"""More events than a transaction of a minute has."""


@station201(
    "TC_E_16_CS",
    "Stop by deauthorization: token invalid",
    verifies="C15.FR.04 E06.FR.04 E06.FR.15",
    catches="hides_the_outage leaves_the_transaction_open lets_invalid_tokens_charge",
)
def deauthorized_afterwards(station: Subject) -> Script:
    yield from given(_started_offline(station))
    rule = "C15.FR.04 E06.FR.04"
    event: Received = yield expect("TransactionEvent", station.message_s, rule=rule)
    refused = False
    for _ in range(MANY):
        if not refused:
            yield check(event.get("offline") is True, "offline true", event.get("offline"), "E12.FR.02 C15.FR.02")
        if event.get("idToken"):
            yield answer(event, idTokenInfo={"status": "Invalid"})
            refused = True
        event = yield expect("TransactionEvent", station.message_s, rule=rule)
        if refused and event.get("triggerReason") == "Deauthorized":
            break
    wanted: dict[str, Any] = {"eventType": "Ended", "transactionInfo.stoppedReason": "DeAuthorized"}
    for path, value in wanted.items():
        yield check(event.get(path) == value, f"{path} {value}", event.get(path), f"{rule} E06.FR.15")
