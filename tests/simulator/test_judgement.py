"""What is known of a token, and who is asked (2.0.1 part 2 C01–C15)."""

import pytest

from protocol.versions import V16, V201
from simulator import facts
from simulator.judgement import known
from simulator.tokens import Contract, Token, TokenInfo
from tests.simulator.csms import BOTH, World, car
from tests.simulator.test_admission import says

EMAID = "DE8AAC1B2C3D4E"
HASH = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "a" * 64,
    "issuerKeyHash": "b" * 64,
    "serialNumber": "01",
    "responderURL": "http://ocsp.test",
}
CONTRACT = Contract("-----BEGIN CERTIFICATE-----", (HASH,))


async def online(version=V201, name="ac-22kw", *, up=True, **config) -> World:
    world = World(version, name, config={key.replace("__", "."): value for key, value in config.items()})
    await world.boot()
    if not up:
        await world.do(world.csms.down, 5)
    return world


async def listed(world: World, info: dict, version: int = 1) -> None:
    entry = {"idToken": {"idToken": "A", "type": "ISO14443"}, "idTokenInfo": info}
    ask = {"versionNumber": version, "updateType": "Full", "localAuthorizationList": [entry]}
    assert await world.ask("SendLocalList", ask) == {"status": "Accepted"}


def verdict(world: World) -> str:
    accepted, refused = world.told(facts.TokenAccepted), world.told(facts.TokenRefused)
    return accepted[-1].by if accepted else refused[-1].status


# -- without authorization


@pytest.mark.parametrize("version", BOTH, ids=str)
@pytest.mark.proves("station", "TransactionEvent StartTransaction", "1.6 2.0.1 2.1")
async def test_without_authorization_the_cable_is_enough(version):
    """Part 2 §2.3.1: nobody is asked, and the transaction says that nobody identified himself."""
    world = await online(version, AuthCtrlr__Enabled=False)
    await world.do(lambda: world.station.plug(car()), 60)
    assert world.station.evse(1).contactor_closed
    assert not world.csms.of("Authorize")
    if version is V16:
        assert world.csms.of("StartTransaction")[0]["idTag"] == "NoAuthorization"
    else:
        assert world.events()[0]["idToken"] == {"idToken": "", "type": "NoAuthorization"}
    assert not world.station.flash.has_cache or not world.station.flash.cache.entries  # C02.FR.03
    await world.do(lambda: world.station.present("whoever"), 30)
    assert world.told(facts.TransactionEnded)[0].reason == "Local"


async def test_without_authorization_a_token_is_only_told():
    """Part 2 §2.3.1: a token that was presented stands in the transaction, unasked for."""
    world = await online(AuthCtrlr__Enabled=False)
    await world.do(lambda: world.station.present("A"), 5)
    await world.do(lambda: world.station.plug(car()), 60)
    assert [event["idToken"]["idToken"] for event in world.events() if "idToken" in event] == ["A"]
    assert not world.csms.of("Authorize")


async def test_authorization_can_be_switched_on_again():
    world = await online(AuthCtrlr__Enabled=False)
    await world.set(AuthCtrlr__Enabled="true")
    await world.do(lambda: world.station.plug(car()), 60)
    assert not world.station.evse(1).contactor_closed


# -- the local list


@pytest.mark.parametrize("dated", [True, False])
async def test_what_is_out_of_date_in_the_list(dated):
    """C14.FR.02, .04, .05: the CSMS is asked once cacheExpiryDateTime has passed, where the station looks at it."""
    world = await online(AuthCtrlr__LocalPreAuthorize=True, LocalAuthListCtrlr__SupportsExpiryDateTime=dated)
    await listed(world, {"status": "Accepted", "cacheExpiryDateTime": "2025-06-02T06:10:00Z"})
    await world.do(lambda: world.station.present("A"), 700)
    assert not world.csms.of("Authorize")
    world.facts.clear()
    world.csms.answers["Authorize"] = says(V201, "Blocked")
    await world.do(lambda: world.station.present("A"), 5)
    assert len(world.csms.of("Authorize")) == (1 if dated else 0)
    assert verdict(world) == ("Blocked" if dated else "list")


