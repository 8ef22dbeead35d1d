"""Diagnostics of 1.6, and the logs of the security whitepaper."""

import pytest

from protocol.versions import V16
from tests.simulator.logs.reader import PLACE, booted, logs, opened, order, served, slowly, statuses


@pytest.mark.proves("station", "GetDiagnostics DiagnosticsStatusNotification TriggerMessage", "1.6")
async def test_diagnostics_of_1_6():
    """1.6 §4.4, §5.9: the location is a folder."""
    world = await booted(version=V16)
    slowly(world)
    shelf = logs()
    async with shelf.serve() as port:
        served(world, port)
        answer = await world.ask("GetDiagnostics", {"location": PLACE.rstrip("/")}, 3)
        await world.ask("TriggerMessage", {"requestedMessage": "DiagnosticsStatusNotification"}, 100)
        await world.ask("TriggerMessage", {"requestedMessage": "DiagnosticsStatusNotification"})
    assert list(shelf.files) == [f"/logs/{answer['fileName']}"]
    told = [ask["status"] for ask in world.csms.of("DiagnosticsStatusNotification")]
    assert told == ["Uploading", "Uploading", "Uploaded", "Idle"]


@pytest.mark.proves("station", "GetDiagnostics DiagnosticsStatusNotification", "1.6")
async def test_diagnostics_that_there_are_not_and_those_that_do_not_arrive():
    """1.6 §5.9: no file name; §6.25: retries counts all attempts."""
    world = await booted(version=V16)
    past = {"location": PLACE, "stopTime": "2020-01-01T00:00:00Z"}
    assert await world.ask("GetDiagnostics", past, 30) == {}
    assert world.csms.of("DiagnosticsStatusNotification") == []
    served(world, 1)
    await world.ask("GetDiagnostics", {"location": PLACE, "retries": 2, "retryInterval": 5}, 60)
    told = [ask["status"] for ask in world.csms.of("DiagnosticsStatusNotification")]
    assert told == ["Uploading", "Uploading", "UploadFailed"]
    await world.ask("GetDiagnostics", {"location": "sftp://files.example/logs/"}, 60)
    assert world.csms.of("DiagnosticsStatusNotification")[-1] == {"status": "UploadFailed"}


@pytest.mark.proves("station", "GetLog LogStatusNotification ExtendedTriggerMessage", "1.6")
async def test_the_whitepapers_log():
    """Whitepaper N01.FR.01, .03, .07–.09, .11, .12; and its names of events."""
    world = await booted(version=V16)
    slowly(world)
    shelf = logs()
    wanted = {"requestedMessage": "LogStatusNotification"}
    async with shelf.serve() as port:
        served(world, port)
        await world.ask("GetLog", order(1), 3)
        await world.ask("ExtendedTriggerMessage", wanted)
        answer = await world.ask("GetLog", order(2, kind="SecurityLog"), 100)
        await world.ask("ExtendedTriggerMessage", wanted)
    assert answer["status"] == "AcceptedCanceled"
    assert statuses(world) == [("Uploading", 1)] * 2 + [("Uploading", 2), ("Uploaded", 2), ("Idle", None)]
    assert list(shelf.files) == [f"/logs/{answer['filename']}"]
    (event, *_) = opened(shelf.files[f"/logs/{answer['filename']}"])["security.jsonl"]
    assert event["type"] == "StartupOfTheDevice"


@pytest.mark.proves("station", "GetLog", "1.6")
async def test_a_log_that_1_6_does_not_have_is_rejected():
    world = await booted(version=V16)
    assert await world.ask("GetLog", order(location="sftp://x/")) == {"status": "Rejected"}
    assert await world.ask("GetLog", order(latest="2020-01-01T00:00:00Z")) == {"status": "Rejected"}
