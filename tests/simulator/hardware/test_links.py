"""Modem and wire: without one that works nothing leaves, and nobody is told."""

from __future__ import annotations

import pytest

from simulator import facts
from simulator.hardware.links import RadioLink, WiredLink, luhn
from tests.simulator.csms import BOTH
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
    assert {fact.ending for fact in world.told(facts.Disconnected)} == {"unreachable"}


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
