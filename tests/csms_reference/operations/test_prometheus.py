"""Metrics, read back by the reader of the library that Prometheus itself goes by."""

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_open
from prometheus_client.parser import text_string_to_metric_families as read_text

from csms_reference.csms import COUNTED
from csms_reference.operations.prometheus import COUNTERS, GAUGES, LINES
from csms_reference.store import Store
from tests.csms_reference.clients import client_of, problem

URL = "http://csms/metrics"


async def metrics(client, read=read_text, **headers):
    answer = await client.get(URL, headers=headers)
    assert answer.status_code == 200
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in read(answer.text)
        for sample in family.samples
    }


def total(found, name, **labels):
    return sum(value for (named, *its), value in found.items() if named == name and set(labels.items()) <= set(its))


async def test_what_stations_do_is_counted(api):
    it, client = api
    stations = [await it.station(f"CP-{number}") for number in range(3)]
    await stations[0].ask("Heartbeat", {})
    await stations[0].refusal("Heartbeat", {"colour": "red"}, validate=False)
    found = await metrics(client)
    assert total(found, "csms_stations_connected") == 3
    assert total(found, "csms_frames_total", direction="received") == 5
    assert total(found, "csms_call_handling_seconds_count", action="BootNotification") == 3
    assert total(found, "csms_call_handling_seconds_bucket", action="Heartbeat", le="+Inf") == 1
    assert total(found, "csms_callerrors_sent_total", code="FormatViolation") == 1
    assert total(found, "csms_upgrades_admitted_total") == 3
    assert total(found, "csms_worker_up") == len([name for name, *_ in found if name == "csms_worker_up"])


async def test_open_alerts_are_a_gauge_by_kind_and_severity(bench):
    it = bench()
    async with client_of(it.front) as client:
        found = await metrics(client)
        assert (total(found, "csms_alerts_open"), total(dict.fromkeys(found, 1), "csms_alerts_open")) == (0, 24)
        it.front.open_alerts = {("Fault", "Major"): 3}
        found = await metrics(client)
    assert total(found, "csms_alerts_open", kind="Fault", severity="Major") == total(found, "csms_alerts_open") == 3


async def test_commands_are_counted_by_outcome_and_raw_calls_together(api):
    it, client = api
    station = await it.station()
    station.replies["Reset"] = {"status": "Rejected"}
    await client.post("/stations/CP-1/commands", json={"command": "reset"})
    await client.post("/stations/CP-1/calls", json={"action": "Bogus" * 9, "payload": {}, "validate": True})
    found = await metrics(client)
    assert total(found, "csms_commands_total", command="reset", outcome="rejected") == 1
    assert total(found, "csms_commands_total", command="call", outcome="not supported") == 1


async def test_requests_are_counted_by_route(api):
    _, client = api
    await client.get("/stations/CP-7")
    await client.get("/nowhere/at/all")
    found = await metrics(client)
    assert total(found, "csms_api_requests_total", route="/v1/stations/{station}", status="404", method="GET") == 1
    assert total(found, "csms_api_requests_total", route="none", status="404") == 1
    assert total(found, "csms_api_request_seconds_count", route="/v1/stations/{station}") == 1


async def test_open_metrics_are_there_for_who_asks_for_them(api):
    _, client = api
    kind = "application/openmetrics-text; version=1.0.0"
    answer = await client.get(URL, headers={"Accept": kind})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert total(await metrics(client, read_open, Accept=kind), "csms_worker_up") >= 1


async def test_metrics_are_guarded_like_the_rest(bench):
    async with client_of(bench(api_key="hush").front) as client:
        problem(await client.get(URL), 401, "key")
        assert (await client.get(URL, headers={"Authorization": "Bearer hush"})).status_code == 200


async def test_the_writer_measures_its_transactions(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path}/csms.sqlite")
    await store.write(lambda database: database.exec_driver_sql("select 1"))
    told = store.measures()
    store.close()
    assert {name: sum(plain[1:]) for name, plain in told.items()} == {"commit": 1, "batch": 1}
    assert told["batch"][0] == 1
    assert told["commit"][0] > 0


def test_every_figure_that_is_counted_is_a_metric():
    assert set(COUNTED) <= {line.figure for line in LINES}


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.figure)
def test_every_line_belongs_to_a_metric(line):
    assert (line.metric in COUNTERS) != (line.metric in GAUGES)
