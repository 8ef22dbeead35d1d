"""The key store and the TLS that follows from it: real handshakes, in memory and over sockets."""

import asyncio
import contextlib
import ssl
from datetime import timedelta

import pytest
from cryptography import x509

from protocol.link import Knock
from protocol.versions import V16, V21, V201
from simulator import facts
from simulator.flash import Flash
from simulator.keys.commissioning import commissioned
from simulator.keys.memory import Kept, Own, Use
from simulator.keys.store import DISCARDED, Keys
from tests.simulator.csms import START, World
from tests.simulator.dialects.test_certificates201 import hash_of
from tests.simulator.keys.authority import Authority, key_pem, name, new_key, pem, server
from tests.simulator.test_connection import HOST, TRANSPORTS, Wired

CSO = Authority("CSO root")
SUB = CSO.sub("CSO intermediate")
DAY = timedelta(days=1)
PASSWORD = "a secret of 16 chars"


def own(authority: Authority = SUB, **dates) -> dict[str, str]:
    key = new_key()
    leaf = authority.leaf(name("CP-1"), key.public_key(), **dates)
    return {"certificate": pem(leaf) + authority.above(), "key": key_pem(key)}


def flash(**things: str) -> Flash:
    return Flash(memories={Kept: commissioned(**things)})


def secure(tmp_path, version=V201, *, served: Authority = SUB, client_root: Authority | None = CSO, **options) -> World:
    """A world whose CSMS wants TLS, and a client certificate if there is a ``client_root``."""
    world = World(version, url="wss://localhost", **options)
    world.network.serve(world.csms, tls=server(tmp_path, served, client_root))
    world.csms.answers["SignCertificate"] = {"status": "Accepted"}
    return world


def kinds(world: World) -> list[str]:
    return [event.kind for event in world.station.security.log]


def kept(world: World) -> Kept:
    return world.station.flash.memory(Kept)


def shown(world: World) -> str:
    """What the CSMS has seen last: the serial number of the station's certificate."""
    knock: Knock = world.csms.knocks[-1][1]
    assert knock.certificate is not None
    return f"{x509.load_der_x509_certificate(knock.certificate).serial_number:x}"


async def renew(world: World, by: Authority = SUB, trigger: str = "TriggerMessage",
                what: str = "SignChargingStationCertificate"):  # fmt: skip
    world.csms.answers["SignCertificate"] = {"status": "Accepted"}
    await world.ask(trigger, {"requestedMessage": what})
    chain = by.answer(world.csms.of("SignCertificate")[-1]["csr"])
    return await world.ask("CertificateSigned", {"certificateChain": chain})


# -- security profiles ----------------------------------------------------------------------------------------------


async def test_profile_1_has_no_tls():
    world = World(password=PASSWORD)
    assert world.station.function(Keys).tls(1) is None


async def test_in_profile_2_the_station_trusts_its_own_roots(tmp_path):
    world = secure(tmp_path, client_root=None, password=PASSWORD, flash=flash(csms_roots=CSO.pem))
    await world.boot()
    assert world.station.variables.text("SecurityCtrlr.SecurityProfile") == "2"
    assert world.csms.knocks[-1][1].password == PASSWORD


async def test_another_hierarchy_is_refused(tmp_path):
    """A00.FR.308, .310, .311."""
    stranger = Authority("stranger")
    world = secure(tmp_path, client_root=None, password=PASSWORD, flash=flash(csms_roots=stranger.pem))
    world.station.power_on()
    await world.run(200)
    assert not world.csms.knocks
    assert kinds(world) == ["StartupOfTheDevice", "CsmsFailedToAuthenticate", "InvalidCsmsCertificate"]


@pytest.mark.parametrize("version", [V16, V201, V21], ids=str)
async def test_in_profile_3_it_shows_its_certificate(tmp_path, version):
    """A00.FR.401, .402."""
    world = secure(tmp_path, version, flash=flash(csms_roots=CSO.pem, **own()))
    await world.boot()
    assert world.station.variables.text("SecurityCtrlr.SecurityProfile") == "3"
    assert world.csms.knocks[-1][1].password is None
    assert shown(world) == f"{world.station.function(Keys).identity(Own.STATION).leaf.serial_number:x}"


async def test_a_csms_whose_certificate_is_over_in_simulated_time_is_refused(tmp_path):
    world = World(url="wss://localhost", password=PASSWORD, flash=flash(csms_roots=CSO.pem))
    world.network.serve(world.csms, tls=server(tmp_path, SUB, begins=START - 2 * DAY, ends=START + DAY))
    await world.boot()
    await world.run(2 * DAY.total_seconds())
    world.station.line.sever()
    await world.run(world.clock.now + 400)
    assert not world.station.online
    assert kinds(world)[-1] == "InvalidCsmsCertificate"


