"""Who may charge (2.0.1 part 2 C01–C16, F01–F03; 1.6 §3.5, §5.11, §5.12)."""

import pytest

from protocol.versions import V16, V201
from simulator import facts
from simulator.tokens import Token, TokenInfo
from tests.simulator.csms import BOTH, World, car
from tests.simulator.ledger import check

TOKEN = {"idToken": "R", "type": "ISO14443"}


def says(version, status="Accepted", group=None, **more):
    if version is V16:
        return {"idTagInfo": {"status": status} | ({"parentIdTag": group} if group else {}) | more}
    return {
        "idTokenInfo": {"status": status}
        | ({"groupIdToken": {"idToken": group, "type": "Central"}} if group else {})
        | more
    }


async def charging(version=V201, name="ac-22kw", answers=None, **config) -> World:
    world = World(version, name, config={key.replace("__", "."): value for key, value in config.items()})
    world.csms.answers.update(answers or {})
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A", 1), 60)
    assert world.station.evse(1).contactor_closed
    return world


@pytest.mark.parametrize("version", BOTH, ids=str)
@pytest.mark.parametrize("status", ["Blocked", "Expired", "Invalid", "ConcurrentTx"])
async def test_refused_token_charges_nothing(version, status):
    world = World(version)
    world.csms.answers["Authorize"] = says(version, status)
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 30)
    assert world.told(facts.TokenRefused) == [facts.TokenRefused("A", status)]
    assert not world.told(facts.ContactorClosed)


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_other_token_does_not_stop(version):
    world = await charging(version)
    await world.do(lambda: world.station.present("B"), 10)
    assert world.told(facts.TokenRefused)[0].status == "OtherDriver"
    assert not world.told(facts.TransactionEnded)


async def test_case_of_a_token_does_not_matter():
    world = await charging()
    await world.do(lambda: world.station.present("a"), 10)
    assert world.told(facts.TransactionEnded)


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_group_stops(version):
    """C09.FR.03; C09.FR.07: without asking when it is known."""
    start = {"StartTransaction": {"transactionId": 1}, "TransactionEvent": {}}
    answers = {"Authorize": says(version, group="G")}
    answers |= {action: says(version, group="G") | more for action, more in start.items()}
    world = await charging(version, answers=answers)
    await world.do(lambda: world.station.present("B"), 10)
    assert [ended.reason for ended in world.told(facts.TransactionEnded)] == ["Local"]
    assert len(world.csms.of("Authorize")) == 2
    world.csms.got.clear()
    await world.do(lambda: world.station.present("A"), 10)
    await world.do(lambda: world.station.present("B"), 10)
    assert len(world.csms.of("Authorize")) == 1
    assert len(world.told(facts.TransactionEnded)) == 2


async def test_group_member_that_is_not_valid_does_not_stop():
    """C09.FR.11."""
    world = await charging(answers={"Authorize": says(V201, group="G")})
    world.csms.answers["Authorize"] = says(V201, "Blocked", group="G")
    await world.do(lambda: world.station.present("B"), 10)
    assert not world.told(facts.TransactionEnded)


async def test_master_pass_stops_everything_and_starts_nothing():
    """C16.FR.02, C16.FR.03."""
    config = {"AuthCtrlr__MasterPassGroupId": "MASTER"}
    world = await charging(name="ac-22kw-duo", **config)
    world.station.plug(car(), 2)
    await world.do(lambda: world.station.present("B", 2), 30)
    world.csms.answers["Authorize"] = says(V201, group="MASTER")
    await world.do(lambda: world.station.present("M"), 10)
    assert [ended.reason for ended in world.told(facts.TransactionEnded)] == ["MasterPass", "MasterPass"]
    ends = [event for event in world.events() if event["eventType"] == "Ended"]
    assert {event["idToken"]["idToken"] for event in ends} == {"M"}
    assert {event["triggerReason"] for event in ends} == {"StopAuthorized"}
    await world.do(lambda: world.station.present("M", 1), 30)
    assert world.told(facts.TokenRefused)[-1].status == "MasterPassCannotStart"
    assert len(world.told(facts.TransactionStarted)) == 2


