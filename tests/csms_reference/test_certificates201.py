"""Certificates, security events and passwords with a 2.0.1 station (blocks A and M)."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.x509 import ocsp

from csms_reference.dialects.certificates import hash_of_row, own
from csms_reference.pki.authority import distinguished
from csms_reference.pki.contracts import session_key
from csms_reference.pki.hierarchy import ROOT_OF_USE, Hierarchy
from csms_reference.pki.issuing import issue
from csms_reference.services import certificates
from csms_reference.store.certificate_tables import installed, security_events, signing_requests
from csms_reference.store.tables import stations
from protocol.security import verify as password_is
from protocol.x509 import Purpose, common_name, der, hash_data, load_chain, load_der, verify
from tests.csms_reference.conftest import NOW
from tests.csms_reference.pki.conftest import csr, new_key

STATION = "ChargingStationCertificate"


@pytest.fixture
def it(bench):
    return bench()


async def root(it, name):
    (found,) = load_chain(await own(it.csms, name))
    return found


async def certify(it, name, kind, key=None, **more):
    hierarchy, public = Hierarchy.of(it.settings), (key or new_key()).public_key()
    subject = distinguished(name, "Chargebench")
    return await it.store.write(lambda database: issue(database, hierarchy, kind, subject, public, at=it.time, **more))


def ocsp_data(certificate, issuer, url="http://csms.invalid/ocsp"):
    return {**hash_data(certificate, issuer), "responderURL": url}


# -- A02, A03 -------------------------------------------------------------------------------------------------------


@pytest.mark.proves("csms", "SignCertificate CertificateSigned", "2.0.1 2.1")
@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
@pytest.mark.parametrize(
    ("kind", "name", "above"), [(STATION, "CP-1", "cso-root"), ("V2GCertificate", "SECC", "v2g-root")]
)
async def test_a_csr_is_answered_with_a_certificate(it, kind, name, above, version):
    """A02.FR.11, A02.FR.14, A03.FR.11."""
    station = await it.station(version=version)
    station.replies["CertificateSigned"] = {"status": "Accepted"}
    key = new_key()
    number = {"requestId": 7} if version == "2.1" else {}
    asked = {"csr": csr(name, key=key), "certificateType": kind, **number}
    assert await station.ask("SignCertificate", asked) == {"status": "Accepted"}
    await station.until(lambda: station.calls)
    await it.quiet()
    ((action, sent),) = station.calls
    assert action == "CertificateSigned"
    assert sent["certificateType"] == kind
    assert sent.get("requestId") == number.get("requestId")
    leaf, *between = load_chain(sent["certificateChain"])
    assert leaf.public_key() == key.public_key()
    assert common_name(leaf.subject) == name
    assert leaf.not_valid_before_utc < NOW  # clocks differ
    verify(leaf, between, [await root(it, above)], at=NOW, purpose=Purpose.CLIENT)
    assert [row["state"] for row in await it.rows(signing_requests)] == ["Installed"]


async def test_without_a_type_it_is_for_the_csms(it):
    station = await it.station()
    station.replies["CertificateSigned"] = {"status": "Accepted"}
    await station.ask("SignCertificate", {"csr": csr()})
    await station.until(lambda: station.calls)
    assert "certificateType" not in station.calls[0][1]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (lambda: "nonsense", "no PKCS#10"),
        (lambda: csr("CP-2"), "CN is 'CP-2'"),
        (lambda: csr(owner="Somebody"), "O is 'Somebody'"),
    ],
)
async def test_what_cannot_be_signed_is_rejected(it, text, why):
    """A02.FR.12."""
    station = await it.station()
    answer = await station.ask("SignCertificate", {"csr": text(), "certificateType": STATION})
    assert answer["status"] == "Rejected"
    assert answer["statusInfo"]["reasonCode"] == "InvalidCSR"
    assert why in answer["statusInfo"]["additionalInfo"]
    await it.quiet()
    assert station.calls == []
    assert [(row["state"], why in row["why"]) for row in await it.rows(signing_requests)] == [("Rejected", True)]


async def test_a_csms_that_signs_nothing_says_so(bench):
    station = await bench(signs_certificates=False).station()
    assert (await station.ask("SignCertificate", {"csr": csr()}))["status"] == "Rejected"


async def test_the_same_csr_gets_the_same_certificate_until_it_has_arrived(it):
    """A02.FR.17: the station asks again when it has heard nothing."""
    station = await it.station()
    asked = {"csr": csr(), "certificateType": STATION}
    await station.ask("SignCertificate", asked)
    await station.until(lambda: station.calls)
    station.link.abort()
    await it.quiet()
    assert [row["state"] for row in await it.rows(signing_requests)] == ["Sent"]
    again = await it.station()
    again.replies["CertificateSigned"] = {"status": "Accepted"}
    await again.ask("SignCertificate", asked)
    await again.until(lambda: again.calls)
    await it.quiet()
    assert again.calls == station.calls
    assert [row["state"] for row in await it.rows(signing_requests)] == ["Installed"]
    await again.ask("SignCertificate", asked)  # which it has: a new one
    await again.until(lambda: len(again.calls) == 2)
    assert again.calls[1] != again.calls[0]


async def test_a_silent_station_gets_it_three_times(it):
    station = await it.station()
    await station.ask("SignCertificate", {"csr": csr()})
    for time in (1, 2, 3):
        await station.until(lambda: len(station.calls) == time)  # noqa: B023 -- awaited at once
        it.forward(it.settings.call_timeout_s + 1)
        await it.quiet()
        it.forward(61)
        await it.quiet()
    it.forward(600)
    await it.quiet()
    assert len(station.calls) == 3
    assert [row["state"] for row in await it.rows(signing_requests)] == ["Sent"]


async def test_what_a_station_refuses_is_revoked(it):
    """A02.FR.07: it has thrown it away."""
    station = await it.station()
    station.replies["CertificateSigned"] = {"status": "Rejected"}
    await station.ask("SignCertificate", {"csr": csr()})
    await station.until(lambda: station.calls)
    await it.quiet()
    (request,) = await it.rows(signing_requests)
    row = await it.store.read(lambda database: certificates.find(database, request["certificate_id"]))
    assert (request["state"], row.reason) == ("Refused", "cessationOfOperation")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (STATION, "SignChargingStationCertificate"),
        ("V2GCertificate", "SignV2GCertificate"),
        ("Combined", "SignCombinedCertificate"),
    ],
)
async def test_a_station_is_asked_to_renew(it, kind, message):
    """A02: TriggerMessage."""
    station = await it.station()
    station.replies["TriggerMessage"] = {"status": "Accepted"}
    assert (await it.csms.command("CP-1", "sign_certificate", type=kind, evse=1)).status == "Accepted"
    assert station.calls == [("TriggerMessage", {"requestedMessage": message, "evse": {"id": 1}})]
    assert (await it.csms.command("CP-1", "sign_certificate", type="Passport")).status == "bad fields"


# -- M03 to M05 -----------------------------------------------------------------------------------------------------


@pytest.mark.proves("csms", "InstallCertificate DeleteCertificate GetInstalledCertificateIds", "2.0.1 2.1")
async def test_what_a_station_holds_is_known(it):
    """M03, M04.FR.07, M05."""
    station = await it.station()
    station.replies |= {"InstallCertificate": {"status": "Accepted"}, "DeleteCertificate": {"status": "Accepted"}}
    for use in ("CSMSRootCertificate", "V2GRootCertificate", "MORootCertificate", "ManufacturerRootCertificate"):
        assert (await it.csms.command("CP-1", "install_certificate", type=use)).status == "Accepted"
        sent = station.calls[-1][1]
        assert sent == {"certificateType": use, "certificate": await own(it.csms, ROOT_OF_USE[use])}
    again = await it.csms.command("CP-1", "install_certificate", type="MORootCertificate", authority="mo-root")
    assert again.status == "Accepted"
    rows = await it.rows(installed)
    assert [row["type"] for row in rows] == [
        "CSMSRootCertificate", "V2GRootCertificate", "ManufacturerRootCertificate", "MORootCertificate",
    ]  # fmt: skip
    v2g = await root(it, "v2g-root")
    held = next(row for row in rows if row["type"] == "V2GRootCertificate")
    assert (await it.csms.command("CP-1", "delete_certificate", id=held["id"])).status == "Accepted"
    assert station.calls[-1] == ("DeleteCertificate", {"certificateHashData": hash_data(v2g, v2g)})
    assert len(await it.rows(installed)) == 3
    assert (await it.csms.command("CP-1", "delete_certificate", id=held["id"])).status == "bad fields"


async def test_what_a_station_tells_replaces_what_was_known_of_these_types(it):
    """M03.FR.05, M04.FR.07: and its hash algorithm is the one that it is deleted by."""
    station = await it.station()
    cso, leaf, sub = await root(it, "cso-root"), *(await certify(it, "SECC", "v2g")).chain
    v2g = await root(it, "v2g-root")
    station.replies["GetInstalledCertificateIds"] = {
        "status": "Accepted",
        "certificateHashDataChain": [
            {"certificateType": "CSMSRootCertificate", "certificateHashData": hash_data(cso, cso, "SHA512")},
            {
                "certificateType": "V2GCertificateChain",
                "certificateHashData": hash_data(leaf, sub),
                "childCertificateHashData": [hash_data(sub, v2g)],
            },
        ],
    }
    assert (await it.csms.command("CP-1", "get_installed_certificate_ids")).status == "Accepted"
    assert station.calls[-1] == ("GetInstalledCertificateIds", {})
    rows = await it.rows(installed)
    assert [(row["type"], row["under"]) for row in rows] == [
        ("CSMSRootCertificate", None), ("V2GCertificateChain", None), ("V2GCertificateChain", rows[1]["serial"]),
    ]  # fmt: skip
    station.replies["DeleteCertificate"] = {"status": "NotFound"}
    pem = await own(it.csms, "cso-root")
    assert (await it.csms.command("CP-1", "delete_certificate", certificate=pem)).status == "NotFound"
    assert station.calls[-1][1]["certificateHashData"] == hash_data(cso, cso, "SHA512")
    station.replies["DeleteCertificate"] = {"status": "Accepted"}
    chain = next(row for row in await it.rows(installed) if row["under"] is None)
    await it.csms.command("CP-1", "delete_certificate", id=chain["id"])  # M04.FR.08
    assert await it.rows(installed) == []


async def test_of_a_chain_the_first_certificate_is_deleted(it):
    """M04.FR.01: named by its own issuer."""
    station = await it.station()
    station.replies["DeleteCertificate"] = {"status": "Failed"}
    made = await certify(it, "CP-1", "station")
    assert (await it.csms.command("CP-1", "delete_certificate", certificate=made.pem)).status == "Failed"
    leaf, above, *_ = made.chain
    assert station.calls[-1][1]["certificateHashData"] == hash_data(leaf, above)


async def test_none_of_a_type_leaves_the_other_types_alone(it):
    """M03.FR.02."""
    station = await it.station()
    station.replies |= {
        "InstallCertificate": {"status": "Accepted"},
        "GetInstalledCertificateIds": {"status": "NotFound"},
    }
    for use in ("CSMSRootCertificate", "MORootCertificate"):
        await it.csms.command("CP-1", "install_certificate", type=use)
    end = await it.csms.command("CP-1", "get_installed_certificate_ids", types=["MORootCertificate"])
    assert end.status == "NotFound"
    assert station.calls[-1][1] == {"certificateType": ["MORootCertificate"]}
    assert [row["type"] for row in await it.rows(installed)] == ["CSMSRootCertificate"]


@pytest.mark.parametrize("status", ["Rejected", "Failed"])
async def test_what_a_station_does_not_take_or_give_changes_nothing(it, status):
    """M04.FR.03, M05.FR.03, M05.FR.07."""
    station = await it.station()
    station.replies["InstallCertificate"] = {"status": status}
    assert (await it.csms.command("CP-1", "install_certificate", type="MORootCertificate")).status == status
    assert await it.rows(installed) == []
    station.replies |= {"InstallCertificate": {"status": "Accepted"}, "DeleteCertificate": {"status": "Failed"}}
    await it.csms.command("CP-1", "install_certificate", type="MORootCertificate")
    (row,) = await it.rows(installed)
    await it.csms.command("CP-1", "delete_certificate", id=row["id"])
    assert len(await it.rows(installed)) == 1


async def test_any_certificate_can_be_sent_or_named(it):
    station = await it.station()
    station.replies |= {"InstallCertificate": {"status": "Accepted"}, "DeleteCertificate": {"status": "Accepted"}}
    await it.csms.command("CP-1", "install_certificate", type="MORootCertificate", certificate="nonsense")
    assert await it.rows(installed) == []
    for fields in ({"type": "Passport"}, {"type": "MORootCertificate", "authority": "nobody"}):
        assert (await it.csms.command("CP-1", "install_certificate", **fields)).status == "bad fields"
    data = hash_data(await root(it, "mo-root"), await root(it, "mo-root"))
    assert (await it.csms.command("CP-1", "delete_certificate", hash=data)).status == "Accepted"
    assert (await it.csms.command("CP-1", "delete_certificate")).status == "bad fields"


def test_a_row_is_hash_data_again():
    class Row:
        hash_algorithm, issuer_name_hash, issuer_key_hash, serial = "SHA256", "aa", "bb", "1"

    assert hash_of_row(Row) == {
        "hashAlgorithm": "SHA256", "issuerNameHash": "aa", "issuerKeyHash": "bb", "serialNumber": "1",
    }  # fmt: skip


# -- M06 ------------------------------------------------------------------------------------------------------------


@pytest.mark.proves("csms", "GetCertificateStatus", "2.0.1 2.1")
async def test_the_status_of_a_certificate_is_what_the_responder_says(it):
    """M06.FR.02, FR.03, FR.08, FR.09."""
    station = await it.station()
    issued = await certify(it, "SECC", "v2g")
    leaf, sub = issued.chain
    for revoked, status in ((False, ocsp.OCSPCertStatus.GOOD), (True, ocsp.OCSPCertStatus.REVOKED)):
        if revoked:
            await it.store.write(lambda database: certificates.revoke(database, issued.number, "keyCompromise", 1))
        answer = await station.ask("GetCertificateStatus", {"ocspRequestData": ocsp_data(leaf, sub)})
        assert answer["status"] == "Accepted"
        read = ocsp.load_der_ocsp_response(b64decode(answer["ocspResult"]))
        assert read.certificate_status is status
        assert read.serial_number == leaf.serial_number
        sub.public_key().verify(read.signature, read.tbs_response_bytes, ec.ECDSA(read.signature_hash_algorithm))
    above = ocsp_data(sub, await root(it, "v2g-root"))
    assert (await station.ask("GetCertificateStatus", {"ocspRequestData": above}))["status"] == "Accepted"


async def test_nobody_elses_responder_is_asked_unless_it_may_be(it):
    """M06.FR.04."""
    station = await it.station()
    data = {"hashAlgorithm": "SHA256", "issuerNameHash": "00" * 32, "issuerKeyHash": "11" * 32, "serialNumber": "1"}
    for url, change in (("http://169.254.169.254/", {}), ("http://localhost:1/", {"serialNumber": "xyz"})):
        asked = {"ocspRequestData": {**data, **change, "responderURL": url}}
        assert (await station.ask("GetCertificateStatus", asked))["status"] == "Failed"


# -- M01, M02 -------------------------------------------------------------------------------------------------------


def request_of(certificate, shift=0):
    """What an EV sends: some bits, its certificate, some bits; EXI aligns to nothing."""
    octets = b"\x80\x9a\x00\x21" + der(certificate) + b"\x55\xaa\x00"
    number = int.from_bytes(octets, "big") << (8 - shift) if shift else int.from_bytes(octets, "big")
    whole = number.to_bytes(len(octets) + (1 if shift else 0), "big")
    return b64encode(b"\x80" + whole if shift else whole).decode()


def parts_of(exi):
    octets = b64decode(exi)
    assert octets[0] == 0x80
    place, parts = 1, []
    while place < len(octets):
        length = shift = 0
        while True:
            octet = octets[place]
            place += 1
            length |= (octet & 0x7F) << shift
            shift += 7
            if octet < 0x80:
                break
        parts.append(octets[place : place + length])
        place += length
    return parts


async def provide(it, emaid="DE8ACC12E46L89", pcid="PCID-1"):
    await it.store.write(lambda database: certificates.put_contract(database, emaid, pcid, 0))
    key = new_key()
    return key, (await certify(it, pcid, "provisioning", key))


@pytest.mark.proves("csms", "Get15118EVCertificate", "2.0.1 2.1")
@pytest.mark.parametrize("shift", [0, 1, 5])
async def test_an_ev_gets_its_contract_and_alone_can_use_it(it, shift):
    """M01."""
    station = await it.station()
    key, provisioned = await provide(it)
    asked = {"iso15118SchemaVersion": "urn:iso:15118:2:2013:MsgDef", "action": "Install",
             "exiRequest": request_of(provisioned.chain[0], shift)}  # fmt: skip
    answer = await station.ask("Get15118EVCertificate", asked)
    assert answer["status"] == "Accepted", answer
    assert len(answer["exiResponse"]) <= 5600
    code, provisioning, contract, sub, locked, point, emaid = parts_of(answer["exiResponse"])
    assert (code, emaid) == (b"OK", b"DE8ACC12E46L89")
    leaf = load_der(contract)
    verify(leaf, [load_der(sub)], [await root(it, "mo-root")], at=NOW, purpose=Purpose.CONTRACT)
    verify(load_der(provisioning), [], [await root(it, "v2g-root")], at=NOW, purpose=Purpose.AUTHORITY)
    assert common_name(leaf.subject) == "DE8ACC12E46L89"
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    decryptor = Cipher(algorithms.AES(session_key(key.exchange(ec.ECDH(), theirs))), modes.CBC(locked[:16])).decryptor()
    private = int.from_bytes(decryptor.update(locked[16:]) + decryptor.finalize(), "big")
    assert ec.derive_private_key(private, ec.SECP256R1()).public_key() == leaf.public_key()


async def test_a_contract_is_renewed_for_who_shows_it(it):
    """M02."""
    station = await it.station()
    contract = (await certify(it, "DE8ACC12E46L89", "contract")).chain[0]
    asked = {
        "iso15118SchemaVersion": "urn:iso:15118:2:2013:MsgDef",
        "action": "Update",
        "exiRequest": request_of(contract),
    }
    answer = await station.ask("Get15118EVCertificate", asked)
    assert parts_of(answer["exiResponse"])[-1] == b"DE8ACC12E46L89"


@pytest.mark.parametrize(
    "what", ["no base64", "no exi", "no certificate", "no contract", "revoked", "expired", "stranger"]
)
async def test_who_has_no_contract_gets_none(it, bench, what):
    station = await it.station()
    _, provisioned = await provide(it, pcid="PCID-2" if what == "no contract" else "PCID-1")
    leaf = provisioned.chain[0]
    if what == "no contract":
        leaf = (await certify(it, "PCID-3", "provisioning")).chain[0]
    elif what == "revoked":
        await it.store.write(lambda database: certificates.revoke(database, provisioned.number, "keyCompromise", 1))
    elif what == "expired":
        leaf = (await certify(it, "PCID-1", "provisioning", days=0.01)).chain[0]
        it.time = datetime(2026, 3, 2, 8, tzinfo=UTC)
    elif what == "stranger":
        leaf = (await certify(bench(), "PCID-1", "provisioning")).chain[0]
    exi = {"no base64": "§", "no exi": b64encode(b"GET").decode(), "no certificate": b64encode(b"\x80abc").decode()}
    asked = {"iso15118SchemaVersion": "urn:iso:15118:2:2013:MsgDef", "action": "Install",
             "exiRequest": exi.get(what, request_of(leaf))}  # fmt: skip
    answer = await station.ask("Get15118EVCertificate", asked)
    assert answer["status"] == "Failed"
    assert parts_of(answer["exiResponse"]) == [b"FAILED"]


# -- A01, A04 -------------------------------------------------------------------------------------------------------


@pytest.mark.proves("csms", "SecurityEventNotification", "2.0.1 2.1")
async def test_security_events_are_kept_once(it):
    """A04.FR.02, A04.FR.03: what was not confirmed is sent again."""
    station = await it.station()
    told = {"type": "TamperDetectionActivated", "timestamp": "2026-03-01T07:59:00Z", "techInfo": "lid"}
    for _ in range(2):
        assert await station.ask("SecurityEventNotification", told) == {}
    assert await station.ask("SecurityEventNotification", {**told, "type": "StartupOfTheDevice"}) == {}
    rows = await it.rows(security_events)
    assert [(row["type"], row["tech_info"], row["from_station"]) for row in rows] == [
        ("TamperDetectionActivated", "lid", True), ("StartupOfTheDevice", "lid", True),
    ]  # fmt: skip


async def password_of(it):
    return next(row["password_hash"] for row in await it.rows(stations))


@pytest.mark.parametrize(("status", "changed"), [("Accepted", True), ("RebootRequired", True), ("Rejected", False)])
async def test_a_password_counts_once_the_station_has_it(it, status, changed):
    """A01.FR.02 to FR.04."""
    await it.csms.register("CP-1", password="the password before")
    station = await it.station(password="the password before")
    named = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
    station.replies["SetVariables"] = {"setVariableResult": [{"attributeStatus": status, **named}]}
    end = await it.csms.command("CP-1", "set_password", password="the password after")
    assert end.status == status
    assert station.calls[-1][1]["setVariableData"] == [{**named, "attributeValue": "the password after"}]
    assert password_is("the password after" if changed else "the password before", await password_of(it))
    assert (await it.csms.command("CP-1", "set_password", password="short")).status == "bad fields"


async def test_a_password_that_is_set_like_any_variable_counts_too(it):
    await it.csms.register("CP-1", password="the password before")
    station = await it.station(password="the password before")
    named = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
    other = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
    for status, values in (
        ("Rejected", {"SecurityCtrlr.BasicAuthPassword": "a password refused"}),
        ("Accepted", {"OCPPCommCtrlr.HeartbeatInterval": 60, "SecurityCtrlr.BasicAuthPassword": "the password after"}),
        ("Accepted", [{**named, "attributeValue": "the one after that"}]),
    ):
        opposite = {"Accepted": "Rejected", "Rejected": "Accepted"}[status]
        results = [{"attributeStatus": opposite, **other}, {"attributeStatus": status, **named}]
        station.replies["SetVariables"] = {"setVariableResult": results[-len(values) :]}
        await it.csms.command("CP-1", "set_variables", values=values)
        now = {"Rejected": "the password before", "Accepted": "the password after"}[status]
        assert password_is("the one after that" if isinstance(values, list) else now, await password_of(it))


# -- C07 ------------------------------------------------------------------------------------------------------------

EMAID = "DE8ACC12E46L89"


async def ask_with(it, station, **shown):
    answer = await station.ask("Authorize", {"idToken": {"idToken": EMAID, "type": "eMAID"}, **shown})
    return answer.get("certificateStatus"), answer["idTokenInfo"]["status"]


async def contract_data(it, **more):
    issued = await certify(it, EMAID, "contract", **more)
    leaf, sub = issued.chain
    mo = await root(it, "mo-root")
    return issued, [ocsp_data(leaf, sub), ocsp_data(sub, mo)]


async def test_a_good_contract_is_accepted_as_far_as_its_token_is(it):
    """C07.FR.05, FR.13, FR.14."""
    station = await it.station()
    issued, data = await contract_data(it)
    for shown in ({"iso15118CertificateHashData": data}, {"certificate": issued.pem},
                  {"certificate": issued.pem, "iso15118CertificateHashData": data}):  # fmt: skip
        await it.token(EMAID)
        assert await ask_with(it, station, **shown) == ("Accepted", "Accepted")
        for status in ("Blocked", "Expired", "Invalid"):
            await it.token(EMAID, status=status)
            assert await ask_with(it, station, **shown) == ("ContractCancelled", status)
    assert await ask_with(it, station) == (None, "Invalid")


async def test_an_unknown_emaid_has_no_contract(it):
    """C07.FR.13."""
    station = await it.station()
    _, data = await contract_data(it)
    assert await ask_with(it, station, iso15118CertificateHashData=data) == ("ContractCancelled", "Unknown")


@pytest.mark.parametrize("which", ["leaf", "sub"])
async def test_a_revoked_chain_is_said_to_be(it, which):
    """C07.FR.16."""
    station = await it.station()
    await it.token(EMAID)
    issued, data = await contract_data(it)
    (_, sub) = await it.store.read(lambda database: certificates.page(database, 0, 9, authority="mo-root"))
    number = issued.number if which == "leaf" else sub.id
    await it.store.write(lambda database: certificates.revoke(database, number, "keyCompromise", 1))
    for shown in ({"iso15118CertificateHashData": data}, {"certificate": issued.pem}):
        assert await ask_with(it, station, **shown) == ("CertificateRevoked", "Invalid")


async def test_an_expired_contract_is_said_to_be(it):
    """C07.FR.15."""
    station = await it.station()
    await it.token(EMAID)
    issued, data = await contract_data(it, days=1)
    it.forward(2 * 86400)
    for shown in ({"iso15118CertificateHashData": data}, {"certificate": issued.pem}):
        assert await ask_with(it, station, **shown) == ("CertificateExpired", "Expired")


async def test_what_cannot_be_verified_is_no_contract(it, bench, tmp_path: Path):
    """C07.FR.17."""
    station = await it.station()
    await it.token(EMAID)
    other = bench()
    issued, data = await contract_data(other)
    for shown in ({"iso15118CertificateHashData": data}, {"certificate": issued.pem}, {"certificate": "nonsense"}):
        assert await ask_with(it, station, **shown) == ("CertChainError", "Invalid")
    mine = await certify(it, "DE9999999999999", "contract")  # somebody else's contract
    leaf, sub = mine.chain
    for shown in ({"iso15118CertificateHashData": [ocsp_data(leaf, sub)]}, {"certificate": mine.pem}):
        assert await ask_with(it, station, **shown) == ("CertChainError", "Invalid")
    broken = [{**ocsp_data(leaf, sub), "serialNumber": "xyz"}]
    assert await ask_with(it, station, iso15118CertificateHashData=broken) == ("CertChainError", "Invalid")


async def test_further_roots_of_contracts_may_be_trusted(bench, tmp_path):
    other = bench()
    issued, _ = await contract_data(other)
    file = tmp_path / "mo.pem"
    file.write_text(await own(other.csms, "mo-root"))
    it = bench(contract_ca=str(file))
    await it.token(EMAID)
    station = await it.station()
    # The path is good, but nobody may be asked whether it is revoked.
    assert await ask_with(it, station, certificate=issued.pem) == ("CertChainError", "Invalid")
