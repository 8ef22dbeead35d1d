"""Certificates, security events and passwords with a 1.6 station that has the security extension."""

from __future__ import annotations

import pytest

from csms_reference.dialects.certificates import own
from csms_reference.store.certificate_tables import installed, security_events, signing_requests
from csms_reference.store.tables import stations
from protocol.security import octets
from protocol.security import verify as password_is
from protocol.x509 import Purpose, hash_data, load_chain, verify
from tests.csms_reference.conftest import NOW
from tests.csms_reference.pki.conftest import csr, new_key

CENTRAL = "CentralSystemRootCertificate"


@pytest.fixture
def it(bench):
    return bench()


@pytest.mark.proves("csms", "SignCertificate CertificateSigned", "1.6")
async def test_a_csr_is_answered_with_a_certificate(it):
    """White paper A02.FR.11, A03.FR.11."""
    station = await it.station(version="1.6")
    station.replies["CertificateSigned"] = {"status": "Accepted"}
    key = new_key()
    assert await station.ask("SignCertificate", {"csr": csr(key=key)}) == {"status": "Accepted"}
    await station.until(lambda: station.calls)
    await it.quiet()
    ((action, sent),) = station.calls
    assert (action, list(sent)) == ("CertificateSigned", ["certificateChain"])
    leaf, *between = load_chain(sent["certificateChain"])
    assert leaf.public_key() == key.public_key()
    verify(leaf, between, load_chain(await own(it.csms, "cso-root")), at=NOW, purpose=Purpose.CLIENT)
    assert [row["state"] for row in await it.rows(signing_requests)] == ["Installed"]


@pytest.mark.parametrize("text", ["nonsense", csr("CP-2"), csr(owner="Somebody")])
async def test_what_cannot_be_signed_is_rejected(it, text):
    """White paper A02.FR.12."""
    station = await it.station(version="1.6")
    assert await station.ask("SignCertificate", {"csr": text}) == {"status": "Rejected"}


@pytest.mark.proves("csms", "ExtendedTriggerMessage", "1.6")
async def test_a_station_is_asked_to_renew(it):
    """White paper A02."""
    station = await it.station(version="1.6")
    station.replies["ExtendedTriggerMessage"] = {"status": "Accepted"}
    assert (await it.csms.command("CP-1", "sign_certificate")).status == "Accepted"
    assert station.calls == [("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"})]
    assert (await it.csms.command("CP-1", "sign_certificate", type="V2GCertificate")).status == "bad fields"


@pytest.mark.proves("csms", "InstallCertificate DeleteCertificate GetInstalledCertificateIds", "1.6")
async def test_what_a_station_holds_is_known(it):
    """White paper M03 to M05."""
    station = await it.station(version="1.6")
    (root,) = load_chain(await own(it.csms, "cso-root"))
    station.replies |= {
        "InstallCertificate": {"status": "Accepted"},
        "DeleteCertificate": {"status": "Accepted"},
        "GetInstalledCertificateIds": {"status": "Accepted", "certificateHashData": [hash_data(root, root)]},
    }
    assert (await it.csms.command("CP-1", "install_certificate", type=CENTRAL)).status == "Accepted"
    assert [row["type"] for row in await it.rows(installed)] == [CENTRAL]
    assert (await it.csms.command("CP-1", "get_installed_certificate_ids", types=[CENTRAL])).status == "Accepted"
    assert station.calls[-1][1] == {"certificateType": CENTRAL}
    (row,) = await it.rows(installed)
    assert (await it.csms.command("CP-1", "delete_certificate", id=row["id"])).status == "Accepted"
    assert station.calls[-1][1] == {"certificateHashData": hash_data(root, root)}
    assert await it.rows(installed) == []
    end = await it.csms.command("CP-1", "get_installed_certificate_ids", types=[CENTRAL, CENTRAL])
    assert end.status == "bad fields"


@pytest.mark.proves("csms", "SecurityEventNotification", "1.6")
async def test_security_events_are_kept_once(it):
    """White paper A04.FR.03."""
    station = await it.station(version="1.6")
    told = {"type": "InvalidMessages", "timestamp": "2026-03-01T08:00:00Z"}
    for _ in range(2):
        assert await station.ask("SecurityEventNotification", told) == {}
    assert [row["type"] for row in await it.rows(security_events)] == ["InvalidMessages"]


async def test_an_authorization_key_counts_once_the_station_has_it(it):
    """White paper A01.FR.03."""
    station = await it.station(version="1.6")
    station.replies["ChangeConfiguration"] = {"status": "Accepted"}
    key = "00ff" * 8
    assert (await it.csms.command("CP-1", "set_password", password=key)).status == "Accepted"
    assert station.calls == [("ChangeConfiguration", {"key": "AuthorizationKey", "value": key})]
    (row,) = await it.rows(stations)
    assert password_is(octets(key), row["password_hash"])
    assert (await it.csms.command("CP-1", "set_password", password="no hex")).status == "bad fields"
