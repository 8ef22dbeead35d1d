"""L01, L02 at the station: downloads, signatures, slots, restarts, and power that goes at any moment."""

from dataclasses import replace
from itertools import pairwise

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from protocol.x509 import fingerprint, load_chain
from simulator.firmware.image import Flaw
from simulator.firmware.memory import Bank, State, running_version
from simulator.firmware.update import Firmware
from simulator.flash import Flash
from tests.simulator.csms import World, car, profile
from tests.simulator.firmware.maker import URL, YEAR, Maker, Shelf, image, order, shelf, statuses, trusting

SECURE = ["Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting", "Installed"]
PLAIN = ["Downloading", "Downloaded", "Installing", "InstallRebooting", "Installed"]

CUTS_S = (0.0, 0.5, 1.5, 2.6, 3.5, 5.0, 7.9, 9.5, 10.0, 12.0, 14.0, 17.0, 20.0, 23.0, 27.0, 35.0)
"""All through an update, from the order to the end of the self-test."""

proves = pytest.mark.proves(
    "station", "UpdateFirmware FirmwareStatusNotification SecurityEventNotification", "2.0.1 2.1"
)


@pytest.fixture(scope="module")
def maker():
    return Maker()


async def booted(maker, **options):
    world = World(**options)
    trusting(world, maker)
    await world.boot()
    return world


def events(world):
    return [ask["type"] for ask in world.csms.of("SecurityEventNotification")]


@proves
@pytest.mark.parametrize("kind", ["rsa", "ec"])
async def test_a_signed_update_goes_all_the_way(kind):
    """L01.FR.01, .04, .05, .10, .12, .15, .28, .31, .32."""
    maker = Maker(kind)
    world = await booted(maker)
    async with Shelf({"/firmware.bin": image()}).serve() as port:
        shelf(world, port)
        assert await world.ask("UpdateFirmware", order(world, 7, maker=maker), 120) == {"status": "Accepted"}
    assert statuses(world) == SECURE
    assert {ask["requestId"] for ask in world.csms.of("FirmwareStatusNotification")} == {7}
    boots = world.csms.of("BootNotification")
    assert [boot["reason"] for boot in boots] == ["PowerUp", "FirmwareUpdate"]
    assert [boot["chargingStation"]["firmwareVersion"] for boot in boots] == ["1.4.2", "2.0.0"]
    assert "FirmwareUpdated" in events(world)
    bank = world.station.flash.memory(Bank)
    assert (bank.active, bank.running.state, bank.running.version, bank.order) == (1, State.GOOD, "2.0.0", None)
    assert bank.running.size == len(image())
    assert world.station.variables.shown("ChargingStation.FirmwareVersion") == "2.0.0"
    assert world.statuses()[-1] == "Available"


@proves
async def test_a_second_update_goes_to_the_other_slot(maker):
    world = await booted(maker)
    files = Shelf({"/firmware.bin": image()})
    async with files.serve() as port:
        shelf(world, port)
        await world.ask("UpdateFirmware", order(world), 120)
        files.files["/firmware.bin"] = image("3.0.0")
        await world.ask("UpdateFirmware", order(world, 2), 120)
    assert statuses(world) == PLAIN * 2
    bank = world.station.flash.memory(Bank)
    assert [slot.version for slot in bank.slots] == ["3.0.0", "2.0.0"]
    assert bank.active == 0


@proves
async def test_dates_are_kept(maker):
    """L01.FR.13, .16."""
    world = await booted(maker)
    async with Shelf({"/firmware.bin": image()}).serve() as port:
        shelf(world, port)
        await world.ask("UpdateFirmware", order(world, maker=maker, retrieve_s=600, install_s=1800), 5)
        assert statuses(world) == ["DownloadScheduled"]
        await world.run(world.clock.now + 700)
        assert statuses(world) == ["DownloadScheduled", *SECURE[:3], "InstallScheduled"]
        await world.run(world.clock.now + 1300)
    assert statuses(world)[5:] == SECURE[3:]
    times = world.csms.times("FirmwareStatusNotification")
    assert times[1] - times[0] == pytest.approx(600, abs=2)
    assert times[5] - times[0] == pytest.approx(1800, abs=2)


