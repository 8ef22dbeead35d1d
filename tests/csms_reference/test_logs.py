"""Logs over the API: asked for, told of, fetched."""

import pytest

from csms_reference.services.logs import LASTS_MS, address_in
from tests.csms_reference.clients import content
from tests.csms_reference.files.conftest import FILE, desk, listed, taken

__all__ = ["desk"]

proves = pytest.mark.proves("csms", "GetLog LogStatusNotification", "2.0.1 2.1")


@proves
@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_a_log_comes_to_an_address_of_its_own(desk, version):
    """N01.FR.01, .04, .07, .14, .18; 2.1 N01.FR.27, .28."""
    station = await desk.it.station(version=version)
    taken(station)
    wish = {"oldest": "2026-02-01T00:00:00Z", "latest": "2026-03-01T00:00:00Z", "retries": 2, "retry_interval": 9}
    answer = (await desk.api.post("/stations/CP-1/logs", json=wish | {"request_id": 7})).json()
    assert answer["status"] == "Accepted"
    action, ask = station.calls[-1]
    url = ask["log"].pop("remoteLocation")
    assert (action, ask) == ("GetLog", {
        "logType": "DiagnosticsLog", "requestId": 7, "retries": 2, "retryInterval": 9,
        "log": {"oldestTimestamp": wish["oldest"], "latestTimestamp": wish["latest"]},
    })  # fmt: skip
    assert url.startswith("http://files.example/uploads/")
    assert url.endswith("/")
    await station.ask("LogStatusNotification", {"status": "Uploading", "requestId": 7})
    (log,) = await listed(desk)
    assert (log["status"], log["over"], log["file"], log["filename"]) == ("Uploading", False, None, "CP-1.tar.gz")
    assert (await desk.api.get(f"/stations/CP-1/logs/{log['id']}/content")).status_code == 404
    assert (await desk.public.put(f"{url.removeprefix('http://files.example')}CP-1.tar.gz", content=FILE)).is_success
    await station.ask("LogStatusNotification", {"status": "Uploaded", "requestId": 7})
    (log,) = await listed(desk)
    assert (log["status"], log["over"], log["file"]["size"]) == ("Uploaded", True, len(FILE))
    assert [each["status"] for each in log["history"]] == ["Uploading", "Uploaded"]
    got = await desk.api.get(f"/stations/CP-1/logs/{log['id']}/content")
    assert got.content == FILE
    assert "CP-1.tar.gz" in got.headers["Content-Disposition"]
    assert (await desk.api.get(f"/stations/CP-2/logs/{log['id']}/content")).status_code == 404


@proves
async def test_a_log_for_somebody_else(desk):
    """Where the file goes elsewhere there is none to fetch here."""
    station = await desk.it.station()
    taken(station)
    await desk.api.post("/stations/CP-1/logs", json={"kind": "SecurityLog", "location": "ftp://elsewhere/logs/"})
    assert station.calls[-1][1]["logType"] == "SecurityLog"
    (log,) = await listed(desk)
    assert (log["kind"], log["location"], log["file"]) == ("SecurityLog", "ftp://elsewhere/logs/", None)
    assert (await desk.api.get(f"/stations/CP-1/logs/{log['id']}/content")).status_code == 404
    assert content(await desk.api.get("/uploads")) == []


@proves
@pytest.mark.parametrize("told", [True, False])
async def test_a_second_request_ends_the_first(desk, told):
    """N01.FR.12, .20: whether or not the station says so itself."""
    station = await desk.it.station()
    taken(station)
    await desk.api.post("/stations/CP-1/logs", json={"request_id": 1})
    await station.ask("LogStatusNotification", {"status": "Uploading", "requestId": 1})
    desk.it.forward(5)
    taken(station, status="AcceptedCanceled")
    await desk.api.post("/stations/CP-1/logs", json={"request_id": 2})
    if told:
        await station.ask("LogStatusNotification", {"status": "AcceptedCanceled", "requestId": 1})
    first, second = await listed(desk)
    assert (first["status"], first["over"]) == ("AcceptedCanceled", True)
    assert (second["status"], second["over"], second["answer"]) == (None, False, "AcceptedCanceled")


async def test_an_address_waits_for_a_day(desk):
    station = await desk.it.station()
    taken(station)
    await desk.api.post("/stations/CP-1/logs", json={})
    desk.it.forward(LASTS_MS / 1000 + 1)
    (upload,) = content(await desk.api.get("/uploads", params={"station": "CP-1"}))
    assert (await desk.public.put(f"/uploads/{upload['address']}/x", content=FILE)).status_code == 410


@pytest.mark.parametrize(
    ("location", "base", "address"),
    [
        ("http://f/uploads/abc/", "http://f", "abc"),
        ("http://f/uploads/abc/x.gz", "http://f", "abc"),
        ("http://g/uploads/abc/", "http://f", None),
        ("http://f/uploads/abc/", None, None),
    ],
)
def test_addresses_of_ours(location, base, address):
    assert address_in(location, base) == address
