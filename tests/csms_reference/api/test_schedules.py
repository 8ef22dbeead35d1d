"""Charging profiles, limits of others and charging needs at the CSMS: commands, what is kept, what is told (K)."""

import pytest

from csms_reference.services import devicemodel
from csms_reference.services.devicemodel import Attribute, Named
from tests.csms_reference.clients import client_of, content
from tests.csms_reference.lines import Workers
from tests.csms_reference.test_planning import AC

NEWER = ("2.0.1", "2.1")


@pytest.fixture
async def api(bench):
    it = bench()
    async with client_of(it.front) as client:
        yield it, client


async def test_workers_share_what_is_kept(bench):
    it = bench()
    async with client_of(Workers(it).front) as client:
        station = await it.station()
        station.replies["SetChargingProfile"] = {"status": "Accepted"}
        asked = {"command": "set_charging_profile", "profile": profile(id=3), "evse": 1}
        assert (await client.post("/stations/CP-1/commands", json=asked)).json()["status"] == "Accepted"
        assert await ids(client) == [3]


def profile(purpose="TxDefaultProfile", *limits, **fields):
    periods = [{"startPeriod": 600 * at, "limit": limit} for at, limit in enumerate(limits or (10,))]
    schedule = {"startSchedule": "2026-03-01T08:00:00Z", "chargingRateUnit": "A", "chargingSchedulePeriod": periods}
    return {"chargingProfilePurpose": purpose, "chargingSchedule": schedule | fields.pop("schedule", {}), **fields}


async def begun(station, evse=1, transaction="T1", kind="Started", seq_no=0):
    return await station.ask(
        "TransactionEvent",
        {
            "eventType": kind,
            "timestamp": "2026-03-01T08:00:00Z",
            "triggerReason": "CablePluggedIn",
            "seqNo": seq_no,
            "transactionInfo": {"transactionId": transaction},
            "evse": {"id": evse, "connectorId": 1},
        },
    )


async def kept(client, what="charging-profiles", station="CP-1", **query):
    return content(await client.get(f"/stations/{station}/{what}", params=query))


def sent(station, action):
    return [payload for name, payload in station.calls if name == action]


async def ids(client):
    return [each["id"] for each in await kept(client)]


# -- set --------------------------------------------------------------------------------------------------------------


@pytest.mark.proves("csms", "SetChargingProfile", "2.0.1 2.1")
@pytest.mark.parametrize("version", NEWER)
async def test_a_profile_that_is_taken_is_kept(api, version):
    """K01.FR.05: under the id that it was given; the same again takes its place."""
    it, client = api
    station = await it.station(version=version)
    station.replies["SetChargingProfile"] = {"status": "Accepted"}
    end = await it.csms.command("CP-1", "set_charging_profile", profile=profile(), evse=1)
    assert end.status == "Accepted"
    (one,) = await kept(client)
    (asked,) = sent(station, "SetChargingProfile")
    assert asked["evseId"] == 1
    assert asked["chargingProfile"] == one["profile"]
    assert one["profile"]["chargingSchedule"][0]["id"] == 1
    assert (one["evse"], one["source"], one["known_by"], one["purpose"]) == (1, "CSO", "set", "TxDefaultProfile")
    await it.csms.command("CP-1", "set_charging_profile", profile=profile("TxDefaultProfile", 6), evse=1)
    (other,) = await kept(client)
    assert other["id"] == one["id"]
    assert other["profile"]["chargingSchedule"][0]["chargingSchedulePeriod"][0]["limit"] == 6
    assert await kept(client, station="CP-2") == []
    assert await kept(client, evse=2) == []


@pytest.mark.proves("csms", "SetChargingProfile", "1.6")
async def test_16_gets_it_in_its_own_words(api):
    """1.6 §5.16: and there one of its purpose and level gives way, whatever its id."""
    it, client = api
    station = await it.station(version="1.6")
    station.replies["SetChargingProfile"] = {"status": "Accepted"}
    largest = profile("ChargingStationMaxProfile", 20, id=4)
    await it.csms.command("CP-1", "set_charging_profile", profile=largest)
    (asked,) = sent(station, "SetChargingProfile")
    assert asked == {
        "connectorId": 0,
        "csChargingProfiles": {
            "chargingProfileId": 4,
            "stackLevel": 0,
            "chargingProfilePurpose": "ChargePointMaxProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": largest["chargingSchedule"],
        },
    }
    (one,) = await kept(client)
    assert (one["id"], one["purpose"]) == (4, "ChargingStationMaxProfile")
    await it.csms.command("CP-1", "set_charging_profile", profile=largest | {"id": 5})
    assert await ids(client) == [5]


