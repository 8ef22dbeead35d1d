"""Reservations (2.0.1 part 2 H01–H04, F01.FR.21/.22, G03.FR.09; 1.6 §5.1, §5.13)."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.stamps import stamp
from protocol.versions import V16, V21, V201
from simulator import facts
from simulator.flash import Flash
from simulator.profile import EvseProfile, Profile, load_profile
from simulator.reservation import Reservation, Reservations, Reserved
from simulator.tokens import Token, TokenInfo
from tests.simulator.csms import BOTH, World, car

DUO = "ac-22kw-duo"


async def reserve(world, number=1, token="A", *, evse=None, group=None, type=None, for_s=3600.0, **more):
    """ReserveNow; the status."""
    expires = stamp(world.clock.utc + timedelta(seconds=for_s))
    if world.version is V16:
        ask = {"reservationId": number, "idTag": token, "connectorId": evse or 0, "expiryDate": expires}
        ask |= {"parentIdTag": group} if group else {}
    else:
        ask = {"id": number, "idToken": {"idToken": token, "type": "ISO14443"}, "expiryDateTime": expires}
        ask |= {"evseId": evse} if evse is not None else {}
        ask |= {"groupIdToken": {"idToken": group, "type": "Central"}} if group else {}
        ask |= {"connectorType": type} if type else {}
    return (await world.ask("ReserveNow", ask | more))["status"]


async def cancel(world, number=1):
    return (await world.ask("CancelReservation", {"reservationId": number}))["status"]


async def booted(version=V201, name=DUO, **options) -> World:
    world = World(version, name, **options)
    await world.boot()
    world.clear()
    return world


def status(world, evse, connector=1):
    return world.station.snapshot()["evses"][evse]["status"][connector]


def told(world):
    """What the CSMS was told of connectors, in order."""
    if world.version is V16:
        return [(s["connectorId"], s["status"]) for s in world.csms.of("StatusNotification")]
    return [(s["evseId"], s["connectorStatus"]) for s in world.csms.of("StatusNotification")]


def updates(world):
    return [(u["reservationId"], u["reservationUpdateStatus"]) for u in world.csms.of("ReservationStatusUpdate")]


def standing(world):
    return [one.id for one in world.station.flash.memory(Reserved).standing]


# -- making ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", BOTH, ids=str)
@pytest.mark.proves("station", "ReserveNow", "1.6 2.0.1 2.1")
async def test_an_evse_is_reserved_and_says_so(version):
    """H01.FR.03, H01.FR.23."""
    world = await booted(version)
    assert await reserve(world, evse=2) == "Accepted"
    assert told(world) == [(2, "Reserved")]
    assert world.told(facts.ReservationMade) == [facts.ReservationMade(1, 2)]
    down_first = [f.kind for f in world.frames if "ReserveNow" in f.text or "Reserved" in f.text or f.kind == 3]
    assert down_first[:2] == [2, 3]  # the answer leaves before the status


async def test_all_connectors_of_the_evse_are_reported():
    """H01.FR.23, note."""
    world = await booted(name="dc-150kw")
    await reserve(world, evse=1)
    said = [(s["connectorId"], s["connectorStatus"]) for s in world.csms.of("StatusNotification")]
    assert said == [(1, "Reserved"), (2, "Reserved")]


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_reserved_and_occupied_evses_are_refused(version):
    """H01.FR.11; 1.6: also for the same idTag."""
    world = await booted(version)
    assert await reserve(world, evse=2) == "Accepted"
    assert await reserve(world, 2, "A", evse=2) == "Occupied"
    await world.do(lambda: world.station.plug(car(), 1))
    assert await reserve(world, 3, "B", evse=1) == "Occupied"
    assert await reserve(world, 4, "B") == "Occupied"
    await world.do(lambda: world.station.present("C", 1), 30)
    assert await reserve(world, 3, "B", evse=1) == "Occupied"
    assert standing(world) == [1]


async def test_a_driver_without_a_cable_yet_occupies_too():
    world = await booted()
    await world.do(lambda: world.station.present("C", 1), 5)
    assert status(world, 1) == "Available"
    assert await reserve(world, evse=1) == "Occupied"


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_faulted_and_unavailable_evses_are_refused(version):
    """H01.FR.12, H01.FR.14."""
    world = await booted(version)
    world.leak(evse=1)
    world.station.troubled("contactor welded", world.station.rig.part("RCD", (1, 0)).site.place)
    await world.run(world.clock.now + 5)
    assert status(world, 1) == "Faulted"
    assert await reserve(world, evse=1) == "Faulted"
    assert await reserve(world, 1, evse=2) == "Accepted"
    await cancel(world)
    world.station.availability.change(operative=False, evse=2)
    await world.run(world.clock.now + 5)
    assert await reserve(world, evse=2) == "Unavailable"
    assert await reserve(world) == "Unavailable"  # what may become free soonest counts


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_configured_not_to_accept_any(version):
    """H01.FR.01, TC_H_22."""
    world = await booted(version)
    await world.set(ReservationCtrlr__Enabled="false")
    assert await reserve(world, evse=1) == "Rejected"
    assert standing(world) == []


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_no_unspecified_evse_where_that_is_not_supported(version):
    """H01.FR.19; ReserveConnectorZeroSupported."""
    world = await booted(version, config={"ReservationCtrlr.NonEvseSpecific": "false"})
    assert await reserve(world) == "Rejected"
    assert await reserve(world, evse=1) == "Accepted"
    if version is V201:
        assert await reserve(world, 2, type="sType2") == "Rejected"


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_unknown_places_and_past_times_are_refused(version):
    world = await booted(version)
    assert await reserve(world, evse=9) == "Rejected"
    assert await reserve(world, evse=1, for_s=-1) == "Rejected"
    if version is V201:
        assert await reserve(world, evse=0) == "Rejected"
        assert await reserve(world, type="cCCS2") == "Rejected"
        assert await reserve(world, evse=1, type="cCCS2") == "Rejected"
    assert standing(world) == []


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_the_same_id_replaces(version):
    """H01.FR.02, TC_H_23."""
    world = await booted(version)
    await reserve(world, 5, "A", evse=1)
    assert await reserve(world, 5, "B", evse=1) == "Accepted"
    assert [one.token.id for one in world.station.flash.memory(Reserved).standing] == ["B"]
    assert await reserve(world, 5, "B", evse=2) == "Accepted"
    assert (status(world, 1), status(world, 2)) == ("Available", "Reserved")
    assert world.told(facts.ReservationOver) == [facts.ReservationOver(5, "Replaced")] * 2


async def test_what_cannot_be_done_replaces_nothing():
    world = await booted()
    await reserve(world, 5, "A", evse=1)
    await world.do(lambda: world.station.plug(car(), 2))
    assert await reserve(world, 5, "A", evse=2) == "Occupied"
    assert (standing(world), status(world, 1)) == ([5], "Reserved")


async def test_a_reserved_evse_with_a_strangers_cable_is_replaced_too():
    world = await booted()
    await reserve(world, 5, "A", evse=1)
    await world.do(lambda: world.station.plug(car(), 1))
    assert await reserve(world, 5, "B", evse=1) == "Accepted"


# -- of no EVSE in particular ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_any_evse_stays_open_until_no_more_is_free_than_reserved(version):
    """H01.FR.04, H01.FR.07, H01.FR.20, H02.FR.05, H02.FR.06, TC_H_14."""
    world = await booted(version)
    assert await reserve(world, 1, "A") == "Accepted"
    assert told(world) == []
    assert await reserve(world, 2, "B") == "Accepted"
    assert told(world) == [(1, "Reserved"), (2, "Reserved")]
    assert await reserve(world, 3, "C") == "Occupied"
    world.clear()
    assert await cancel(world, 2) == "Accepted"
    assert told(world) == [(1, "Available"), (2, "Available")]


async def test_the_last_free_evse_is_set_aside():
    """H01.FR.07: a stranger takes one of two; the other one is Reserved then."""
    world = await booted()
    await reserve(world, 1, "A")
    world.station.plug(car(), 1)
    await world.do(lambda: world.station.present("X", 1), 30)
    assert told(world) == [(2, "Reserved"), (1, "Occupied")]
    await world.do(lambda: world.station.present("Y", 2), 30)
    assert world.told(facts.TokenRefused) == [facts.TokenRefused("Y", "Reserved")]
    await world.do(lambda: world.station.present("X", 1), 5)
    await world.do(lambda: world.station.unplug(1), 5)
    assert (status(world, 1), status(world, 2)) == ("Available", "Available")


async def test_an_evse_is_left_for_each_type():
    """H01.FR.06, H01.FR.09, H01.FR.24: both reservations are kept, whichever the driver of the looser one takes."""
    world = await booted(name="dc-150kw")
    assert await reserve(world, 1, "A", type="cCCS2") == "Accepted"
    said = [(s["connectorId"], s["connectorStatus"]) for s in world.csms.of("StatusNotification")]
    assert said == [(1, "Reserved"), (2, "Reserved")]
    assert await reserve(world, 2, "B", type="cCCS2") == "Occupied"  # TC_H_16
    assert await reserve(world, 2, "B", type="sType2") == "Rejected"


async def test_a_specific_reservation_takes_no_evse_that_others_need():
    world = await booted()
    await reserve(world, 1, "A")
    assert await reserve(world, 2, "B", evse=1) == "Accepted"
    assert (status(world, 1), status(world, 2)) == ("Reserved", "Reserved")
    assert await reserve(world, 3, "C", evse=2) == "Occupied"


# -- using ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_the_driver_uses_it(version):
    """H01.FR.15, H03.FR.01, H03.FR.09, H03.FR.10, TC_H_01."""
    world = await booted(version)
    await reserve(world, 7, "A", evse=2)
    world.clear()
    await world.do(lambda: world.station.present("a", 2), 5)  # tokens ignore case
    assert told(world) == [(2, "Available" if version is V201 else "Preparing")]
    assert standing(world) == ([] if version is V201 else [7])  # 1.6 §5.13: until the transaction starts
    await world.do(lambda: world.station.plug(car(), 2), 60)
    assert standing(world) == []
    assert world.station.evse(2).contactor_closed
    if version is V16:
        (start,) = world.csms.of("StartTransaction")
        assert start["reservationId"] == 7
    else:
        assert [event.get("reservationId") for event in world.events()] == [7] + [None] * (len(world.events()) - 1)
    assert world.told(facts.ReservationOver) == [facts.ReservationOver(7, "Used")]
    assert updates(world) == []


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_nobody_else_may_use_it(version):
    """H03.FR.01, TC_H_02; G01.FR.09: the cable changes nothing."""
    world = await booted(version)
    await reserve(world, evse=2)
    world.clear()
    await world.do(lambda: world.station.plug(car(), 2), 5)
    await world.do(lambda: world.station.present("X", 2), 30)
    assert told(world) == []
    assert world.told(facts.TokenRefused) == [facts.TokenRefused("X", "Reserved")]
    assert not world.told(facts.ContactorClosed)
    await world.do(lambda: world.station.present("A", 2), 30)
    assert world.told(facts.ContactorClosed)


async def test_a_transaction_that_begins_with_the_cable_leaves_it_reserved():
    """H03, S1 #2 of the errata: Reserved until the token is presented; the event with the token carries the id."""
    world = await booted(config={"TxCtrlr.TxStartPoint": "EVConnected"})
    await reserve(world, 7, evse=2)
    await world.do(lambda: world.station.plug(car(), 2), 5)
    assert status(world, 2) == "Reserved"
    await world.do(lambda: world.station.present("A", 2), 30)
    assert status(world, 2) == "Occupied"
    said = {event["triggerReason"]: event.get("reservationId") for event in world.events()}
    assert (said["CablePluggedIn"], said["Authorized"]) == (None, 7)
    assert list(said.values()).count(7) == 1


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_a_group_uses_it(version):
    """H03.FR.04, H03.FR.06, H03.FR.08: whose group the CSMS knows."""
    world = await booted(version)
    key, group = ("idTagInfo", {"parentIdTag": "FLEET"}) if version is V16 else (
        "idTokenInfo", {"groupIdToken": {"idToken": "fleet", "type": "Central"}}
    )  # fmt: skip
    await reserve(world, 7, "A", evse=2, group="Fleet")
    world.csms.answers["Authorize"] = {key: {"status": "Accepted"}}
    await world.do(lambda: world.station.present("X", 2), 5)
    assert world.told(facts.TokenRefused) == [facts.TokenRefused("X", "Reserved")]
    world.csms.answers["Authorize"] = {key: {"status": "Accepted"} | group}
    world.station.plug(car(), 2)
    await world.do(lambda: world.station.present("X", 2), 30)
    assert world.station.evse(2).contactor_closed
    assert standing(world) == []