async def test_an_expired_certificate_of_its_own_is_shown_all_the_same(tmp_path):
    """A00.FR.430 (errata of 2025-01)."""
    mine = own(begins=START - 2 * DAY, ends=START - DAY)
    world = secure(tmp_path, flash=flash(csms_roots=CSO.pem, **mine))
    await world.boot()
    assert shown(world)


async def test_what_a_profile_needs():
    """A05.FR.02, .03."""
    world = World()
    keys = world.station.function(Keys)
    assert [keys.fits(profile) for profile in (1, 2, 3)] == [True, False, False]
    keys.keep(commissioned(csms_roots=CSO.pem))
    assert [keys.fits(profile) for profile in (1, 2, 3)] == [True, True, False]
    keys.keep(commissioned(csms_roots=CSO.pem, **own()))
    assert [keys.fits(profile) for profile in (1, 2, 3)] == [True, True, True]
    keys.keep(
        commissioned(csms_roots=Authority("old", ends=START - DAY).pem, **own(ends=START - DAY, begins=START - 2 * DAY))
    )
    assert [keys.fits(profile) for profile in (1, 2, 3)] == [True, False, False]


# -- a context from outside -----------------------------------------------------------------------------------------


async def test_a_context_from_outside_counts_until_something_is_installed():
    outer = ssl.create_default_context(cadata=CSO.pem)
    world = World(tls=outer, url="wss://localhost", password=PASSWORD)
    keys = world.station.function(Keys)
    assert keys.tls(2) is outer
    assert world.station.variables.text("SecurityCtrlr.CertificateEntries") == "1"
    await world.boot()
    second = Authority("second")
    await world.ask("InstallCertificate", {"certificateType": "CSMSRootCertificate", "certificate": second.pem})
    assert keys.tls(2) is not outer
    assert keys.tls(2) is keys.tls(2)
    assert keys.roots(Use.CSMS) == (CSO.certificate, second.certificate)


async def test_other_roots_leave_it_alone():
    outer = ssl.create_default_context(cadata=CSO.pem)
    world = World(tls=outer, url="wss://localhost", password=PASSWORD)
    await world.boot()
    await world.ask("InstallCertificate", {"certificateType": "V2GRootCertificate", "certificate": CSO.pem})
    assert world.station.function(Keys).tls(2) is outer
    assert [root.use for root in kept(world).roots] == [Use.V2G]


async def test_a_public_bundle_is_not_the_stations_own():
    outer = ssl.create_default_context(cadata="".join(Authority(f"root {number}").pem for number in range(21)))
    world = World(tls=outer)
    assert world.station.variables.text("SecurityCtrlr.CertificateEntries") == "0"


# -- A02.FR.08, .10, .28, .29 ---------------------------------------------------------------------------------------


@pytest.mark.proves("station", "CertificateSigned", "2.0.1 2.1")
@pytest.mark.parametrize("version", [V201, V21], ids=str)
async def test_it_comes_back_with_the_new_certificate_and_forgets_the_old_one(tmp_path, version):
    world = secure(tmp_path, version, flash=flash(csms_roots=CSO.pem, **own()))
    await world.boot()
    before = shown(world)
    assert await renew(world) == {"status": "Accepted"}
    await world.run(world.clock.now + 5)
    assert world.station.online
    assert len(world.csms.knocks) == 2
    assert shown(world) != before
    assert (kept(world).former, kept(world).unproven) == (None, False)


async def test_1_6_comes_back_with_the_new_certificate(tmp_path):
    world = secure(tmp_path, V16, flash=flash(csms_roots=CSO.pem, **own()))
    await world.boot()
    before = shown(world)
    answer = await renew(world, trigger="ExtendedTriggerMessage", what="SignChargePointCertificate")
    assert answer == {"status": "Accepted"}
    await world.run(world.clock.now + 5)
    assert shown(world) != before


