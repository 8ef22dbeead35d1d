"""Foreign systems over real sockets: ours play the foreigners, one behind its HTTP API, one behind its dialler."""

import asyncio
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from conformance import registry, rigfile, runner
from conformance.papers import bench_pki
from conformance.rigs import Table, Unable
from conformance.rigs.files import CODE_SIGNING, signed
from conformance.rigs.foreign import DiallingRig, ListeningRig, Operator
from conformance.rigs.http import HttpHands
from conformance.rigs.prompt import PromptHands
from conformance.vocabulary import CSMS, STATION, V201
from csms_reference.server import start
from csms_reference.settings import Settings
from protocol.transports.websocket import WebSocketDialer
from protocol.versions import by_name
from reports.verdict import Verdict
from simulator.clock import Clock, Scaled
from simulator.courier import courier
from simulator.firmware.image import build
from simulator.flash import Flash
from simulator.keys.commissioning import commissioned
from simulator.keys.memory import Kept
from simulator.profile import load_profile
from simulator.station import Station


@pytest.fixture
async def csms(tmp_path):
    running = await start(Settings(port=0, api_port=0, database=f"sqlite:///{tmp_path / 'csms.sqlite'}"))
    yield running
    await running.close()


async def judged(case_id, rig, role, **subject):
    described = replace(runner.describe(role, V201, rig), **subject)
    return await runner.run_case(registry.cases()[case_id], described, rig, start=runner.START)


def api_hands(csms, name="BENCH-1", *, patience_s=None):
    """The API that comes along; with ``patience_s`` a slow machine too hears of its refusals in time."""
    environment = {"CHARGEBENCH_API": f"http://127.0.0.1:{csms.api_port}"}
    file = rigfile.load(Path("reference-api"), CSMS, environment)
    if patience_s is not None:
        waiting = tuple(replace(each, wait_s=patience_s) for each in file.tasks["command.*"])
        file = replace(file, tasks={**file.tasks, "command.*": waiting})
    return HttpHands(file, name, V201)


async def test_a_csms_is_judged_over_sockets_and_operated_over_its_api(csms):
    hands = api_hands(csms)
    rig = DiallingRig(f"ws://127.0.0.1:{csms.ocpp_port}", hands)
    tokens = runner.describe(CSMS, V201, rig).tokens
    await hands.find("provision.token")(token=tokens.valid.id)
    await hands.find("provision.token")(token=tokens.blocked.id, status="Blocked")
    try:
        for case_id in ("TC_C_02_CSMS", "TC_C_06_CSMS", "TC_B_20_CSMS", "TC_F_01_CSMS"):
            verdict = await judged(case_id, rig, CSMS, nonce=case_id)
            assert verdict.verdict is Verdict.PASS, verdict
    finally:
        await hands.close()


async def test_the_api_refuses_at_once_what_it_cannot_do(csms):
    hands = api_hands(csms, patience_s=30)
    try:
        await hands.find("provision.station")(registration="Pending", password=None)
        with pytest.raises(Unable, match="422"):
            await hands.find("provision.token")(token="X", status="Golden")
        with pytest.raises(Unable, match="fly"):
            await hands.find("command.fly")()
    finally:
        await hands.close()


async def test_a_csms_is_made_fresh_before_a_case_as_far_as_it_can_be(csms, caplog):
    asked = []

    async def refresh(subject):
        asked.append(subject.identity)
        if len(asked) > 1:
            raise Unable("no such station")

    rig = DiallingRig(f"ws://127.0.0.1:{csms.ocpp_port}", refresh=refresh)
    for _ in range(2):
        assert (await judged("TC_B_01_CSMS", rig, CSMS)).verdict is Verdict.PASS
    assert asked == ["BENCH-1", "BENCH-1"]
    assert "the CSMS is as the last case left it: no such station" in caplog.text


class Clerk:
    """A person who does at the CSMS what is asked, and never says so."""

    def __init__(self, csms):
        self.csms, self.asked, self.tasks = csms, [], []

    async def ask(self, question):
        self.asked.append(question.sentence)
        order = self.csms.csms.command("BENCH-1", "reset", kind="OnIdle")
        self.tasks.append(asyncio.create_task(order))
        await asyncio.Event().wait()


async def test_a_person_at_a_csms_need_not_say_that_the_command_was_given(csms):
    clerk = Clerk(csms)
    hands = PromptHands(CSMS, [clerk])
    rig = DiallingRig(f"ws://127.0.0.1:{csms.ocpp_port}", hands, hands.heard)
    async with asyncio.timeout(20):
        verdict = await judged("TC_B_20_CSMS", rig, CSMS)
    assert verdict.verdict is Verdict.PASS, verdict
    assert clerk.asked[0].startswith("Have the CSMS reset the station")
    await asyncio.gather(*clerk.tasks)


