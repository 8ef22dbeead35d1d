"""Security events (2.0.1 A04): told at every start, kept until the CSMS has confirmed them."""

import pytest

from protocol.link import Ending, Lost, Turned
from protocol.versions import V16, V201
from simulator import facts
from simulator.security import CRITICAL, LOG_LENGTH, QUIET, STARTUPS, TROUBLES
from tests.simulator.csms import MUTE, World


def kinds(world: World) -> list[str]:
    return [ask["type"] for ask in world.csms.of("SecurityEventNotification")]


@pytest.mark.proves("station", "SecurityEventNotification", "2.0.1 2.1")
async def test_a_start_and_a_reset_are_told_apart():
    world = World()
    await world.boot()
    assert kinds(world) == ["StartupOfTheDevice"]
    await world.ask("Reset", {"type": "Immediate"}, 20)
    assert kinds(world) == ["StartupOfTheDevice", "ResetOrReboot"]
    assert not world.station.flash.security_events


async def test_an_event_carries_the_time_it_happened_not_the_time_it_was_sent():
    world = World()
    world.csms.down()
    world.station.power_on()
    await world.run(30)
    at = world.told(facts.SecurityEventRaised)
    assert [fact.type for fact in at] == ["StartupOfTheDevice"]
    world.csms.up()
    await world.run(300)
    (told,) = world.csms.of("SecurityEventNotification")
    assert told["timestamp"] < "2025-06-02T06:00:09"
    assert world.csms.times("SecurityEventNotification")[0] > 30


async def test_nothing_is_told_before_the_station_is_accepted():
    world = World()
    world.csms.answers["BootNotification"] = lambda _ask: {
        "status": "Pending",
        "interval": 50,
        "currentTime": world.clock.stamp(),
    }
    world.station.power_on()
    await world.run(40)
    assert kinds(world) == []
    world.csms.answers.clear()
    await world.run(80)
    assert kinds(world) == ["StartupOfTheDevice"]


async def test_what_is_not_confirmed_is_told_again_over_the_next_connection():
    """A04.FR.02."""
    world = World()
    world.csms.answers["SecurityEventNotification"] = MUTE
    await world.boot()
    assert len(world.station.flash.security_events) == 1
    world.csms.answers.clear()
    world.csms.down()
    world.csms.up()
    await world.run(200)
    assert kinds(world) == ["StartupOfTheDevice"] * 2
    assert not world.station.flash.security_events


async def test_the_log_is_bounded():
    world = World()
    for _ in range(LOG_LENGTH + 5):
        world.station.security.add("TamperDetectionActivated")
    assert len(world.station.flash.security_events) == LOG_LENGTH


@pytest.mark.proves("station", "SecurityEventNotification", "1.6")
async def test_1_6_tells_them_by_the_whitepaper():
    world = World(V16)
    await world.boot()
    assert kinds(world) == ["StartupOfTheDevice"]
    assert not world.station.flash.security_events


@pytest.mark.parametrize(("version", "told"), [(V16, "InvalidChargePointCertificate"),
                                               (V201, "InvalidChargingStationCertificate")], ids=str)  # fmt: skip
async def test_each_version_has_its_names(version, told):
    world = World(version)
    await world.boot()
    await world.do(lambda: world.station.security.add("InvalidChargingStationCertificate", "no such issuer"))
    last = world.csms.of("SecurityEventNotification")[-1]
    assert (last["type"], last["techInfo"]) == (told, "no such issuer")


async def test_a_csms_without_the_whitepaper_is_left_alone():
    world = World(V16)
    world.csms.answers["SecurityEventNotification"] = "NotImplemented"
    await world.boot()
    await world.do(lambda: world.station.security.add("TamperDetectionActivated"))
    assert not world.station.flash.security_events
    assert [event.kind for event in world.station.security.log] == ["StartupOfTheDevice", "TamperDetectionActivated"]
    assert kinds(world) == ["StartupOfTheDevice"]
    world.csms.answers.clear()
    world.station.line.hang_up()
    await world.do(lambda: world.station.security.add("TamperDetectionActivated"), 30)
    await world.do(lambda: world.station.security.add("MemoryExhaustion"))
    assert kinds(world)[-1] == "MemoryExhaustion"


