"""Certificates over 2.0.1 and 2.1: installed, listed, deleted, signed (A02, A03, M03–M05)."""

import itertools
import subprocess
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from protocol.versions import V21, V201
from simulator.devicemodel.security import MOST_CERTIFICATES
from simulator.keys.memory import Kept, Own, Use
from simulator.keys.store import Keys
from tests.simulator.csms import MUTE, START, World
from tests.simulator.keys.authority import Authority, name, new_key, pem

ROOT = Authority("CSO root")
SUB = ROOT.sub("CSO intermediate")
V2G = Authority("V2G root")
CPO = V2G.sub("CPO Sub-CA 1").sub("CPO Sub-CA 2")
DAY = timedelta(days=1)
BOTH = (V201, V21)


async def started(version=V201, name="ac-22kw", **options) -> World:
    world = World(version, name, **options)
    await world.boot()
    world.clear()
    return world


async def install(world: World, authority: Authority, use: str = "CSMSRootCertificate"):
    return await world.ask("InstallCertificate", {"certificateType": use, "certificate": authority.pem})


async def ids(world: World, *types: str):
    return await world.ask("GetInstalledCertificateIds", {"certificateType": list(types)} if types else {})


def hash_of(certificate: x509.Certificate, issuer: x509.Certificate) -> dict[str, str]:
    """As RFC 6960 has it, not by our own code."""
    asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA256()).build()
    return {
        "hashAlgorithm": "SHA256",
        "issuerNameHash": asked.issuer_name_hash.hex(),
        "issuerKeyHash": asked.issuer_key_hash.hex(),
        "serialNumber": f"{certificate.serial_number:x}",
    }


def security(world: World) -> list[str]:
    return [event.kind for event in world.station.security.log]


# -- M05, M03, M04 --------------------------------------------------------------------------------------------------


@pytest.mark.proves("station", "InstallCertificate GetInstalledCertificateIds DeleteCertificate", "2.0.1 2.1")
@pytest.mark.parametrize("version", BOTH, ids=str)
@pytest.mark.parametrize(
    "use", ["CSMSRootCertificate", "ManufacturerRootCertificate", "MORootCertificate", "V2GRootCertificate"]
)
async def test_a_root_is_installed_listed_and_deleted(version, use):
    world = await started(version)
    assert (await ids(world, use))["status"] == "NotFound"
    assert await install(world, ROOT, use) == {"status": "Accepted"}
    assert world.station.variables.text("SecurityCtrlr.CertificateEntries") == "1"
    wanted = hash_of(ROOT.certificate, ROOT.certificate)
    assert await ids(world, use) == {
        "status": "Accepted",
        "certificateHashDataChain": [{"certificateType": use, "certificateHashData": wanted}],
    }
    assert await ids(world) == await ids(world, use)
    assert await world.ask("DeleteCertificate", {"certificateHashData": wanted}) == {"status": "Accepted"}
    assert (await ids(world))["status"] == "NotFound"
    again = await world.ask("DeleteCertificate", {"certificateHashData": wanted})
    assert again["status"] == "NotFound"
    assert security(world)[-2:] == ["ReconfigurationOfSecurityParameters"] * 2


async def test_2_1_has_roots_of_car_makers():
    world = await started(V21)
    assert await install(world, ROOT, "OEMRootCertificate") == {"status": "Accepted"}
    assert (await ids(world, "OEMRootCertificate"))["status"] == "Accepted"


BROKEN = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
SMALL = rsa.generate_private_key(public_exponent=65537, key_size=1024)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (BROKEN, "no X.509"),
        ("ä", "no X.509"),
        (Authority("old", ends=START - DAY).pem, "expired"),
        (Authority("new", begins=START + DAY).pem, "not valid before"),
        (Authority("no CA", is_ca=False).pem, "not the certificate of a CA"),
        (Authority("weak", key=SMALL).pem, "1024 bits"),
        (SUB.pem, "signed neither by itself"),
        (ROOT.pem + V2G.pem, "2 certificates"),
    ],
)  # fmt: skip
async def test_what_is_no_root_is_rejected(text, why):
    """M05.FR.07."""
    world = await started()
    answer = await world.ask("InstallCertificate", {"certificateType": "CSMSRootCertificate", "certificate": text})
    assert answer["status"] == "Rejected"
    assert answer["statusInfo"]["reasonCode"] == "InvalidCertificate"
    assert why in answer["statusInfo"]["additionalInfo"]
    assert (await ids(world))["status"] == "NotFound"