async def test_a_new_certificate_that_the_csms_refuses_gives_way_to_the_old_one(tmp_path):
    """A02.FR.28, .29: the CSMS signs with a CA that its own gate does not know."""
    other = Authority("other CA of the CSO")
    world = secure(tmp_path, flash=flash(csms_roots=CSO.pem + other.pem, **own()))
    await world.boot()
    before = shown(world)
    assert await renew(world, other) == {"status": "Accepted"}
    assert kept(world).unproven
    await world.run(world.clock.now + 2000)
    assert world.station.online
    assert shown(world) == before
    assert (kept(world).former, kept(world).unproven, kept(world).prefers_former) == (None, False, False)
    assert DISCARDED in [told["type"] for told in world.csms.of("SecurityEventNotification")]
    assert "FailedToAuthenticateAtCsms" in kinds(world)
    tried = [fact for fact in world.told(facts.Disconnected) if fact.ending == "tls"]
    assert len(tried) == world.station.variables.number("OCPPCommCtrlr.NetworkProfileConnectionAttempts")


async def test_the_trial_goes_on_after_a_power_loss(tmp_path):
    other = Authority("other CA of the CSO")
    world = secure(tmp_path, flash=flash(csms_roots=CSO.pem + other.pem, **own()))
    await world.boot()
    before = shown(world)
    await renew(world, other)
    await world.do(world.station.power_off)
    await world.do(world.station.power_on, 2000)
    assert shown(world) == before


async def test_a_dead_csms_makes_it_try_one_and_the_other(tmp_path):
    """B10.FR.08: it never stops to try."""
    world = secure(tmp_path, flash=flash(csms_roots=CSO.pem, **own()))
    await world.boot()
    before = shown(world)
    world.csms.answers["SignCertificate"] = {"status": "Accepted"}
    await world.ask("TriggerMessage", {"requestedMessage": "SignChargingStationCertificate"})
    chain = SUB.answer(world.csms.of("SignCertificate")[-1]["csr"])
    world.csms.call("CertificateSigned", {"certificateChain": chain})
    world.clock.after(0.0, world.csms.down)
    await world.run(world.clock.now + 600)
    assert kept(world).prefers_former
    await world.run(world.clock.now + 3000)
    world.network.serve(world.csms, tls=server(tmp_path, SUB, CSO))
    await world.run(world.clock.now + 6000)
    assert world.station.online
    assert not kept(world).unproven
    assert (shown(world) == before) == (DISCARDED in kinds(world))


# -- CSMS roots -----------------------------------------------------------------------------------------------------


async def test_the_root_that_the_connection_rests_on_is_not_deleted(tmp_path):
    """1.6 M04.FR.06; M04.FR.03."""
    world = secure(tmp_path, client_root=None, password=PASSWORD, flash=flash(csms_roots=CSO.pem + Authority("x").pem))
    await world.boot()
    named = {"certificateHashData": hash_of(CSO.certificate, CSO.certificate)}
    assert (await world.ask("DeleteCertificate", named))["status"] == "Failed"
    other = kept(world).of(Use.CSMS)[1].certificate
    named = {"certificateHashData": hash_of(other, other)}
    assert (await world.ask("DeleteCertificate", named))["status"] == "Accepted"


async def test_without_tls_the_last_root_can_go():
    world = World(flash=flash(csms_roots=CSO.pem))
    await world.boot()
    named = {"certificateHashData": hash_of(CSO.certificate, CSO.certificate)}
    assert (await world.ask("DeleteCertificate", named))["status"] == "Accepted"
    assert world.station.function(Keys).tls(2).get_ca_certs() == []


STRICT = {"SecurityCtrlr.AdditionalRootCertificateCheck": True}


async def test_a_csms_root_is_forgotten_when_its_successor_has_proven_itself(tmp_path):
    """M05.FR.12, .13."""
    successor = CSO.sub("new CSO root")
    world = secure(tmp_path, client_root=None, password=PASSWORD, flash=flash(csms_roots=CSO.pem), config=STRICT)
    await world.boot()
    await world.ask("InstallCertificate", {"certificateType": "CSMSRootCertificate", "certificate": successor.pem})
    assert kept(world).former_root is not None
    world.network.serve(world.csms, tls=server(tmp_path / "new", successor))
    world.station.line.hang_up()
    await world.run(world.clock.now + 30)
    assert world.station.online
    assert kept(world).former_root is None


async def test_the_root_before_serves_as_long_as_the_csms_has_no_new_certificate(tmp_path):
    """M05.FR.14; not for another CSMS, M05.FR.15."""
    successor = CSO.sub("new CSO root")
    world = secure(tmp_path, client_root=None, password=PASSWORD, flash=flash(csms_roots=CSO.pem), config=STRICT)
    await world.boot()
    await world.ask("InstallCertificate", {"certificateType": "CSMSRootCertificate", "certificate": successor.pem})
    world.station.line.hang_up()
    await world.run(world.clock.now + 30)
    assert world.station.online
    assert kept(world).former_root is not None
    keys = world.station.function(Keys)
    assert len(keys.tls(2).get_ca_certs()) == 2
    assert len(keys.tls(2, migrating=True).get_ca_certs()) == 1


