"""Getting certificates signed, where no message shows it; the rest is in dialects/test_certificates201.py."""

from datetime import timedelta

from protocol.versions import V201
from simulator.flash import Flash
from simulator.keys.commissioning import commissioned
from simulator.keys.memory import Kept, Own
from simulator.keys.signing import EARLY, Signing
from tests.simulator.csms import START, World
from tests.simulator.keys.authority import YEAR, Authority, key_pem, name, new_key, pem

CA = Authority("CA")
V2G = Authority("V2G root")
DAY_S = 86_400


def world_with(own_ends=START + YEAR, secc_ends=START + YEAR, **options) -> World:
    key, other = new_key(), new_key()
    kept = commissioned(
        csms_roots=CA.pem, v2g_roots=V2G.pem,
        certificate=pem(CA.leaf(name("CP-1"), key.public_key(), ends=own_ends)), key=key_pem(key),
        v2g=[("DECHBE00001", pem(V2G.leaf(name("DECHBE00001"), other.public_key(), ends=secc_ends)), key_pem(other))],
    )  # fmt: skip
    world = World(V201, "lab-dc", flash=Flash(memories={Kept: kept}), **options)
    world.csms.answers |= {"SignCertificate": {"status": "Accepted"}, "GetCertificateStatus": {"status": "Failed"}}
    return world


def asked(world: World) -> list[str]:
    return [ask["certificateType"] for ask in world.csms.of("SignCertificate")]


def test_a_station_without_certificates_has_nothing_to_do():
    assert World().station.used(Signing) is None


async def test_the_first_to_end_is_the_first_to_be_renewed():
    """A03.FR.02, for V2G certificates too (A03, description)."""
    world = world_with(START + EARLY + timedelta(days=2), START + EARLY + timedelta(days=1))
    await world.boot()
    await world.run(1.5 * DAY_S)
    assert asked(world)[0] == "V2GCertificate"
    assert set(asked(world)) == {"V2GCertificate"}
    await world.run(2.5 * DAY_S)
    assert set(asked(world)) == {"V2GCertificate", "ChargingStationCertificate"}


async def test_a_v2g_certificate_is_not_renewed_where_that_is_switched_off():
    world = world_with(secc_ends=START + EARLY, config={"ISO15118Ctrlr(1).V2GCertificateInstallationEnabled": False})
    await world.boot()
    await world.run(DAY_S)
    assert not asked(world)


async def test_what_falls_due_offline_is_asked_for_when_the_csms_is_back():
    world = world_with(START + EARLY + timedelta(days=1))
    await world.boot()
    world.csms.down()
    await world.run(1.1 * DAY_S)
    assert not asked(world)
    world.csms.up()
    await world.run(1.2 * DAY_S)
    assert asked(world)[0] == "ChargingStationCertificate"


async def test_another_date_on_the_clock_is_another_time_to_the_end():
    world = world_with(START + YEAR)
    await world.boot()
    assert not asked(world)
    world.csms.answers["Heartbeat"] = {"currentTime": "2026-05-20T06:00:00Z"}
    await world.do(world.station.life.heartbeat, 5)
    assert sorted(asked(world)) == ["ChargingStationCertificate", "V2GCertificate"]


async def test_nothing_goes_on_when_the_power_is_gone():
    world = world_with(START + EARLY + timedelta(days=1))
    await world.boot()
    await world.do(world.station.power_off, 2 * DAY_S)
    assert not asked(world)


async def test_a_request_of_another_kind_waits_beside():
    world = world_with()
    await world.boot()
    signing = world.station.function(Signing)
    await world.do(lambda: signing.ask(Own.STATION))
    await world.do(lambda: signing.ask(Own.STATION))
    requests = world.station.flash.memory(Kept).requests
    assert [(each.own, each.id) for each in requests] == [(Own.STATION, 2)]
