"""Security profile 3 at the door: real handshakes in memory, then whose certificate it is, and whether it still is."""

from __future__ import annotations

import asyncio
import ssl
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from csms_reference.instants import to_ms
from csms_reference.pki import badge
from csms_reference.pki.authority import distinguished
from csms_reference.pki.endpoint import client_ca, own_tls
from csms_reference.pki.hierarchy import Hierarchy
from csms_reference.pki.issuing import Issued, issue
from csms_reference.services import certificates
from csms_reference.store.certificate_tables import security_events
from csms_reference.store.tables import stations
from protocol.link import Ending, Knock, Target, Turned
from protocol.security import NO_CHECK_TIME, ask_for_certificates, client_tls
from tests.csms_reference.conftest import NOW, SUBPROTOCOLS, FakeStation
from tests.csms_reference.pki.conftest import csr, new_key

YEAR = timedelta(days=365)


class Doorstep:
    """A bench that speaks TLS, and stations with certificates of their own."""

    def __init__(self, it, folder: Path) -> None:
        self.it = it
        self.folder = folder
        self.hierarchy = Hierarchy.of(it.settings)

    async def open(self) -> Doorstep:
        tls = await own_tls(self.it.csms, ["csms"])
        ask_for_certificates(tls, await client_ca(self.it.csms))
        self.it.network.serve(self.it.csms, tls=tls)
        root = await self.it.store.write(lambda database: self.hierarchy.root(database, "cso", NOW))
        (self.folder / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
        return self

    async def certify(
        self, name: str, key: ec.EllipticCurvePrivateKey, *, owner: str = "Chargebench", kind: str = "station",
        station: str | None = "", days: float | None = None,
    ) -> Issued:  # fmt: skip
        whose = name if station == "" else station
        return await self.it.store.write(
            lambda database: issue(
                database, self.hierarchy, kind, distinguished(name, owner), key.public_key(), at=self.it.time,
                station=whose, days=days,
            )
        )  # fmt: skip

    def context(self, chain: str | None = None, key: ec.EllipticCurvePrivateKey | None = None) -> ssl.SSLContext:
        tls = client_tls(self.folder / "root.pem")
        tls.verify_flags |= NO_CHECK_TIME
        if chain is not None and key is not None:
            pair = self.folder / "pair.pem"
            private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
            pair.write_text(private + chain)
            tls.load_cert_chain(pair)
        return tls

    async def dial(self, identity: str, tls: ssl.SSLContext | None, *, password=None, url="wss://csms/") -> FakeStation:
        station = FakeStation(f"{identity}-")
        station.bench = self.it
        self.it.network.dialer().dial(Target(url, identity, (SUBPROTOCOLS["2.0.1"],), password, tls), station)
        await station.until(lambda: station.link or station.ended)
        return station

    async def show(self, identity: str, name: str | None = None, **more) -> FakeStation:
        """Dial with a certificate that is made for it."""
        key = new_key()
        issued = await self.certify(name or identity, key, **more)
        return await self.dial(identity, self.context(issued.pem, key))

    async def complaints(self) -> list[str]:
        return [row["tech_info"] for row in await self.it.rows(security_events) if not row["from_station"]]


@pytest.fixture
async def doorstep(bench, tmp_path):
    return await Doorstep(bench(require_passwords=True, failed_logins_burst=50), tmp_path).open()


async def profile(it, identity="CP-1"):
    return {row["station"]: row["security_profile"] for row in await it.rows(stations)}.get(identity)


@pytest.mark.parametrize(
    "suite",
    ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "AES128-GCM-SHA256", "AES256-GCM-SHA384"],
)
async def test_every_suite_that_a_station_may_have_is_spoken(doorstep, suite):
    """A00.FR.318."""
    tls = doorstep.context()
    tls.maximum_version = ssl.TLSVersion.TLSv1_2
    tls.set_ciphers(suite)
    await doorstep.it.csms.register("CP-9", password="0123456789abcdef")
    station = await doorstep.dial("CP-9", tls, password="0123456789abcdef")
    assert station.link is not None


