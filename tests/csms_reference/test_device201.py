"""What 2.0.1 stations tell of variables, monitors, events and customers is kept, once, and durable."""

import pytest

from csms_reference.store.tables import connectors, customer_information, events, monitors, notices, variables

AT = "2026-03-01T08:00:00Z"
RCD = {"component": {"name": "RCD", "evse": {"id": 1}}, "variable": {"name": "Tripped"}}
FAN = {
    "component": {"name": "Fan", "instance": "left", "evse": {"id": 2, "connectorId": 3}},
    "variable": {"name": "Speed", "instance": "max"},
}


@pytest.fixture
def it(bench):
    return bench(versions=["1.6", "2.0.1", "2.1"])


def event(number=1, where=RCD, at=AT, **more):
    said = {"eventId": number, "timestamp": at, "trigger": "Alerting", "actualValue": "true"}
    return {**said, "eventNotificationType": "HardWiredNotification", **where, **more}


def names(row):
    return tuple(
        row[key] for key in ("component", "component_instance", "evse", "connector", "variable", "variable_instance")
    )


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_a_report_becomes_the_device_model(it, version):
    """B07.FR.10: in parts; the last word on a variable counts."""
    station = await it.station(version=version)
    whole = {
        **FAN,
        "variableAttribute": [
            {"value": "1200", "mutability": "ReadOnly", "persistent": True, "constant": False},
            {"type": "MaxSet", "value": "1500"},
        ],
        "variableCharacteristics": {
            "dataType": "integer",
            "unit": "rpm",
            "minLimit": 0,
            "maxLimit": 2000,
            "supportsMonitoring": True,
        },
    }
    bare = {**RCD, "variableAttribute": [{"value": "false"}]}
    part = {"requestId": 7, "generatedAt": AT, "tbc": True, "seqNo": 0, "reportData": [whole]}
    assert await station.ask("NotifyReport", part) == {}
    assert (
        await station.ask("NotifyReport", {"requestId": 7, "generatedAt": AT, "seqNo": 1, "reportData": [bare]}) == {}
    )
    actual, most, tripped = await it.rows(variables)
    assert names(actual) == ("Fan", "left", 2, 3, "Speed", "max")
    assert (actual["attribute"], actual["value"], actual["mutability"]) == ("Actual", "1200", "ReadOnly")
    assert (actual["data_type"], actual["unit"], actual["min_limit"], actual["max_limit"]) == (
        "integer",
        "rpm",
        0,
        2000,
    )
    assert (actual["persistent"], actual["constant"], actual["monitored"]) == (True, False, True)
    assert (most["attribute"], most["value"]) == ("MaxSet", "1500")
    assert names(tripped) == ("RCD", "", 1, 0, "Tripped", "")
    assert (tripped["data_type"], tripped["request_id"]) == (None, 7)
    it.forward(60)
    again = {**RCD, "variableAttribute": [{"value": "true"}]}
    await station.ask("NotifyReport", {"requestId": 8, "generatedAt": AT, "seqNo": 0, "reportData": [again]})
    *_, tripped = await it.rows(variables)
    assert (tripped["value"], tripped["request_id"], len(await it.rows(variables))) == ("true", 8, 3)
    assert await it.rows(notices) == []


async def test_an_empty_report_is_answered(it):
    station = await it.station()
    assert await station.ask("NotifyReport", {"requestId": 7, "generatedAt": AT, "seqNo": 0}) == {}
    assert await station.ask("NotifyMonitoringReport", {"requestId": 7, "generatedAt": AT, "seqNo": 0}) == {}
    assert (await it.rows(variables), await it.rows(monitors)) == ([], [])


async def test_stations_do_not_share_variables(it):
    for identity in ("CP-1", "CP-2"):
        station = await it.station(identity)
        said = [{**RCD, "variableAttribute": [{"value": identity}]}]
        await station.ask("NotifyReport", {"requestId": 1, "generatedAt": AT, "seqNo": 0, "reportData": said})
    assert {(row["station"], row["value"]) for row in await it.rows(variables)} == {("CP-1", "CP-1"), ("CP-2", "CP-2")}


