"""From one CSMS to another: slots, priorities, falling back (2.0.1 A05, B09, B10; 1.6 whitepaper A05)."""

import pytest

from protocol.link import Turned
from protocol.versions import V16, V21, V201
from simulator import addressing, facts
from simulator.addressing import NetworkProfile, Slots
from simulator.flash import Flash
from simulator.keys.commissioning import commissioned as installed
from simulator.keys.memory import Kept
from simulator.keys.store import Keys
from simulator.state.codec import decode, encode
from tests.simulator.csms import NEWER, World
from tests.simulator.keys.authority import Authority, server
from tests.simulator.towns import NEW, OLD, Towns, data

PASSWORD = "0123456789abcdef"
CSO = Authority("CSO root")


async def booted(version=V201, **options) -> Towns:
    world = Towns(version, **options)
    await world.boot()
    return world


def text(world: Towns, key: str) -> str:
    return world.station.variables.text(key)


async def prepared(order: str = "2,1", version=V201, **options) -> Towns:
    """Slot 2 leads to the new CSMS and is tried first, from the next start on."""
    world = await booted(version, **options)
    assert await world.store() == {"status": "Accepted"}
    assert (await world.prefer(order))["attributeStatus"] == "RebootRequired"
    return world


async def test_a_station_that_is_never_sent_elsewhere_keeps_nothing():
    world = await booted()
    assert Slots not in world.station.flash.memories
    assert world.station.used(addressing.Addressing) is None
    assert text(world, "OCPPCommCtrlr.ActiveNetworkProfile") == "1"
    assert text(world, "OCPPCommCtrlr.NetworkConfigurationPriority") == "1"
    world.csms.link.abort()
    await world.run(world.clock.now + 60)
    assert world.station.online
    assert world.hosts() == ["old", "old"]


@pytest.mark.proves("station", "SetNetworkProfile BootNotification", "2.0.1 2.1")
@pytest.mark.parametrize("version", NEWER, ids=str)
async def test_after_a_reset_the_station_goes_to_the_new_csms(version):
    """B10.FR.04, .06: only then, and only when it has left the old one."""
    world = await prepared(version=version)
    assert world.station.line.open
    assert world.hosts() == ["old"]
    await world.restart()
    assert world.hosts() == ["old", "new"]
    assert world.csms.link is None
    assert world.station.online
    assert [boot["reason"] for boot in world.other.of("BootNotification")] == ["RemoteReset"]
    assert text(world, "OCPPCommCtrlr.ActiveNetworkProfile") == "2"
    assert world.told(facts.NetworkProfileActivated) == [facts.NetworkProfileActivated(2, 0)]


async def test_where_it_went_outlives_its_power():
    world = await prepared()
    await world.restart()
    station = world.station
    station.power_off()
    again = Towns(flash=station.flash)
    await again.boot()
    assert again.hosts() == ["new"]
    assert again.told(facts.NetworkProfileActivated) == []
    kept = station.flash.memory(Slots)
    assert decode(Slots, encode(kept)) == kept


@pytest.mark.proves("station", "SetNetworkProfile", "2.0.1")
async def test_a_csms_that_is_not_there_is_tried_so_often_and_then_the_next():
    """B10.FR.03; the back-off begins anew with each."""
    world = await prepared()
    world.other.down()
    world.csms.got.clear()
    await world.restart(then_s=900)
    assert world.hosts() == ["old", "new", "new", "new", "old"]
    assert world.station.online
    assert text(world, "OCPPCommCtrlr.ActiveNetworkProfile") == "1"
    waited = world.told(facts.WaitedToReconnect)
    assert [fact.attempt for fact in waited] == [1, 2, 1]
    assert waited[2].wait_s < waited[1].wait_s
    assert [boot["reason"] for boot in world.csms.of("BootNotification")] == ["RemoteReset"]


async def test_the_number_of_attempts_is_a_variable():
    world = await prepared(config={"OCPPCommCtrlr.NetworkProfileConnectionAttempts": 1})
    world.other.down()
    await world.restart(then_s=120)
    assert world.hosts() == ["old", "new", "old"]


async def test_the_last_one_that_stood_is_tried_even_if_the_list_does_not_have_it():
    """B10.FR.07, B10.FR.08."""
    world = await prepared("2", config={"OCPPCommCtrlr.NetworkProfileConnectionAttempts": 2})
    world.other.down()
    world.csms.turn = Turned(503, "not now")
    await world.restart(then_s=900)
    assert world.hosts()[1:9] == ["new", "new", "old", "old", "new", "new", "old", "old"]
    world.csms.turn = None
    await world.run(world.clock.now + 600)
    assert world.station.online
    assert text(world, "OCPPCommCtrlr.ActiveNetworkProfile") == "1"


