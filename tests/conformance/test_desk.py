"""What an operator does at the reference CSMS, and the registry of such skills."""

from pathlib import Path

import pytest

from conformance import papers, runner
from conformance.hands import Skills, agreed
from conformance.hands.desk import Desk
from conformance.rigs import Doorway
from conformance.rigs.reference import ReferenceCsms
from conformance.vocabulary import CSMS, V201, Tokens


def test_an_operation_has_one_pair_of_hands():
    skill = Skills()
    skill("plug")(print)
    with pytest.raises(ValueError, match="plug"):
        skill("plug")(print)


def test_every_token_that_is_agreed_on_can_be_entered():
    told = list(agreed(Tokens()))
    assert {each["token"] for each in told} >= {Tokens().valid.id, Tokens().contract.id, Tokens().expired.id}
    assert next(each for each in told if each["token"] == Tokens().blocked.id)["status"] == "Blocked"


@pytest.mark.parametrize(
    ("case", "known"),
    [
        ("TC_B_01_CSMS", set()),
        ("TC_A_02_CSMS", set()),
        ("TC_A_04_CSMS", {"csms_roots"}),
        ("TC_A_07_CSMS", {"csms_roots", "credentials"}),
    ],
)
async def test_a_station_is_known_by_its_security_profile(case, known):
    rig = ReferenceCsms(runner.START).fitted(case)
    async with rig.mount(runner.describe(CSMS, V201, rig), Doorway()) as mounted:
        told = {name: mounted.known[name] for name in ("csms_roots", "credentials") if name in mounted.known}
        assert set(told) == known
        if "credentials" in told:
            assert papers.leads_to(told["credentials"].chain, told["csms_roots"])


@pytest.mark.parametrize("action", ["Install", "Update"])
async def test_an_ev_gets_the_contract_that_was_sold(action):
    rig = ReferenceCsms(runner.START)
    async with rig.mount(runner.describe(CSMS, V201, rig), Doorway()) as mounted:
        desk = mounted.hands
        assert isinstance(desk, Desk)
        assert papers.is_exi(await desk.find("provision.contract")(action=action))
        assert desk.find("provision.weather") is None


async def test_a_root_of_others_is_trusted_with_its_responder():
    rig = ReferenceCsms(runner.START)
    subject = runner.describe(CSMS, V201, rig)
    assert rig.has("open_responder")
    async with rig.mount(subject, Doorway()) as mounted:
        url = await mounted.hands.find("open_responder")(revoked=["ff"])
        await mounted.hands.find("provision.contract_root")(certificate=subject.pki.mobility.pem, responder=url)
        settings = mounted.hands.csms.settings
        assert settings.ocsp_responders == (url,)
        kept = Path(settings.contract_ca)
        assert kept.read_text() == subject.pki.mobility.pem
        assert mounted.hands.find("asked_responder")() == []
    assert not kept.exists()