@proves
async def test_the_image_waits_for_transactions_and_keeps_new_drivers_out(maker):
    """L01.FR.06, .07, .34."""
    world = await booted(maker, name="ac-22kw-duo")
    async with Shelf({"/firmware.bin": image(model=world.station.profile.model)}).serve() as port:
        shelf(world, port)
        world.station.plug(car(), 1)
        await world.do(lambda: world.station.present("CARD", 1), 30)
        await world.ask("UpdateFirmware", order(world), 60)
        assert statuses(world) == ["Downloading", "Downloaded", "InstallScheduled"]
        shown = {(ask["evseId"], ask["connectorStatus"]) for ask in world.csms.of("StatusNotification")}
        assert (2, "Unavailable") in shown
        assert (1, "Unavailable") not in shown
        world.station.plug(car(), 2)
        await world.do(lambda: world.station.present("OTHER", 2), 30)
        assert world.station.evse(2).tx is None
        await world.do(lambda: world.station.present("CARD", 1), 60)
        assert statuses(world)[-1] == "Installed"
        assert (1, "Unavailable") in {
            (ask["evseId"], ask["connectorStatus"]) for ask in world.csms.of("StatusNotification")
        }


@proves
async def test_a_station_may_take_signed_firmware_alone(maker):
    """L01.FR.09: what comes without certificate and signature is refused."""
    world = await booted(maker, name=replace(profile("ac-22kw"), unsigned_updates=False))
    answer = await world.ask("UpdateFirmware", order(world), 20)
    assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", "MissingParam")
    assert statuses(world) == []


async def charging_through(maker, **traits):
    """Somebody charges at EVSE 1 when the update is ordered, and goes later; what was told until then, and after."""
    world = await booted(maker, name=replace(profile("ac-22kw-duo"), **traits))
    content = image(model=world.station.profile.model)
    async with Shelf({"/firmware.bin": content}).serve() as port:
        shelf(world, port)
        world.station.plug(car(), 1)
        await world.do(lambda: world.station.present("CARD", 1), 30)
        await world.ask("UpdateFirmware", order(world, maker=maker, content=content), 120)
        before = statuses(world)
        assert world.station.evse(1).tx is not None
        await world.do(lambda: world.station.present("CARD", 1), 120)
    return world, before


@proves
async def test_a_station_may_wait_with_the_download_until_nobody_charges(maker):
    """L01.FR.07, .13."""
    world, before = await charging_through(maker, updates_while_charging="nothing")
    assert before == ["DownloadScheduled"]
    assert statuses(world) == [*before, *SECURE]
    assert (2, "Unavailable") in {
        (ask["evseId"], ask["connectorStatus"]) for ask in world.csms.of("StatusNotification")
    }


@proves
async def test_a_station_may_install_while_somebody_charges(maker):
    """L01.FR.06: where it is possible, nobody is waited for; the line is new, the transaction the same."""
    world, before = await charging_through(maker, updates_while_charging="install")
    assert before == statuses(world) == ["Downloading", "Downloaded", "SignatureVerified", "Installing", "Installed"]
    assert len(world.csms.of("BootNotification")) == 1
    assert len(world.csms.knocks) == 2
    assert running_version(world.station) == "2.0.0"


@proves
async def test_a_station_may_never_give_an_update_up(maker):
    """L01.FR.27."""
    world = await booted(maker, name=replace(profile("ac-22kw"), cancels_updates=False))
    async with Shelf({"/firmware.bin": image()}).serve() as port:
        shelf(world, port)
        await world.ask("UpdateFirmware", order(world, 1, maker=maker), 1)
        answer = await world.ask("UpdateFirmware", order(world, 2, maker=maker), 120)
    assert answer["status"] == "Rejected"
    assert {ask["requestId"] for ask in world.csms.of("FirmwareStatusNotification")} == {1}
    assert statuses(world)[-1] == "Installed"