@pytest.mark.parametrize(
    ("unknown", "dated", "charges"), [(True, True, False), (True, False, True), (False, False, True)]
)
async def test_out_of_date_in_the_list_and_offline(unknown, dated, charges):
    """C13.FR.02, .04–.06: who is listed is not unknown, even if the entry is out of date."""
    world = await online(
        AuthCtrlr__OfflineTxForUnknownIdEnabled=unknown, LocalAuthListCtrlr__SupportsExpiryDateTime=dated
    )
    await listed(world, {"status": "Accepted", "cacheExpiryDateTime": "2025-06-02T06:00:30Z"})
    await world.do(world.csms.down, 60)
    await world.do(lambda: world.station.present("A"), 5)
    assert verdict(world) == ("list" if charges else "Offline")
    await world.do(lambda: world.station.present("B", None), 5)


async def test_the_list_has_no_say_where_it_is_off():
    """D01.FR.13: LocalAuthListCtrlr.Enabled."""
    world = await online(AuthCtrlr__LocalPreAuthorize=True)
    await listed(world, {"status": "Accepted"})
    await world.set(LocalAuthListCtrlr__Enabled="false")
    assert known(world.station, Token("A"))[0] is None
    await world.do(lambda: world.station.present("A"), 5)
    assert world.csms.of("Authorize")


async def test_another_type_is_another_token():
    """C01.FR.25 (errata 2025-01)."""
    world = await online(AuthCtrlr__LocalPreAuthorize=True)
    await listed(world, {"status": "Accepted"})
    await world.do(lambda: world.station.present(Token("A", "MacAddress")), 5)
    assert world.csms.of("Authorize") == [{"idToken": {"idToken": "A", "type": "MacAddress"}}]


# -- the cache


async def test_the_caches_room_and_policy_are_variables():
    """C10.FR.07: AuthCacheCtrlr.Policy and Storage."""
    world = await online()
    assert (
        await world.ask(
            "GetVariables",
            {
                "getVariableData": [
                    {"component": {"name": "AuthCacheCtrlr"}, "variable": {"name": name}}
                    for name in ("Policy", "Storage")
                ]
            },
        )
        is not None
    )
    await world.set(AuthCacheCtrlr__Policy="CUSTOM")
    world.station.flash.cache.size = 2
    world.csms.answers["Authorize"] = lambda ask: says(
        V201, "Blocked" if ask["idToken"]["idToken"] == "B" else "Invalid"
    )
    for name in "BCD":
        await world.do(lambda name=name: world.station.present(name), 2)
    assert list(world.station.flash.cache.entries) == ["c", "d"]
    assert int(world.station.variables.text("AuthCacheCtrlr.Storage")) == world.station.flash.cache.used_bytes > 0


async def test_an_answer_counts_though_it_is_not_to_be_cached():
    """C10.FR.13 (errata 2025-01): cacheExpiryDateTime in the past, as of a prepaid account."""
    world = await online()
    world.csms.answers["Authorize"] = says(V201, cacheExpiryDateTime="2020-01-01T00:00:00Z")
    world.csms.answers["TransactionEvent"] = lambda ask: (
        says(V201, cacheExpiryDateTime="2020-01-01T00:00:00Z") if "idToken" in ask else {}
    )
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    assert world.station.evse(1).contactor_closed
    assert not world.station.flash.cache.entries


async def test_a_token_that_expires_while_charging_goes_on_and_stops():
    """C01.FR.03: who began can always end, without being asked for again; what expires is the cache's entry."""
    world = await online()
    soon = says(V201, cacheExpiryDateTime="2025-06-02T06:02:00Z")
    world.csms.answers |= {"Authorize": soon, "TransactionEvent": lambda ask: soon if "idToken" in ask else {}}
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 600)
    assert world.station.evse(1).contactor_closed
    world.csms.got.clear()
    await world.do(lambda: world.station.present("A"), 30)
    assert not world.csms.of("Authorize")
    assert world.told(facts.TransactionEnded)[0].reason == "Local"


# -- contracts