async def test_a_station_comes_in_by_its_certificate_alone(doorstep):
    """A00.FR.401 to FR.405."""
    station = await doorstep.show("CP-1")
    assert station.link is not None
    assert (await station.boot())["status"] == "Accepted"
    assert await profile(doorstep.it) == 3
    assert await doorstep.complaints() == []


async def test_the_serial_number_will_do_as_its_name(doorstep):
    """A00.FR.405, FR.511."""
    await doorstep.it.csms.register("CP-1")
    assert (await doorstep.show("CP-1", "SN-7", station=None)).ended.code == 401
    await doorstep.it.store.write(lambda database: database.execute(stations.update().values(serial="SN-7")) and None)
    assert (await doorstep.show("CP-1", "SN-7", station=None)).link


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"name": "CP-2"}, "belongs to 'CP-2'"),
        ({"owner": "Somebody"}, "owned by 'Somebody'"),
        ({"kind": "server"}, "not issued for it"),
        ({"station": "CP-9"}, "not issued for it"),
    ],
)
async def test_whose_certificate_it_is_not_is_turned_away_and_noted(doorstep, how, why):
    """A00.FR.404, FR.405, FR.407, FR.408."""
    station = await doorstep.show("CP-1", **how)
    assert (station.ended.ending, station.ended.code) == (Ending.REFUSED, 401)
    assert why in (await doorstep.complaints())[0]
    assert await doorstep.it.rows(stations) == []


async def test_a_trusted_organisation_may_own_it(bench, tmp_path):
    """A00.FR.404."""
    doorstep = await Doorstep(bench(trusted_organisations=["Acme"]), tmp_path).open()
    assert (await doorstep.show("CP-1", owner="Acme")).link


async def test_a_revoked_certificate_is_turned_away(doorstep):
    """A00.FR.702, FR.705."""
    key = new_key()
    issued = await doorstep.certify("CP-1", key)
    tls = doorstep.context(issued.pem, key)
    assert (await doorstep.dial("CP-1", tls)).link
    await doorstep.it.store.write(
        lambda database: certificates.revoke(database, issued.number, "keyCompromise", to_ms(NOW))
    )
    assert (await doorstep.dial("CP-1", tls)).ended.code == 401
    assert "revoked" in (await doorstep.complaints())[0]


async def test_what_our_authority_does_not_know_it_has_not_issued(doorstep):
    key = new_key()
    issued = await doorstep.certify("CP-1", key)
    await doorstep.it.store.write(lambda database: database.exec_driver_sql("DELETE FROM certificates") and None)
    assert (await doorstep.dial("CP-1", doorstep.context(issued.pem, key))).ended.code == 401


async def test_a_stranger_does_not_get_through_the_handshake(doorstep, bench, tmp_path):
    """A00.FR.407."""
    (tmp_path / "other").mkdir()
    other = await Doorstep(bench(), tmp_path / "other").open()
    key = new_key()
    issued = await other.certify("CP-1", key)
    station = await doorstep.dial("CP-1", doorstep.context(issued.pem, key))
    assert station.ended.ending is Ending.TLS


async def test_dates_are_those_of_simulated_time(doorstep):
    key = new_key()
    tls = doorstep.context((await doorstep.certify("CP-1", key, days=30)).pem, key)
    assert (await doorstep.dial("CP-1", tls)).link
    doorstep.it.forward(31 * 86400)
    assert (await doorstep.dial("CP-1", tls)).ended.code == 401
    assert "expired" in (await doorstep.complaints())[0]