@pytest.mark.proves("csms", "SetChargingProfile", "1.6")
async def test_what_16_cannot_say_is_not_sent(api):
    it, _ = api
    station = await it.station(version="1.6")
    several = profile("TxProfile") | {"chargingSchedule": [profile()["chargingSchedule"]] * 2}
    for wrong in (profile("PriorityCharging"), several, profile("TxProfile")):
        end = await it.csms.command("CP-1", "set_charging_profile", profile=wrong, evse=1)
        assert end.status == "bad fields", wrong
    phase = [{"startPeriod": 0, "limit": 6, "numberPhases": 1, "phaseToUse": 2}]
    wrong = profile(schedule={"chargingSchedulePeriod": phase})
    assert (await it.csms.command("CP-1", "set_charging_profile", profile=wrong, evse=1)).status == "bad fields"
    assert not sent(station, "SetChargingProfile")


@pytest.mark.proves("csms", "SetChargingProfile", "2.0.1 2.1")
@pytest.mark.parametrize("version", NEWER)
async def test_what_is_refused_is_not_kept(api, version):
    it, client = api
    station = await it.station(version=version)
    station.replies["SetChargingProfile"] = {"status": "Rejected", "statusInfo": {"reasonCode": "UnknownEvse"}}
    end = await it.csms.command("CP-1", "set_charging_profile", profile=profile(), evse=9)
    assert end.status == "Rejected"
    assert await kept(client) == []


