"""Our station and our CSMS get each other certified: from none to security profile 3, renewal, Plug & Charge."""

import asyncio
import json
from datetime import UTC, datetime
from itertools import count

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from csms_reference.csms import Csms
from csms_reference.pki.authority import distinguished
from csms_reference.pki.endpoint import tls_of
from csms_reference.pki.hierarchy import Hierarchy
from csms_reference.pki.issuing import issue
from csms_reference.services import certificates
from csms_reference.services.authorization import Token, put
from csms_reference.settings import Settings
from csms_reference.store import Store
from csms_reference.store.tables import stations, transactions
from protocol.transports.memory import MemoryNetwork
from protocol.versions import V16, V21, V201, Version
from simulator.clock import VIRTUAL, Clock
from simulator.ev import EV
from simulator.keys.memory import Kept, Own
from simulator.keys.statuses import Statuses
from simulator.keys.store import Keys
from simulator.keys.vehicle import Papers
from simulator.profile import load_profile
from simulator.station import Station

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
EVERY = (V16, V201, V21)
ROOT = {V16: "CentralSystemRootCertificate", V201: "CSMSRootCertificate", V21: "CSMSRootCertificate"}
EMAID, PCID = "DE8AA1A2B3C4D5", "WMIV1234567890ABCDEX"


class World:
    """Both ends in virtual time, with TLS of the CSMS's own making. Every frame is checked by the Sessions."""

    def __init__(self, version: Version, profile: str = "ac-22kw", url: str = "ws://localhost/ocpp") -> None:
        self.version = version
        self.clock = Clock(START, VIRTUAL)
        self.network = MemoryNetwork(self.clock.soon, self.clock.busy)
        self.store = Store.open(inline=True)
        ids = count()
        self.csms = Csms(
            self.store,
            now=lambda: self.clock.utc,
            busy=self.clock.busy,
            settings=Settings(tls_names=("localhost",)),
            ids=lambda: f"csms-{next(ids)}",
            monotonic=lambda: self.clock.now,
            call_at=lambda at_s, fn: self.clock.at(at_s, fn).cancel,
        )
        self.frames: list[list] = []
        self.station = Station(
            "CP-1", load_profile(profile), version, self.clock, self.network.dialer(), url=url, seed=1,
            tap=lambda _station, _direction, text: self.frames.append(json.loads(text)),
        )  # fmt: skip

    async def begin(self) -> None:
        self.network.serve(self.csms, tls=await tls_of(self.csms))
        self.station.power_on()
        await self.run(30)
        assert self.station.online

    async def run(self, seconds: float) -> None:
        await self.clock.run(self.clock.now + seconds)

    async def command(self, name: str, **fields: object) -> str:
        ordered = asyncio.ensure_future(self.csms.command("CP-1", name, **fields))
        while not ordered.done():
            await asyncio.sleep(0)
            await self.clock.run(self.clock.now + 0.1)
        return (await ordered).status

    def sent(self, action: str) -> list[dict]:
        return [frame[3] for frame in self.frames if frame[0] == 2 and frame[2] == action]

    async def rows(self, table) -> list:
        return await self.store.read(lambda database: list(database.execute(table.select()).mappings()))

    async def certified(self) -> None:
        assert await self.command("install_certificate", type=ROOT[self.version]) == "Accepted"
        assert await self.command("sign_certificate") == "Accepted"
        await self.run(30)


@pytest.mark.proves("station", "SignCertificate CertificateSigned InstallCertificate", "1.6 2.0.1 2.1")
@pytest.mark.proves("csms", "SignCertificate CertificateSigned InstallCertificate", "1.6 2.0.1 2.1")
@pytest.mark.parametrize("version", EVERY, ids=str)
async def test_a_station_is_certified_and_comes_in_with_it(version):
    """A02, M05, A05; A00.FR.401-.405."""
    world = World(version)
    await world.begin()
    await world.certified()
    mine = world.station.function(Keys).identity(Own.STATION)
    assert mine is not None
    world.station.url = "wss://localhost/ocpp"  # somebody at the station has raised its security profile
    world.station.line.hang_up()
    await world.run(200)
    assert world.station.online
    assert world.station.variables.text("SecurityCtrlr.SecurityProfile") == "3"
    (row,) = await world.rows(stations)
    assert row["security_profile"] == 3


