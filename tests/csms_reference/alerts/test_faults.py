"""Fault: connectors that are not well, and what 2.x stations report."""

from dataclasses import replace

import pytest

from csms_reference.alerts import faults
from csms_reference.alerts.faults import Connectors, Events
from csms_reference.store.alert_tables import alerts

AT = "2026-03-01T08:00:00Z"


async def says(station, status, error="NoError", connector=1):
    await station.ask("StatusNotification", {"connectorId": connector, "errorCode": error, "status": status})


@pytest.mark.parametrize(("connector", "status", "error", "severity"), [
    (1, "Faulted", "GroundFailure", "Major"), (1, "Faulted", "NoError", "Major"), (0, "Faulted", "NoError", "Critical"),
    (2, "Charging", "HighTemperature", "Warning"),
])  # fmt: skip
async def test_1_6(watch, connector, status, error, severity):
    on = watch()
    rule, station = Connectors(), await on.it.station(version="1.6")
    await says(station, status, error, connector)
    assert await on.look(rule) == [("Fault", "Connector", severity)]
    await says(station, "Available", connector=connector)
    assert await on.look(rule) == []


@pytest.mark.parametrize("status", ["Available", "Unavailable", "SuspendedEVSE", "Finishing"])
async def test_what_is_no_fault(watch, status):
    on = watch()
    await says(await on.it.station(version="1.6"), status)
    assert await on.look(Connectors()) == []


async def test_2_x(watch):
    on = watch()
    rule, station = Connectors(), await on.it.station()
    place = {"timestamp": AT, "evseId": 2, "connectorId": 1}
    await station.ask("StatusNotification", {**place, "connectorStatus": "Faulted"})
    assert await on.look(rule) == [("Fault", "Connector", "Major")]
    assert await on.alerts("station", "evse", "connector") == [("CP-1", 2, 1)]
    await station.ask("StatusNotification", {**place, "connectorStatus": "Available"})
    assert await on.look(rule) == []


async def test_a_fault_that_comes_and_goes_is_one_alert_that_stays_acknowledged(watch):
    on = watch(alert_again_s=300)
    rule, station = Connectors(), await on.it.station(version="1.6")
    for _ in range(3):
        await says(station, "Faulted", "GroundFailure")
        await on.look(rule, 10)
        await says(station, "Available")
        await on.look(rule, 10)
    assert await on.alerts("state", "times") == [("Cleared", 3)]
    on.it.forward(300)
    await says(station, "Faulted", "GroundFailure")
    assert len(await on.look(rule)) == 1
    assert await on.alerts("state", "times") == [("Cleared", 3), ("Raised", 1)]


async def test_it_gets_worse(watch):
    on = watch()
    rule, station = Connectors(), await on.it.station(version="1.6")
    await says(station, "Charging", "HighTemperature")
    await on.look(rule)
    await says(station, "Faulted", "HighTemperature")
    assert await on.look(rule) == [("Fault", "Connector", "Major")]
    assert await on.alerts("times", "details") == [(1, {"status": "Faulted", "error_code": "HighTemperature"})]


def told(number=1, variable="Temperature", value="90", trigger="Alerting", **more):
    return {
        "eventId": number,
        "timestamp": AT,
        "trigger": trigger,
        "actualValue": value,
        "eventNotificationType": "CustomMonitor",
        "component": {"name": "PowerContactor", "evse": {"id": 1}},
        "variable": {"name": variable},
        **more,
    }


async def notify(station, *events):
    await station.ask("NotifyEvent", {"generatedAt": AT, "seqNo": 0, "eventData": list(events)})


async def monitored(station, severity, number=7):
    """Tell of a monitor of this severity."""
    monitor = {"id": number, "transaction": False, "value": 80, "type": "UpperThreshold", "severity": severity}
    entry = {
        "component": {"name": "PowerContactor"},
        "variable": {"name": "Temperature"},
        "variableMonitoring": [monitor],
    }
    report = {"requestId": 1, "seqNo": 0, "generatedAt": AT, "monitor": [entry]}
    await station.ask("NotifyMonitoringReport", report)


@pytest.mark.parametrize(("severity", "found"), [
    (0, "Critical"), (1, "Major"), (3, "Major"), (4, "Minor"), (5, None), (9, None),
])  # fmt: skip
async def test_a_monitor_of_2_0_1_says_how_bad_it_is(watch, severity, found):
    on = watch()
    rule, station = Events(), await on.it.station()
    await monitored(station, severity)
    await notify(station, told(variableMonitoringId=7))
    assert await on.look(rule) == ([("Fault", "Event", found)] if found else [])
    await notify(station, told(2, value="60", variableMonitoringId=7, cleared=True))
    assert await on.look(rule) == []


async def test_an_event_of_2_1_says_it_itself(watch):
    on = watch()
    station = await on.it.station(version="2.1")
    await notify(station, told(severity=2, techInfo="<b>hot</b>"), told(2, "Current", severity=9))
    assert await on.look(Events()) == [("Fault", "Event", "Major")]
    [(details,)] = await on.alerts("details")
    assert (details["variable"], details["severity"], details["tech_info"]) == ("Temperature", 2, "<b>hot</b>")
    assert "value" not in details


async def test_a_problem_is_one_until_it_is_none(watch):
    on = watch()
    rule, station = Events(), await on.it.station()
    await notify(station, told(variable="Problem", value="false"))
    assert await on.look(rule) == []
    await notify(station, told(2, "Problem", "true", trigger="Delta"))
    assert await on.look(rule) == [("Fault", "Event", "Major")]
    await notify(station, told(3, "Problem", "false", trigger="Delta"))
    assert await on.look(rule) == []


@pytest.mark.parametrize("event", [
    told(trigger="Periodic", variableMonitoringId=7), told(trigger="Delta", variableMonitoringId=7), told(),
    told(variable="AvailabilityState", value="Faulted", variableMonitoringId=7),
])  # fmt: skip
async def test_what_is_no_alarm(watch, event):
    on = watch()
    station = await on.it.station()
    await monitored(station, 1)
    await notify(station, event)
    assert await on.look(Events()) == []


async def test_the_last_word_counts_and_each_word_once(watch):
    on = watch()
    rule, station = Events(), await on.it.station()
    await monitored(station, 1)
    bad, good = told(1, variableMonitoringId=7), told(2, variableMonitoringId=7, cleared=True)
    await notify(station, bad, good)
    assert await on.look(rule) == []
    await notify(station, told(3, variableMonitoringId=7))
    for after_s in (0, 10, 40, 100):
        assert await on.look(rule, after_s) == [("Fault", "Event", "Major")]
    assert await on.alerts("times") == [(1,)]


async def test_a_word_that_is_read_again_undoes_nothing(watch, monkeypatch):
    """The clearing of an earlier fault stands among the youngest rows still, in a part of its own."""
    monkeypatch.setattr("csms_reference.alerts.faults._FOLLOWER", replace(faults._FOLLOWER, most=1))
    on = watch()
    rule, station = Events(), await on.it.station()
    await monitored(station, 1)
    await notify(station, told(1, variableMonitoringId=7, cleared=True), told(2, variableMonitoringId=7))
    for _ in range(2):
        assert await on.look(rule, 1) == [("Fault", "Event", "Major")]
    assert [(row["state"], row["times"]) for row in await on.it.rows(alerts)] == [("Raised", 1)]