async def test_after_a_lost_link_the_list_is_gone_through_and_the_new_csms_is_asked_first():
    """B10.FR.03, B10.FR.10 (errata): a CSMS that it comes to without a start has to accept it, too."""
    world = await prepared()
    world.other.down()
    await world.restart(then_s=900)
    assert world.station.online
    world.other.up()
    assert not world.other.got
    world.csms.link.abort()
    await world.run(world.clock.now + 60)
    assert world.hosts()[-1] == "new"
    assert [boot["reason"] for boot in world.other.of("BootNotification")] == ["Unknown"]
    assert world.other.of("StatusNotification")
    assert world.station.online
    assert text(world, "OCPPCommCtrlr.ActiveNetworkProfile") == "2"


async def test_a_new_csms_may_say_no_and_then_nothing_but_boots_is_sent():
    world = await prepared()
    world.other.down()
    await world.restart(then_s=900)
    world.other.up()
    world.other.answers["BootNotification"] = lambda _ask: {
        "status": "Rejected", "interval": 100, "currentTime": world.clock.stamp(),
    }  # fmt: skip
    world.csms.link.abort()
    await world.run(world.clock.now + 500)
    assert not world.station.online
    assert {name for _, name, _ in world.other.got} == {"BootNotification"}
    assert len(world.other.got) >= 4


@pytest.mark.parametrize("version", NEWER, ids=str)
async def test_what_is_stored_in_the_slot_in_use_waits_for_the_next_start(version):
    """B09, remarks: in 2.0.1 until a reboot, in 2.1 until it reconnects."""
    world = await booted(version)
    assert await world.store(1) == {"status": "Accepted"}
    world.csms.link.abort()
    await world.run(world.clock.now + 60)
    assert world.hosts()[-1] == ("new" if version is V21 else "old")
    if version is V201:
        await world.restart()
        assert world.hosts()[-1] == "new"
    assert world.station.online
    assert text(world, "OCPPCommCtrlr.ActiveNetworkProfile") == "1"


async def test_what_led_nowhere_makes_room_for_what_was_in_the_slot_before():
    """B10.FR.07."""
    world = await booted()
    world.other.down()
    assert await world.store(1) == {"status": "Accepted"}
    await world.restart(then_s=900)
    assert world.hosts() == ["old", "new", "new", "new", "old"]
    assert world.station.online
    assert addressing.profile_in(world.station, 1) == NetworkProfile(OLD, 0)
    await world.restart()
    assert world.hosts()[-1] == "old"


async def test_a_call_waits_as_long_as_the_profile_says():
    world = await booted()
    assert addressing.timeout_s(world.station) == 30
    await world.store(messageTimeout=7)
    await world.prefer("2")
    await world.restart()
    assert addressing.timeout_s(world.station) == 7


# -- refusals


@pytest.mark.parametrize(
    ("now", "downgrade", "then", "taken"),
    [
        (1, "false", 0, False),  # B09.FR.04
        (1, "true", 0, False),
        (2, "false", 1, False),
        (3, "false", 2, False),
        (3, "true", 2, True),
        (3, "true", 1, False),  # B09.FR.31
        (2, "true", 1, False),
        (2, "false", 3, True),
        (2, "false", 2, True),
    ],
)
async def test_security_is_not_lowered(now, downgrade, then, taken):
    config = {"SecurityCtrlr.SecurityProfile": now, "SecurityCtrlr.AllowSecurityProfileDowngrade": downgrade}
    world = await booted(config=config)
    assert text(world, "SecurityCtrlr.SecurityProfile") == str(now)
    answer = await world.store(securityProfile=then, ocppCsmsUrl=NEW if then < 2 else "wss://new.example")
    reason = answer.get("statusInfo", {}).get("reasonCode")
    assert (answer["status"], reason) == (("Accepted", None) if taken else ("Rejected", "NoSecurityDowngrade"))


@pytest.mark.proves("station", "SetVariables", "2.0.1")
@pytest.mark.parametrize(
    ("order", "reason"),
    [("2,3", "InvalidNetworkConf"), ("1,1", "InvalidNetworkConf"), ("4", "InvalidValue"), ("", "InvalidValue")],
)
async def test_a_list_with_what_is_not_there_is_refused(order, reason):
    """B10.FR.02."""
    world = await booted()
    await world.store()
    result = await world.prefer(order)
    assert (result["attributeStatus"], result["attributeStatusInfo"]["reasonCode"]) == ("Rejected", reason)