async def test_a_root_that_is_there_is_replaced_and_takes_no_more_room():
    """M05.FR.17."""
    world = await started()
    await install(world, ROOT)
    assert await install(world, ROOT) == {"status": "Accepted"}
    assert len((await ids(world))["certificateHashDataChain"]) == 1


async def test_when_there_is_no_room_it_is_rejected():
    """M05.FR.06."""
    world = await started()
    keys = world.station.function(Keys)
    for number in range(MOST_CERTIFICATES):
        assert (await install(world, Authority(f"root {number}"), "V2GRootCertificate"))["status"] == "Accepted"
    answer = await install(world, ROOT)
    assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", "OutOfStorage")
    assert len(keys.kept.roots) == MOST_CERTIFICATES


async def test_a_secure_element_that_does_not_answer_fails():
    """M05.FR.03, M04.FR.03."""
    world = await started()
    await install(world, ROOT)
    world.station.function(Keys).jammed = True
    assert (await install(world, V2G))["status"] == "Failed"
    wanted = hash_of(ROOT.certificate, ROOT.certificate)
    assert (await world.ask("DeleteCertificate", {"certificateHashData": wanted}))["status"] == "Failed"


@pytest.mark.parametrize("algorithm", ["SHA384", "SHA512"])
async def test_a_certificate_can_be_named_by_another_hash(algorithm):
    world = await started()
    await install(world, ROOT)
    asked = ocsp.OCSPRequestBuilder().add_certificate(ROOT.certificate, ROOT.certificate, getattr(hashes, algorithm)())
    named = {
        "hashAlgorithm": algorithm,
        "issuerNameHash": asked.build().issuer_name_hash.hex().upper(),
        "issuerKeyHash": asked.build().issuer_key_hash.hex(),
        "serialNumber": f"{ROOT.certificate.serial_number:X}",
    }
    assert await world.ask("DeleteCertificate", {"certificateHashData": named}) == {"status": "Accepted"}


async def test_what_is_installed_survives_the_power():
    world = await started()
    await install(world, ROOT)
    await world.do(world.station.power_off)
    await world.do(world.station.power_on, 20)
    assert (await ids(world))["status"] == "Accepted"


# -- M05.FR.09-.12 --------------------------------------------------------------------------------------------------


async def strict() -> World:
    return await started(config={"SecurityCtrlr.AdditionalRootCertificateCheck": True})


async def test_with_the_additional_check_a_root_must_be_signed_by_the_one_before():
    """M05.FR.10, .11, .12."""
    world = await strict()
    assert await install(world, ROOT) == {"status": "Accepted"}
    answer = await install(world, V2G)
    assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", "InvalidCertificate")
    assert await install(world, SUB) == {"status": "Accepted"}
    kept = world.station.flash.memory(Kept)
    assert [root.certificate for root in kept.of(Use.CSMS)] == [SUB.certificate]
    assert kept.former_root is not None
    assert kept.former_root.certificate == ROOT.certificate
    assert len((await ids(world, "CSMSRootCertificate"))["certificateHashDataChain"]) == 2


async def test_the_additional_check_is_for_csms_roots_only():
    world = await strict()
    await install(world, ROOT)
    assert await install(world, V2G, "V2GRootCertificate") == {"status": "Accepted"}


# -- A02 ------------------------------------------------------------------------------------------------------------


async def triggered(version=V201, what="SignChargingStationCertificate", name="ac-22kw", evse=None, **options) -> World:
    world = await started(version, name, **options)
    world.csms.answers["SignCertificate"] = {"status": "Accepted"}
    world.csms.answers["GetCertificateStatus"] = {"status": "Failed"}
    await install(world, ROOT)
    await install(world, V2G, "V2GRootCertificate")
    ask = {"requestedMessage": what} | ({"evse": {"id": evse}} if evse else {})
    assert await world.ask("TriggerMessage", ask) == {"status": "Accepted"}
    return world


