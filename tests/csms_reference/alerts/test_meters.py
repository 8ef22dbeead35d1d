"""ImplausibleMeter: from what stations send to what an operator is told."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from csms_reference.alerts import meters
from csms_reference.alerts.meters import Meters
from csms_reference.services import alerts
from csms_reference.store.alert_tables import alerts as table
from csms_reference.store.tables import meter_values, transactions, variables
from protocol.stamps import stamp

ENERGY, POWER = "Energy.Active.Import.Register", "Power.Active.Import"
LATER_S = 20


class Session:
    """A transaction of CP-1, whose every message brings what is given; time goes on by a minute for each."""

    def __init__(self, on, station, number="T1"):
        self.on, self.station, self.number, self.seq = on, station, number, 0

    async def says(self, register=None, power=None, soc=None, unit=None, ahead_s=0, raw=()):
        sampled = [
            {"measurand": name, "value": value, **({"unitOfMeasure": {"unit": its}} if its else {})}
            for name, value, its in ((ENERGY, register, unit), (POWER, power, "W"), ("SoC", soc, "Percent"))
            if value is not None
        ]
        at = stamp(self.on.it.time + timedelta(seconds=ahead_s))
        event = {
            "eventType": "Updated" if self.seq else "Started",
            "timestamp": at,
            "triggerReason": "MeterValuePeriodic",
            "seqNo": self.seq,
            "transactionInfo": {"transactionId": self.number},
            "evse": {"id": 1, "connectorId": 1},
            "meterValue": [{"timestamp": at, "sampledValue": [*sampled, *raw]}],
        }
        await self.station.ask("TransactionEvent", event)
        self.seq += 1
        self.on.it.forward(60)


@pytest.fixture
async def session(watch):
    """A watched bench, a rule that has begun to follow it, and a session."""
    on = watch()
    rule = Meters()
    await rule.look(on.docket)
    return on, rule, Session(on, await on.it.station())


async def found(on, rule):
    return {reason for _, reason, _ in await on.look(rule, LATER_S)}


async def test_a_session_as_it_should_be(session):
    on, rule, it = session
    for minute in range(10):
        await it.says(1000 + minute * 100, 6000, 40 + minute)
    assert await found(on, rule) == set()


@pytest.mark.parametrize(("told", "reason"), [
    ([{"register": 1000}, {"register": 1200}, {"register": 1100}], "Backwards"),
    ([{"power": 600_000}], "PowerTooHigh"),
    ([{"register": 1000 + 30 * n, "power": 11_000} for n in range(4)], "EnergyDisagrees"),
    ([{"register": 1000, "power": 11_000}] * 4, "RegisterFrozen"),
    ([{"register": 1000, "unit": "bananas"}], "NoNumber"),
    ([{"register": 1e300}], "NoNumber"),
    ([{"soc": 130}], "StateOfCharge"),
    ([{"register": 1000, "ahead_s": 900}], "Clock"),
])  # fmt: skip
async def test_each_check(session, told, reason):
    on, rule, it = session
    for each in told:
        await it.says(**each)
    assert await found(on, rule) == {reason}
    assert await on.alerts("station", "evse", "transaction_id", "times") == [("CP-1", 1, "T1", 1)]


async def test_1_6_may_write_what_is_no_number_but_signed_data_is_something_else(watch):
    on, rule = watch(accept_unknown_tokens=True), Meters()
    await rule.look(on.docket)
    station = await on.it.station(version="1.6")
    at = stamp(on.it.time)
    signed = {"value": "AB" * 300, "format": "SignedData"}
    await station.ask("MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": at, "sampledValue": [signed]}]})
    assert await found(on, rule) == set()
    wrong = {"value": "NaN", "measurand": POWER, "unit": "W"}
    await station.ask("MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": at, "sampledValue": [wrong]}]})
    assert await found(on, rule) == {"NoNumber"}
    assert await on.alerts("details") == [({"value": f"{POWER}: NaN W"},)]


async def test_the_device_model_says_what_an_evse_gives(session):
    on, rule, it = session
    known = {"station": "CP-1", "component": "EVSE", "evse": 1, "variable": "Power", "attribute": "Actual"}
    blank = {"component_instance": "", "connector": 0, "variable_instance": "", "request_id": 1, "reported_ms": 0}
    rating = {**known, **blank, "max_limit": 11, "unit": "kW"}
    await on.it.store.write(lambda database: database.execute(insert(variables), rating))
    await it.says(power=12_000)
    assert await found(on, rule) == set()
    await it.says(power=12_200)
    assert await found(on, rule) == {"PowerTooHigh"}
    assert await on.alerts("details") == [({"power_w": 12_200, "most_w": 11_000},)]


async def test_phases_are_added_up(session):
    on, rule, it = session
    for watts, reasons in ((170_000, {"PowerTooHigh"}), (160_000, set())):
        phases = [
            {"measurand": POWER, "value": watts * 1.1, "phase": phase, "unitOfMeasure": {"unit": "W"}}
            for phase in ("L1", "L2", "L3")
        ]
        await it.says(raw=phases)
        assert await found(on, rule) == reasons
        await on.it.store.write(lambda database: alerts.close(database, 1, "ann", None, on.docket.now_ms))


async def test_what_passes_for_long_enough_is_over_but_what_was_charged_for_is_not(session):
    on, rule, it = session
    for register, power in ((1000, 600_000), (500, 0)):
        await it.says(register, power)
    assert await found(on, rule) == {"PowerTooHigh", "Backwards", "Record"}
    for _ in range(9):
        await it.says(2000, 0)
    assert await found(on, rule) == {"PowerTooHigh", "Backwards", "Record"}
    for _ in range(3):
        await it.says(2000, 0)
    assert await found(on, rule) == {"Backwards", "Record"}


async def test_it_counts_and_is_not_over_while_it_fails_now_and_then(session):
    on, rule, it = session
    for number in range(30):
        await it.says(power=600_000 if number % 5 == 0 else 1000)
    assert await found(on, rule) == {"PowerTooHigh"}
    for number in range(30):
        await it.says(power=600_000 if number % 5 == 0 else 1000)
        await found(on, rule)
    assert await on.alerts("state", "times") == [("Raised", 12)]


async def test_a_record_that_contradicts_itself_is_told_once(session):
    on, rule, it = session
    await it.says(1000)
    await on.look(rule, LATER_S)
    rule = Meters()  # a restart: that the register went back is known from the record alone
    for register in (900, 901, 902):
        await it.says(register)
        assert await found(on, rule) == {"Record"}
    details = {"flags": ["meter ran backwards"], "start_wh": 1000, "stop_wh": 900}
    assert await on.alerts("times", "details") == [(1, details)]
    await on.it.store.write(lambda database: alerts.close(database, 1, "ann", None, on.docket.now_ms))
    await it.says(903)
    assert await found(on, rule) == set()


async def test_other_flags_are_no_matter_of_meters(session):
    on, rule, it = session
    await it.says(1000)
    flagged = update(transactions).values(flags='["overlaps another transaction"]')
    await on.it.store.write(lambda database: database.execute(flagged))
    assert await found(on, rule) == set()


async def test_sessions_are_not_compared_with_each_other(session):
    on, rule, it = session
    other = Session(on, it.station, "T2")
    for register in (5000, 5100):
        await it.says(register)
        await other.says(register - 4000)
    assert await found(on, rule) == set()


async def test_each_row_is_judged_once(session, monkeypatch):
    on, rule, it = session
    await it.says(power=600_000)
    for _ in range(3):
        await on.look(rule, LATER_S)
    assert await on.alerts("times") == [(1,)]


async def test_who_is_far_behind_leaves_some_out_and_says_so(session, monkeypatch, caplog):
    on, rule, it = session
    monkeypatch.setattr(meters, "_FOLLOWER", replace(meters._FOLLOWER, most=2))
    monkeypatch.setattr(meters, "PARTS_MOST", 2)
    for register in range(20):
        await it.says(register)
    await it.says(power=600_000)
    assert await found(on, rule) == set()
    assert "17 meter values are not judged" in caplog.text
    await it.says(power=600_000)
    assert await found(on, rule) == {"PowerTooHigh"}


async def test_who_is_a_little_behind_goes_on(session, monkeypatch):
    on, rule, it = session
    monkeypatch.setattr(meters, "_FOLLOWER", replace(meters._FOLLOWER, most=1))
    monkeypatch.setattr(meters, "PARTS_MOST", 2)
    for _ in range(3):
        await it.says(power=1000)
    await it.says(power=600_000)
    assert [await found(on, rule) for _ in range(2)] == [set(), {"PowerTooHigh"}]


async def test_only_so_many_courses_are_remembered(session, monkeypatch):
    on, rule, it = session
    monkeypatch.setattr(meters, "COURSES_MOST", 1)
    other = Session(on, it.station, "T2")
    await it.says(1000)
    await other.says(1000)
    await it.says(900)
    assert "Backwards" not in await found(on, rule)
    assert len(await on.it.rows(meter_values)) == 3
    assert len(rule._courses) == 1
    assert {row["reason"] for row in await on.it.rows(table)} == {"Record"}


async def test_what_passed_for_long_enough_and_fails_again_is_not_over(session):
    on, rule, it = session
    await it.says(power=600_000)
    assert await found(on, rule) == {"PowerTooHigh"}
    for _ in range(15):
        await it.says(power=1000)
    await it.says(power=600_000)
    assert await found(on, rule) == {"PowerTooHigh"}
    assert await on.alerts("state", "times") == [("Raised", 2)]