@proves
async def test_new_drivers_may_be_let_in_until_nobody_charges(maker):
    """L01.FR.07 with AllowNewSessionsPendingFirmwareUpdate."""
    world = await booted(maker, name="ac-22kw-duo")
    await world.set(ChargingStation__AllowNewSessionsPendingFirmwareUpdate="true")
    async with Shelf({"/firmware.bin": image(model=world.station.profile.model)}).serve() as port:
        shelf(world, port)
        world.station.plug(car(), 1)
        await world.do(lambda: world.station.present("CARD", 1), 30)
        await world.ask("UpdateFirmware", order(world), 60)
        world.station.plug(car(), 2)
        await world.do(lambda: world.station.present("OTHER", 2), 30)
        assert world.station.evse(2).tx is not None
        await world.do(lambda: world.station.present("CARD", 1), 60)
        assert statuses(world)[-1] == "InstallScheduled"
        await world.do(lambda: world.station.present("OTHER", 2), 60)
        assert statuses(world)[-1] == "Installed"


@proves
@pytest.mark.parametrize("comes", [True, False])
async def test_who_is_let_in_already_may_still_charge(maker, comes):
    """L01.FR.07: an EVSE in use stays so, also while its driver fetches the cable."""
    world = await booted(maker)
    async with Shelf({"/firmware.bin": image()}).serve() as port:
        shelf(world, port)
        await world.do(lambda: world.station.present("CARD"), 5)
        await world.ask("UpdateFirmware", order(world), 60)
        assert statuses(world)[-1] == "InstallScheduled"
        if comes:
            await world.do(lambda: world.station.plug(car()), 300)
            assert world.station.evse(1).tx is not None
            assert statuses(world)[-1] == "InstallScheduled"
            await world.do(lambda: world.station.present("CARD"), 60)
        else:
            await world.run(world.clock.now + 180)
    assert statuses(world)[-1] == "Installed"


@proves
async def test_nobody_is_let_in_while_it_is_installed_and_tried(maker):
    """L01.FR.07."""
    world = await booted(maker)
    async with Shelf({"/firmware.bin": image()}).serve() as port:
        shelf(world, port)
        await world.ask("UpdateFirmware", order(world), 6)
        assert statuses(world)[-1] == "Installing"
        assert world.statuses()[-1] == "Unavailable"
        world.station.plug(car())
        await world.do(lambda: world.station.present("CARD"), 1)
        assert world.station.evse(1).tx is None
        while len(world.csms.of("BootNotification")) < 2:
            await world.run(world.clock.now + 0.1)
        await world.do(lambda: world.station.present("CARD"), 1)
        assert world.station.evse(1).tx is None
        await world.run(world.clock.now + 30)
        assert statuses(world)[-1] == "Installed"
        await world.do(lambda: world.station.present("CARD"), 5)
        assert world.station.evse(1).tx is not None


@proves
async def test_a_certificate_that_leads_nowhere_is_refused_at_once(maker):
    """L01.FR.02, .21, .22."""
    world = await booted(maker)
    stranger = Maker(name="Stranger")
    bad = {
        "stranger": order(world, maker=stranger),
        "expired": order(world, maker=maker, firmware={"signingCertificate": maker.issue(until=-YEAR / 2)}),
        "for servers": order(
            world, maker=maker, firmware={"signingCertificate": maker.issue(usage=ExtendedKeyUsageOID.SERVER_AUTH)}
        ),
        "chain": order(world, maker=maker, firmware={"signingCertificate": maker.certificate + maker.root_pem}),
        "garbage": order(world, maker=maker, firmware={"signingCertificate": "nonsense"}),
        "missing": order(world, firmware={"signature": "AAAA"}),
    }
    for what, ask in bad.items():
        before = events(world).count("InvalidFirmwareSigningCertificate")
        answer = await world.ask("UpdateFirmware", ask, 5)
        assert answer["status"] == "InvalidCertificate", what
        assert events(world).count("InvalidFirmwareSigningCertificate") == before + 1, what
    assert statuses(world) == []


