"""N01 at the station: uploads in simulated time, retried, taken the place of, lost with the power."""

from itertools import pairwise

import pytest

from protocol.versions import V201
from simulator.courier import Undelivered
from simulator.logs.memory import Desk, Status
from simulator.logs.upload import Logs, failure
from tests.simulator.logs.reader import PLACE, booted, logs, opened, order, served, slowly, statuses

proves = pytest.mark.proves("station", "GetLog LogStatusNotification", "2.0.1 2.1")


@proves
@pytest.mark.parametrize("method", ["slash", "file"])
async def test_a_log_is_put_where_the_csms_wants_it(method):
    """N01.FR.01, .02, .04, .07, .08, .09; 2.1 N01.FR.21, .29."""
    world = await booted()
    shelf = logs()
    async with shelf.serve() as port:
        served(world, port)
        location = PLACE if method == "slash" else f"{PLACE}mine"
        answer = await world.ask("GetLog", order(7, location=location), 10)
    assert answer["status"] == "Accepted"
    assert answer["filename"].startswith("CP-1-diagnostics-2025")
    assert statuses(world) == [("Uploading", 7), ("Uploaded", 7)]
    path = f"/logs/{answer['filename']}" if method == "slash" else "/logs/mine"
    assert [asked[:2] for asked in shelf.asked] == [("PUT", path)]
    assert opened(shelf.files[path])["station.json"]["identity"] == "CP-1"
    assert world.station.flash.memory(Desk).order is None


@proves
async def test_the_security_log_is_another_file():
    """N01.FR.03."""
    world = await booted()
    shelf = logs()
    async with shelf.serve() as port:
        served(world, port)
        answer = await world.ask("GetLog", order(kind="SecurityLog"), 10)
    assert list(opened(shelf.files[f"/logs/{answer['filename']}"])) == ["security.jsonl"]


@proves
@pytest.mark.parametrize(
    "ask",
    [
        order(kind="SecurityLog", latest="2020-01-01T00:00:00Z"),
        order(oldest="2030-01-01T00:00:00Z"),
        order(latest="2020-01-01T00:00:00Z"),
        order(oldest="2025-06-02T08:00:00Z", latest="2025-06-02T07:00:00Z"),
    ],
)
async def test_what_is_not_there_is_not_uploaded(ask):
    """N01.FR.05: no file name, no notification."""
    world = await booted()
    assert await world.ask("GetLog", ask, 30) == {"status": "Rejected"}
    assert statuses(world) == []


@proves
async def test_it_is_tried_as_often_as_the_csms_wants():
    """N01.FR.10: every attempt is told, the failure once, when none is left."""
    world = await booted()
    served(world, 1)  # nobody there
    await world.ask("GetLog", order(3, retries=2, retryInterval=40), 200)
    assert statuses(world) == [("Uploading", 3)] * 3 + [("UploadFailure", 3)]
    times = world.csms.times("LogStatusNotification")
    assert [round(later - before) for before, later in pairwise(times)] == [40, 40, 0]


@proves
async def test_a_retry_may_succeed():
    world = await booted()
    shelf = logs()
    async with shelf.serve() as port:
        served(world, 1)
        await world.ask("GetLog", order(3, retryInterval=30), 10)
        served(world, port)
        await world.run(world.clock.now + 40)
    assert statuses(world) == [("Uploading", 3), ("Uploading", 3), ("Uploaded", 3)]


@proves
async def test_a_server_that_does_not_let_in_is_told_so():
    """N01.FR.10: PermissionDenied, not just a failure."""
    world = await booted()
    shelf = logs()
    async with shelf.serve() as port:
        served(world, port)
        await world.ask("GetLog", order(location="http://files.example/elsewhere/", retries=0), 30)
    assert statuses(world) == [("Uploading", 1), ("PermissionDenied", 1)]


