"""Hands on a system of others: who does what a rig file says."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from chargebench.crew import crew
from conformance import registry, rigfile
from conformance.rigs import Unable
from conformance.rigs.http import HttpHands
from conformance.vocabulary import CSMS, STATION, V201, Subject, Tokens
from protocol.transports.port import PortTaken

HTTP = 'kind: http\nurl: http://127.0.0.1:9\noperations:\n  plug: {url: "/"}\n  unplug: prompt\n'
PAGE = "prompt: {terminal: no, page: '127.0.0.1:0'}\n"


async def test_requests_people_and_nobody() -> None:
    said: list[str] = []
    rig = rigfile.parse(HTTP + PAGE, STATION, {})
    async with crew(rig, "CP", V201, said.append) as hands:
        plug, unplug = hands.hands.find("plug"), hands.hands.find("unplug")
        assert plug is not None
        assert unplug is not None
        assert isinstance(plug.func.__self__, HttpHands)  # type: ignore[attr-defined]
        assert hands.hands.find("fault") is None
        assert hands.prompt is not None
        hands.about(registry.cases()["TC_B_01_CS"])
        assert hands.prompt.occasion.startswith("TC_B_01_CS  ")
        url = said[0].removeprefix("questions are asked at ")
        async with httpx.AsyncClient() as browser:
            assert (await browser.get(url)).status_code == 200


async def test_where_nobody_is_asked_no_page_is_served() -> None:
    said: list[str] = []
    rig = rigfile.load(Path("reference-api"), CSMS, {})
    async with crew(rig, "CP", V201, said.append) as hands:
        assert hands.prompt is None
        hands.heard("Reset")
        hands.about(registry.cases()["TC_B_01_CSMS"])
    assert said == []


async def test_a_page_whose_port_is_taken() -> None:
    said: list[str] = []
    async with crew(rigfile.parse(HTTP + PAGE, STATION, {}), "CP", V201, said.append):
        port = said[0].rstrip("/").rpartition(":")[2]
        other = rigfile.parse(HTTP + PAGE.replace("1:0", f"1:{port}"), STATION, {})
        with pytest.raises(PortTaken):
            async with crew(other, "CP", V201, said.append):
                pass


async def test_what_a_csms_is_told_before_the_first_case_and_before_each() -> None:
    said: list[str] = []
    rig = rigfile.load(Path("reference-api"), CSMS, {"CHARGEBENCH_API": "http://127.0.0.1:9"})
    async with crew(rig, "CP", V201, said.append) as hands:
        await hands.introduce(Tokens(), said.append)
        with pytest.raises(Unable, match=r"provision\.station"):
            await hands.refresh(Subject(CSMS, V201))
    assert [line.partition(":")[0] for line in said][:2] == [
        "the CSMS may not know VALID-0001",
        "the CSMS may not know VALID-0003",
    ]
    by_hand = rigfile.load(Path("by-hand"), CSMS, {})
    people = rigfile.RigFile(by_hand.kind, CSMS, "p", by_hand.tasks, rigfile.Ask(terminal=False, page=("127.0.0.1", 0)))
    async with crew(people, "CP", V201, said.append) as hands:
        await hands.introduce(Tokens(), pytest.fail)
        await hands.refresh(Subject(CSMS, V201))
