"""The HTTP API of certificates: what it gives, takes, refuses, and never shows."""

from __future__ import annotations

import httpx
import pytest

from csms_reference.api import make_app
from csms_reference.pki.hierarchy import PLANS
from protocol.x509 import Purpose, common_name, load_chain, verify
from tests.csms_reference.clients import content
from tests.csms_reference.pki.conftest import NOW, csr


@pytest.fixture
def it(bench):
    return bench()


@pytest.fixture
def client(it):
    app = make_app(it.front)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://api/v1", headers={"Prefer": "wait=60"}
    )


async def issued(client, **wish):
    answer = await client.post("/pki/certificates", json={"kind": "station", "csr": csr("CP-1"), **wish})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_authorities_are_listed_and_made_when_they_are_fetched(client):
    before = content(await client.get("/pki/authorities"))
    assert [each["name"] for each in before] == sorted(PLANS)
    assert {each["fingerprint"] for each in before} == {None}
    (root,) = load_chain((await client.get("/pki/authorities/mo-root.pem")).text)
    assert common_name(root.subject) == "Chargebench eMobility Operator Root CA"
    after = {each["name"]: each["fingerprint"] for each in content(await client.get("/pki/authorities"))}
    assert [name for name, fingerprint in after.items() if fingerprint] == ["mo-root"]
    assert (await client.get("/pki/authorities/nobody.pem")).status_code == 404


@pytest.mark.parametrize("kind", ["station", "server", "v2g", "contract", "provisioning", "firmware"])
async def test_a_csr_becomes_a_certificate(client, kind):
    made = await issued(client, kind=kind, common_name="somebody", hosts=["somebody"])
    leaf, *between = load_chain(made["chain"])
    root = {"station": "cso", "server": "cso", "contract": "mo", "provisioning": "oem", "firmware": "manufacturer"}
    text = (await client.get(f"/pki/authorities/{root.get(kind, kind)}-root.pem")).text
    verify(leaf, between, load_chain(text), at=NOW, purpose=Purpose.ANY)
    assert made["subject"] == "CN=somebody,O=Chargebench"
    again = (await client.get(f"/pki/certificates/{made['id']}")).json()
    assert again == made


@pytest.mark.parametrize(
    "wish", [{"csr": "nonsense"}, {"kind": "passport"}, {"days": 0}, {"common_name": ""}, {"surprise": 1}]
)
async def test_what_cannot_be_issued_is_refused(client, wish):
    answer = await client.post("/pki/certificates", json={"kind": "station", "csr": csr(), **wish})
    assert answer.status_code == 422


async def test_a_certificate_is_revoked_once_and_for_all(client):
    made = await issued(client)
    path = f"/pki/certificates/{made['id']}/revoke"
    first = (await client.post(path, json={"reason": "keyCompromise"})).json()
    assert (first["reason"], first["revoked"]) == ("keyCompromise", "2026-03-01T08:00:00.000Z")
    assert (await client.post(path, json={"reason": "superseded"})).json() == first
    assert (await client.post(path, json={"reason": "certificateHold"})).status_code == 422
    assert (await client.post("/pki/certificates/999/revoke", json={})).status_code == 404
    assert (await client.get("/pki/certificates/999")).status_code == 404


async def test_certificates_are_found_by_station_kind_and_authority(client):
    one = await issued(client, station="CP-1")
    two = await issued(client, kind="firmware")
    for query, expected in (
        ({"station": "CP-1"}, [one["id"]]),
        ({"kind": "firmware"}, [two["id"]]),
        ({"authority": "cso"}, [one["id"]]),
        ({"after": two["id"]}, []),
    ):
        found = content(await client.get("/pki/certificates", params=query))
        assert [each["id"] for each in found] == expected


async def test_contracts(client):
    contract = {"emaid": "DE-8AC-C12E46L89", "pcid": "PCID-1"}
    assert content(await client.put("/pki/contracts", json=contract)) == contract
    moved = {**contract, "pcid": "PCID-2"}
    await client.put("/pki/contracts", json=moved)
    assert content(await client.get("/pki/contracts")) == [moved]
    assert (await client.put("/pki/contracts", json={**contract, "emaid": "x"})).status_code == 422
    assert (await client.delete("/pki/contracts/DE-8AC-C12E46L89")).status_code == 204
    assert (await client.delete("/pki/contracts/DE-8AC-C12E46L89")).status_code == 404


async def test_what_a_station_holds_asked_for_and_noticed(it, client):
    nothing = {"installed": [], "issued": [], "requests": []}
    assert content(await client.get("/stations/CP-1/certificates")) == nothing
    station = await it.station()
    accepted = {"status": "Accepted"}
    station.replies |= {"InstallCertificate": accepted, "CertificateSigned": accepted}
    order = {"command": "install_certificate", "type": "CSMSRootCertificate"}
    assert (await client.post("/stations/CP-1/commands", json=order)).json()["status"] == "Accepted"
    await station.ask("SignCertificate", {"csr": csr()})
    await station.until(lambda: len(station.calls) == 2)
    await it.quiet()
    held = content(await client.get("/stations/CP-1/certificates"))
    assert [each["type"] for each in held["installed"]] == ["CSMSRootCertificate"]
    (leaf,) = held["issued"]
    assert [(each["state"], each["certificate_id"]) for each in held["requests"]] == [("Installed", leaf["id"])]
    for kind in ("StartupOfTheDevice", "TamperDetectionActivated"):
        await station.ask("SecurityEventNotification", {"type": kind, "timestamp": "2026-03-01T07:00:00Z"})
    told = content(await client.get("/stations/CP-1/security-events"))
    assert [(each["type"], each["timestamp"]) for each in told] == [
        ("StartupOfTheDevice", "2026-03-01T07:00:00.000Z"),
        ("TamperDetectionActivated", "2026-03-01T07:00:00.000Z"),
    ]
    query = {"type": "TamperDetectionActivated", "after": 0}
    assert len(content(await client.get("/stations/CP-1/security-events", params=query))) == 1


async def test_no_key_is_ever_shown(it, client):
    made = await issued(client, station="CP-1")
    paths = [
        "/pki/authorities", "/pki/authorities/cso.pem", "/pki/certificates", f"/pki/certificates/{made['id']}",
        "/stations/CP-1/certificates", "/openapi.json",
    ]  # fmt: skip
    for path in paths:
        assert "PRIVATE KEY" not in (await client.get(path)).text


async def test_it_is_behind_the_apis_key(bench):
    app = make_app(bench(api_key="secret").front)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://api/v1", headers={"Prefer": "wait=60"}
    ) as client:
        for path in ("/pki/authorities", "/stations/CP-1/certificates", "/stations/CP-1/security-events"):
            assert (await client.get(path)).status_code == 401
