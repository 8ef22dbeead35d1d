"""One CSMS for many cases, operated over its HTTP API: what one case leaves behind is in nobody's way."""

from dataclasses import replace
from pathlib import Path

import pytest

from chargebench.certification import PASSWORD
from conformance import registry, rigfile, runner
from conformance.hands import agreed
from conformance.rigs.foreign import DiallingRig
from conformance.rigs.http import HttpHands
from conformance.vocabulary import CSMS, V16, V201
from csms_reference.server import start
from csms_reference.settings import Settings
from reports.verdict import Verdict

CHOSEN = {V201: "K_03 K_04 M_20 B_08 A_09", V16: "073 003"}
"""Where an entry of one case may be in the next one's way, or what comes at once depends on what was just noted."""


@pytest.mark.parametrize("version", CHOSEN)
async def test_what_a_case_leaves_at_a_csms_is_in_nobodys_way(tmp_path, version):
    database = f"sqlite:///{tmp_path / 'csms.sqlite'}"
    kept = await start(Settings(port=0, api_port=0, database=database, require_passwords=True, short_links_burst=0))
    file = rigfile.load(Path("reference-api"), CSMS, {"CHARGEBENCH_API": f"http://127.0.0.1:{kept.api_port}"})
    hands = HttpHands(file, "BENCH-1", version)

    async def refresh(subject):
        await hands.find("provision.station")(registration="Accepted", password=subject.password)

    rig = DiallingRig(f"ws://127.0.0.1:{kept.ocpp_port}", hands, refresh=refresh)
    described = replace(runner.describe(CSMS, version, rig), password=PASSWORD, security_profile=1)
    try:
        for token in agreed(described.tokens):
            await hands.find("provision.token")(**token)
        for name in CHOSEN[version].split():
            subject = replace(described, nonce=name)
            verdict = await runner.run_case(registry.cases()[f"TC_{name}_CSMS"], subject, rig)
            assert verdict.verdict is Verdict.PASS, verdict
    finally:
        await hands.close()
        await kept.close()