async def test_one_that_has_run_out_may_be_let_in_to_get_another(doorstep):
    """A00.FR.429: Pending, and at once A02."""
    it, key = doorstep.it, new_key()
    tls = doorstep.context((await doorstep.certify("CP-1", key, days=30)).pem, key)
    await it.csms.register("CP-1", admits_expired=True)
    it.forward(31 * 86400)
    station = await doorstep.dial("CP-1", tls)
    station.replies = {"TriggerMessage": {"status": "Accepted"}, "CertificateSigned": {"status": "Accepted"}}
    assert (await station.boot())["status"] == "Pending"
    await station.until(lambda: station.calls)
    assert station.calls[0] == ("TriggerMessage", {"requestedMessage": "SignChargingStationCertificate"})
    assert await station.refusal("StatusNotification", {
        "timestamp": "2026-04-01T08:00:00Z", "connectorStatus": "Available", "evseId": 1, "connectorId": 1,
    }) == "SecurityError"  # fmt: skip
    fresh = new_key()
    asked = {"csr": csr("CP-1", key=fresh), "certificateType": "ChargingStationCertificate"}
    assert await station.ask("SignCertificate", asked) == {"status": "Accepted"}
    await station.until(lambda: len(station.calls) == 2)
    chain = station.calls[1][1]["certificateChain"]
    again = await doorstep.dial("CP-1", doorstep.context(chain, fresh))
    assert (await again.boot())["status"] == "Accepted"


async def test_one_that_runs_out_soon_is_renewed_at_the_next_boot(doorstep):
    station = await doorstep.show("CP-1", days=badge.RENEWED_BEFORE.days - 1)
    assert (await station.boot())["status"] == "Accepted"
    await station.until(lambda: station.calls)
    assert station.calls[0][1] == {"requestedMessage": "SignChargingStationCertificate"}


async def test_the_one_before_is_revoked_once_the_new_one_is_used(doorstep):
    """A02.FR.10: the station has thrown it away."""
    old, new = new_key(), new_key()
    first = await doorstep.certify("CP-1", old)
    await doorstep.dial("CP-1", doorstep.context(first.pem, old))
    second = await doorstep.certify("CP-1", new)
    assert (await doorstep.dial("CP-1", doorstep.context(first.pem, old))).link  # a fall-back is one until then
    assert (await doorstep.dial("CP-1", doorstep.context(second.pem, new))).link
    assert (await doorstep.dial("CP-1", doorstep.context(first.pem, old))).ended.code == 401


async def test_a_certificate_for_evs_serves_for_the_csms_too_where_its_authority_is_trusted(doorstep):
    """A00.FR.428."""
    it = doorstep.it
    leaf = x509.load_pem_x509_certificate(
        (await doorstep.certify("SECC-1", new_key(), kind="v2g", station="CP-1")).pem.encode()
    )
    issue_ = await it.store.read(lambda database: badge.issue_of(database, leaf))
    found = badge.examine(leaf, issue_, "CP-1", None, organisations=["Chargebench"], now=it.time)
    assert found == badge.Findings()


async def test_never_back_to_a_lower_profile(doorstep):
    """A05.FR.07."""
    it, key = doorstep.it, new_key()
    await it.csms.register("CP-1", password="correct horse battery", security_profile=1)
    plain = {"password": "correct horse battery"}
    assert (await doorstep.dial("CP-1", None, url="ws://csms/", **plain)).link
    assert await profile(it) == 1
    assert (await doorstep.dial("CP-1", doorstep.context(), **plain)).link
    assert await profile(it) == 2
    assert (await doorstep.dial("CP-1", None, url="ws://csms/", **plain)).ended.code == 401
    tls = doorstep.context((await doorstep.certify("CP-1", key)).pem, key)
    assert (await doorstep.dial("CP-1", tls)).link
    assert await profile(it) == 3
    assert (await doorstep.dial("CP-1", doorstep.context(), **plain)).ended.code == 401
    await it.csms.register("CP-1", security_profile=2)  # an operator may, at the CSMS
    assert (await doorstep.dial("CP-1", doorstep.context(), **plain)).link


async def test_an_unknown_station_with_a_certificate_of_ours_may_still_be_refused(bench, tmp_path):
    doorstep = await Doorstep(bench(unknown_stations="refuse"), tmp_path).open()
    assert (await doorstep.show("CP-1")).ended.code == 404
    await asyncio.sleep(0)


async def test_what_cannot_be_read_lets_nobody_in(doorstep):
    """OpenSSL and we do not read certificates in the same way."""
    knock = Knock("CP-1", ("ocpp2.0.1",), secure=True, certificate=b"nonsense")
    answer = await doorstep.it.csms.admit(knock)
    assert isinstance(answer, Turned)
    assert answer.status == 401
    assert "cannot be read" in (await doorstep.complaints())[0]