@proves
async def test_a_firmware_can_revoke_who_signed_before(maker):
    world = await booted(maker)
    revokes = (fingerprint(load_chain(maker.certificate)[0]),)
    content = image(revokes=revokes)
    async with Shelf({"/firmware.bin": content}).serve() as port:
        shelf(world, port)
        await world.ask("UpdateFirmware", order(world, maker=maker, content=content), 120)
        assert statuses(world)[-1] == "Installed"
        answer = await world.ask("UpdateFirmware", order(world, 2, maker=maker), 5)
    assert answer["status"] == "RevokedCertificate"
    assert "InvalidFirmwareSigningCertificate" in events(world)


@proves
@pytest.mark.parametrize("what", ["other bytes", "no signature", "no base64"])
async def test_a_wrong_signature_ends_it(maker, what):
    """L01.FR.03."""
    world = await booted(maker)
    ask = order(world, 3, maker=maker)
    if what == "other bytes":
        ask["firmware"]["signature"] = maker.sign(b"something else")
    elif what == "no signature":
        del ask["firmware"]["signature"]
    else:
        ask["firmware"]["signature"] = "%%%"
    async with Shelf({"/firmware.bin": image()}).serve() as port:
        shelf(world, port)
        await world.ask("UpdateFirmware", ask, 60)
    assert statuses(world) == ["Downloading", "Downloaded", "InvalidSignature"]
    assert "InvalidFirmwareSignature" in events(world)
    assert world.statuses()[-1] == "Available"


@proves
@pytest.mark.parametrize("what", ["another model", "checksum", "cut short", "no image"])
async def test_an_image_that_is_not_for_it_is_not_installed(maker, what):
    """L01.FR.29."""
    content = {
        "another model": image(model="DC150"),
        "checksum": image()[:-1] + b"\0",
        "cut short": image()[:-1],
        "no image": b"PK\3\4 something else",
    }[what]
    world = await booted(maker)
    async with Shelf({"/firmware.bin": content}).serve() as port:
        shelf(world, port)
        await world.ask("UpdateFirmware", order(world, maker=maker, content=content), 60)
    assert statuses(world) == [*SECURE[:4], "InstallVerificationFailed"]
    assert running_version(world.station) == "1.4.2"


@proves
async def test_a_file_that_is_not_there_is_asked_for_as_often_as_ordered(maker):
    """L01.FR.30."""
    world = await booted(maker)
    files = Shelf()
    async with files.serve() as port:
        shelf(world, port)
        await world.ask("UpdateFirmware", order(world, retries=2, retryInterval=30), 120)
    assert statuses(world) == ["Downloading"] * 3 + ["DownloadFailed"]
    assert len(files.asked) == 3
    times = world.csms.times("FirmwareStatusNotification")
    assert [round(later - sooner) for sooner, later in pairwise(times)] == [30, 30, 0]


@proves
async def test_a_download_that_breaks_off_pauses_and_comes_on(maker):
    """L01.FR.14."""
    world = await booted(maker)
    files = Shelf({"/firmware.bin": image()})
    files.cut_after = 1_500_000
    async with files.serve() as port:
        shelf(world, port)
        await world.ask("UpdateFirmware", order(world, retryInterval=10), 120)
    assert statuses(world) == ["Downloading", "DownloadPaused", *PLAIN]
    assert files.asked[1][2].startswith("bytes=")


@proves
@pytest.mark.parametrize("url", ["sftp://files.example/x", "nonsense", "http:///x"])
async def test_what_cannot_be_fetched_is_refused_at_once(maker, url):
    world = await booted(maker)
    answer = await world.ask("UpdateFirmware", order(world, url=url))
    assert answer == {"status": "Rejected", "statusInfo": {"reasonCode": "InvalidURL"}}