@pytest.mark.parametrize("level", [2, 3])
async def test_a_more_secure_profile_needs_certificates(level):
    """A05.FR.02, A05.FR.03."""
    world = await booted(password=PASSWORD)
    assert (await world.store(securityProfile=level, ocppCsmsUrl="wss://new.example"))["status"] == "Accepted"
    result = await world.prefer("2,1")
    assert (result["attributeStatus"], result["attributeStatusInfo"]["reasonCode"]) == (
        "Rejected", "InvalidNetworkConf",
    )  # fmt: skip
    assert text(world, "SecurityCtrlr.SecurityProfile") == "1"


# -- security


async def test_with_a_password_it_is_profile_1():
    world = await booted()
    world.station.configuration.write("SecurityCtrlr.BasicAuthPassword", PASSWORD)
    await world.run(world.clock.now + 40)
    assert text(world, "SecurityCtrlr.SecurityProfile") == "1"


async def test_a_more_secure_connection_is_the_end_of_the_less_secure_ones():
    """A05.FR.04–.06."""
    world = await booted()
    await world.store(3)
    world.station.flash.changed["SecurityCtrlr.BasicAuthPassword"] = PASSWORD
    world.station.flash.changed["SecurityCtrlr.SecurityProfile"] = "0"
    assert (await world.store(2, securityProfile=1))["status"] == "Accepted"
    assert (await world.prefer("2,3,1"))["attributeStatus"] == "RebootRequired"
    assert text(world, "SecurityCtrlr.SecurityProfile") == "0"
    await world.restart()
    assert world.station.online
    assert text(world, "SecurityCtrlr.SecurityProfile") == "1"
    assert text(world, "OCPPCommCtrlr.NetworkConfigurationPriority") == "2"
    assert [addressing.profile_in(world.station, slot) is not None for slot in (1, 2, 3)] == [False, True, False]
    assert world.roads.dialled[-1].password == PASSWORD
    answer = await world.at_other("SetNetworkProfile", {"configurationSlot": 1, "connectionData": data()})
    assert answer["statusInfo"] == {"reasonCode": "NoSecurityDowngrade"}


async def test_a_password_of_its_own_goes_with_a_profile_and_the_old_one_with_the_old():
    """B09.FR.28 (2.1): the other CSMS has another password, and the way back is still open."""
    world = await booted(V21, password=PASSWORD)
    other = "fedcba9876543210"
    assert (await world.store(securityProfile=1, basicAuthPassword=other, identity="CP-2"))["status"] == "Accepted"
    await world.prefer("2,1")
    await world.restart()
    assert world.roads.dialled[-1].password == other
    assert (world.roads.dialled[-1].identity, text(world, "SecurityCtrlr.Identity")) == ("CP-2", "CP-2")
    assert world.station.flash.changed["SecurityCtrlr.BasicAuthPassword"] == other
    world.other.down()
    await world.run(world.clock.now + 900)
    assert world.station.online
    assert world.roads.dialled[-1].url == OLD
    assert (world.roads.dialled[-1].password, world.roads.dialled[-1].identity) == (PASSWORD, "CP-1")


async def test_a_password_that_is_set_counts_more_than_that_of_the_profile():
    """B09.FR.27 (2.1 errata)."""
    world = await booted(V21, password=PASSWORD)
    await world.store(securityProfile=1, basicAuthPassword="fedcba9876543210")
    await world.prefer("2,1")
    await world.restart()
    world.station.configuration.write("SecurityCtrlr.BasicAuthPassword", "a-third-password-")
    await world.run(world.clock.now + 60)
    assert world.station.online
    assert (world.roads.dialled[-1].url, world.roads.dialled[-1].password) == (NEW, "a-third-password-")


# -- TLS


def trusting(authority: Authority) -> Flash:
    return Flash(memories={Kept: installed(csms_roots=authority.pem)})


async def with_tls(tmp_path, root: Authority, version=V201) -> Towns:
    """The other CSMS wants TLS; the station has a root that may be of its hierarchy or not."""
    world = await booted(version, password=PASSWORD, flash=trusting(root))
    world.roads.towns["localhost"] = world.roads.towns["new.example"]
    world.roads.towns["localhost"].serve(world.other, tls=server(tmp_path, CSO, None))
    return world


@pytest.mark.proves("station", "SetNetworkProfile SetVariables", "2.0.1")
async def test_from_a_password_to_tls(tmp_path):
    """A05.FR.05, A05.FR.06, with a real handshake."""
    world = await with_tls(tmp_path, CSO)
    assert (await world.store(securityProfile=2, ocppCsmsUrl="wss://localhost"))["status"] == "Accepted"
    assert (await world.prefer("2,1"))["attributeStatus"] == "RebootRequired"
    await world.restart()
    assert world.station.online
    assert world.other.knocks[-1][1].secure
    assert text(world, "SecurityCtrlr.SecurityProfile") == "2"
    assert text(world, "OCPPCommCtrlr.NetworkConfigurationPriority") == "2"
    assert addressing.profile_in(world.station, 1) is None