@pytest.mark.parametrize("version", EVERY, ids=str)
async def test_in_profile_3_it_renews_its_certificate_and_comes_back(version):
    """A02.FR.08, .10."""
    world = World(version)
    await world.begin()
    await world.certified()
    world.station.url = "wss://localhost/ocpp"
    world.station.line.hang_up()
    await world.run(200)
    before = world.station.function(Keys).identity(Own.STATION).leaf
    assert await world.command("sign_certificate") == "Accepted"
    await world.run(60)
    kept = world.station.flash.memory(Kept)
    assert world.station.online
    assert kept.identity(Own.STATION).leaf != before
    assert (kept.former, kept.unproven) == (None, False)


@pytest.mark.parametrize("version", EVERY, ids=str)
async def test_what_is_installed_is_listed_and_deleted(version):
    """M03, M04."""
    world = World(version)
    await world.begin()
    types = {"types": [ROOT[version]]}
    assert await world.command("get_installed_certificate_ids", **types) == "NotFound"
    await world.command("install_certificate", type=ROOT[version])
    assert await world.command("get_installed_certificate_ids", **types) == "Accepted"
    (held,) = await world.store.read(lambda database: certificates.installed_at(database, "CP-1"))
    assert await world.command("delete_certificate", id=held.id) == "Accepted"
    assert not world.station.function(Keys).kept.roots


async def ev_of(world: World) -> EV:
    """An EV of a maker whom the operator knows, with a contract that waits for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    hierarchy, at = Hierarchy.of(world.csms.settings), world.clock.utc

    def write(database) -> str:
        certificates.put_contract(database, EMAID, PCID, 0)
        put(database, Token(EMAID))
        subject = distinguished(PCID, "Car maker")
        return issue(database, hierarchy, "provisioning", subject, key.public_key(), at=at).pem

    chain = await world.store.write(write)
    ev = EV.of("sedan-77kwh")
    ev.provisioning = Papers(chain, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())
    return ev


@pytest.mark.proves("station", "Get15118EVCertificate GetCertificateStatus Authorize", "2.0.1 2.1")
@pytest.mark.proves("csms", "Get15118EVCertificate GetCertificateStatus Authorize", "2.0.1 2.1")
@pytest.mark.parametrize("version", [V201, V21], ids=str)
async def test_plug_and_charge_from_nothing(version):
    """M05, A02 (V2G), M06, M01, C07: the EV gets its contract at the station, and charges with it."""
    world = World(version, "lab-dc")
    await world.begin()
    for use in ("V2GRootCertificate", "MORootCertificate"):
        assert await world.command("install_certificate", type=use) == "Accepted"
    assert await world.command("sign_certificate", type="V2GCertificate", evse=1) == "Accepted"
    await world.run(60)
    secc = world.station.function(Keys).identity(Own.V2G, "DECHBE00001")
    assert secc is not None
    assert world.station.function(Statuses).of(secc.leaf)
    ev = await ev_of(world)
    world.station.plug(ev)
    await world.run(120)
    assert ev.refused == ""
    assert ev.contract.name == EMAID
    assert isinstance(ev.contract.leaf, x509.Certificate)
    (asked,) = world.sent("Authorize")
    assert asked["idToken"] == {"idToken": EMAID, "type": "eMAID"}
    assert len(asked["iso15118CertificateHashData"]) == 2
    (row,) = await world.rows(transactions)
    assert (row["station"], row["id_token"]) == ("CP-1", EMAID)
