"""SessionStuck: transactions that go on without anything going on, and those that only look like it."""

import pytest
from sqlalchemy import insert

from csms_reference.alerts.sessions import Sessions
from csms_reference.store.tables import variables
from protocol.stamps import stamp

NO_ENERGY = [("SessionStuck", "NoEnergy", "Minor")]
SUSPENDED = [("SessionStuck", "SuspendedEVSE", "Minor")]
SILENT = [("SessionStuck", "NoMeterValues", "Minor")]


class Session:
    """A transaction of a 2.x station."""

    def __init__(self, on, station):
        self.on, self.station, self.seq = on, station, 0

    async def says(self, state="Charging", register=None, kind="Updated"):
        at = stamp(self.on.it.time)
        value = {"timestamp": at, "sampledValue": [{"value": register}]}
        event = {
            "eventType": kind if self.seq else "Started",
            "timestamp": at,
            "triggerReason": "ChargingStateChanged",
            "seqNo": self.seq,
            "transactionInfo": {"transactionId": "T1", "chargingState": state},
            "evse": {"id": 1, "connectorId": 1},
            **({} if register is None else {"meterValue": [value]}),
        }
        await self.station.ask("TransactionEvent", event)
        self.seq += 1

    async def goes_on(self, rule, minutes, state="Charging", register=1000, rises=0):
        """What is open after so many minutes of which each brings a register."""
        for minute in range(minutes):
            await self.says(state, register + rises * minute)
            await self.on.look(rule, 60)
        return await self.on.open()


@pytest.fixture
async def session(watch):
    on = watch(alert_idle_s=600, alert_suspended_s=1200, alert_silent_s=300)
    return on, Sessions(), Session(on, await on.it.station())


async def test_charging_without_energy(session):
    on, rule, it = session
    assert await it.goes_on(rule, 11) == NO_ENERGY
    assert await on.alerts("transaction_id", "evse", "details") == [("T1", 1, {"register_wh": 1000})]
    assert await it.goes_on(rule, 1, register=1100) == []


@pytest.mark.parametrize(("state", "minutes", "rises"), [
    ("Charging", 10, 0), ("Charging", 60, 11), ("SuspendedEV", 60, 0), ("EVConnected", 60, 0), ("Idle", 60, 0),
])  # fmt: skip
async def test_what_only_looks_like_it(session, state, minutes, rises):
    _, rule, it = session
    assert await it.goes_on(rule, minutes, state, rises=rises) == []


async def test_what_rises_by_less_than_registers_round_does_not_rise(session):
    _, rule, it = session
    assert await it.goes_on(rule, 12, rises=0.5) == NO_ENERGY


async def test_who_says_nothing_may_be_charging(session):
    """It has lost its link, for instance: that the register stands is something that a station says."""
    on, rule, it = session
    await it.says("Charging", 1000)
    await on.look(rule)
    assert await on.look(rule, 3600) == []


async def test_it_begins_anew_when_the_state_does(session):
    _, rule, it = session
    await it.goes_on(rule, 30, "SuspendedEV")
    assert await it.goes_on(rule, 9) == []
    assert await it.goes_on(rule, 2) == NO_ENERGY


async def test_it_is_over_with_the_transaction(session):
    on, rule, it = session
    await it.goes_on(rule, 11)
    await it.says("Idle", 1000, kind="Ended")
    assert await on.look(rule) == []


async def test_suspended_by_the_evse(session):
    on, rule, it = session
    await it.says("SuspendedEVSE")
    await on.look(rule)
    assert await on.look(rule, 1199) == []
    assert await on.look(rule, 1) == SUSPENDED
    await it.says("Charging")
    assert await on.look(rule) == []


