"""The doorway between a listening rig and the case that runs, and hands that cannot."""

import asyncio
from decimal import Decimal

import pytest

from conformance import rigs, runner
from conformance.rigs import Doorway, Unable
from conformance.rigs.reference import ReferenceCsms
from conformance.rigs.simulated import SimulatedStation, in_turn
from conformance.vocabulary import CSMS, STATION, V16, V201, Subject
from csms_reference.services import tariff
from protocol.link import Knock, Turned
from simulator.clock import Clock, Scaled


async def test_between_two_cases_nobody_is_let_in():
    assert rigs.__doc__
    answer = await Doorway().admit(Knock("BENCH-1", ("ocpp2.0.1",)))
    assert isinstance(answer, Turned)
    assert answer.status == 503


async def test_the_doorway_leads_to_the_case():
    class Gate:
        async def admit(self, knock, at=0):
            return Turned(418, f"{knock.identity} at {at}")

    assert (await Doorway(Gate()).admit(Knock("CP", ()), 1)).reason == "CP at 1"


async def test_simulated_hands_say_what_they_cannot_do():
    rig = SimulatedStation(runner.START)
    async with rig.mount(runner.describe(STATION, V16, rig), Doorway()) as mounted:
        with pytest.raises(Unable, match="EVSE 9"):
            mounted.hands.find("plug")(evse=9, connector=1)
        with pytest.raises(Unable):
            mounted.hands.find("unplug")(evse=1)
        mounted.hands.find("plug")(evse=1, connector=1)
        with pytest.raises(Unable):
            mounted.hands.find("plug")(evse=1, connector=1)
        assert mounted.hands.find("fly") is None


async def test_an_ev_may_stop_taking_energy_come_off_its_cable_and_leave_the_bay():
    rig = SimulatedStation(runner.START)
    async with rig.mount(runner.describe(STATION, V201, rig), Doorway()) as mounted:
        find, evse = mounted.hands.find, mounted.hands.station.evse(1)
        with pytest.raises(Unable, match="no EV has been"):
            find("suspend")(evse=1)
        find("ready")()
        find("plug_idle")(evse=1, connector=1)
        assert evse.ev.paused
        find("resume")(evse=1)
        assert not evse.ev.paused
        find("suspend")(evse=1)
        assert evse.ev.paused
        car = evse.ev
        find("unplug_at_ev")(evse=1)
        find("take_cable")(evse=1)
        assert evse.ev is None
        find("replug_at_ev")(evse=1)
        assert evse.ev is car
        find("unplug_at_ev")(evse=1)
        find("drive_in")(evse=1)
        sensor = mounted.hands.station.kept("BayOccupancySensor", 1)
        assert sensor.sensed
        find("drive_out")(evse=1)
        assert not sensor.sensed
        with pytest.raises(Unable, match="no EV talks"):
            find("stop_at_car")(evse=1)


async def test_a_display_shows_its_pages_and_what_has_none_cannot_be_looked_at():
    rig = SimulatedStation(runner.START, profile="ac-22kw-duo")
    async with rig.mount(runner.describe(STATION, V201, rig), Doorway()) as mounted:
        mounted.hands.find("ready")()
        await mounted.hands.station.clock.run(60)
        assert any("1: available" in page for page in mounted.hands.find("shows")())
    without = SimulatedStation(runner.START)
    async with without.mount(runner.describe(STATION, V201, without), Doorway()) as mounted:
        with pytest.raises(Unable, match="no display"):
            mounted.hands.find("shows")()


class Watch:
    """Hands that tell the time, and cannot fly."""

    def __init__(self, clock):
        self.clock = clock

    def find(self, name):
        return {"look": lambda: self.clock.now, "fly": self.fly}.get(name)

    def fly(self):
        raise Unable("no wings")


async def test_where_time_follows_the_wall_hands_act_at_the_present_instant():
    """Not at that of the last event, with which time would go back."""
    clock = Clock(runner.START, Scaled(1000))
    hands = in_turn(Watch(clock), clock)
    running, loop = asyncio.create_task(clock.run()), asyncio.get_running_loop()
    passed = asyncio.Event()
    loop.call_later(0.02, passed.set)
    await passed.wait()
    assert clock.now == 0.0
    assert await hands.find("look")() >= 20.0
    with pytest.raises(Unable, match="no wings"):
        await hands.find("fly")()
    assert hands.find("swim") is None
    clock.stop()
    await running


async def test_a_station_without_bay_sensors_cannot_be_driven_up_to():
    rig = SimulatedStation(runner.START, profile="ac-11kw-cable")
    async with rig.mount(runner.describe(STATION, V201, rig), Doorway()) as mounted:
        with pytest.raises(Unable, match="does not see"):
            mounted.hands.find("drive_in")(evse=1)


async def test_a_simulated_station_describes_its_evses():
    rig = SimulatedStation(runner.START, profile="ac-22kw-duo")
    assert runner.describe(STATION, V201, rig).evses == (1, 1)
    assert rig.pace == "virtual"


async def test_the_reference_csms_knows_the_agreed_tokens_and_no_odd_status():
    rig = ReferenceCsms(runner.START)
    async with rig.mount(runner.describe(CSMS, V201, rig), Doorway()) as mounted:
        enter = mounted.hands.find("provision.token")
        await enter(token="NEW", status="Blocked")
        with pytest.raises(Unable):
            await enter(token="NEW", status="Golden")
        assert mounted.hands.find("provision.gold") is None


async def test_the_reference_csms_charges_everybody_by_energy():
    rig = ReferenceCsms(runner.START)
    async with rig.mount(runner.describe(CSMS, V201, rig), Doorway()) as mounted:
        await mounted.hands.find("provision.tariff")(energy=0.4, currency="EUR")
        found = await mounted.hands.csms.store.read(lambda database: tariff.applicable(database, "CP", "TOKEN", None))
        assert found.terms.energy.net == Decimal("0.4")


async def test_a_csms_listens_at_a_real_port_where_a_case_wants_that():
    rig = ReferenceCsms(runner.START).fitted("CB_R_51_CSMS")
    assert rig.pace == "real"
    async with rig.mount(rig.describe(Subject(CSMS, V201)), Doorway()) as mounted:
        assert mounted.timing.pace == "real"
        assert mounted.known["urls"] == (mounted.url,)
        assert mounted.url.startswith("ws://127.0.0.1:")
    assert ReferenceCsms(runner.START).fitted("TC_B_01_CSMS").pace == "virtual"