async def test_token_that_may_charge_at_some_evses_only():
    """C01.FR.21."""
    world = World(name="ac-22kw-duo")
    world.csms.answers["Authorize"] = says(V201, evseId=[2])
    await world.boot()
    await world.do(lambda: world.station.present("A", 1), 5)
    assert world.told(facts.TokenRefused)[0].status == "OtherEvse"
    await world.do(lambda: world.station.present("A", 2), 5)
    assert world.told(facts.TokenAccepted)[0].evse == 2


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_deauthorized_by_the_answer_to_the_start(version):
    """E05.FR.10, C15.FR.04."""
    action = "StartTransaction" if version is V16 else "TransactionEvent"
    extra = {"transactionId": 1} if version is V16 else {}
    world = World(version)
    await world.boot()
    world.csms.answers[action] = lambda ask: (
        says(version, "Invalid") | extra if version is V16 or "idToken" in ask else {}
    )
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 30)
    assert [fact.status for fact in world.told(facts.Deauthorized)] == ["Invalid"]
    assert [ended.reason for ended in world.told(facts.TransactionEnded)] == ["DeAuthorized"]
    assert not world.told(facts.ContactorClosed)
    assert not world.told(facts.CableUnlocked)  # E05.FR.11
    if version is V201:
        assert [event["triggerReason"] for event in world.events()] == ["Authorized", "Deauthorized"]
    else:
        assert world.csms.of("StopTransaction")[0]["reason"] == "DeAuthorized"


async def test_deauthorized_where_only_unplugging_ends_it():
    """E05.FR.09: Updated, Deauthorized, no more energy; nobody else may take it over (C01.FR.23)."""
    world = World(config={"TxCtrlr.TxStopPoint": "EVConnected"})
    await world.boot()
    world.csms.answers["TransactionEvent"] = lambda ask: says(V201, "Invalid") if "idToken" in ask else {}
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 30)
    last = world.events()[-1]
    assert (last["eventType"], last["triggerReason"]) == ("Updated", "Deauthorized")
    assert last["transactionInfo"]["chargingState"] == "EVConnected"
    await world.do(lambda: world.station.present("B"), 30)
    assert not world.told(facts.ContactorClosed)
    await world.do(world.station.unplug, 5)
    check(world)
    assert world.events()[-1]["transactionInfo"]["stoppedReason"] == "DeAuthorized"


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_invalid_but_not_stopped(version):
    """E05.FR.02: SuspendedEVSE, reported as a change of the charging state."""
    world = World(version, config={"TxCtrlr.StopTxOnInvalidId": False})
    await world.boot()
    answer = lambda ask: says(version, "Blocked") | ({"transactionId": 1} if version is V16 else {})  # noqa: E731
    action = "StartTransaction" if version is V16 else "TransactionEvent"
    world.csms.answers[action] = lambda ask: answer(ask) if version is V16 or "idToken" in ask else {}
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    assert world.station.evse(1).state == "SuspendedEVSE"
    assert world.station.evse(1).reading().energy_wh == world.told(facts.TransactionStarted)[0].energy_wh
    if version is V201:
        assert world.events()[1]["triggerReason"] == "ChargingStateChanged"
        assert world.events()[1]["transactionInfo"]["chargingState"] == "SuspendedEVSE"
    else:
        assert world.statuses()[-1] == "SuspendedEVSE"
    await world.do(world.station.unplug, 10)
    check(world)


@pytest.mark.parametrize("name", ["ac-22kw", "dc-50kw"])
async def test_invalid_may_take_a_little(name):
    """E05.FR.03: MaxEnergyOnInvalidId, then nothing more."""
    world = World(name=name, config={"TxCtrlr.StopTxOnInvalidId": False, "TxCtrlr.MaxEnergyOnInvalidId": 500})
    await world.boot()
    world.csms.answers["TransactionEvent"] = lambda ask: says(V201, "Blocked") if "idToken" in ask else {}
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 3600)
    assert world.station.evse(1).state == "SuspendedEVSE"
    started = world.told(facts.TransactionStarted)[0].energy_wh
    assert world.station.evse(1).meter.import_wh - started == pytest.approx(500, abs=1.01)
    await world.do(world.station.unplug, 10)
    check(world)


# -- cache and list