async def test_the_group_may_be_known_from_the_local_list():
    """H03.FR.07."""
    world = await booted(config={"AuthCtrlr.LocalPreAuthorize": "true"})
    listed = {"idToken": {"idToken": "X", "type": "ISO14443"}}
    listed["idTokenInfo"] = {"status": "Accepted", "groupIdToken": {"idToken": "FLEET", "type": "Central"}}
    await world.ask("SendLocalList", {"versionNumber": 1, "updateType": "Full", "localAuthorizationList": [listed]})
    await reserve(world, 7, "A", evse=2, group="FLEET")
    await world.do(lambda: world.station.present("X", 2), 5)
    assert world.csms.of("Authorize") == []
    assert standing(world) == []


async def test_the_only_reader_knows_who_has_reserved_what():
    """A card at the station's reader goes to the EVSE that is kept for it, a stranger's to another one."""
    world = await booted()
    await reserve(world, 7, "A", evse=1)
    await world.do(lambda: world.station.present("X"), 5)
    await world.do(lambda: world.station.present("A"), 5)
    assert [(one.evse, one.token) for one in world.told(facts.TokenAccepted)] == [(2, "X"), (1, "A")]


async def test_the_looser_reservation_takes_no_evse_from_the_stricter():
    """H01.FR.09: who may use any EVSE may not take the one that another has reserved."""
    world = await booted()
    await reserve(world, 1, "A")
    await reserve(world, 2, "B", evse=1)
    await world.do(lambda: world.station.present("A", 1), 5)
    assert world.told(facts.TokenRefused) == [facts.TokenRefused("A", "Reserved")]
    await world.do(lambda: world.station.present("A", 2), 5)
    assert world.told(facts.TokenAccepted)[0].evse == 2