@proves
async def test_a_new_order_takes_the_place_of_the_old_one(maker):
    """L01.FR.24: also where its file does not exist, which is how a CSMS cancels."""
    world = await booted(maker)
    async with Shelf({"/firmware.bin": image()}).serve() as port:
        shelf(world, port)
        await world.ask("UpdateFirmware", order(world, 1, install_s=3600), 30)
        assert statuses(world)[-1] == "InstallScheduled"
        nowhere = order(world, 2, url="http://files.example/none", retries=0)
        assert await world.ask("UpdateFirmware", nowhere, 30) == {"status": "AcceptedCanceled"}
        told = [(ask["requestId"], ask["status"]) for ask in world.csms.of("FirmwareStatusNotification")]
        assert told[3:] == [(1, "InstallationFailed"), (2, "Downloading"), (2, "DownloadFailed")]
        await world.run(world.clock.now + 7200)
    assert running_version(world.station) == "1.4.2"
    assert world.station.flash.memory(Bank).order is None


@proves
async def test_while_the_slot_is_written_it_can_be_cancelled_but_not_while_it_starts(maker):
    """L01.FR.24, .27."""
    world = await booted(maker)
    async with Shelf({"/firmware.bin": image()}).serve() as port:
        shelf(world, port)
        await world.ask("UpdateFirmware", order(world, 1), 6)
        assert statuses(world)[-1] == "Installing"
        assert await world.ask("UpdateFirmware", order(world, 2), 1) == {"status": "AcceptedCanceled"}
        while statuses(world)[-1] != "InstallRebooting":
            await world.run(world.clock.now + 0.1)
        answer = await world.ask("UpdateFirmware", order(world, 3), 0.01)
        assert answer == {"status": "Rejected", "statusInfo": {"reasonCode": "FwUpdateInProgress"}}
        await world.run(world.clock.now + 60)
    told = [(ask["requestId"], ask["status"]) for ask in world.csms.of("FirmwareStatusNotification")]
    assert (1, "InstallationFailed") in told
    assert told[-1] == (2, "Installed")


@proves
@pytest.mark.parametrize(("flaw", "reason"), [("no start", "Watchdog"), ("self-test", "ApplicationReset")])
async def test_a_firmware_that_does_not_work_makes_room_for_the_one_before(maker, flaw, reason):
    world = await booted(maker)
    content = image(flaw=flaw)
    async with Shelf({"/firmware.bin": content}).serve() as port:
        shelf(world, port)
        await world.ask("UpdateFirmware", order(world, 9, maker=maker, content=content), 180)
    assert statuses(world) == [*SECURE[:-1], "InstallationFailed"]
    last = world.csms.of("BootNotification")[-1]
    assert (last["reason"], last["chargingStation"]["firmwareVersion"]) == (reason, "1.4.2")
    assert "FirmwareUpdated" not in events(world)
    bank = world.station.flash.memory(Bank)
    assert bank.slots[1].state is State.BAD
    assert world.statuses()[-1] == "Available"


async def test_worn_flash_memory_takes_nothing(maker):
    world = await booted(maker)
    world.station.function(Firmware).wears_out = True
    async with Shelf({"/firmware.bin": image()}).serve() as port:
        shelf(world, port)
        await world.ask("UpdateFirmware", order(world), 60)
    assert statuses(world) == ["Downloading", "Downloaded", "Installing", "InstallationFailed"]
    assert world.station.flash.memory(Bank).slots[1].state is State.EMPTY


async def test_the_stations_own_self_test_decides(maker):
    world = await booted(maker, name="lab-ac")
    profile = world.station.profile
    assert world.station.has("SelfTester")
    async with Shelf({"/firmware.bin": image(model=profile.model)}).serve() as port:
        shelf(world, port)
        await world.ask("UpdateFirmware", order(world), 120)
    assert statuses(world)[-1] == "Installed"
    test = world.station.rig.part("SelfTester")
    assert test.count == 1


async def test_what_was_not_heard_is_said_when_the_station_is_back(maker):
    """L01.FR.01 over an outage: in order, and nothing twice."""
    world = await booted(maker)
    async with Shelf({"/firmware.bin": image()}).serve() as port:
        shelf(world, port)
        await world.ask("UpdateFirmware", order(world, retrieve_s=60), 2)
        world.csms.down()
        world.station.line.sever()
        await world.run(world.clock.now + 300)
        assert running_version(world.station) == "2.0.0"
        world.csms.up()
        await world.run(world.clock.now + 300)
    assert statuses(world) == ["DownloadScheduled", *PLAIN]