def test_the_first_hands_that_can_do_it_do_it():
    both = Operator((Table({"plug": len}), Table({"plug": str, "unplug": repr})))
    assert (both.find("plug"), both.find("unplug"), both.find("fly")) == (len, repr, None)


async def test_a_csms_without_an_operator(csms):
    rig = DiallingRig(f"ws://127.0.0.1:{csms.ocpp_port}")
    verdict = await judged("TC_B_20_CSMS", rig, CSMS)
    assert (verdict.verdict, verdict.reason) == (Verdict.INCONCLUSIVE, "the rig has no command.reset")
    assert (await judged("TC_B_01_CSMS", rig, CSMS)).verdict is Verdict.PASS


async def test_a_csms_that_is_not_there():
    verdict = await judged("TC_B_01_CSMS", DiallingRig("ws://127.0.0.1:9"), CSMS)
    assert verdict.verdict is Verdict.FAIL
    assert "unreachable" in verdict.actual


async def test_a_station_that_dials_in_is_judged_on_what_needs_no_hands():
    rig = await ListeningRig.listen("127.0.0.1", 0)
    clock = Clock(runner.START, Scaled(40))
    dialer = WebSocketDialer()
    url = f"ws://127.0.0.1:{rig.port}"
    station = Station("BENCH-1", load_profile("ac-22kw"), by_name(V201), clock, dialer, url=url, seed=1)
    station.power_on()
    running = asyncio.create_task(clock.run())
    try:
        verdict = await judged("TC_B_32_CS", rig, STATION)
        assert verdict.verdict is Verdict.PASS, verdict
        verdict = await judged("TC_G_01_CS", rig, STATION)
        assert (verdict.verdict, verdict.reason) == (Verdict.INCONCLUSIVE, "the rig has no plug")
    finally:
        clock.stop()
        await running
        station.power_off()
        await dialer.close()
        await rig.close()


async def test_somebody_is_asked_to_see_to_a_station_that_does_not_come():
    asked = []

    async def ready():
        asked.append("ready")
        return "yes"

    rig = await ListeningRig.listen("127.0.0.1", 0, operator=Table({"ready": ready}))
    try:
        verdict = await judged("TC_B_32_CS", rig, STATION, boot_s=0.05)
        assert (verdict.verdict, verdict.reason) == (Verdict.INCONCLUSIVE, "no station came within 0.05 s")
        assert asked == ["ready"]
        assert rig.has("ready")
        assert not rig.has("plug")
    finally:
        await rig.close()


async def test_a_station_that_never_comes():
    rig = await ListeningRig.listen("127.0.0.1", 0)
    try:
        verdict = await judged("TC_B_32_CS", rig, STATION, boot_s=0.05)
        assert (verdict.verdict, verdict.reason) == (Verdict.INCONCLUSIVE, "no station came within 0.05 s")
    finally:
        await rig.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def test_a_station_fetches_firmware_from_the_bench_and_leaves_its_log_there(tmp_path):
    pki = bench_pki()
    signer = pki.manufacturer.certifies("Vendor", usages=[CODE_SIGNING])
    content = build("AC22", "2.0.0", bytes(100_000))
    (tmp_path / "image.bin").write_bytes(content)
    (tmp_path / "image.sig").write_text(signed(content, signer.key))
    (tmp_path / "signer.pem").write_text(signer.chain)
    declared = {"image": "image.bin", "signature": "image.sig", "certificate": "signer.pem"}
    rig = await ListeningRig.listen("127.0.0.1", 0)
    clock = Clock(runner.START, Scaled(40))
    url = f"ws://127.0.0.1:{rig.port}"
    flash = Flash(memories={Kept: commissioned(manufacturer_roots=pki.manufacturer.pem)})
    dialer = WebSocketDialer()
    station = Station("BENCH-1", load_profile("ac-22kw"), by_name(V201), clock, dialer, url=url, seed=1, flash=flash)
    station.power_on()
    running = asyncio.create_task(clock.run())
    known = {
        "files_url": f"http://127.0.0.1:{free_port()}",
        "firmware": {name: str(tmp_path / file) for name, file in declared.items()},
        "pki": pki,
    }
    try:
        for case_id in ("TC_N_25_CS", "TC_L_06_CS"):
            verdict = await judged(case_id, rig, STATION, **known)
            assert verdict.verdict is Verdict.PASS, verdict
        verdict = await judged("TC_L_08_CS", rig, STATION, **known)
        assert (verdict.verdict, verdict.reason) == (Verdict.INCONCLUSIVE, "no firmware.broken_image is declared")
    finally:
        clock.stop()
        await running
        station.power_off()
        await courier(clock).close()
        await dialer.close()
        await rig.close()