async def test_cache_online_and_offline():
    """C12, C10.FR.03."""
    world = World(config={"AuthCtrlr.LocalPreAuthorize": True})
    await world.boot()
    world.station.plug(car())
    for _ in range(4):
        await world.do(lambda: world.station.present("A"), 10)
    assert len(world.csms.of("Authorize")) == 1
    assert [fact.by for fact in world.told(facts.TokenAccepted)] == ["csms", "cache"]
    world.station.flash.cache.remember(Token("B"), TokenInfo("Blocked"), world.station.now)
    await world.do(lambda: world.station.present("B"), 10)
    assert len(world.csms.of("Authorize")) == 2  # what is not accepted is asked for
    await world.do(lambda: world.station.present("B"), 10)
    await world.do(world.csms.down, 5)
    await world.do(lambda: world.station.present("A"), 10)
    assert [fact.by for fact in world.told(facts.TokenAccepted)] == ["csms", "cache", "csms", "cache"]
    await world.do(lambda: world.station.present("A"), 10)
    await world.do(lambda: world.station.present("C"), 10)
    assert world.told(facts.TokenRefused)[-1] == facts.TokenRefused("C", "Offline")


@pytest.mark.parametrize(("allowed", "charges"), [(True, True), (False, False)])
async def test_unknown_token_offline(allowed, charges):
    """C15.FR.08; C15.FR.01: it does not enter the cache."""
    world = World(config={"AuthCtrlr.OfflineTxForUnknownIdEnabled": allowed})
    await world.boot()
    await world.do(world.csms.down, 5)
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 10)
    assert bool(world.told(facts.ContactorClosed)) is charges
    assert not world.station.flash.cache.entries
    if charges:
        world.csms.answers["TransactionEvent"] = lambda ask: says(V201, "Invalid") if "idToken" in ask else {}
        world.csms.up()
        await world.run(world.clock.now + 60)
        assert world.events()[0]["offline"]
        assert world.told(facts.TransactionEnded)[0].reason == "DeAuthorized"  # C15.FR.04
        check(world)


async def test_offline_without_local_authorization():
    world = World(config={"AuthCtrlr.LocalAuthorizeOffline": False})
    await world.boot()
    await world.do(lambda: world.station.present("A"), 5)
    await world.do(lambda: world.station.present("A"), 5)
    await world.do(world.csms.down, 5)
    await world.do(lambda: world.station.present("A"), 5)
    assert world.told(facts.TokenRefused)[-1].status == "Offline"


async def test_list_wins_over_cache():
    """C13.FR.01, C14.FR.03."""
    world = World(config={"AuthCtrlr.LocalPreAuthorize": True})
    await world.boot()
    world.station.flash.cache.remember(Token("A"), TokenInfo("Accepted"), world.station.now)
    entry = {"idToken": {"idToken": "A", "type": "ISO14443"}, "idTokenInfo": {"status": "Blocked"}}
    sent = {"versionNumber": 1, "updateType": "Full", "localAuthorizationList": [entry]}
    assert await world.ask("SendLocalList", sent) == {"status": "Accepted"}
    await world.do(world.csms.down, 5)
    await world.do(lambda: world.station.present("A"), 5)
    assert world.told(facts.TokenRefused)[-1].status == "Blocked"


async def test_clear_cache():
    world = World(config={"AuthCtrlr.LocalPreAuthorize": True})
    await world.boot()
    await world.do(lambda: world.station.present("A"), 5)
    assert await world.ask("ClearCache") == {"status": "Accepted"}
    assert not world.station.flash.cache.entries
    await world.set(AuthCacheCtrlr__Enabled="false")
    assert await world.ask("ClearCache") == {"status": "Rejected"}  # C11.FR.04


async def test_cached_expiry():
    world = World(config={"AuthCtrlr.LocalPreAuthorize": True})
    world.csms.answers["Authorize"] = says(V201, cacheExpiryDateTime="2025-06-02T06:10:00Z")
    await world.boot()
    world.csms.answers["TransactionEvent"] = {}
    for _ in range(2):
        await world.do(lambda: world.station.present("A"), 5)
    await world.do(world.csms.down, 700)
    await world.do(lambda: world.station.present("A"), 5)
    assert world.told(facts.TokenRefused)[-1].status == "Offline"


# -- from afar