@pytest.mark.parametrize(
    ("location", "code", "status"),
    [
        ("http://x/", 403, Status.PERMISSION_DENIED),
        ("http://x/", 405, Status.NOT_SUPPORTED_OPERATION),
        ("http://x/", 400, Status.BAD_MESSAGE),
        ("http://x/", 503, Status.UPLOAD_FAILURE),
        ("http://x/", 308, Status.UPLOAD_FAILURE),  # 2.1 N01.FR.30
        ("http://x/", None, Status.UPLOAD_FAILURE),
        ("ftp://x/", 553, Status.PERMISSION_DENIED),
        ("ftp://x/", 502, Status.NOT_SUPPORTED_OPERATION),
        ("ftp://x/", 501, Status.BAD_MESSAGE),
        ("ftp://x/", 426, Status.UPLOAD_FAILURE),
        ("sftp://x/", None, Status.NOT_SUPPORTED_OPERATION),
    ],
)
def test_what_a_no_means(location, code, status):
    """N01.FR.10."""
    assert failure(location, Undelivered("no", code=code)) is status


@proves
async def test_a_second_request_takes_the_place_of_the_first():
    """N01.FR.12, .20: each status under the number of its request (FR.07); answers before what follows them."""
    world = await booted()
    slowly(world)
    shelf = logs()
    async with shelf.serve() as port:
        served(world, port)
        assert (await world.ask("GetLog", order(1), 3))["status"] == "Accepted"
        world.frames.clear()
        assert (await world.ask("GetLog", order(2), 100))["status"] == "AcceptedCanceled"
    assert statuses(world) == [("Uploading", 1), ("AcceptedCanceled", 1), ("Uploading", 2), ("Uploaded", 2)]
    assert [frame.kind for frame in world.frames[:3]] == [2, 3, 2]  # GetLog, its answer, AcceptedCanceled
    assert len(shelf.files) == 1


@proves
async def test_one_that_is_refused_leaves_the_first_alone():
    world = await booted()
    slowly(world)
    async with logs().serve() as port:
        served(world, port)
        await world.ask("GetLog", order(1), 3)
        refused = order(2, kind="SecurityLog", latest="2020-01-01T00:00:00Z")
        assert await world.ask("GetLog", refused, 100) == {"status": "Rejected"}
    assert statuses(world) == [("Uploading", 1), ("Uploaded", 1)]


@proves
async def test_the_link_to_the_csms_may_go_meanwhile():
    """N01.FR.07: what happened is told when the CSMS can be reached again."""
    world = await booted()
    slowly(world)
    shelf = logs()
    async with shelf.serve() as port:
        served(world, port)
        await world.ask("GetLog", order(5), 3)
        world.csms.down()
        await world.do(world.station.line.sever, 100)
        assert len(shelf.files) == 1
        assert statuses(world) == [("Uploading", 5)]
        world.csms.up()
        await world.run(world.clock.now + 120)
    assert statuses(world) == [("Uploading", 5), ("Uploaded", 5)]


@proves
async def test_power_that_goes_ends_it():
    """N01.FR.10: the station says so when it is back."""
    world = await booted()
    slowly(world)
    shelf = logs()
    async with shelf.serve() as port:
        served(world, port)
        await world.ask("GetLog", order(5), 3)
        await world.do(world.station.power_off, 100)
        await world.do(world.station.power_on, 100)
    assert statuses(world) == [("Uploading", 5), ("UploadFailure", 5)]
    assert shelf.files == {}


@pytest.mark.proves("station", "Reset GetLog", "2.0.1 2.1")
async def test_a_reset_on_idle_waits_for_it():
    """B11, remark of errata 2025-06."""
    world = await booted()
    slowly(world)
    async with logs().serve() as port:
        served(world, port)
        await world.ask("GetLog", order(5), 3)
        assert await world.ask("Reset", {"type": "OnIdle"}) == {"status": "Scheduled"}
        await world.run(world.clock.now + 100)
    assert statuses(world) == [("Uploading", 5), ("Uploaded", 5)]
    assert [boot["reason"] for boot in world.csms.of("BootNotification")] == ["PowerUp", "ScheduledReset"]


async def test_a_station_that_uploads_nothing_has_nothing_for_it():
    world = await booted(version=V201)
    await world.ask("TriggerMessage", {"requestedMessage": "LogStatusNotification"})
    assert world.station.used(Logs) is None
