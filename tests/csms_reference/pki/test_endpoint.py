"""The CSMS's own TLS over sockets: it certifies itself, asks for certificates, and workers do the same."""

from __future__ import annotations

import asyncio
import json
import ssl
from pathlib import Path

import httpx
import pytest
import websockets
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from csms_reference.pki.endpoint import client_ca, tls_of
from csms_reference.server import lead, start
from csms_reference.settings import Settings
from protocol.security import SecurityError, client_tls
from protocol.x509 import load_chain
from tests.csms_reference.clients import client_at, content
from tests.csms_reference.pki.conftest import csr, new_key

BOOT = [2, "b", "BootNotification", {"reason": "PowerUp", "chargingStation": {"vendorName": "A", "model": "B"}}]


async def test_without_a_certificate_there_is_no_tls(bench):
    assert await tls_of(bench().csms) is None


async def test_further_cas_of_stations_come_from_a_file(bench, tmp_path):
    file = tmp_path / "ca.pem"
    file.write_text(await client_ca(bench().csms))
    assert len(load_chain(await client_ca(bench(client_ca=str(file)).csms))) == 4
    with pytest.raises(SecurityError, match="nowhere"):
        await tls_of(bench(client_ca="nowhere.pem", tls_names=["localhost"]).csms)


async def test_nobody_is_asked_where_that_is_not_wanted(bench):
    tls = await tls_of(bench(client_certificates=False, tls_names=["localhost"]).csms)
    assert tls is not None
    assert tls.verify_mode is ssl.CERT_NONE


@pytest.mark.parametrize(("workers", "transport"), [(1, "websockets"), (1, "lean"), (2, "lean")])
async def test_a_station_changes_from_its_password_to_its_certificate(tmp_path: Path, workers: int, transport: str):
    """A05: profile 2, then 3, then never back; over sockets, with several processes too."""
    settings = Settings.of({
        "port": 0, "api_port": 0, "database": f"sqlite:///{tmp_path}/csms.sqlite", "tls_names": ["localhost"],
        "workers": workers, "transport": transport,
    })  # fmt: skip
    serving = await (start(settings) if workers == 1 else lead(settings))
    try:
        async with client_at(serving.api_port) as api:
            root = tmp_path / "root.pem"
            root.write_text((await api.get("/pki/authorities/cso-root.pem")).text)
            await api.post("/stations", json={"id": "CP-1", "password": "correct horse battery"})
            url = f"wss://localhost:{serving.ocpp_port}/CP-1"
            basic = {"Authorization": httpx.BasicAuth("CP-1", "correct horse battery")._auth_header}
            tls, key = client_tls(root), new_key()
            async with dial(url, tls, basic) as station:
                await told(station, BOOT)
                asked = {"csr": csr("CP-1", key=key), "certificateType": "ChargingStationCertificate"}
                assert (await told(station, [2, "s", "SignCertificate", asked]))[2] == {"status": "Accepted"}
                signed = json.loads(await station.recv())
                assert signed[2] == "CertificateSigned"
                await station.send(json.dumps([3, signed[1], {"status": "Accepted"}]))
            assert content(await api.get("/stations/CP-1"))["security_profile"] == 2
            pair = tmp_path / "pair.pem"
            private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
            pair.write_text(private + signed[3]["certificateChain"])
            tls.load_cert_chain(pair)
            for _ in range(workers + 1):
                async with dial(url, tls, {}) as station:
                    assert (await told(station, BOOT))[2]["status"] == "Accepted"
            assert content(await api.get("/stations/CP-1"))["security_profile"] == 3
            with pytest.raises(websockets.InvalidStatus):
                async with dial(url, client_tls(root), basic):
                    pass
            (issued,) = content(await api.get("/pki/certificates", params={"station": "CP-1"}))
            await api.post(f"/pki/certificates/{issued['id']}/revoke", json={})
            with pytest.raises(websockets.InvalidStatus):
                async with dial(url, tls, {}):
                    pass
            events = content(await api.get("/stations/CP-1/security-events"))
            assert [(each["type"], each["from_station"]) for each in events] == [
                ("InvalidChargingStationCertificate", False)
            ]
    finally:
        await serving.close()


def dial(url, tls, headers):
    return websockets.connect(url, ssl=tls, additional_headers=headers, subprotocols=["ocpp2.0.1"], proxy=None)


async def told(station, frame):
    await station.send(json.dumps(frame))
    async with asyncio.timeout(10):
        return json.loads(await station.recv())