@pytest.mark.parametrize("flaw", ["", "no start", "self-test"])
@pytest.mark.parametrize("cut_s", CUTS_S)
async def test_power_may_go_at_any_moment(maker, cut_s, flaw):
    """At every instant one slot holds a firmware that starts, and the update comes to its end all the same."""
    world = await booted(maker)
    content = image(flaw=flaw)
    async with Shelf({"/firmware.bin": content}).serve() as port:
        shelf(world, port)
        world.csms.call("UpdateFirmware", order(world, 4, maker=maker, content=content))
        await world.run(world.clock.now + cut_s)
        world.station.power_off()
        bank = world.station.flash.memory(Bank)
        assert bank.running.state in (State.GOOD, State.TRIAL)
        assert bank.running.state is State.GOOD or bank.slots[bank.other].state is State.GOOD
        await world.run(world.clock.now + 30)
        world.station.power_on()
        await world.run(world.clock.now + 300)
    bank = world.station.flash.memory(Bank)
    if cut_s:
        assert bank.order is None
        assert running_version(world.station) == ("1.4.2" if flaw else "2.0.0")
        assert statuses(world)[-1] == ("InstallationFailed" if flaw else "Installed")
        for once in ("Downloaded", "Installing", "InstallRebooting", statuses(world)[-1]):
            assert statuses(world).count(once) <= 1, once
    assert bank.running.state is State.GOOD
    assert world.station.online


def reasons(world):
    return [boot["reason"] for boot in world.csms.of("BootNotification")]


@pytest.mark.proves("station", "Reset UpdateFirmware", "2.0.1 2.1")
async def test_no_reset_while_a_firmware_is_installed(maker):
    """B11.FR.06, B12.FR.10."""
    world = await booted(maker)
    async with Shelf({"/firmware.bin": image()}).serve() as port:
        shelf(world, port)
        await world.ask("UpdateFirmware", order(world), 5)
        assert statuses(world)[-1] == "Installing"
        for kind in ("Immediate", "OnIdle"):
            answer = await world.ask("Reset", {"type": kind}, 0.1)
            assert answer == {"status": "Rejected", "statusInfo": {"reasonCode": "FwUpdateInProgress"}}
        await world.run(world.clock.now + 120)
    assert reasons(world) == ["PowerUp", "FirmwareUpdate"]
    assert statuses(world)[-1] == "Installed"


@pytest.mark.proves("station", "Reset UpdateFirmware", "2.0.1 2.1")
async def test_a_reset_on_idle_waits_for_a_download(maker):
    """B11, remark of errata 2025-06: a failed one is work that is over; one that succeeds restarts the station."""
    world = await booted(maker)
    async with Shelf().serve() as port:
        shelf(world, port)
        await world.ask("UpdateFirmware", order(world, retries=1, retryInterval=60), 5)
        assert await world.ask("Reset", {"type": "OnIdle"}, 30) == {"status": "Scheduled"}
        assert reasons(world) == ["PowerUp"]
        await world.run(world.clock.now + 90)
    assert statuses(world)[-1] == "DownloadFailed"
    assert reasons(world) == ["PowerUp", "ScheduledReset"]


async def test_a_reset_does_not_wait_for_the_hour_of_an_update(maker):
    """It survives the reset."""
    world = await booted(maker)
    async with Shelf({"/firmware.bin": image()}).serve() as port:
        shelf(world, port)
        await world.ask("UpdateFirmware", order(world, install_s=3600), 30)
        assert await world.ask("Reset", {"type": "OnIdle"}, 60) == {"status": "Accepted"}
        assert reasons(world) == ["PowerUp", "RemoteReset"]
        await world.run(world.clock.now + 3700)
    assert statuses(world)[-1] == "Installed"


def test_a_new_station_pays_nothing():
    world = World()
    assert world.station.used(Firmware) is None
    assert Bank not in Flash().memories
    assert running_version(world.station) == "1.4.2"
    assert Flaw("") is Flaw.NONE
    assert URL.startswith("http")