async def test_a_driver_with_an_unspecified_reservation_whom_cables_await():
    """H03, S3: the connector is Occupied by the cable; the reservation is used all the same."""
    world = await booted()
    await reserve(world, 7, "A")
    await world.do(lambda: world.station.plug(car(), 1), 5)
    assert (status(world, 1), status(world, 2)) == ("Occupied", "Reserved")
    await world.do(lambda: world.station.present("A", 1), 30)
    assert (standing(world), status(world, 2)) == ([], "Available")
    assert world.events()[0]["reservationId"] == 7


async def test_a_driver_who_does_not_plug_in():
    """2.0.1: it is used all the same; 1.6 §5.13: no transaction, so it stands."""
    for version, left, seen in ((V201, [], "Available"), (V16, [7], "Reserved")):
        world = await booted(version)
        await reserve(world, 7, "A", evse=1)
        await world.do(lambda world=world: world.station.present("A", 1), 200)
        assert world.told(facts.ConnectionTimedOut)
        assert (standing(world), status(world, 1)) == (left, seen)


async def test_used_in_vain():
    """2.1 H03.FR.11: no transaction within EVConnectionTimeOut; one that has begun ends by itself."""
    world = await booted(V21)
    await reserve(world, 7, "A", evse=1)
    await world.do(lambda: world.station.present("A", 1), 200)
    assert updates(world) == [(7, "NoTransaction")]
    world = await booted(V21, config={"TxCtrlr.TxStartPoint": "Authorized"})
    await reserve(world, 7, "A", evse=1)
    await world.do(lambda: world.station.present("A", 1), 200)
    assert updates(world) == []
    assert world.events()[0]["reservationId"] == 7