async def test_1_6_says_of_its_connector_what_2_x_says_of_its_transaction(watch):
    on, rule = watch(alert_idle_s=600, alert_suspended_s=1200, accept_unknown_tokens=True), Sessions()
    station = await on.it.station(version="1.6")
    start = {"connectorId": 1, "idTag": "TAG", "meterStart": 1000, "timestamp": stamp(on.it.time)}
    number = (await station.ask("StartTransaction", start))["transactionId"]

    async def says(status):
        await station.ask("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": status})

    await says("SuspendedEVSE")
    await on.look(rule)
    assert await on.look(rule, 1200) == SUSPENDED
    await says("Charging")
    for _ in range(11):
        sampled = {"timestamp": stamp(on.it.time), "sampledValue": [{"value": "1000"}]}
        await station.ask("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": [sampled]})
        await on.look(rule, 60)
    assert await on.open() == NO_ENERGY


async def interval(on, seconds):
    named = {"station": "CP-1", "component": "SampledDataCtrlr", "variable": "TxUpdatedInterval", "attribute": "Actual"}
    blank = {"component_instance": "", "evse": 0, "connector": 0, "variable_instance": "", "request_id": 1}
    row = {**named, **blank, "value": seconds, "reported_ms": 0}
    await on.it.store.write(lambda database: database.execute(insert(variables), row))


async def test_it_should_have_told_of_its_meter(session):
    on, rule, it = session
    await interval(on, "120")
    await it.says("Charging", 1000)
    await on.look(rule)
    assert await on.look(rule, 359) == []
    assert await on.look(rule, 1) == SILENT
    assert await on.alerts("details") == [({"interval_s": 120},)]
    await it.says("Charging", 1100)
    assert await on.look(rule) == []


@pytest.mark.parametrize(
    ("told", "state"), [("0", "Charging"), (None, "Charging"), ("x", "Charging"), ("60", "SuspendedEV")]
)
async def test_it_need_not_tell(session, told, state):
    on, rule, it = session
    if told is not None:
        await interval(on, told)
    await it.says(state, 1000)
    await on.look(rule)
    assert await on.look(rule, 3600) == []


@pytest.mark.parametrize(
    ("sampled", "alerts"),
    [(None, SILENT), ({"value": "Energy.Active.Import.Register"}, SILENT), ({"value": ""}, []), ({}, [])],
)
async def test_1_6_has_its_interval_in_a_key_and_may_have_nothing_to_sample(watch, sampled, alerts):
    on, rule = watch(accept_unknown_tokens=True), Sessions()
    station = await on.it.station(version="1.6")
    keys = [{"key": "meterValueSampleInterval", "readonly": False, "value": "120"}]
    if sampled is not None:
        keys.append({"key": "MeterValuesSampledData", "readonly": False, **sampled})
    station.replies["GetConfiguration"] = {"configurationKey": keys}
    await on.it.csms.command("CP-1", "get_variables")
    start = {"connectorId": 1, "idTag": "TAG", "meterStart": 1000, "timestamp": stamp(on.it.time)}
    number = (await station.ask("StartTransaction", start))["transactionId"]
    await station.ask("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Charging"})
    on.it.forward(300)
    values = {"timestamp": stamp(on.it.time), "sampledValue": [{"value": "1100"}]}
    await station.ask("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": [values]})
    await on.look(rule)
    assert await on.look(rule, 359) == []
    assert await on.look(rule, 1) == alerts


async def test_who_has_no_link_cannot_tell(session):
    on, rule, it = session
    await interval(on, "60")
    await it.says("Charging", 1000)
    it.station.link.close(1000, "")
    await it.station.until(lambda: it.station.ended)
    await on.it.quiet()
    await on.look(rule)
    assert await on.look(rule, 3600) == []


async def test_all_transactions_are_looked_at(session, monkeypatch):
    monkeypatch.setattr("csms_reference.alerts.sessions.LOOKED_AT", 2)
    on, rule, _ = session
    for number in range(5):
        station = await on.it.station(f"CP-{number}")
        await Session(on, station).says("SuspendedEVSE")
    await on.look(rule)
    assert len(await on.look(rule, 1200)) == 5
