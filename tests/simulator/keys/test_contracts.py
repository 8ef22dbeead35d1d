"""Plug & Charge: contracts that EVs show, and contracts that they get (C07, M01, M02)."""

from datetime import timedelta

import pytest

from protocol.versions import V16, V21, V201
from simulator.flash import Flash
from simulator.keys.commissioning import commissioned
from simulator.keys.contracts import token_of
from simulator.keys.memory import Kept
from simulator.keys.vehicle import Papers
from tests.simulator.csms import MUTE, START, World, car
from tests.simulator.dialects.test_certificates201 import hash_of
from tests.simulator.keys.authority import YEAR, Authority, key_pem, name, new_key, pem
from tests.simulator.keys.test_vehicle import CONTRACT_CA, MAKER_CA, answer, papers

V2G = Authority("V2G root")
SECC = "DECHBE00001"
EMAID = "DECHBC00000001"
MOBILITY = CONTRACT_CA.under
DAY = timedelta(days=1)
BOTH = (V201, V21)


def secc(**dates) -> tuple[str, str, str]:
    key = new_key()
    return SECC, pem(V2G.leaf(name(SECC), key.public_key(), **dates)), key_pem(key)


async def started(version=V201, profile="lab-dc", *, known=True, v2g=True, **config) -> World:
    roots = {"mobility_roots": MOBILITY.pem} if known else {}
    memory = commissioned(v2g_roots=V2G.pem, v2g=[secc()] if v2g is True else v2g or [], **roots)
    config = {key.replace("__", "."): value for key, value in config.items()}
    world = World(version, profile, flash=Flash(memories={Kept: memory}), config=config)
    world.csms.answers["GetCertificateStatus"] = {"status": "Failed"}
    world.csms.answers["SignCertificate"] = {"status": "Accepted"}
    await world.boot()
    await world.run(60)
    world.clear()
    return world


async def plug(world: World, contract: Papers | None = None, provisioning: Papers | None = None, then_s=30):
    ev = car()
    ev.contract, ev.provisioning = contract, provisioning
    await world.do(lambda: world.station.plug(ev), then_s)
    return ev


def contract(**dates) -> Papers:
    return papers(CONTRACT_CA, EMAID, **dates)


@pytest.mark.proves("station", "Authorize", "2.0.1 2.1")
@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_a_contract_is_shown_with_its_hashes(version):
    """C07.FR.01, .02."""
    world = await started(version)
    shown = contract()
    await plug(world, shown)
    (asked,) = world.csms.of("Authorize")
    assert asked["idToken"] == {"idToken": EMAID, "type": "eMAID"}
    url = {"responderURL": "http://ocsp.example/"}
    assert asked["iso15118CertificateHashData"] == [
        hash_of(shown.leaf, CONTRACT_CA.certificate) | url,
        hash_of(CONTRACT_CA.certificate, MOBILITY.certificate) | url,
    ]
    assert "certificate" not in asked
    tokens = [event["idToken"]["type"] for event in world.events() if "idToken" in event]
    assert tokens == ["eMAID"]
    assert world.station.evses[0].tx is not None


async def test_a_contract_that_the_station_cannot_verify_goes_to_the_csms():
    """C07.FR.06."""
    world = await started(known=False, **{"ISO15118Ctrlr(1).CentralContractValidationAllowed": True})
    shown = contract()
    await plug(world, shown)
    (asked,) = world.csms.of("Authorize")
    assert asked["certificate"] == shown.chain
    assert "iso15118CertificateHashData" not in asked


async def test_without_leave_the_certificate_stays_at_the_station():
    world = await started(known=False)
    await plug(world, contract())
    assert "certificate" not in world.csms.of("Authorize")[0]


async def test_nobody_is_asked_twice_who_has_a_card():
    world = await started()
    ev = car()
    ev.contract = contract()
    world.station.plug(ev)
    await world.do(lambda: world.station.present("A", 1), 30)
    assert [ask["idToken"]["idToken"] for ask in world.csms.of("Authorize")] == ["A"]


@pytest.mark.parametrize(
    "options",
    [{"v2g": ()}, {"v2g": [secc(ends=START - DAY, begins=START - YEAR)]}, {"ISO15118Ctrlr(1).PnCEnabled": False}],
    ids=["no certificate", "an old one", "switched off"],
)
async def test_no_plug_and_charge(options):
    world = await started(**options)
    await plug(world, contract())
    assert not world.csms.of("Authorize")


async def test_1_6_has_none():
    world = await started(V16)
    await plug(world, contract())
    assert not world.csms.of("Authorize")


async def test_a_contract_is_shown_in_a_transaction_that_the_cable_has_begun():
    """C07.FR.01, E01.FR.02."""
    world = await started(TxCtrlr__TxStartPoint="EVConnected")
    await plug(world, contract())
    assert [ask["idToken"]["idToken"] for ask in world.csms.of("Authorize")] == [EMAID]
    assert [event["idToken"]["idToken"] for event in world.events() if "idToken" in event] == [EMAID]