# -- remote start ---------------------------------------------------------------------------------------------------


def starting(version, token="X", evse=2, group=None):
    if version is V16:
        return "RemoteStartTransaction", {"idTag": token} | ({"connectorId": evse} if evse else {})
    ask = {"idToken": {"idToken": token, "type": "ISO14443"}, "remoteStartId": 4} | ({"evseId": evse} if evse else {})
    return "RequestStartTransaction", ask | ({"groupIdToken": {"idToken": group, "type": "Central"}} if group else {})


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_remote_start_at_a_reserved_evse(version):
    """F01.FR.21, F02.FR.23."""
    world = await booted(version)
    await reserve(world, 7, "A", evse=2)
    assert (await world.ask(*starting(version)))["status"] == "Rejected"
    assert (await world.ask(*starting(version, "A")))["status"] == "Accepted"
    await world.do(lambda: world.station.plug(car(), 2), 30)
    first = world.csms.of("StartTransaction" if version is V16 else "TransactionEvent")[0]
    assert first["reservationId"] == 7


async def test_remote_start_for_the_group():
    """F01.FR.22, F02.FR.24."""
    world = await booted()
    await reserve(world, 7, "A", evse=2, group="FLEET")
    assert (await world.ask(*starting(V201)))["status"] == "Rejected"
    assert (await world.ask(*starting(V201, group="OTHER")))["status"] == "Rejected"
    assert (await world.ask(*starting(V201, group="FLEET")))["status"] == "Accepted"
    assert standing(world) == []


