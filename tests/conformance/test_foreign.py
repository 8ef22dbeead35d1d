"""Foreign systems over real sockets: ours play the foreigners, one behind its HTTP API, one behind its dialler."""

import asyncio
from dataclasses import replace

import pytest

from conformance import registry, runner
from conformance.rigs.foreign import ApiHands, DiallingRig, ListeningRig
from conformance.vocabulary import CSMS, STATION, V201
from csms_reference.server import start
from csms_reference.settings import Settings
from protocol.transports.websocket import WebSocketDialer
from protocol.versions import by_name
from reports.verdict import Verdict
from simulator.clock import Clock, Scaled
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


async def test_a_csms_is_judged_over_sockets_and_operated_over_its_api(csms):
    hands = ApiHands(f"http://127.0.0.1:{csms.api_port}", "BENCH-1")
    rig = DiallingRig(f"ws://127.0.0.1:{csms.ocpp_port}", hands)
    tokens = runner.describe(CSMS, V201, rig).tokens
    await hands.token(tokens.valid.id)
    await hands.token(tokens.blocked.id, status="Blocked")
    try:
        for case_id in ("TC_C_02_CSMS", "TC_C_06_CSMS", "TC_B_20_CSMS", "TC_F_01_CSMS"):
            verdict = await judged(case_id, rig, CSMS, nonce=case_id)
            assert verdict.verdict is Verdict.PASS, verdict
    finally:
        await hands.close()


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


async def test_a_station_that_never_comes():
    rig = await ListeningRig.listen("127.0.0.1", 0)
    try:
        verdict = await judged("TC_B_32_CS", rig, STATION, boot_s=0.05)
        assert (verdict.verdict, verdict.reason) == (Verdict.INCONCLUSIVE, "no station came within 0.05 s")
    finally:
        await rig.close()