@pytest.mark.proves("csms", "SetChargingProfile", "2.0.1")
@pytest.mark.parametrize(
    ("wrong", "evse", "rule"),
    [
        (profile("ChargingStationExternalConstraints"), 0, "K01.FR.22"),
        (profile("TxProfile"), 0, "K01.FR.16"),
        (profile("TxProfile"), 1, "K01.FR.03"),
        (profile("ChargingStationMaxProfile"), 1, "K04.FR.03"),
        (profile("ChargingStationMaxProfile", chargingProfileKind="Relative"), 0, "K01.FR.38"),
        (profile(chargingProfileKind="Relative"), 1, "K01.FR.41"),
        (profile() | {"chargingSchedule": {"chargingSchedulePeriod": [{"startPeriod": 0}]}}, 1, "K01.FR.40"),
        (profile(schedule={"chargingSchedulePeriod": [{"startPeriod": 5, "limit": 1}]}), 1, "K01.FR.31"),
        (profile(schedule={"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 1}] * 2}), 1, "K01.FR.35"),
        (profile(schedule={"startSchedule": "soon"}), 1, "time stamp"),
        (profile(chargingSchedule=[]), 1, "1 to 3"),
        (profile(chargingSchedule=[profile()["chargingSchedule"]] * 2), 1, "K01.FR.34"),
    ],
)
async def test_what_a_csms_must_not_send_is_not_sent(bench, wrong, evse, rule):
    it = bench()
    station = await it.station()
    end = await it.csms.command("CP-1", "set_charging_profile", profile=wrong, evse=evse)
    assert end.status == "bad fields"
    assert rule in end.error
    assert not station.calls


@pytest.mark.proves("csms", "SetChargingProfile", "2.0.1")
async def test_no_second_one_of_a_purpose_and_level(bench):
    """K01.FR.06, K01.FR.39: unless they are never valid together."""
    it = bench()
    station = await it.station()
    station.replies["SetChargingProfile"] = {"status": "Accepted"}

    async def set_(**fields):
        return (await it.csms.command("CP-1", "set_charging_profile", profile=profile(**fields), evse=1)).status

    assert await set_(id=1, validTo="2026-04-01T00:00:00Z") == "Accepted"
    assert await set_(id=2) == "bad fields"
    assert await set_(id=2, stackLevel=1) == "Accepted"
    assert await set_(id=3, validFrom="2026-04-01T00:00:00Z") == "Accepted"


@pytest.mark.proves("csms", "SetChargingProfile", "2.0.1")
async def test_a_phase_is_chosen_only_where_the_station_can(bench):
    """K01.FR.20."""
    it = bench()
    station = await it.station()
    station.replies["SetChargingProfile"] = {"status": "Accepted"}
    phase = [{"startPeriod": 0, "limit": 6, "numberPhases": 1, "phaseToUse": 2}]
    wanted = profile(schedule={"chargingSchedulePeriod": phase})
    end = await it.csms.command("CP-1", "set_charging_profile", profile=wanted, evse=1)
    assert "K01.FR.20" in end.error
    can = Attribute(Named("SmartChargingCtrlr", "", 0, 0, "ACPhaseSwitchingSupported", ""), "Actual", "true")
    await it.store.write(lambda database: devicemodel.reported(database, "CP-1", 1, [can], 0))
    assert (await it.csms.command("CP-1", "set_charging_profile", profile=wanted, evse=1)).status == "Accepted"


@pytest.mark.proves("csms", "SetChargingProfile TransactionEvent", "2.0.1 2.1")
@pytest.mark.parametrize("version", NEWER)
async def test_a_transactions_profile_names_it_and_goes_with_it(api, version):
    """K01.FR.03, K02.FR.03, K02.FR.05."""
    it, client = api
    station = await it.station(version=version)
    station.replies["SetChargingProfile"] = {"status": "Accepted"}
    await begun(station)
    await it.csms.command("CP-1", "set_charging_profile", profile=profile("TxProfile"), evse=1)
    await it.csms.command("CP-1", "set_charging_profile", profile=profile(), evse=1)
    assert sent(station, "SetChargingProfile")[0]["chargingProfile"]["transactionId"] == "T1"
    assert [each["purpose"] for each in await kept(client)] == ["TxDefaultProfile", "TxProfile"]
    assert len(await kept(client, transaction="T1")) == 1
    await begun(station, kind="Ended", seq_no=1)
    assert [each["purpose"] for each in await kept(client)] == ["TxDefaultProfile"]


@pytest.mark.proves("csms", "SetChargingProfile StopTransaction", "1.6")
async def test_and_so_it_does_in_16(api):
    it, client = api
    station = await it.station(version="1.6")
    await it.token()
    start = {"connectorId": 1, "idTag": "TAG", "meterStart": 0, "timestamp": "2026-03-01T08:00:00Z"}
    number = (await station.ask("StartTransaction", start))["transactionId"]
    station.replies["SetChargingProfile"] = {"status": "Accepted"}
    await it.csms.command("CP-1", "set_charging_profile", profile=profile("TxProfile"), evse=1)
    assert sent(station, "SetChargingProfile")[0]["csChargingProfiles"]["transactionId"] == number
    assert len(await kept(client)) == 1
    stop = {"transactionId": number, "meterStop": 5, "timestamp": "2026-03-01T08:10:00Z"}
    await station.ask("StopTransaction", stop)
    assert await kept(client) == []


# -- clear, report, composite -----------------------------------------------------------------------------------------


@pytest.mark.proves("csms", "ClearChargingProfile", "2.0.1 2.1")
@pytest.mark.parametrize("version", NEWER)
async def test_what_is_cleared_is_forgotten(api, version):
    """K10.FR.01–.04, .06."""
    it, client = api
    station = await it.station(version=version)
    station.replies |= {"SetChargingProfile": {"status": "Accepted"}, "ClearChargingProfile": {"status": "Accepted"}}
    for number in range(1, 5):
        wanted = profile(id=number, stackLevel=number)
        await it.csms.command("CP-1", "set_charging_profile", profile=wanted, evse=number % 2)

    async def clear(**fields):
        return (await it.csms.command("CP-1", "clear_charging_profile", **fields)).status

    assert await clear(profile_id=2) == "Accepted"
    assert sorted(await ids(client)) == [1, 3, 4]
    assert await clear(evse=1, stack_level=3, purpose="TxDefaultProfile") == "Accepted"
    assert sorted(await ids(client)) == [1, 4]
    station.replies["ClearChargingProfile"] = {"status": "Unknown"}
    assert await clear(profile_id=1) == "Unknown"  # it had lost it
    assert await ids(client) == [4]
    assert await clear() == "bad fields"
    assert await clear(purpose="ChargingStationExternalConstraints") == "bad fields"
    assert sent(station, "ClearChargingProfile")[:2] == [
        {"chargingProfileId": 2},
        {"chargingProfileCriteria": {"evseId": 1, "chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 3}},
    ]


@pytest.mark.proves("csms", "ClearChargingProfile GetCompositeSchedule", "1.6")
async def test_16_clears_and_tells_what_it_comes_to(api):
    """1.6 §5.5, §5.7."""
    it, client = api
    station = await it.station(version="1.6")
    station.replies |= {"SetChargingProfile": {"status": "Accepted"}, "ClearChargingProfile": {"status": "Accepted"}}
    await it.csms.command("CP-1", "set_charging_profile", profile=profile("ChargingStationMaxProfile", id=1))
    await it.csms.command("CP-1", "set_charging_profile", profile=profile(id=2), evse=1)
    await it.csms.command("CP-1", "clear_charging_profile", purpose="ChargingStationMaxProfile", evse=0, stack_level=0)
    assert await ids(client) == [2]
    await it.csms.command("CP-1", "clear_charging_profile", profile_id=7)
    assert await ids(client) == [2]
    await it.csms.command("CP-1", "clear_charging_profile")
    assert await ids(client) == []
    asked = sent(station, "ClearChargingProfile")
    assert asked[0] == {"chargingProfilePurpose": "ChargePointMaxProfile", "connectorId": 0, "stackLevel": 0}
    assert asked[1:] == [{"id": 7}, {}]
    station.replies["GetCompositeSchedule"] = {
        "status": "Accepted",
        "connectorId": 1,
        "scheduleStart": "2026-03-01T08:00:00Z",
        "chargingSchedule": {
            "duration": 60,
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8}],
        },
    }
    await it.csms.command("CP-1", "get_composite_schedule", evse=1, duration=60, unit="A")
    (one,) = await kept(client, "composite-schedules")
    assert one["start"] == "2026-03-01T08:00:00.000Z"
    assert (one["evse"], one["unit"], one["duration"]) == (1, "A", 60)
    assert one["periods"] == [{"startPeriod": 0, "limit": 8}]


@pytest.mark.proves("csms", "GetCompositeSchedule", "2.0.1 2.1")
@pytest.mark.parametrize("version", NEWER)
async def test_composite_schedules_are_kept(api, version):
    """K08.FR.01."""
    it, client = api
    station = await it.station(version=version)
    station.replies["GetCompositeSchedule"] = {"status": "Rejected"}
    await it.csms.command("CP-1", "get_composite_schedule", evse=1, duration=60)
    assert await kept(client, "composite-schedules") == []
    schedule = {
        "evseId": 1,
        "duration": 60,
        "scheduleStart": "2026-03-01T08:00:00Z",
        "chargingRateUnit": "W",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8}],
    }
    station.replies["GetCompositeSchedule"] = {"status": "Accepted", "schedule": schedule}
    await it.csms.command("CP-1", "get_composite_schedule", evse=1, duration=60, unit="W")
    assert sent(station, "GetCompositeSchedule")[1] == {"evseId": 1, "duration": 60, "chargingRateUnit": "W"}
    (one,) = await kept(client, "composite-schedules")
    assert one["periods"] == schedule["chargingSchedulePeriod"]


async def told(station, number, *profiles, evse=1, source="CSO", more=False):
    made = [{**profile(id=each, stackLevel=each), "stackLevel": each} for each in profiles]
    for each in made:
        each |= {"chargingProfileKind": "Absolute", "chargingSchedule": [{"id": 1, **each["chargingSchedule"]}]}
    ask = {"requestId": number, "chargingLimitSource": source, "evseId": evse, "chargingProfile": made}
    return await station.ask("ReportChargingProfiles", ask | ({"tbc": True} if more else {}))


@pytest.mark.proves("csms", "GetChargingProfiles ReportChargingProfiles", "2.0.1 2.1")
@pytest.mark.parametrize("version", NEWER)
async def test_a_report_replaces_what_was_known_of_its_subject(api, version):
    """K09.FR.01–.06: only with its last part, and only what it is about."""
    it, client = api
    station = await it.station(version=version)
    station.replies |= {"SetChargingProfile": {"status": "Accepted"}, "GetChargingProfiles": {"status": "Accepted"}}
    for number, evse in ((1, 1), (2, 1), (3, 2)):
        wanted = profile(id=number, stackLevel=number)
        await it.csms.command("CP-1", "set_charging_profile", profile=wanted, evse=evse)
    it.forward(5)
    end = await it.csms.command("CP-1", "get_charging_profiles", evse=1, sources=["CSO"], request_id=9)
    assert end.status == "Accepted"
    assert sent(station, "GetChargingProfiles") == [
        {"requestId": 9, "evseId": 1, "chargingProfile": {"chargingLimitSource": ["CSO"]}}
    ]
    it.forward(5)
    assert await told(station, 9, 2, more=True) == {}
    assert sorted(await ids(client)) == [1, 2, 3]
    await told(station, 9, 5)
    assert sorted(await ids(client)) == [2, 3, 5]
    assert [each["known_by"] for each in await kept(client)] == ["reported", "reported", "set"]
    await told(station, 77, 6, evse=0, source="EMS")  # what nobody here has asked for adds, and takes nothing away
    assert sorted(await ids(client)) == [2, 3, 5, 6]


@pytest.mark.proves("csms", "GetChargingProfiles", "2.0.1 2.1")
@pytest.mark.parametrize("version", NEWER)
async def test_where_there_are_none_nothing_is_known(api, version):
    it, client = api
    station = await it.station(version=version)
    station.replies |= {"SetChargingProfile": {"status": "Accepted"}, "GetChargingProfiles": {"status": "NoProfiles"}}
    await it.csms.command("CP-1", "set_charging_profile", profile=profile(id=1), evse=1)
    it.forward(1)
    assert (await it.csms.command("CP-1", "get_charging_profiles")).status == "bad fields"  # K09.FR.03
    await it.csms.command("CP-1", "get_charging_profiles", profile_ids=[2])
    assert await ids(client) == [1]
    await it.csms.command("CP-1", "get_charging_profiles", purpose="TxDefaultProfile", stack_level=0)
    assert await ids(client) == []


# -- limits of others -------------------------------------------------------------------------------------------------


@pytest.mark.proves("csms", "NotifyChargingLimit ClearedChargingLimit", "2.0.1 2.1")
@pytest.mark.parametrize("version", NEWER)
async def test_limits_of_others_stand_until_they_are_lifted(api, version):
    """K11.FR.02, .03, K12.FR.02, K13.FR.02."""
    it, client = api
    station = await it.station(version=version)
    schedule = [{"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10}]}]
    limit = {"chargingLimitSource": "EMS", "isGridCritical": True}
    assert await station.ask("NotifyChargingLimit", {"chargingLimit": limit, "chargingSchedule": schedule}) == {}
    await station.ask("NotifyChargingLimit", {"chargingLimit": {"chargingLimitSource": "SO"}, "evseId": 2})
    at = "2026-03-01T08:00:00.000Z"
    assert await kept(client, "charging-limits") == [
        {"evse": 0, "source": "EMS", "critical": True, "schedules": schedule, "told": at},
        {"evse": 2, "source": "SO", "critical": None, "schedules": None, "told": at},
    ]
    assert await station.ask("ClearedChargingLimit", {"chargingLimitSource": "EMS"}) == {}
    assert [each["source"] for each in await kept(client, "charging-limits")] == ["SO"]
    await station.ask("ClearedChargingLimit", {"chargingLimitSource": "SO", "evseId": 1})  # another one
    assert len(await kept(client, "charging-limits")) == 1


# -- what EVs need ----------------------------------------------------------------------------------------------------

NEEDS = {"evseId": 1, "maxScheduleTuples": 10, "chargingNeeds": AC | {"departureTime": "2026-03-01T12:00:00Z"}}


async def needing(it, version="2.0.1"):
    station = await it.station(version=version)
    station.replies["SetChargingProfile"] = {"status": "Accepted"}
    await begun(station)
    return station


@pytest.mark.proves("csms", "NotifyEVChargingNeeds SetChargingProfile", "2.0.1 2.1")
@pytest.mark.parametrize("version", NEWER)
async def test_an_ev_gets_a_schedule_that_fits_its_needs(api, version):
    """K15.FR.02, .03, .07, .08, .18: 20 kWh in 4 h, with a margin, are 5.25 kW or 7.6 A."""
    it, client = api
    station = await needing(it, version)
    assert await station.ask("NotifyEVChargingNeeds", NEEDS) == {"status": "Accepted"}
    await it.quiet()
    await station.until(lambda: sent(station, "SetChargingProfile"))
    (asked,) = sent(station, "SetChargingProfile")
    assert asked["evseId"] == 1
    made = asked["chargingProfile"]
    assert (made["chargingProfilePurpose"], made["transactionId"]) == ("TxProfile", "T1")
    (schedule,) = made["chargingSchedule"]
    assert schedule["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "limit": 7.6},
        {"startPeriod": 14_400, "limit": 16.0},
    ]
    await it.quiet()
    (one,) = await kept(client, "charging-needs")
    assert one["needs"] == NEEDS["chargingNeeds"]
    assert (one["answer"], one["plan_status"], one["transaction_id"]) == ("Accepted", "Accepted", "T1")
    assert one["plan"] == made
    await begun(station, kind="Ended", seq_no=1)
    assert await kept(client, "charging-needs") == []


@pytest.mark.proves("csms", "NotifyEVChargingNeeds", "2.0.1 2.1")
@pytest.mark.parametrize("version", NEWER)
async def test_what_takes_time_is_sent_later(bench, version):
    """K15.FR.05."""
    it = bench(planning_s=90)
    station = await needing(it, version)
    assert await station.ask("NotifyEVChargingNeeds", NEEDS) == {"status": "Processing"}
    await it.quiet()
    assert not sent(station, "SetChargingProfile")
    it.forward(90)
    await station.until(lambda: sent(station, "SetChargingProfile"))


@pytest.mark.one_node("site_limit_w needs a single node")
@pytest.mark.proves("csms", "NotifyEVChargingNeeds", "2.0.1 2.1")
@pytest.mark.parametrize("version", NEWER)
async def test_needs_for_which_there_is_nothing_are_rejected(bench, version):
    """K15.FR.04, .06: no transaction, neither AC nor DC, not enough power."""
    it = bench(site_limit_w=3000)
    station = await it.station(version=version)

    async def refused(**needs):
        ask = NEEDS | ({"chargingNeeds": needs} if needs else {})
        answer = await station.ask("NotifyEVChargingNeeds", ask)
        assert answer["status"] == "Rejected"
        return answer["statusInfo"]["reasonCode"]

    assert await refused() == "TxNotFound"
    await begun(station)
    assert await refused(requestedEnergyTransfer="DC") == "MissingParam"
    assert await refused() == "ValueTooHigh"


def doing(*periods, number=1, **more):
    steps = [{"startPeriod": at, "limit": limit} for at, limit in periods]
    schedule = {"id": number, "chargingRateUnit": "A", "chargingSchedulePeriod": steps} | more
    return {"timeBase": "2026-03-01T08:00:00Z", "evseId": 1, "chargingSchedule": schedule}


@pytest.mark.proves("csms", "NotifyEVChargingSchedule", "2.0.1 2.1")
@pytest.mark.parametrize("version", NEWER)
async def test_an_ev_that_wants_more_is_told_anew(api, version):
    """K15.FR.11–.13, K16.FR.06–.08, K17.FR.11–.13; and not for ever."""
    it, client = api
    station = await needing(it, version)
    assert (await station.ask("NotifyEVChargingSchedule", doing((0, 32))))["status"] == "Accepted"  # nothing limits it
    await station.ask("NotifyEVChargingNeeds", NEEDS)
    await station.until(lambda: sent(station, "SetChargingProfile"))
    await it.quiet()
    assert await station.ask("NotifyEVChargingSchedule", doing((0, 7), (14_400, 16))) == {"status": "Accepted"}
    assert (await kept(client, "charging-needs"))[0]["ev_answer"] == "Accepted"
    for times in range(2, 8):
        assert await station.ask("NotifyEVChargingSchedule", doing((0, 9))) == {"status": "Rejected"}
        await it.quiet()
        await it.quiet()
        expected = min(times, 4)
        await station.until(lambda expected=expected: len(sent(station, "SetChargingProfile")) >= expected)
        assert len(sent(station, "SetChargingProfile")) == expected
    assert (await kept(client, "charging-needs"))[0]["ev_answer"] == "Rejected"