@pytest.mark.parametrize("version", BOTH, ids=str)
@pytest.mark.parametrize("cable_first", [True, False])
async def test_remote_start_and_stop(version, cable_first):
    world = World(version)
    await world.boot()
    if cable_first:
        await world.do(lambda: world.station.plug(car()), 5)
    if version is V16:
        assert await world.ask("RemoteStartTransaction", {"idTag": "R"}, 5) == {"status": "Accepted"}
    else:
        ask = {"idToken": TOKEN, "remoteStartId": 77, "evseId": 1}
        assert await world.ask("RequestStartTransaction", ask, 5) == {"status": "Accepted"}
    if not cable_first:
        await world.do(lambda: world.station.plug(car()), 5)
    await world.run(world.clock.now + 60)
    assert not world.csms.of("Authorize")  # AuthorizeRemoteStart is false
    if version is V201:
        started = world.events()[0]
        assert (started["eventType"], started["triggerReason"]) == ("Started", "RemoteStart")
        assert started["transactionInfo"]["remoteStartId"] == 77
        assert started["idToken"] == TOKEN
        stop = {"transactionId": started["transactionInfo"]["transactionId"]}
        refused = await world.ask("RequestStopTransaction", {"transactionId": "nonsense"})
        assert refused == {"status": "Rejected", "statusInfo": {"reasonCode": "TxNotFound"}}
        assert await world.ask("RequestStopTransaction", stop, 3) == {"status": "Accepted"}
        last = world.events()[-1]
        assert (last["triggerReason"], last["transactionInfo"]["stoppedReason"]) == ("RemoteStop", "Remote")
    else:
        assert await world.ask("RemoteStopTransaction", {"transactionId": 99}) == {"status": "Rejected"}
        assert await world.ask("RemoteStopTransaction", {"transactionId": 1}, 3) == {"status": "Accepted"}
        assert world.csms.of("StopTransaction")[0]["reason"] == "Remote"
    check(world)


async def test_remote_start_joins_a_transaction_that_began_with_the_cable():
    """F01.FR.13, F01.FR.19, F01.FR.25; with and without naming the EVSE."""
    for place in ({"evseId": 1}, {}):
        world = World(config={"TxCtrlr.TxStartPoint": "EVConnected"})
        await world.boot()
        await world.do(lambda world=world: world.station.plug(car()), 5)
        [started] = world.events()
        answer = await world.ask("RequestStartTransaction", {"idToken": TOKEN, "remoteStartId": 3} | place)
        assert answer == {"status": "Accepted", "transactionId": started["transactionInfo"]["transactionId"]}
        assert world.events()[1]["triggerReason"] == "RemoteStart"
        assert world.events()[1]["transactionInfo"]["remoteStartId"] == 3
        assert world.events()[1]["idToken"] == TOKEN
        again = await world.ask("RequestStartTransaction", {"idToken": TOKEN, "remoteStartId": 4} | place)
        assert again["status"] == "Rejected"  # F01.FR.24


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_remote_start_asks_first_where_told_to(version):
    world = World(version, config={"AuthCtrlr.AuthorizeRemoteStart": True})
    world.csms.answers["Authorize"] = says(version, "Blocked")
    await world.boot()
    world.station.plug(car())
    if version is V16:
        assert await world.ask("RemoteStartTransaction", {"idTag": "R"}, 5) == {"status": "Accepted"}
    else:
        ask = {"idToken": TOKEN, "remoteStartId": 1}
        assert await world.ask("RequestStartTransaction", ask, 5) == {"status": "Accepted"}
    assert len(world.csms.of("Authorize")) == 1
    assert not world.told(facts.TransactionStarted)


async def test_central_tokens_are_neither_asked_for_nor_kept():
    """C03.FR.01, C03.FR.02."""
    world = World(config={"AuthCtrlr.AuthorizeRemoteStart": True})
    await world.boot()
    world.station.plug(car())
    token = {"idToken": "made-up", "type": "Central"}
    await world.ask("RequestStartTransaction", {"idToken": token, "remoteStartId": 1}, 30)
    assert world.told(facts.ContactorClosed)
    assert not world.csms.of("Authorize")
    assert not world.station.flash.cache.entries


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_remote_start_where_it_cannot_be(version):
    """F01.FR.23, F01.FR.24."""
    world = await charging(version)

    async def ask(evse: int) -> str:
        if version is V16:
            return (await world.ask("RemoteStartTransaction", {"idTag": "R", "connectorId": evse}))["status"]
        return (await world.ask("RequestStartTransaction", {"idToken": TOKEN, "remoteStartId": 1, "evseId": evse}))[
            "status"
        ]

    assert await ask(1) == "Rejected"
    assert await ask(5) == "Rejected"
    await world.do(lambda: world.station.present("A"), 5)
    await world.do(lambda: world.leak(inside=True), 1)
    assert await ask(1) == "Rejected"


