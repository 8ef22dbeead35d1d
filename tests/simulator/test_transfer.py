"""What stations and vendors have agreed upon."""

import pytest

from protocol.versions import V16, V201
from simulator import facts
from simulator.transfer import OURS, Returned, Transfers, receives
from tests.simulator.csms import BOTH, World


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_what_becomes_of_a_message(version):
    world = World(version)
    transfers = world.station.function(Transfers)
    assert transfers.received("com.example", None, None).status == "UnknownVendorId"
    assert transfers.received(OURS, "Nothing", None).status == "UnknownMessageId"
    assert transfers.received(OURS, None, None).status == "UnknownMessageId"
    assert transfers.received(OURS, "Echo", [1]) == Returned("Accepted", [1])
    assert transfers.received(OURS, "Echo", None) == Returned("Rejected")
    assert transfers.received(OURS, "Snapshot", None).data["powered"] is False


def test_one_station_may_know_more_than_others():
    world, other = World().station, World().station
    transfers = world.function(Transfers)
    transfers.agree("com.example", lambda station, data: Returned("Accepted", (station.identity, data)))
    assert transfers.received("com.example", "any", 5).data == ("CP-1", 5)
    assert transfers.received("com.example", None, 6).data == ("CP-1", 6)
    assert other.function(Transfers).received("com.example", None, 6).status == "UnknownVendorId"


def test_nothing_is_agreed_twice():
    with pytest.raises(ValueError, match="two receivers"):
        receives(OURS, "Echo")(lambda _station, _data: Returned("Accepted"))


@pytest.mark.proves("station", "DataTransfer", "1.6 2.0.1 2.1")
@pytest.mark.parametrize(("version", "sent"), [(V16, '{"a": 1}'), (V201, {"a": 1})], ids=str)
async def test_a_station_tells_its_csms(version, sent):
    """P02.FR.04; 1.6 §4.3."""
    world = World(version)
    await world.boot()
    transfers = world.station.function(Transfers)
    world.csms.answers["DataTransfer"] = {"status": "Rejected"}
    await world.do(lambda: transfers.send("com.example", "Ice", {"a": 1}))
    await world.do(lambda: transfers.send("com.example"))
    said = world.csms.of("DataTransfer")
    assert said == [{"vendorId": "com.example", "messageId": "Ice", "data": sent}, {"vendorId": "com.example"}]
    assert transfers.replies == (Returned("Rejected"), Returned("Rejected"))
    assert world.told(facts.DataTransferred)[0] == facts.DataTransferred("com.example", "Ice", "Rejected")
