"""Diagnostics of 1.6, and the logs of the security whitepaper."""

import pytest

from tests.csms_reference.files.conftest import FILE, desk, listed, taken

__all__ = ["desk"]


@pytest.mark.proves("csms", "GetDiagnostics DiagnosticsStatusNotification", "1.6")
async def test_diagnostics_of_1_6(desk):
    """1.6 §4.4, §5.9."""
    station = await desk.it.station("CP-1", "1.6")
    station.replies["GetDiagnostics"] = {"fileName": "d.zip"}
    wish = {"oldest": "2026-02-01T00:00:00Z", "latest": "2026-03-01T00:00:00Z", "retries": 2, "retry_interval": 9}
    await desk.api.post("/stations/CP-1/logs", json=wish)
    action, ask = station.calls[-1]
    url = ask.pop("location")
    assert (action, ask) == ("GetDiagnostics", {
        "startTime": wish["oldest"], "stopTime": wish["latest"], "retries": 2, "retryInterval": 9,
    })  # fmt: skip
    await desk.public.post(f"{url.removeprefix('http://files.example')}d.zip", content=FILE)
    for status in ("Uploading", "Uploaded"):
        assert await station.ask("DiagnosticsStatusNotification", {"status": status}) == {}
    (log,) = await listed(desk)
    assert (log["filename"], log["status"], log["file"]["name"]) == ("d.zip", "Uploaded", "d.zip")
    assert (log["oldest"], log["latest"]) == ("2026-02-01T00:00:00.000Z", "2026-03-01T00:00:00.000Z")


@pytest.mark.proves("csms", "GetDiagnostics", "1.6")
async def test_without_a_file_name_there_are_no_diagnostics(desk):
    """1.6 §5.9."""
    station = await desk.it.station("CP-1", "1.6")
    station.replies["GetDiagnostics"] = {}
    await desk.api.post("/stations/CP-1/logs", json={})
    (log,) = await listed(desk)
    assert (log["answer"], log["over"]) == ("Rejected", True)


@pytest.mark.proves("csms", "GetLog LogStatusNotification", "1.6")
@pytest.mark.parametrize("wish", [{"kind": "SecurityLog"}, {"request_id": 9}])
async def test_the_whitepapers_log(desk, wish):
    """Whitepaper N01.FR.07, .12."""
    station = await desk.it.station("CP-1", "1.6")
    taken(station)
    await desk.api.post("/stations/CP-1/logs", json=wish)
    action, ask = station.calls[-1]
    assert (action, ask["logType"]) == ("GetLog", wish.get("kind", "DiagnosticsLog"))
    await station.ask("LogStatusNotification", {"status": "Uploading", "requestId": ask["requestId"]})
    await station.ask("LogStatusNotification", {"status": "Idle"})
    (log,) = await listed(desk)
    assert (log["status"], log["request_id"]) == ("Uploading", ask["requestId"])
