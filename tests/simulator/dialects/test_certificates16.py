"""Certificates over 1.6 with the security whitepaper."""

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from protocol.versions import V16
from simulator.keys.memory import Own
from simulator.keys.store import Keys
from tests.simulator.csms import World
from tests.simulator.dialects.test_certificates201 import BROKEN, ROOT, SUB, hash_of, openssl
from tests.simulator.keys.authority import Authority

CENTRAL, MAKER = "CentralSystemRootCertificate", "ManufacturerRootCertificate"


async def started(**options) -> World:
    world = World(V16, **options)
    await world.boot()
    world.csms.answers["SignCertificate"] = {"status": "Accepted"}
    world.clear()
    return world


async def install(world: World, text: str = ROOT.pem, use: str = CENTRAL) -> str:
    return (await world.ask("InstallCertificate", {"certificateType": use, "certificate": text}))["status"]


@pytest.mark.proves("station", "InstallCertificate GetInstalledCertificateIds DeleteCertificate", "1.6")
@pytest.mark.parametrize(("use", "other"), [(CENTRAL, MAKER), (MAKER, CENTRAL)])
async def test_a_root_is_installed_listed_and_deleted(use, other):
    world = await started()
    assert await world.ask("GetInstalledCertificateIds", {"certificateType": use}) == {"status": "NotFound"}
    assert await install(world, use=use) == "Accepted"
    named = hash_of(ROOT.certificate, ROOT.certificate)
    listed = {"status": "Accepted", "certificateHashData": [named]}
    assert await world.ask("GetInstalledCertificateIds", {"certificateType": use}) == listed
    assert await world.ask("GetInstalledCertificateIds", {"certificateType": other}) == {"status": "NotFound"}
    assert await world.ask("DeleteCertificate", {"certificateHashData": named}) == {"status": "Accepted"}
    assert await world.ask("DeleteCertificate", {"certificateHashData": named}) == {"status": "NotFound"}


async def test_what_is_no_root_is_rejected():
    """M05.FR.06."""
    assert await install(await started(), BROKEN) == "Rejected"


async def test_there_is_room_for_so_many():
    """M05.FR.03."""
    world = await started()
    (room,) = (await world.ask("GetConfiguration", {"key": ["CertificateStoreMaxLength"]}))["configurationKey"]
    assert room["readonly"]
    for number in range(int(room["value"])):
        assert await install(world, Authority(f"root {number}").pem) == "Accepted"
    assert await install(world) == "Rejected"


async def test_a_store_that_is_jammed_fails():
    """M05.FR.04, M04.FR.03."""
    world = await started()
    await install(world)
    world.station.function(Keys).jammed = True
    assert await install(world, Authority("another").pem) == "Failed"
    named = hash_of(ROOT.certificate, ROOT.certificate)
    assert await world.ask("DeleteCertificate", {"certificateHashData": named}) == {"status": "Failed"}


@pytest.mark.proves("station", "SignCertificate CertificateSigned ExtendedTriggerMessage", "1.6")
async def test_the_certificate_is_signed_when_the_central_system_wants_it():
    """A02.FR.02, .03, .13; the CSR's O is CpoName."""
    world = await started()
    await world.ask("ChangeConfiguration", {"key": "CpoName", "value": "CPO AG"})
    await install(world)
    trigger = {"requestedMessage": "SignChargePointCertificate"}
    assert await world.ask("ExtendedTriggerMessage", trigger) == {"status": "Accepted"}
    (asked,) = world.csms.of("SignCertificate")
    assert set(asked) == {"csr"}
    assert "verify OK" in openssl("req", "-verify", "-noout", text=asked["csr"])
    subject = x509.load_pem_x509_csr(asked["csr"].encode()).subject
    assert subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == "CPO AG"
    chain = {"certificateChain": SUB.answer(asked["csr"])}
    assert await world.ask("CertificateSigned", chain) == {"status": "Accepted"}
    assert world.station.function(Keys).identity(Own.STATION) is not None


async def test_a_bad_certificate_is_discarded_and_told_of():
    """A02.FR.07."""
    world = await started()
    await install(world)
    await world.ask("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"})
    chain = Authority("stranger").answer(world.csms.of("SignCertificate")[0]["csr"])
    assert await world.ask("CertificateSigned", {"certificateChain": chain}) == {"status": "Rejected"}
    assert [told["type"] for told in world.csms.of("SecurityEventNotification")] == ["InvalidChargePointCertificate"]


async def test_it_is_asked_for_again_as_the_keys_say():
    world = await started()
    for key, value in (("CertSigningWaitMinimum", "20"), ("CertSigningRepeatTimes", "0")):
        assert await world.ask("ChangeConfiguration", {"key": key, "value": value}) == {"status": "Accepted"}
    await world.ask("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"}, 500)
    first, second = world.csms.times("SignCertificate")
    assert second - first == pytest.approx(20, abs=0.1)


async def test_a_chain_may_be_so_long():
    world = await started(config={"CertificateSignedMaxChainSize": 500})
    await install(world)
    await world.ask("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"})
    chain = SUB.answer(world.csms.of("SignCertificate")[0]["csr"])
    assert await world.ask("CertificateSigned", {"certificateChain": chain}) == {"status": "Rejected"}