@pytest.mark.proves("station", "Authorize", "2.0.1 2.1")
async def test_a_contract_is_sent_to_be_judged():
    """C07.FR.01, C07.FR.02: always while online, with what OCSP needs."""
    world = await online(name="lab-ac", AuthCtrlr__LocalPreAuthorize=True)
    world.station.flash.cache.remember(Token(EMAID, "eMAID"), TokenInfo("Accepted"), world.station.now)
    await world.do(lambda: world.station.present(Token(EMAID, "eMAID", contract=CONTRACT)), 5)
    [ask] = world.csms.of("Authorize")
    assert ask == {"idToken": {"idToken": EMAID, "type": "eMAID"}, "iso15118CertificateHashData": [HASH]}
    assert verdict(world) == "csms"
    assert world.station.evse(1).authorization.token.contract is None


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_contract_whose_root_is_not_here(allowed):
    """C07.FR.06: CentralContractValidationAllowed has the CSMS look at the certificates themselves."""
    world = await online(name="lab-ac")
    await world.set(**{"ISO15118Ctrlr(1)__CentralContractValidationAllowed": str(allowed).lower()})
    contract = Contract("-----BEGIN CERTIFICATE-----", (HASH,), verified=False, unverifiable=True)
    await world.do(lambda: world.station.present(Token(EMAID, "eMAID", contract=contract)), 5)
    [ask] = world.csms.of("Authorize")
    assert ("certificate" in ask) is allowed
    assert ("iso15118CertificateHashData" in ask) is not allowed


@pytest.mark.parametrize(
    ("validation", "verified", "cached", "unknown", "by"),
    [
        (False, True, True, True, "Offline"),  # C07.FR.07
        (True, False, True, True, "Offline"),  # C07.FR.08
        (True, True, True, False, "cache"),  # C07.FR.11
        (True, True, False, False, "Offline"),
        (True, True, False, True, "offline"),  # C07.FR.12
    ],
)
async def test_a_contract_offline(validation, verified, cached, unknown, by):
    world = await online(name="lab-ac", AuthCtrlr__OfflineTxForUnknownIdEnabled=unknown)
    for evse in world.station.evses:
        await world.set(**{f"ISO15118Ctrlr({evse.id})__ContractValidationOffline": str(validation).lower()})
    if cached:
        world.station.flash.cache.remember(Token(EMAID, "eMAID"), TokenInfo("Accepted"), world.station.now)
    await world.do(world.csms.down, 5)
    contract = Contract("PEM", (HASH,), verified=verified)
    await world.do(lambda: world.station.present(Token(EMAID, "eMAID", contract=contract)), 5)
    assert verdict(world) == by


async def test_a_contract_counts_where_the_controller_that_read_it_lets_it():
    """C07.FR.07: each EVSE has a controller of its own (ISO15118Ctrlr)."""
    world = await online(name="lab-ac", AuthCtrlr__OfflineTxForUnknownIdEnabled=True)
    await world.set(**{"ISO15118Ctrlr(1)__ContractValidationOffline": "false"})
    await world.do(world.csms.down, 5)
    contract = Contract("PEM", (HASH,), evse=1)
    await world.do(lambda: world.station.present(Token(EMAID, "eMAID", contract=contract), 1), 5)
    assert verdict(world) == "Offline"
    elsewhere = Contract("PEM", (HASH,), evse=2)
    await world.do(lambda: world.station.present(Token(EMAID, "eMAID", contract=elsewhere), 2), 5)
    assert verdict(world) == "offline"


# -- what goes along


async def test_additional_info_goes_along():
    """Part 2 C §1.1.1; no more than AdditionalInfoItemsPerMessage (§2.3.2)."""
    world = await online()
    extra = tuple((f"{number}", "plate") for number in range(12))
    world.station.plug(car())
    await world.do(lambda: world.station.present(Token("A", additional=extra)), 30)
    told = world.csms.of("Authorize")[0]["idToken"]["additionalInfo"]
    assert told == [{"additionalIdToken": f"{number}", "type": "plate"} for number in range(10)]
    assert world.events()[0]["idToken"]["additionalInfo"] == told