async def test_reader_of_a_station_with_two_evses():
    world = World(name="ac-22kw-duo")
    await world.boot()
    world.station.plug(car(), 2)
    await world.do(lambda: world.station.present("A"), 5)
    assert world.told(facts.TokenAccepted)[-1].evse == 2  # where a cable waits
    await world.do(lambda: world.station.present("B"), 5)
    assert world.told(facts.TokenAccepted)[-1].evse == 1  # then a free one
    await world.do(lambda: world.station.present("A"), 5)
    assert world.told(facts.TransactionEnded)[0].evse == 2  # and one's own


async def test_group_holds_though_later_answers_do_not_repeat_it():
    world = await charging(answers={"Authorize": says(V201, group="G")})
    await world.do(lambda: world.station.present("B"), 10)
    assert len(world.told(facts.TransactionEnded)) == 1


@pytest.mark.parametrize("keeper", ["AuthCacheCtrlr", "LocalAuthListCtrlr"])
@pytest.mark.parametrize("final", [False, True])
async def test_a_refusal_that_is_kept_may_be_final(keeper, final):
    """C10.FR.03, C12.FR.05, C14.FR.03, unless DisablePostAuthorize says otherwise (part 2 §2.4.6, §2.5.7)."""
    world = World(config={f"{keeper}.DisablePostAuthorize": final})
    await world.boot()
    flash = world.station.flash
    if keeper == "AuthCacheCtrlr":
        flash.cache.remember(Token("A"), TokenInfo("Blocked"), world.station.now)
    else:
        flash.local_list.update(1, [("a", TokenInfo("Blocked"))], full=True)
    await world.do(lambda: world.station.present("A"), 10)
    assert len(world.csms.of("Authorize")) == (not final)
    assert bool(world.told(facts.TokenAccepted)) is not final


async def test_without_remote_authorization_only_what_is_kept_counts():
    """AuthCtrlr.DisableRemoteAuthorization (part 2 §2.3.8)."""
    world = World(config={"AuthCtrlr.DisableRemoteAuthorization": True, "AuthCtrlr.LocalAuthorizeOffline": False})
    await world.boot()
    world.station.flash.local_list.update(1, [("a", TokenInfo("Accepted"))], full=True)
    await world.do(lambda: world.station.present("B"), 5)
    assert world.told(facts.TokenRefused) == [facts.TokenRefused("B", "Unknown")]
    await world.do(lambda: world.station.present("A"), 5)
    assert [fact.token for fact in world.told(facts.TokenAccepted)] == ["A"]
    assert not world.csms.of("Authorize")


# -- key codes, and who changes his mind


async def test_who_guesses_key_codes_has_to_wait():
    """C04.FR.06: longer after each wrong one; C04.FR.04: none of them is told to anybody but the CSMS."""
    world = World()
    await world.boot()
    world.csms.answers["Authorize"] = lambda ask: says(
        V201, "Accepted" if ask["idToken"]["idToken"] == "1234" else "Invalid"
    )
    code = lambda number: Token(number, "KeyCode")  # noqa: E731
    for wait_s in (5, 10, 20):
        await world.do(lambda: world.station.present(code("0000")), wait_s - 1)
        asked = len(world.csms.of("Authorize"))
        await world.do(lambda: world.station.present(code("1234")), 2)
        assert len(world.csms.of("Authorize")) == asked
        assert world.told(facts.TokenRefused)[-1] == facts.TokenRefused("*", "TooManyAttempts")
    await world.do(lambda: world.station.present("0000"), 1)  # a card is no key code
    await world.run(world.clock.now + 20)
    await world.do(lambda: world.station.present(code("1234")), 2)
    assert world.told(facts.TokenAccepted)[-1].token == "*"
    assert world.csms.of("Authorize")[-1] == {"idToken": {"idToken": "1234", "type": "KeyCode"}}
    assert not any("1234" in str(fact) for _, fact in world.facts)


