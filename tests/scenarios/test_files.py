"""Files in a scenario: images are made, served and found, by a CSMS here and by one in a process of its own."""

import httpx
import pytest

from reports.verdict import Verdict
from scenarios.child import ReferenceProcess
from scenarios.files import HOST, Counter, made, settings_for
from scenarios.library import load
from scenarios.model import CsmsSettings, Image
from scenarios.own import ReferenceInProcess
from scenarios.reading import parse_scenario
from scenarios.runner import run
from simulator.firmware.image import Flaw, parse


def test_an_image_is_the_same_in_each_run():
    image = Image("a.bin", "AC22", "2.0.0", 1000, "self-test")
    assert made(image) == made(image)
    found = parse(made(image))
    assert (found.model, found.version, found.flaw) == ("AC22", "2.0.0", Flaw.SELF_TEST)
    assert found.size > 1000


def test_a_scenario_without_files_has_no_server():
    assert settings_for(CsmsSettings(), "folder") == {}
    assert settings_for(CsmsSettings(uploads=("log-1",)), "folder") == {
        "files_folder": "folder",
        "files_url": f"http://{HOST}",
    }


@pytest.mark.parametrize("access", [ReferenceInProcess, ReferenceProcess])
async def test_both_ways_to_reach_the_reference_serve_them(access, tmp_path):
    result = await run(load("flows/L02-at-its-time"), out=tmp_path / "run", csms=access())
    assert result.verdict is Verdict.PASS, result.judgements


async def test_a_place_to_upload_to_is_there_from_the_start(tmp_path):
    text = """
scenario: Looks
duration: 1m
csms: {uploads: [log-1]}
fleet: [{profile: ac-22kw}]
steps: [{after: 30s, look: /uploads}]
expect: [{seen: {fact: Looked, where: {found.0.address: log-1, found.0.url: "http://files.example/uploads/log-1/"}}}]
"""
    result = await run(parse_scenario(text), out=tmp_path / "run")
    assert result.verdict is Verdict.PASS, result.judgements


async def test_the_counter_is_gone_when_it_is_closed(tmp_path):
    access = ReferenceInProcess()
    await run(load("flows/L02-at-its-time"), out=tmp_path / "run", csms=access)
    counter = Counter()
    await counter.close()
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError):
            await client.get("http://127.0.0.1:1/firmware/a.bin")
