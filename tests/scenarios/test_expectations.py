"""Each verb holds on one record and fails on another; nothing to judge is inconclusive, never a pass."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from protocol.versions import V16, V201
from reports.verdict import Judgement, Verdict
from scenarios.expectations import JUDGES, judge
from scenarios.ledger import CsmsState, LedgerEntry
from scenarios.reading import VERBS, parse_scenario
from scenarios.source import Source
from tests.scenarios.records import Tape

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
PASS, FAIL, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE
HEAD = """\
scenario: t
duration: 1h
version: {version}
fleet: [{{id: "CP-{{n}}", count: 2, profile: ac-22kw}}]
expect:
  - {expectation}
"""


def judged(
    tape: Tape, expectation: str, version: str = "2.0.1", state: CsmsState | None = None, missing: str = "nobody asked"
) -> Judgement:
    scenario = parse_scenario(HEAD.format(version=version, expectation=expectation))
    return judge(scenario.expect[0], tape.record, start=START, duration_s=3600, state=state, state_missing=missing)


def day() -> Tape:
    """A boot at 10 s, heartbeats every minute, a transaction from 300 to 900 s."""
    tape = Tape()
    tape.boot(10)
    tape.call(10, "StatusNotification", status("Available"))
    for t in range(60, 300, 60):
        tape.heartbeat(t)
    tape.fact(299, "Plugged", evse=1)
    tape.power(300, 0, 1000)
    tape.transaction(300, "Started", idToken={"idToken": "ALICE", "type": "ISO14443"})
    tape.call(300, "StatusNotification", status("Occupied"))
    tape.power(310, 11000, 1000)
    tape.power(900, 0, 2800)
    tape.transaction(900, "Ended", triggerReason="StopAuthorized")
    tape.call(900, "StatusNotification", status("Available"))
    tape.call(1000, "Reset", {"type": "Immediate"}, {"status": "Rejected"}, up=False)
    return tape


def status(state: str) -> dict[str, Any]:
    return {"timestamp": "…", "connectorStatus": state, "evseId": 1, "connectorId": 1}


@pytest.mark.parametrize(
    ("expectation", "verdict"),
    [
        ("{seen: boot}", PASS),
        ("{seen: {message: boot, reply: {status: Accepted}}, within: 10s}", PASS),
        ("{seen: boot, within: 9s}", FAIL),
        ("{seen: {message: boot, reply: {status: Pending}}}", FAIL),
        ("{seen: boot, times: 1}", PASS),
        ("{seen: boot, times: 2}", FAIL),
        ("{seen: heartbeat, times: {at_least: 2, at_most: 4}}", PASS),
        ("{seen: heartbeat, times: {at_most: 3}}", FAIL),
        ("{seen: heartbeat, after: 08:03}", PASS),
        ("{seen: heartbeat, after: 08:05}", FAIL),
        ("{seen: heartbeat, after: transaction_started}", FAIL),
        ("{seen: heartbeat, before: transaction_started}", PASS),
        ("{seen: heartbeat, after: unlock}", INCONCLUSIVE),
        ("{seen: {message: transaction_started, where: {token: ALICE}}}", PASS),
        ("{seen: {message: transaction_started, where: {token: BOB}}}", FAIL),
        ("{seen: {message: TransactionEvent, where: {eventType: Ended}}}", PASS),
        ("{seen: {message: reset, from: csms, reply: {status: Rejected}}}", PASS),
        ("{seen: {fact: Plugged, where: {evse: 1}}}", PASS),
        ("{seen: {fact: Plugged, where: {evse: 2}}}", FAIL),
        ("{never: unlock}", PASS),
        ("{never: heartbeat}", FAIL),
        ("{never: heartbeat, after: 08:05}", PASS),
        ("{never: transaction_started, before: transaction_started}", PASS),
        ("{order: [boot, transaction_started, transaction_ended, reset]}", PASS),
        ("{order: [transaction_started, boot]}", FAIL),
        ("{order: [heartbeat, heartbeat, heartbeat, heartbeat]}", PASS),
        ("{order: [heartbeat, heartbeat, heartbeat, heartbeat, heartbeat]}", FAIL),
        ("{order: [boot, transaction_started], before: 08:04}", FAIL),
        ("{each: {fact: Plugged}, leads_to: transaction_started, in: 1s}", PASS),
        ("{each: transaction_ended, leads_to: heartbeat, in: 10m}", FAIL),
        ("{each: heartbeat, leads_to: heartbeat, in: 1m}", FAIL),
        ("{each: unlock, leads_to: heartbeat, in: 1m}", INCONCLUSIVE),
        ("{interval: {of: heartbeat, at_least: 59s, at_most: 61s}}", PASS),
        ("{interval: {of: heartbeat, at_most: 59s}}", FAIL),
        ("{interval: {of: boot, at_most: 59s}}", INCONCLUSIVE),
        ("{status: Available}", PASS),
        ("{status: Occupied, before: 08:10}", PASS),
        ("{status: Available, before: 08:10}", FAIL),
        ("{status: Available, evse: 1}", PASS),
        ("{status: {not: Faulted}}", PASS),
        ("{status: Faulted}", FAIL),
        ("{quantity: power_w, always: {at_most: 11000}}", PASS),
        ("{quantity: power_w, always: {at_most: 10999}}", FAIL),
        ("{quantity: power_w, sometime: {at_least: 11000}}", PASS),
        ("{quantity: power_w, sometime: {at_least: 11001}}", FAIL),
        ("{quantity: power_w, last: 0}", PASS),
        ("{quantity: power_w, last: 1}", FAIL),
        ("{quantity: energy_wh, never_falls: true}", PASS),
        ("{quantity: power_w, never_falls: true}", FAIL),
        ("{quantity: soc_percent, last: 80}", INCONCLUSIVE),
        ("{quantity: power_w, last: 0, after: 08:30}", INCONCLUSIVE),
        ("{csms: {transactions: 1}}", INCONCLUSIVE),
    ],
)  # fmt: skip
def test_the_verdict(expectation: str, verdict: Verdict) -> None:
    found = judged(day(), expectation)
    assert found.verdict is verdict, found
    if verdict is FAIL:
        assert found.expected
        assert found.actual
        assert found.station == "CP-1"
    if verdict is INCONCLUSIVE:
        assert found.reason


LEDGER = CsmsState(
    (
        LedgerEntry("CP-1", "T1", 1, "ALICE", "Local", 1800.0),
        LedgerEntry("CP-2", "T2", 1, "BOB", None, None, open=True, complete=False),
    )
)


@pytest.mark.parametrize(
    ("expectation", "verdict"),
    [
        ("{csms: {transactions: 2}}", FAIL),
        ("{csms: {transactions: 1}}", PASS),
        ("{csms: {transactions: 1, open: 0, energy_matches_meter: 1%}}", PASS),
        ("{csms: {transactions: 1, where: {token: ALICE, reason: Local}}}", PASS),
        ("{csms: {transactions: 1, where: {token: BOB}}}", FAIL),
        ("{csms: {open: 1}}", FAIL),
        ("{csms: {energy_wh: {at_least: 1800, at_most: 1800}}}", PASS),
        ("{csms: {energy_wh: {at_most: 1799}}}", FAIL),
    ],
)
def test_what_the_csms_recorded(expectation: str, verdict: Verdict) -> None:
    assert judged(day(), expectation, state=LEDGER).verdict is verdict


def test_energy_that_the_csms_lost_is_seen() -> None:
    lost = CsmsState((LedgerEntry("CP-1", "T1", 1, "ALICE", "Local", 1700.0),))
    found = judged(day(), "{csms: {energy_matches_meter: 5%}}", state=lost)
    assert found.verdict is FAIL
    assert found.actual == "CSMS 1700 Wh, meters 1800 Wh"


def test_each_station_must_hold_unless_they_are_judged_across() -> None:
    tape = Tape({"CP-1": V201, "CP-2": V201})
    tape.boot(1, station="CP-1")
    each = judged(tape, "{seen: boot}")
    assert (each.verdict, each.station) == (FAIL, "CP-2")
    assert judged(tape, "{seen: boot, station: CP-1}").verdict is PASS
    assert judged(tape, '{seen: boot, across: "*", times: 1}').verdict is PASS
    tape.boot(2, station="CP-2")
    assert judged(tape, "{seen: boot}").actual == "held for each of 2 stations"


def test_order_across_stations_is_still_each_stations_own() -> None:
    tape = Tape({"CP-1": V201, "CP-2": V201})
    tape.boot(1, station="CP-1")
    tape.heartbeat(2, station="CP-2")
    assert judged(tape, '{order: [boot, heartbeat], across: "*"}').verdict is FAIL


def test_an_order_that_is_broken_shows_what_came_instead() -> None:
    found = judged(day(), "{order: [boot, {message: transaction_ended, where: {reason: Remote}}]}")
    assert "1 of that name: at " in found.actual
    assert "reason Local" in found.actual
    ended = judged(day(), "{seen: transaction_ended}")
    assert set(ended.frames) <= set(found.frames)


def test_an_expectation_of_another_version_is_not_applicable() -> None:
    found = judged(day(), '{seen: boot, version: "1.6"}', version="any")
    assert found.verdict is Verdict.NOT_APPLICABLE
    assert "1.6" in found.reason


def test_the_same_words_on_1_6() -> None:
    tape = Tape({"CP-1": V16})
    tape.call(1, "BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"}, {"status": "Accepted"})
    tape.call(5, "StatusNotification", {"connectorId": 1, "status": "Charging", "errorCode": "NoError"})
    tape.call(6, "StartTransaction", {"connectorId": 1, "idTag": "ALICE", "meterStart": 1}, {"transactionId": 7})
    tape.call(7, "StopTransaction", {"transactionId": 7, "meterStop": 9, "reason": "Remote"})
    for text in (
        "{seen: {message: boot, where: {vendor: V}}}",
        "{status: Occupied}",
        "{seen: {message: transaction_started, where: {token: ALICE, evse: 1, energy_wh: 1}, reply: {transaction: 7}}}",
        "{seen: {message: transaction_ended, where: {reason: Remote}}}",
    ):
        assert judged(tape, text, version='"1.6"').verdict is PASS, text


def test_a_refusal_and_a_missing_answer_are_no_answer() -> None:
    tape = Tape()
    tape.call(1, "Reset", {"type": "Immediate"}, "NotSupported", up=False)
    tape.call(2, "Reset", {"type": "OnIdle"}, "none", up=False)
    assert judged(tape, "{seen: {message: reset, reply: {status: {present: true}}}}").verdict is FAIL
    assert judged(tape, "{seen: {message: reset, reply: {error: NotSupported}}, times: 1}").verdict is PASS
    assert judged(tape, "{seen: reset, times: 2}").verdict is PASS


def test_the_frames_are_named_by_their_lines() -> None:
    tape = Tape()
    tape.heartbeat(1)
    tape.boot(2, "Rejected")
    found = judged(tape, "{never: {message: boot, reply: {status: Rejected}}}")
    assert found.frames == (3, 4)
    assert found.t == 2


def test_every_verb_has_a_judge() -> None:
    assert set(JUDGES) == set(VERBS)
    assert Source("x").error((), "y").line == 0
