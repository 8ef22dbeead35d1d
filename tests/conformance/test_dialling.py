"""One CSMS for many cases, operated over its HTTP API: what one case leaves behind is in nobody's way."""

from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from chargebench.certification import PASSWORD
from chargebench.crew import crew
from conformance import registry, rigfile, runner
from conformance.rigs.foreign import DiallingRig
from conformance.vocabulary import CSMS, V16, V201
from csms_reference.server import start
from csms_reference.settings import Settings
from reports.verdict import Verdict

CHOSEN = {V201: "K_03 K_04 M_20 B_08 A_09", V16: "073 003"}
"""Where an entry of one case may be in the next one's way, or what comes at once depends on what was just noted."""


@asynccontextmanager
async def kept(tmp_path, version):
    """A CSMS, and what judges it by a case."""
    database = f"sqlite:///{tmp_path / 'csms.sqlite'}"
    running = await start(Settings(port=0, api_port=0, database=database, require_passwords=True, short_links_burst=0))
    file = rigfile.load(Path("reference-api"), CSMS, {"CHARGEBENCH_API": f"http://127.0.0.1:{running.api_port}"})
    try:
        async with crew(file, "BENCH-1", version, pytest.fail) as hands:
            rig = DiallingRig(f"ws://127.0.0.1:{running.ocpp_port}", hands.hands, refresh=hands.refresh)
            described = replace(runner.describe(CSMS, version, rig), password=PASSWORD, security_profile=1)
            await hands.introduce(described.tokens, pytest.fail)

            async def judged(name):
                return await runner.run_case(registry.cases()[name], replace(described, nonce=name), rig)

            yield running, judged
    finally:
        await running.close()


@pytest.mark.parametrize("version", CHOSEN)
async def test_what_a_case_leaves_at_a_csms_is_in_nobodys_way(tmp_path, version):
    async with kept(tmp_path, version) as (_, judged):
        for name in CHOSEN[version].split():
            verdict = await judged(f"TC_{name}_CSMS")
            assert verdict.verdict is Verdict.PASS, verdict


async def test_a_security_profile_that_a_case_raised_is_the_one_in_use_again(tmp_path):
    async with kept(tmp_path, V201) as (running, judged):
        await running.csms.register("BENCH-1", security_profile=3)
        verdict = await judged("TC_B_01_CSMS")
        assert verdict.verdict is Verdict.PASS, verdict
