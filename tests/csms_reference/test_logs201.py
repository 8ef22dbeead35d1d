"""What get_log sends, and what it does not."""

import pytest

from tests.csms_reference.files.conftest import desk, listed, taken

__all__ = ["desk"]

proves = pytest.mark.proves("csms", "GetLog", "2.0.1 2.1")


@proves
async def test_what_is_not_available_is_kept_as_well(desk):
    """N01.FR.05."""
    station = await desk.it.station()
    station.replies["GetLog"] = {"status": "Rejected"}
    assert (await desk.api.post("/stations/CP-1/logs", json={})).json()["status"] == "Rejected"
    (log,) = await listed(desk)
    assert (log["answer"], log["over"], log["filename"]) == ("Rejected", True, None)


@pytest.mark.parametrize(
    ("wish", "why"),
    [({"kind": "Everything"}, "kind"), ({"oldest": "yesterday"}, "oldest"), ({"latest": "soon"}, "latest")],
)
async def test_what_makes_no_sense_is_not_sent(desk, wish, why):
    station = await desk.it.station()
    answer = await desk.api.post("/stations/CP-1/logs", json=wish)
    assert answer.status_code == 422
    assert why in answer.json()["detail"]
    assert station.calls == []


async def test_without_a_public_port_a_place_must_be_named(bench):
    it = bench()
    station = await it.station()
    taken(station)
    end = await it.csms.command("CP-1", "get_log")
    assert end.status == "bad fields"
    assert "location" in end.error
    assert (await it.csms.command("CP-1", "get_log", location="http://x/")).status == "Accepted"