def openssl(*arguments: object, text: str = "") -> str:
    done = subprocess.run(["openssl", *map(str, arguments)], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.proves("station", "SignCertificate TriggerMessage", "2.0.1 2.1")
@pytest.mark.parametrize("version", BOTH, ids=str)
@pytest.mark.parametrize(("kind", "made"), [("EC", ec.EllipticCurvePublicKey), ("RSA", rsa.RSAPublicKey)])
async def test_a_key_pair_is_made_and_its_signing_asked_for(version, kind, made, tmp_path):
    """A02.FR.02, .03; A00.FR.501-.511."""
    world = await triggered(version, config={"SecurityCtrlr.KeyType": kind, "SecurityCtrlr.OrganizationName": "CPO AG"})
    (asked,) = world.csms.of("SignCertificate")
    assert asked["certificateType"] == "ChargingStationCertificate"
    assert asked.get("requestId") == (1 if version is V21 else None)
    assert "verify OK" in openssl("req", "-verify", "-noout", text=asked["csr"])
    csr = x509.load_pem_x509_csr(asked["csr"].encode())
    assert csr.is_signature_valid
    assert isinstance(csr.public_key(), made)
    assert csr.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "CP-1"
    assert csr.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == "CPO AG"
    assert isinstance(csr.signature_hash_algorithm, hashes.SHA256)


async def signed(world: World, chain: str | None = None, **more):
    if chain is None:
        chain = SUB.answer(world.csms.of("SignCertificate")[-1]["csr"])
    return await world.ask("CertificateSigned", {"certificateChain": chain, **more})


@pytest.mark.proves("station", "CertificateSigned", "2.0.1 2.1")
@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_a_good_certificate_is_taken(version, tmp_path):
    world = await triggered(version)
    more = {"requestId": 1} if version is V21 else {}
    assert await signed(world, certificateType="ChargingStationCertificate", **more) == {"status": "Accepted"}
    mine = world.station.function(Keys).identity(Own.STATION)
    assert mine is not None
    (tmp_path / "root.pem").write_text(ROOT.pem)
    (tmp_path / "chain.pem").write_text(mine.chain)
    (tmp_path / "key.pem").write_text(mine.key)
    at = int(START.timestamp())
    checked = openssl("verify", "-attime", at, "-CAfile", tmp_path / "root.pem", "-untrusted", tmp_path / "chain.pem",
                      tmp_path / "chain.pem")  # fmt: skip
    assert "OK" in checked
    public = openssl("pkey", "-in", tmp_path / "key.pem", "-pubout")
    assert public == openssl("x509", "-in", tmp_path / "chain.pem", "-pubkey", "-noout")
    assert "ReconfigurationOfSecurityParameters" in security(world)
    assert not world.station.flash.memory(Kept).requests
    await world.run(world.clock.now + 2000)
    assert len(world.csms.of("SignCertificate")) == 1  # nothing is waited for any more


def other_key(world: World) -> str:
    return pem(SUB.leaf(name("CP-1"), new_key().public_key())) + SUB.above()


def stranger(world: World) -> str:
    return Authority("stranger").answer(world.csms.of("SignCertificate")[-1]["csr"])


def not_yet(world: World) -> str:
    """Errata of 2025-01: no certificate for later."""
    return SUB.answer(world.csms.of("SignCertificate")[-1]["csr"], begins=START + DAY)


def over(world: World) -> str:
    return SUB.answer(world.csms.of("SignCertificate")[-1]["csr"], begins=START - 2 * DAY, ends=START - DAY)


def other_name(world: World) -> str:
    public = x509.load_pem_x509_csr(world.csms.of("SignCertificate")[-1]["csr"].encode()).public_key()
    return pem(SUB.leaf(name("CP-2"), public)) + SUB.above()


def nobodys(world: World) -> str:
    public = x509.load_pem_x509_csr(world.csms.of("SignCertificate")[-1]["csr"].encode()).public_key()
    return pem(SUB.leaf(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CP-1")]), public)) + SUB.above()


def without_intermediate(world: World) -> str:
    return SUB.answer(world.csms.of("SignCertificate")[-1]["csr"]).replace(SUB.pem, "")


def nonsense(world: World) -> str:
    return BROKEN


@pytest.mark.parametrize(
    "made", [other_key, stranger, not_yet, over, other_name, nobodys, without_intermediate, nonsense]
)
async def test_a_bad_certificate_is_discarded_and_told_of(made):
    """A02.FR.06, .07, .20."""
    world = await triggered()
    answer = await signed(world, made(world))
    assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", "InvalidCertificate")
    assert world.station.function(Keys).identity(Own.STATION) is None
    assert [told["type"] for told in world.csms.of("SecurityEventNotification")] == [
        "InvalidChargingStationCertificate"
    ]
    await world.run(world.clock.now + 5000)
    assert len(world.csms.of("SignCertificate")) == 1
    await world.ask("TriggerMessage", {"requestedMessage": "SignChargingStationCertificate"})
    assert len(world.csms.of("SignCertificate")) == 2
    assert await signed(world) == {"status": "Accepted"}


async def test_a_certificate_that_nobody_asked_for_is_rejected():
    world = await started()
    await install(world, ROOT)
    answer = await signed(world, other_key(world))
    assert answer["status"] == "Rejected"


async def test_a_chain_that_is_too_large_is_rejected():
    """A02.FR.16, .17."""
    world = await triggered(config={"SecurityCtrlr.MaxCertificateChainSize": 900})
    answer = await signed(world)
    assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", "TooLargeElement")
    assert "InvalidChargingStationCertificate" not in security(world)
    await world.run(world.clock.now + 3600)
    assert len(world.csms.of("SignCertificate")) == 1  # A02.FR.17: something came


async def test_the_number_of_another_request_is_no_good():
    world = await triggered(V21)
    assert (await signed(world, requestId=7))["status"] == "Rejected"


async def test_a_jammed_secure_element_takes_no_certificate():
    world = await triggered()
    world.station.function(Keys).jammed = True
    answer = await signed(world)
    assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", "InternalError")


# -- A02.FR.17-.21 --------------------------------------------------------------------------------------------------


async def test_without_a_certificate_it_is_asked_for_again_and_again_but_not_for_ever():
    """A02.FR.17, .18, .19; the part 6 test case 23."""
    world = await triggered(
        config={"SecurityCtrlr.CertSigningWaitMinimum": 30, "SecurityCtrlr.CertSigningRepeatTimes": 1}
    )
    await world.run(world.clock.now + 3000)
    times = world.csms.times("SignCertificate")
    assert [round(after - before) for before, after in itertools.pairwise(times)] == [30, 60]
    assert len({ask["csr"] for ask in world.csms.of("SignCertificate")}) == 1
    assert await signed(world) == {"status": "Accepted"}  # late, and good all the same
    await world.ask("TriggerMessage", {"requestedMessage": "SignChargingStationCertificate"})
    assert len(world.csms.of("SignCertificate")) == 4


async def test_a_csms_that_does_not_sign_is_not_asked_again():
    """A03.FR.12."""
    world = await started()
    world.csms.answers["SignCertificate"] = {"status": "Rejected"}
    await world.ask("TriggerMessage", {"requestedMessage": "SignChargingStationCertificate"}, 3000)
    assert len(world.csms.of("SignCertificate")) == 1


async def test_a_new_trigger_takes_the_place_of_what_waits():
    world = await triggered()
    await world.ask("TriggerMessage", {"requestedMessage": "SignChargingStationCertificate"}, 100)
    first, second, *_ = world.csms.of("SignCertificate")
    assert first["csr"] != second["csr"]
    assert (await signed(world, SUB.answer(first["csr"])))["status"] == "Rejected"


async def test_a_request_that_got_lost_is_sent_over_the_next_connection():
    world = await triggered()
    world.csms.answers["SignCertificate"] = MUTE
    await world.ask("TriggerMessage", {"requestedMessage": "SignChargingStationCertificate"})
    world.csms.down()
    world.csms.up()
    world.csms.answers["SignCertificate"] = {"status": "Accepted"}
    await world.run(world.clock.now + 50)
    asked = world.csms.of("SignCertificate")
    assert asked[-1] == asked[-2]


async def test_what_waits_survives_the_power_with_its_key():
    world = await triggered()
    csr = world.csms.of("SignCertificate")[-1]["csr"]
    await world.do(world.station.power_off)
    await world.do(world.station.power_on, 20)
    assert world.csms.of("SignCertificate")[-1]["csr"] == csr
    assert await signed(world) == {"status": "Accepted"}


# -- A03 ------------------------------------------------------------------------------------------------------------


@pytest.mark.proves("station", "SignCertificate CertificateSigned", "2.0.1")
async def test_a_certificate_is_renewed_a_month_before_its_end():
    """A03.FR.02, .03."""
    world = await triggered()
    csr = world.csms.of("SignCertificate")[-1]["csr"]
    await signed(world, SUB.answer(csr, ends=START + 31 * DAY))
    world.clear()
    await world.run(0.99 * DAY.total_seconds())
    assert not world.csms.of("SignCertificate")
    await world.run(1.01 * DAY.total_seconds())
    (asked, *_) = world.csms.of("SignCertificate")
    assert asked["csr"] != csr
    assert await signed(world) == {"status": "Accepted"}


async def test_one_that_ended_while_the_power_was_off_is_renewed_at_once():
    world = await triggered()
    await signed(world, SUB.answer(world.csms.of("SignCertificate")[-1]["csr"], ends=START + 31 * DAY))
    await world.do(world.station.power_off, 40 * DAY.total_seconds())
    world.clear()
    await world.do(world.station.power_on, 20)
    assert len(world.csms.of("SignCertificate")) == 1


# -- ISO 15118 ------------------------------------------------------------------------------------------------------


async def test_a_v2g_certificate_names_the_controller():
    world = await triggered(what="SignV2GCertificate", name="lab-dc", evse=1)
    (asked,) = world.csms.of("SignCertificate")
    assert asked["certificateType"] == "V2GCertificate"
    subject = x509.load_pem_x509_csr(asked["csr"].encode()).subject
    assert subject.rfc4514_string() == "DC=CPO,CN=DECHBE00001,O=Chargebench,C=DE"
    assert (await signed(world, stranger(world)))["status"] == "Rejected"
    await world.ask("TriggerMessage", {"requestedMessage": "SignV2GCertificate", "evse": {"id": 1}})
    assert await signed(world, CPO.answer(world.csms.of("SignCertificate")[-1]["csr"])) == {"status": "Accepted"}
    (chain,) = (await ids(world, "V2GCertificateChain"))["certificateHashDataChain"]
    leaf = world.station.function(Keys).identity(Own.V2G, "DECHBE00001").leaf
    assert chain["certificateHashData"] == hash_of(leaf, CPO.certificate)
    assert chain["childCertificateHashData"] == [
        hash_of(CPO.certificate, CPO.under.certificate),
        hash_of(CPO.under.certificate, V2G.certificate),
    ]
    named = {"certificateHashData": chain["childCertificateHashData"][0]}
    assert await world.ask("DeleteCertificate", named) == {"status": "Accepted"}  # M04.FR.08
    assert (await ids(world, "V2GCertificateChain"))["status"] == "NotFound"


@pytest.mark.parametrize("what", ["SignV2GCertificate", "SignCombinedCertificate"])
async def test_a_station_without_iso_15118_has_no_such_certificate(what):
    world = await started()
    assert await world.ask("TriggerMessage", {"requestedMessage": what}) == {"status": "NotImplemented"}  # F06.FR.08


async def test_a_combined_certificate_serves_for_both():
    world = await triggered(what="SignCombinedCertificate", name="lab-dc")
    (asked,) = world.csms.of("SignCertificate")
    assert "certificateType" not in asked
    assert await signed(world) == {"status": "Accepted"}
    keys = world.station.function(Keys)
    assert keys.identity(Own.V2G, "DECHBE00001") is keys.identity(Own.STATION)
    assert (await ids(world, "V2GCertificateChain"))["status"] == "Accepted"


async def test_without_a_v2g_certificate_there_is_no_plug_and_charge_until_the_next_start():
    """A02.FR.21."""
    world = await started(name="lab-dc")
    world.csms.answers["SignCertificate"] = {"status": "Rejected"}
    await world.ask("TriggerMessage", {"requestedMessage": "SignV2GCertificate", "evse": {"id": 1}})
    assert not world.station.variables.flag("ISO15118Ctrlr(1).PnCEnabled")
    await world.ask("Reset", {"type": "Immediate"}, 20)
    assert world.station.variables.flag("ISO15118Ctrlr(1).PnCEnabled")


# -- M04.FR.06 ------------------------------------------------------------------------------------------------------


async def test_the_stations_own_certificate_is_not_deleted():
    world = await triggered()
    await signed(world)
    leaf = world.station.function(Keys).identity(Own.STATION).leaf
    named = {"certificateHashData": hash_of(leaf, SUB.certificate)}
    assert (await world.ask("DeleteCertificate", named))["status"] == "Failed"
    assert world.station.function(Keys).identity(Own.STATION) is not None