async def test_remote_start_for_a_known_group_in_16():
    world = await booted(V16)
    world.station.flash.cache.remember(Token("X"), TokenInfo("Accepted", group="FLEET"), world.station.now)
    await reserve(world, 7, "A", evse=2, group="FLEET")
    assert (await world.ask(*starting(V16)))["status"] == "Accepted"


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_remote_start_of_no_evse_in_particular(version):
    """F01.FR.20: it selects the reserved one for its driver, and none that is another's."""
    world = await booted(version)
    await reserve(world, 7, "A", evse=2)
    await world.ask(*starting(version, "A", None))
    assert world.station.evse(2).authorization is not None
    await reserve(world, 8, "B", evse=1)
    assert (await world.ask(*starting(version, "X", None)))["status"] == "Rejected"


# -- ending ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", BOTH, ids=str)
@pytest.mark.proves("station", "CancelReservation", "1.6 2.0.1 2.1")
async def test_cancelled(version):
    """H02.FR.01–.04, TC_H_17, TC_H_18."""
    world = await booted(version)
    assert await cancel(world, 1) == "Rejected"
    await reserve(world, evse=2)
    assert await cancel(world, 2) == "Rejected"
    world.clear()
    assert await cancel(world, 1) == "Accepted"
    assert told(world) == [(2, "Available")]
    assert updates(world) == []  # H02, remark
    assert await cancel(world, 1) == "Rejected"