async def test_what_is_not_critical_stays_in_the_log():
    """A04.FR.04."""
    world = World()
    await world.boot()
    await world.do(lambda: world.station.security.add("ReconfigurationOfSecurityParameters"))
    assert kinds(world) == ["StartupOfTheDevice"]
    assert [event.kind for event in world.station.security.log][-1] == "ReconfigurationOfSecurityParameters"


def test_no_event_is_critical_and_quiet():
    assert not CRITICAL & QUIET
    assert set(TROUBLES.values()) | set(STARTUPS.values()) <= CRITICAL


async def test_the_log_goes_on_through_restarts_and_is_cleared_by_somebody_on_the_spot():
    world = World()
    await world.boot()
    await world.do(lambda: world.station.restart("Watchdog"), 20)
    assert [event.kind for event in world.station.security.log] == ["StartupOfTheDevice", "ResetOrReboot"]
    await world.do(world.station.security.clear)
    assert [event.kind for event in world.station.security.log] == ["SecurityLogWasCleared"]
    assert kinds(world)[-1] == "SecurityLogWasCleared"


@pytest.mark.parametrize("accepted", [True, False])
async def test_somebody_at_the_maintenance_interface(accepted):
    world = World()
    await world.boot()
    await world.do(lambda: world.station.security.logged_in("eve", "10.0.0.7", accepted=accepted))
    last = world.csms.of("SecurityEventNotification")[-1]
    assert last["type"] == ("MaintenanceLoginAccepted" if accepted else "MaintenanceLoginFailed")
    assert last["techInfo"] == "{'user': 'eve', 'origin': '10.0.0.7'}"


async def test_a_password_that_the_csms_refuses_is_logged_once_for_attempts_in_a_row():
    world = World()
    world.csms.turn = Turned(401)
    world.station.power_on()
    await world.run(400)
    assert len(world.csms.knocks) > 2
    assert [event.kind for event in world.station.security.log] == ["StartupOfTheDevice", "FailedToAuthenticateAtCsms"]
    world.csms.turn = None
    await world.run(900)
    world.csms.turn = Turned(403)
    world.csms.down()
    world.csms.up()
    await world.run(1000)
    assert [event.kind for event in world.station.security.log][2:] == ["FailedToAuthenticateAtCsms"]


@pytest.mark.parametrize(
    ("reason", "logged"),
    [
        ("unsupported protocol", ["InvalidTLSVersion"]),
        ("[SSL: SSLV3_ALERT_HANDSHAKE_FAILURE] sslv3 alert handshake failure", ["InvalidTLSCipherSuite"]),
        ("[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required", ["FailedToAuthenticateAtCsms"]),
        ("[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca", ["FailedToAuthenticateAtCsms"]),
        ("the server hung up during the TLS handshake", []),
        ("self-signed certificate", ["CsmsFailedToAuthenticate", "InvalidCsmsCertificate"]),
    ],
)
def test_what_a_failed_handshake_means(reason, logged):
    world = World()
    world.station.security.lost(Lost(Ending.TLS, reason=reason))
    world.station.security.lost(Lost(Ending.TLS, reason=reason))
    assert [event.kind for event in world.station.security.log] == logged


async def test_messages_that_are_none_and_answers_that_come_again_are_logged():
    world = World()
    await world.boot()
    await world.do(lambda: world.csms.say("{"))
    await world.do(lambda: world.csms.say('[3,"nobody asked",{}]'))
    logged = [event.kind for event in world.station.security.log]
    assert logged == ["StartupOfTheDevice", "InvalidMessages", "AttemptedReplayAttacks"]
    assert kinds(world) == ["StartupOfTheDevice"]


async def test_calls_that_break_their_schema_are_logged():
    world = World()
    await world.boot()
    await world.do(lambda: world.csms.say('[2,"x","Reset",{"type":"Never"}]'))
    assert world.station.security.log[-1].kind == "InvalidMessages"


async def test_an_open_door_is_tampering():
    world = World(name="lab-ac")
    await world.boot()
    await world.do(lambda: world.station.surround(door_open=True))
    assert world.csms.of("SecurityEventNotification")[-1] == {
        "type": "TamperDetectionActivated", "timestamp": world.station.security.log[-1].stamp, "techInfo": "door open",
    }  # fmt: skip