async def test_a_csms_that_cannot_be_trusted_is_none_to_go_to(tmp_path):
    """B10.FR.03: the way back to the old one is still there."""
    world = await with_tls(tmp_path, Authority("stranger"))
    await world.store(securityProfile=2, ocppCsmsUrl="wss://localhost")
    await world.prefer("2,1")
    await world.restart(then_s=900)
    assert world.hosts() == ["old", "localhost", "localhost", "localhost", "old"]
    assert world.station.online
    assert not world.other.knocks
    assert text(world, "SecurityCtrlr.SecurityProfile") == "1"
    assert "InvalidCsmsCertificate" in [event["type"] for event in world.csms.of("SecurityEventNotification")]


async def test_profile_3_is_not_taken_without_a_certificate(tmp_path):
    """A05.FR.03."""
    world = await with_tls(tmp_path, CSO)
    await world.store(securityProfile=3, ocppCsmsUrl="wss://localhost")
    assert (await world.prefer("2,1"))["attributeStatus"] == "Rejected"


@pytest.mark.proves("station", "ChangeConfiguration", "1.6")
async def test_16_goes_over_to_tls_at_the_same_address(tmp_path):
    """Whitepaper A05.FR.05–.07, A05.FR.09."""
    world = World(V16, url="ws://localhost/ocpp", password=PASSWORD, flash=trusting(CSO))
    world.network.serve(world.csms, tls=server(tmp_path, CSO, None))
    await world.boot()
    assert not world.csms.knocks[-1][1].secure
    assert await change(world, 3) == "Rejected"
    assert await change(world, 2) == "Accepted"
    await world.run(world.clock.now + 30)
    assert world.station.online
    assert world.csms.knocks[-1][1].secure
    assert text(world, "SecurityCtrlr.SecurityProfile") == "2"
    await world.do(world.station.power_off)
    await world.boot()
    assert world.csms.knocks[-1][1].secure


# -- 1.6


async def change(world: Towns, level: object) -> str:
    return (await world.ask("ChangeConfiguration", {"key": "SecurityProfile", "value": str(level)}))["status"]


@pytest.mark.proves("station", "ChangeConfiguration", "1.6")
async def test_16_dials_again_with_more_security():
    """Whitepaper A05.FR.05–.07."""
    world = await booted(V16)
    world.station.flash.changed["SecurityCtrlr.BasicAuthPassword"] = PASSWORD
    world.station.flash.changed["SecurityCtrlr.SecurityProfile"] = "0"
    dials = len(world.roads.dialled)
    assert await change(world, 1) == "Accepted"
    await world.run(world.clock.now + 30)
    assert len(world.roads.dialled) == dials + 1
    assert world.station.online
    assert text(world, "SecurityCtrlr.SecurityProfile") == "1"
    assert await change(world, 1) == "Rejected"
    assert await change(world, 0) == "Rejected"


@pytest.mark.parametrize(
    ("level", "password"),
    [(1, None), (2, PASSWORD), (3, PASSWORD), (4, PASSWORD), (0, None), ("high", None), (-1, None)],
)
async def test_16_refuses_what_it_has_nothing_for(level, password):
    """Whitepaper A05.FR.01–.04."""
    world = await booted(V16, password=password)
    assert await change(world, level) == "Rejected"
    await world.run(world.clock.now + 5)
    assert len(world.roads.dialled) == 1


async def test_16_comes_back_where_that_leads_nowhere(monkeypatch):
    """Whitepaper A05.FR.08: after so many attempts, and for good."""
    world = await booted(V16, config={"SecurityCtrlr.SecurityProfile": 0}, password=PASSWORD)
    world.roads.closed = lambda target: target.url.startswith("wss")
    monkeypatch.setattr(Keys, "fits", lambda _self, _level: True)
    assert await change(world, 2) == "Accepted"
    await world.run(world.clock.now + 900)
    schemes = [target.url.partition(":")[0] for target in world.roads.dialled]
    assert schemes == ["ws", "wss", "wss", "wss", "ws"]
    assert world.station.online
    assert text(world, "SecurityCtrlr.SecurityProfile") == "0"
    world.csms.link.abort()
    await world.run(world.clock.now + 60)
    assert world.roads.dialled[-1].url == OLD
    assert world.station.online