@pytest.mark.parametrize("version", BOTH, ids=str)
@pytest.mark.proves("station", "ReservationStatusUpdate", "2.0.1 2.1")
async def test_expired(version):
    """H04.FR.01–.03, TC_H_07."""
    world = await booted(version)
    await reserve(world, 7, evse=2, for_s=60)
    await world.run(world.clock.now + 50)
    assert status(world, 2) == "Reserved"
    world.clear()
    await world.run(world.clock.now + 20)
    assert told(world) == [(2, "Available")]
    assert updates(world) == ([] if version is V16 else [(7, "Expired")])
    if version is V201:
        order = [action for _, action, _ in world.csms.got]
        assert order == ["StatusNotification", "ReservationStatusUpdate"]
    assert world.told(facts.ReservationOver) == [facts.ReservationOver(7, "Expired")]
    await world.do(lambda: world.station.present("X", 2), 5)
    assert world.told(facts.TokenAccepted)


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_removed_when_its_evse_becomes_unavailable(version):
    """H01.FR.17, TC_H_21."""
    world = await booted(version)
    await reserve(world, 7, evse=2)
    world.clear()
    world.station.availability.change(operative=False, evse=2)
    await world.run(world.clock.now + 5)
    assert told(world) == [(2, "Unavailable")]
    assert updates(world) == ([] if version is V16 else [(7, "Removed")])
    world.station.availability.change(operative=True, evse=2)
    await world.run(world.clock.now + 5)
    assert status(world, 2) == "Available"


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_removed_when_its_evse_becomes_faulted(version):
    """H01.FR.16, TC_H_20."""
    world = await booted(version)
    await reserve(world, 7, evse=1)
    world.leak(evse=1, inside=True)
    world.station.troubled("contactor welded", world.station.rig.part("RCD", (1, 0)).site.place)
    await world.run(world.clock.now + 5)
    assert status(world, 1) == "Faulted"
    assert standing(world) == []
    assert updates(world) == ([] if version is V16 else [(7, "Removed")])


async def test_of_no_evse_in_particular_only_when_there_is_none_for_it():
    """H01.FR.07, H01.FR.17: the youngest goes first."""
    world = await booted()
    await reserve(world, 1, "A")
    await reserve(world, 2, "B")
    world.station.availability.change(operative=False, evse=1)
    await world.run(world.clock.now + 5)
    assert (standing(world), updates(world)) == ([1], [(2, "Removed")])
    world.station.availability.change(operative=False)
    await world.run(world.clock.now + 5)
    assert updates(world) == [(2, "Removed"), (1, "Removed")]


# -- power, links, clocks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_it_survives_power_loss(version):
    """TC_B_24: what is reserved stays reserved."""
    world = await booted(version)
    await reserve(world, 7, evse=2)
    await world.do(world.station.power_off, 60)
    world.clear()
    await world.boot()
    assert (2, "Reserved") in told(world)
    await world.do(lambda: world.station.present("X", 2), 5)
    assert world.told(facts.TokenRefused) == [facts.TokenRefused("X", "Reserved")]
    await world.run(world.clock.now + 3600)
    assert updates(world) == ([] if version is V16 else [(7, "Expired")])
    assert status(world, 2) == "Available"


async def test_what_expired_in_the_dark_is_told_at_the_next_boot():
    """H04.FR.01."""
    world = await booted()
    await reserve(world, 7, evse=2, for_s=60)
    await world.do(world.station.power_off, 120)
    await world.boot()
    assert updates(world) == [(7, "Expired")]
    assert status(world, 2) == "Available"


async def test_what_expired_offline_is_told_when_the_link_is_back():
    world = await booted()
    await reserve(world, 7, evse=2, for_s=60)
    world.csms.down()
    await world.do(lambda: world.station.network.cut(100), 90)
    assert updates(world) == []
    world.csms.up()
    await world.run(world.clock.now + 300)
    assert updates(world) == [(7, "Expired")]
    assert world.station.flash.memory(Reserved).untold == ()


async def test_told_until_the_csms_answers():
    """A message that got lost with the link is sent again, one that was refused is not."""
    world = await booted()
    world.csms.answers["ReservationStatusUpdate"] = lambda _ask: world.csms.link.close(1001, "") or {}
    await reserve(world, 7, evse=2, for_s=60)
    await world.run(world.clock.now + 65)
    world.csms.answers["ReservationStatusUpdate"] = "InternalError"
    await world.run(world.clock.now + 300)
    assert updates(world)[:2] == [(7, "Expired"), (7, "Expired")]
    assert world.station.flash.memory(Reserved).untold == ()


async def test_a_clock_that_is_set_ends_what_is_out_of_date():
    world = await booted()
    await reserve(world, 7, evse=2, for_s=3600)
    world.station.clock_offset_s += 4000
    world.station.tell(facts.ClockSet(4000.0))
    await world.run(world.clock.now + 2)
    assert updates(world) == [(7, "Expired")]


