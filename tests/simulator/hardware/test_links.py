"""Modem and wire: without one that works nothing leaves, and nobody is told."""

from __future__ import annotations

import pytest

from simulator import facts
from simulator.connection import CSMS_NOTICES_S
from simulator.hardware.links import RadioLink, WiredLink, hindrance, luhn
from simulator.stream import Quality
from tests.simulator.csms import BOTH, World
from tests.simulator.hardware.lab import broken, lab, part, troubles, value

RADIO, WIRE = "DataLink[Radio]", "DataLink[Wired]"


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_a_lost_modem_takes_the_connection_along_and_gives_it_back(version) -> None:
    world = lab(version=version, without=("WiredLink",))
    await world.boot()
    assert value(world, RADIO, "Active") == "true"
    broken(world, RADIO)
    assert not world.station.online
    assert value(world, RADIO, "Active") == "false"
    knocks = len(world.csms.knocks)
    await world.run(world.clock.now + 600)
    assert len(world.csms.knocks) == knocks
    broken(world, RADIO, to=False)
    await world.run(world.clock.now + 900)
    assert world.station.online


async def test_the_wire_stands_in_for_the_modem() -> None:
    world = lab()
    await world.boot()
    broken(world, RADIO)
    assert world.station.online
    assert "modem failure" in troubles(world)
    broken(world, WIRE, field="pulled")
    assert not world.station.online
    assert "Disconnected" in [type(fact).__name__ for _, fact in world.facts]
    broken(world, WIRE, field="pulled", to=False)
    await world.run(world.clock.now + 900)
    assert world.station.online


async def test_a_wrong_apn_never_connects() -> None:
    world = lab(without=("WiredLink",))
    broken(world, RADIO, field="wrong_apn")
    world.station.power_on()
    await world.run(120)
    assert not world.station.line.open
    assert world.csms.knocks == []
    assert {(fact.ending, fact.reason) for fact in world.told(facts.Disconnected)} == {
        ("unreachable", "no data connection by the APN iot.example")
    }
    dialled_s = next(at for at, fact in world.facts if isinstance(fact, facts.SecurityEventRaised))
    failed_s = next(at for at, fact in world.facts if isinstance(fact, facts.Disconnected))
    assert failed_s - dialled_s == pytest.approx(30)  # TS 24.008 T3380


async def test_each_link_says_why_it_carries_nothing() -> None:
    def why(world: World) -> str:
        found = hindrance(world.station)
        return "" if found is None else found.why

    world = lab(without=("WiredLink",))
    world.station.power_on()
    assert why(world) == ""
    broken(world, RADIO, field="signal_dbm", to=-120.0)
    assert why(world) == "no network in reach"
    broken(world, RADIO)
    assert why(world) == "no modem"
    world = lab(without=("RadioLink",))
    world.station.power_on()
    broken(world, WIRE, field="pulled")
    assert why(world) == "no carrier"
    broken(world, WIRE)
    assert why(world) == "no network interface"


async def test_nobody_tells_the_csms_of_a_lost_modem() -> None:
    """The connection is half-open until the CSMS's pings find nobody."""
    world = lab(without=("WiredLink",))
    await world.boot()
    begin_s = world.clock.now
    broken(world, RADIO)
    await world.run(begin_s + CSMS_NOTICES_S - 1)
    assert world.csms.link is not None
    await world.run(begin_s + CSMS_NOTICES_S + 1)
    assert world.csms.link is None


async def test_a_station_that_is_back_before_the_csms_has_noticed_has_a_second_connection() -> None:
    world = lab(without=("WiredLink",))
    await world.boot()
    first = world.csms.link
    broken(world, RADIO)
    broken(world, RADIO, to=False)
    await world.run(world.clock.now + 70)
    assert world.station.online
    assert world.csms.link is not first
    await world.run(world.clock.now + 300)
    assert world.station.online  # the end of the first one is nobody's business


async def test_a_weak_signal_loses_segments_and_a_better_one_does_not() -> None:
    world = lab(without=("WiredLink",), RadioLink={"signal_dbm": -75.0, "spread_db": 0.0, "latency_s": 0.05})
    await world.boot()
    assert world.station.network.quality == Quality(latency_s=0.05)
    broken(world, RADIO, field="signal_dbm", to=-106.5)
    assert world.station.network.quality == Quality(latency_s=0.05, loss=pytest.approx(0.15))
    broken(world, RADIO, field="signal_dbm", to=-90.0)
    assert world.station.network.quality == Quality(latency_s=0.05)
    world.station.network.change(latency_s=0.1, loss=0.5)
    assert world.station.network.quality == Quality(latency_s=pytest.approx(0.15), loss=0.5)


async def test_a_wire_may_be_slow_too() -> None:
    world = lab(WiredLink={"latency_s": 0.3})
    await world.boot()
    world.clear()
    asked_s = world.clock.now
    world.station.life.heartbeat()
    await world.run(asked_s + 2)
    assert world.csms.times("Heartbeat") == [round(asked_s + 0.3, 3)]


async def test_a_weak_signal_is_told_with_hysteresis() -> None:
    world = lab(without=("WiredLink",), RadioLink={"signal_dbm": -90.0, "spread_db": 0.0, "weak_dbm": -100.0})
    await world.boot()
    heard = []
    for dbm in (-99.0, -101.0, -98.0, -96.0, -114.0, -111.0, -109.0):
        broken(world, RADIO, field="signal_dbm", to=dbm)
        heard.append(("weak signal" in troubles(world), part(world, RADIO).carries))
    weak, carries = zip(*heard, strict=True)
    assert weak == (False, True, True, False, True, True, True)
    assert carries == (True, True, True, True, False, False, True)


async def test_sims_differ_and_are_well_formed() -> None:
    world = lab(RadioLink={"mcc_mnc": "20404"})
    iccid, imsi = value(world, RADIO, "ICCID") or "", value(world, RADIO, "IMSI") or ""
    assert len(iccid) == 19
    assert iccid.startswith("8949")
    assert iccid[-1] == luhn(iccid[:-1])
    assert (len(imsi), imsi[:5]) == (15, "20404")
    assert (value(world, RADIO, "ICCID"), value(world, RADIO, "IMSI")) == (iccid, imsi)
    own = lab(RadioLink={"iccid": "89490000000000000017", "imsi": "262990000000001"})
    assert value(own, RADIO, "ICCID") == "89490000000000000017"
    assert value(own, RADIO, "APN") == "iot.example"


def test_the_check_digit_is_luhns() -> None:
    assert luhn("7992739871") == "3"  # the usual example of ISO/IEC 7812-1


def test_what_no_link_can_be() -> None:
    with pytest.raises(ValueError, match="lost_dbm"):
        RadioLink(weak_dbm=-113.0, lost_dbm=-100.0)
    with pytest.raises(ValueError, match="mcc_mnc"):
        RadioLink(mcc_mnc="26x")
    for wrong in ("10.0", "10.0.256", "a.b.c"):
        with pytest.raises(ValueError, match="three numbers"):
            WiredLink(network=wrong)


async def test_an_address_is_of_its_network() -> None:
    world = lab(WiredLink={"network": "10.1.2"})
    address = value(world, WIRE, "NetworkAddress") or ""
    assert address.startswith("10.1.2.")
    assert 2 <= int(address.rpartition(".")[2]) <= 254