async def offline(**config) -> World:
    world = await started(**config)
    await world.do(world.csms.down)
    return world


async def test_offline_a_valid_contract_may_do():
    """C07.FR.08, .12."""
    world = await offline(AuthCtrlr__OfflineTxForUnknownIdEnabled=True)
    await plug(world, contract())
    assert world.station.evses[0].tx is not None


@pytest.mark.parametrize(
    ("config", "dates"),
    [
        ({"ISO15118Ctrlr(1).ContractValidationOffline": False}, {}),
        ({"known": False}, {}),
        ({}, {"begins": START - 2 * DAY, "ends": START - DAY}),
    ],
    ids=["not allowed", "unknown root", "expired"],
)  # fmt: skip
async def test_offline_there_is_no_charging(config, dates):
    """C07.FR.07, .08."""
    world = await offline(AuthCtrlr__OfflineTxForUnknownIdEnabled=True, **config)
    await plug(world, contract(**dates))
    assert world.station.evses[0].tx is None


def test_what_is_verified_and_what_is_unknown():
    world = World(flash=Flash(memories={Kept: commissioned(mobility_roots=MOBILITY.pem)}))
    good = token_of(world.station, contract()).contract
    assert (good.verified, good.unverifiable) == (True, False)
    old = token_of(world.station, contract(begins=START - 2 * DAY, ends=START - DAY)).contract
    assert (old.verified, old.unverifiable) == (False, False)
    foreign = token_of(world.station, papers(Authority("another operator"), EMAID)).contract
    assert (foreign.verified, foreign.unverifiable) == (False, True)


# -- M01, M02 -------------------------------------------------------------------------------------------------------


def provides(world: World, shown: Papers, emaid: str = EMAID) -> None:
    world.csms.answers["Get15118EVCertificate"] = lambda _ask: {
        "status": "Accepted",
        "exiResponse": answer(shown, emaid)[0],
    }


@pytest.mark.proves("station", "Get15118EVCertificate", "2.0.1 2.1")
@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_an_ev_without_a_contract_gets_one_and_charges_with_it(version):
    """M01.FR.01."""
    world = await started(version)
    maker = papers(MAKER_CA, "WMIV1234567890ABCDEX")
    provides(world, maker)
    ev = await plug(world, None, maker)
    (asked,) = world.csms.of("Get15118EVCertificate")
    assert (asked["action"], asked["iso15118SchemaVersion"]) == ("Install", "urn:iso:15118:2:2013:MsgDef")
    assert (ev.contract.name, ev.refused) == (EMAID, "")
    assert world.csms.of("Authorize")[0]["idToken"]["idToken"] == EMAID


async def test_a_contract_that_is_about_to_end_is_renewed():
    """M02.FR.01."""
    world = await started()
    before = contract(ends=START + 10 * DAY)
    provides(world, before)
    ev = await plug(world, before)
    assert world.csms.of("Get15118EVCertificate")[0]["action"] == "Update"
    assert ev.contract.leaf != before.leaf


async def test_an_ev_whose_contract_is_not_renewed_does_not_fall_back_on_it():
    """ISO 15118-2: a failure ends the session; part 6 TC_M_29_CS wants no AuthorizeRequest."""
    world = await started()
    world.csms.answers["Get15118EVCertificate"] = {"status": "Failed", "exiResponse": ""}
    ev = await plug(world, contract(ends=START + 10 * DAY), None, 60)
    assert "has no contract" in ev.refused
    assert not world.csms.of("Authorize")


async def test_an_expired_contract_is_installed_anew():
    world = await started()
    maker = papers(MAKER_CA, "WMIV1234567890ABCDEX")
    provides(world, maker)
    await plug(world, contract(begins=START - 2 * DAY, ends=START - DAY), maker)
    assert world.csms.of("Get15118EVCertificate")[0]["action"] == "Install"


async def test_a_good_contract_is_left_alone():
    world = await started()
    await plug(world, contract(), papers(MAKER_CA, "WMIV1234567890ABCDEX"))
    assert not world.csms.of("Get15118EVCertificate")


async def test_where_installation_is_switched_off_nobody_is_asked():
    world = await started(**{"ISO15118Ctrlr(1).ContractCertificateInstallationEnabled": False})
    await plug(world, None, papers(MAKER_CA, "WMIV1234567890ABCDEX"))
    assert not world.csms.of("Get15118EVCertificate")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"status": "Failed", "exiResponse": "gA=="}, "has no contract"),
        ({"status": "Accepted", "exiResponse": "????"}, "no base64"),
        (MUTE, "no answer"),
    ],
)
async def test_an_ev_that_gets_no_contract_is_told(said, why):
    """M01, error handling: after 5 s the EV has failed."""
    world = await started()
    world.csms.answers["Get15118EVCertificate"] = said
    ev = await plug(world, None, papers(MAKER_CA, "WMIV1234567890ABCDEX"), 10)
    assert why in ev.refused
    assert ev.contract is None
    assert not world.csms.of("Authorize")