async def test_a_monitoring_report_is_kept(it):
    """N02."""
    station = await it.station()
    each = {"id": 3, "transaction": False, "value": 60.5, "type": "UpperThreshold", "severity": 4}
    said = [{**FAN, "variableMonitoring": [each, each | {"id": 4, "type": "Delta"}]}]
    report = {"requestId": 1, "generatedAt": AT, "seqNo": 0, "monitor": said}
    assert await station.ask("NotifyMonitoringReport", report) == {}
    first, second = await it.rows(monitors)
    assert names(first) == names(second) == ("Fan", "left", 2, 3, "Speed", "max")
    assert (first["id"], first["type"], first["value"], first["severity"]) == (3, "UpperThreshold", 60.5, 4)
    assert (second["id"], second["type"]) == (4, "Delta")


async def test_events_are_kept_once(it):
    """N07.FR.03: answered with nothing. An event that comes again is the same event."""
    station = await it.station()
    cleared = event(
        2, FAN, cleared=True, cause=1, variableMonitoringId=9, transactionId="TX", techCode="E", techInfo="I"
    )
    told = {"generatedAt": AT, "seqNo": 0, "eventData": [event(), cleared]}
    assert await station.ask("NotifyEvent", told) == {}
    it.forward(60)
    assert await station.ask("NotifyEvent", told | {"generatedAt": "2026-03-01T08:01:00Z"}) == {}
    first, second = await it.rows(events)
    assert (first["event_id"], first["value"], first["cleared"], first["trigger"]) == (1, "true", False, "Alerting")
    assert first["timestamp_ms"] == first["received_ms"]
    assert names(first) == ("RCD", "", 1, 0, "Tripped", "")
    assert (second["cleared"], second["cause"], second["monitor"], second["transaction_id"]) == (True, 1, 9, "TX")
    assert (second["tech_code"], second["tech_info"], second["notification_type"]) == (
        "E",
        "I",
        "HardWiredNotification",
    )


async def test_an_id_that_is_used_again_later_is_another_event(it):
    station = await it.station()
    for at in (AT, "2026-03-01T09:00:00Z"):
        await station.ask("NotifyEvent", {"generatedAt": AT, "seqNo": 0, "eventData": [event(at=at)]})
    assert len(await it.rows(events)) == 2


async def test_a_connectors_state_may_come_as_an_event(it):
    """G01.FR.01."""
    station = await it.station()
    where = {"component": {"name": "Connector", "evse": {"id": 2, "connectorId": 1}},
             "variable": {"name": "AvailabilityState"}}  # fmt: skip
    said = event(where=where, actualValue="Occupied", trigger="Delta")
    await station.ask("NotifyEvent", {"generatedAt": AT, "seqNo": 0, "eventData": [said]})
    (row,) = await it.rows(connectors)
    assert (row["evse"], row["connector"], row["status"]) == (2, 1, "Occupied")


async def test_events_have_an_end(bench):
    it = bench(notices_kept=5, calls_per_s=0)
    station = await it.station()
    for number in range(400):
        it.forward(1)
        await station.ask("NotifyEvent", {"generatedAt": AT, "seqNo": 0, "eventData": [event(number)]})
    kept = [row["event_id"] for row in await it.rows(events)]
    assert 5 <= len(kept) < 200
    assert max(kept) == 399


async def test_parts_about_a_customer_are_kept_once(it):
    """N09.FR.05."""
    station = await it.station()
    part = {"requestId": 5, "generatedAt": AT, "seqNo": 0, "data": "cache: ", "tbc": True}
    for _ in range(2):
        assert await station.ask("NotifyCustomerInformation", part) == {}
    await station.ask("NotifyCustomerInformation", {"requestId": 5, "generatedAt": AT, "seqNo": 1, "data": "TAG"})
    assert [row["data"] for row in await it.rows(customer_information)] == ["cache: ", "TAG"]


async def test_a_database_that_fails_leaves_events_unconfirmed(it, monkeypatch):
    """What is not durable is not acknowledged: the station tells it again."""
    from csms_reference.store import StoreError  # noqa: PLC0415

    station = await it.station()

    async def fail(_fn):
        raise StoreError("no disk")

    monkeypatch.setattr(it.store, "write", fail)
    told = {"generatedAt": AT, "seqNo": 0, "eventData": [event()]}
    assert await station.refusal("NotifyEvent", told) == "InternalError"