@pytest.mark.parametrize("kind", ["Local", "MacAddress", "ISO15693", "eMAID"])
async def test_every_kind_of_token_is_asked_for(kind):
    """C06.FR.02, C08.FR.01."""
    world = World()
    await world.boot()
    await world.do(lambda: world.station.present(Token("A", kind)), 2)
    assert world.csms.of("Authorize") == [{"idToken": {"idToken": "A", "type": kind}}]


@pytest.mark.proves("station", "TransactionEvent", "2.0.1 2.1")
async def test_the_csms_changes_its_mind_later():
    """E05.FR.10: an idTokenInfo counts in whatever answer it stands."""
    world = await charging(SampledDataCtrlr__TxUpdatedInterval=60)
    world.csms.answers["TransactionEvent"] = lambda ask: (
        says(V201, "NoCredit") if ask["triggerReason"] == "MeterValuePeriodic" else {}
    )
    await world.run(world.clock.now + 90)
    last = world.events()[-1]
    assert (last["eventType"], last["triggerReason"]) == ("Ended", "Deauthorized")
    assert last["transactionInfo"]["stoppedReason"] == "DeAuthorized"
    check(world)


async def test_the_group_of_a_remote_start_counts():
    """F01, C09.FR.03: RequestStartTransaction names it."""
    world = World()
    await world.boot()
    await world.do(lambda: world.station.plug(car()), 5)
    ask = {"idToken": TOKEN, "remoteStartId": 3, "evseId": 1, "groupIdToken": {"idToken": "G", "type": "Central"}}
    assert (await world.ask("RequestStartTransaction", ask, 30))["status"] == "Accepted"
    world.csms.answers["Authorize"] = says(V201, group="G")
    await world.do(lambda: world.station.present("B"), 10)
    assert world.told(facts.TransactionEnded)[0].reason == "Local"


async def test_a_cached_master_pass_starts_nothing():
    """C12.FR.09, C16.FR.03."""
    world = World(config={"AuthCtrlr.LocalPreAuthorize": True, "AuthCtrlr.MasterPassGroupId": "MASTER"})
    await world.boot()
    world.station.flash.cache.remember(Token("M"), TokenInfo("Accepted", group="MASTER"), world.station.now)
    world.station.plug(car())
    await world.do(lambda: world.station.present("M"), 30)
    assert not world.told(facts.TransactionStarted)


async def test_what_is_withdrawn_twice_is_withdrawn_once():
    """E05.FR.03: MaxEnergyOnInvalidId counts from the first refusal, however often the CSMS repeats it."""
    world = await charging(
        TxCtrlr__StopTxOnInvalidId=False, TxCtrlr__MaxEnergyOnInvalidId=500, SampledDataCtrlr__TxUpdatedInterval=60
    )
    world.csms.answers["TransactionEvent"] = says(V201, "Blocked")
    await world.run(world.clock.now + 3600)
    assert world.station.evse(1).state == "SuspendedEVSE"
    assert len(world.told(facts.Deauthorized)) == 1
    started = world.told(facts.TransactionStarted)[0].energy_wh
    assert world.station.evse(1).meter.import_wh - started < 1000


async def test_a_master_pass_at_a_station_with_a_display():
    """C16.FR.01: the transaction that was chosen ends, and the other goes on."""
    world = World(name="lab-ac", config={"AuthCtrlr.MasterPassGroupId": "MASTER"})
    if len(world.station.evses) < 2:
        world = World(name="dc-300kw-duo", config={"AuthCtrlr.MasterPassGroupId": "MASTER"})
    await world.boot()
    for evse, name in ((1, "A"), (2, "B")):
        world.station.plug(car(), evse)
        await world.do(lambda name=name, evse=evse: world.station.present(name, evse), 60)
    world.csms.answers["Authorize"] = says(V201, group="MASTER")
    await world.do(lambda: world.station.present("M", 2), 30)
    assert [(ended.evse, ended.reason) for ended in world.told(facts.TransactionEnded)] == [(2, "MasterPass")]