async def test_a_successor_of_the_csms_root_may_be_installed_once_more(tmp_path):
    """M05.FR.17: it is there already, and who has signed it is its predecessor still."""
    new = {"certificateType": "CSMSRootCertificate", "certificate": CSO.sub("new CSO root").pem}
    world = secure(tmp_path, client_root=None, password=PASSWORD, flash=flash(csms_roots=CSO.pem), config=STRICT)
    await world.boot()
    for _ in range(2):
        assert (await world.ask("InstallCertificate", new))["status"] == "Accepted"
        assert kept(world).former_root is not None


# -- passwords ------------------------------------------------------------------------------------------------------


async def test_a_new_password_is_used_at_once_and_logged_without_it(tmp_path):
    """A01.FR.11, .12."""
    world = secure(tmp_path, client_root=None, password=PASSWORD, flash=flash(csms_roots=CSO.pem))
    await world.boot()
    name_of = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
    await world.ask("SetVariables", {"setVariableData": [name_of | {"attributeValue": "another-secret-of-it"}]})
    await world.run(world.clock.now + 5)
    assert world.csms.knocks[-1][1].password == "another-secret-of-it"
    last = world.station.security.log[-1]
    assert (last.kind, last.tech_info) == ("ReconfigurationOfSecurityParameters", "BasicAuthPassword")


# -- over sockets ---------------------------------------------------------------------------------------------------


class Patient(Wired):
    """Its clock does not see what the CSMS has on its way to the station."""

    async def ask(self, action, payload=None, then_s=1):
        message_id = self.csms.call(action, payload)
        while message_id not in self.csms.replies:
            await asyncio.sleep(0.01)
            await self.run(self.clock.now + 0.1)
        await self.run(self.clock.now + then_s)
        return self.csms.replies[message_id]


@contextlib.asynccontextmanager
async def wired(transport: str, tls: ssl.SSLContext, **options):
    serve, dialer_of = TRANSPORTS[transport]
    dialer = dialer_of()
    world = Patient(dialer, **options)
    listening = await serve(world.csms, HOST, 0, tls=tls)
    world.station.url = f"wss://localhost:{listening.port}/ocpp"
    try:
        yield world
    finally:
        world.station.power_off()
        await dialer.close()
        await listening.close()


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_profile_2_over_a_socket(tmp_path, transport):
    options = {"password": PASSWORD, "flash": flash(csms_roots=CSO.pem)}
    async with wired(transport, server(tmp_path, SUB), **options) as world:
        await world.boot()
        assert world.csms.knocks[-1][1].secure
        assert world.csms.knocks[-1][1].password == PASSWORD


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_profile_2_over_a_socket_looks_at_simulated_dates(tmp_path, transport):
    """The machine's clock is far behind START; the certificate was good in its time."""
    options = {"password": PASSWORD, "flash": flash(csms_roots=CSO.pem)}
    served = server(tmp_path, SUB, begins=START - 2 * DAY, ends=START - DAY)
    async with wired(transport, served, **options) as world:
        world.station.power_on()
        await world.run(60)
        assert not world.csms.knocks
        assert kinds(world)[-1] == "InvalidCsmsCertificate"


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_profile_3_over_a_socket_with_a_certificate_that_is_renewed(tmp_path, transport):
    options = {"flash": flash(csms_roots=CSO.pem, **own())}
    async with wired(transport, server(tmp_path, SUB, CSO), **options) as world:
        await world.boot()
        before = shown(world)
        assert await renew(world) == {"status": "Accepted"}
        while len(world.csms.knocks) < 2:
            await asyncio.sleep(0.01)
            await world.run(world.clock.now + 0.1)
        assert shown(world) != before


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_profile_3_over_a_socket_falls_back(tmp_path, transport):
    other = Authority("other CA of the CSO")
    options = {"flash": flash(csms_roots=CSO.pem + other.pem, **own())}
    async with wired(transport, server(tmp_path, SUB, CSO), **options) as world:
        await world.boot()
        before = shown(world)
        assert await renew(world, other) == {"status": "Accepted"}
        await world.run(world.clock.now + 2000)
        assert world.station.online
        assert shown(world) == before
        assert DISCARDED in kinds(world)