async def test_a_station_that_was_never_asked_has_nothing_for_it():
    world = await booted()
    assert world.station.used(Reservations) is None
    await cancel(world, 1)
    assert world.station.used(Reservations) is None
    assert Reserved not in world.station.flash.memories


async def test_memory_is_found_again_by_another_station():
    world = await booted()
    expires = world.clock.utc + timedelta(seconds=500)
    flash = Flash()
    flash.remember(Reserved((Reservation(3, Token("A"), expires, evse=2),)))
    other = await booted(flash=flash)
    assert status(other, 2) == "Reserved"


async def test_a_reset_that_waits_for_an_idle_station_waits_for_the_driver():
    """B11, remark of errata 2025-06: a station with a reservation is not idle."""
    world = await booted()
    await reserve(world, 7, evse=2)
    assert (await world.ask("Reset", {"type": "OnIdle"}, 30))["status"] == "Scheduled"
    assert not world.told(facts.PoweredOff)
    world.station.plug(car(), 2)
    await world.do(lambda: world.station.present("X", 2), 30)
    await world.do(lambda: world.station.present("A", 2), 60)
    assert [one.token for one in world.told(facts.TokenAccepted)] == ["A"]
    await world.do(lambda: world.station.present("A", 2), 30)
    assert world.told(facts.PoweredOff)


async def test_a_reset_goes_ahead_when_the_reservation_is_over():
    world = await booted()
    await reserve(world, 7, evse=2, for_s=60)
    await world.ask("Reset", {"type": "OnIdle"}, 30)
    await world.run(world.clock.now + 60)
    assert world.told(facts.PoweredOff)


# -- promises are kept ----------------------------------------------------------------------------------------------


def three() -> Profile:
    """A station with a Type 2 socket, one beside a Schuko socket, and a Schuko socket."""
    model = load_profile(DUO)
    (connector,) = model.evses[0].connectors
    schuko = replace(connector, type="sCEE-7-7")
    evses = (model.evses[0], EvseProfile((connector, schuko)), EvseProfile((schuko,)))
    return replace(model, evses=evses, fittings=())


numbers = st.integers(1, 4)
evses = st.integers(0, 3)
events = st.one_of(
    st.tuples(st.just("reserve"), numbers, evses, st.sampled_from(["", "", "sType2", "sCEE-7-7"])),
    st.tuples(st.just("cancel"), numbers),
    st.tuples(st.just("come"), st.integers(1, 3), st.booleans()),
    st.tuples(st.just("go"), st.integers(1, 3)),
)


async def happen(world, event):
    station = world.station
    match event:
        case ("reserve", number, evse, kind):
            at = {"evse": evse} if evse else {}
            await reserve(world, number, f"R{number}", type=kind or None, for_s=10**6, **at)
        case ("cancel", number):
            await cancel(world, number)
        case ("come", evse, has_card) if station.evse(evse).plugged is None:
            station.plug(car(), evse, 1)
            if has_card:
                station.present("STRANGER", evse)
        case ("go", evse) if station.evse(evse).ev is not None:
            if station.evse(evse).authorization is not None:
                station.present("STRANGER", evse)
                await world.run(world.clock.now + 20)
            station.unplug(evse)
    await world.run(world.clock.now + 20)


@given(st.lists(events, max_size=14))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_promise_is_kept_whatever_strangers_do(script):
    """H01.FR.07, H01.FR.09: whoever has a reservation that was accepted finds an EVSE, all of them together."""

    async def play():
        world = await booted(name=three())
        for event in script:
            await happen(world, event)
        promised = [(one.id, one.token) for one in world.station.flash.memory(Reserved).standing]
        for evse in world.station.evses:  # their owners move cars that only wait
            if evse.ev is not None and evse.authorization is None:
                world.station.unplug(evse.id)
        await world.run(world.clock.now + 20)
        for _, token in promised:
            world.station.present(token)
            await world.run(world.clock.now + 10)
        served = {one.authorization.token.id for one in world.station.evses if one.authorization is not None}
        assert {token.id for _, token in promised} <= served
        assert standing(world) == []

    asyncio.run(play())
