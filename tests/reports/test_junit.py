"""JUnit XML that any reader takes, whatever came over the wire."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from reports.junit import junit
from reports.rundir import Judgement, Run, RunWriter, Verdict
from tests.reports.synthetic import a_day


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> ET.Element:
    path = a_day(tmp_path_factory.mktemp("run") / "day", stations=4, hours=12)
    found = ET.fromstring(junit(Run.open(path))).find("testsuite")
    assert found is not None
    return found


def test_each_verdict_has_its_element(suite: ET.Element) -> None:
    kinds = {case.attrib["name"].split()[0]: [child.tag for child in case] for case in suite.iter("testcase")}
    assert kinds["boots"] == []
    assert kinds["unlock"] == ["failure"]
    assert kinds["garbage"] == ["error"]
    assert kinds["soc"] == ["error"], "a build must not go green on what was not established"
    assert kinds["plug-and-charge"] == ["skipped"]
    counts = {name: suite.attrib[name] for name in ("tests", "failures", "errors", "skipped", "time")}
    assert counts == {"tests": "14", "failures": "1", "errors": "2", "skipped": "1", "time": "21.400"}


def test_a_failure_says_expected_actual_rule_and_where(suite: ET.Element) -> None:
    failure = suite.find(".//failure")
    assert failure is not None
    assert failure.text is not None
    for word in (
        "expected: UnlockConnector.conf",
        "actual: CALLERROR",
        "rule: F05.FR.02",
        "station: CP-02",
        "frames: ",
    ):
        assert word in failure.text


def test_how_to_reproduce_is_in_the_properties(suite: ET.Element) -> None:
    properties = {each.attrib["name"]: each.attrib["value"] for each in suite.iter("property")}
    assert properties["seed"] == "7"
    assert properties["command"] == "chargebench demo --seed 7 --title 'it'\"'\"'s a day'"


def test_what_xml_cannot_carry_becomes_visible(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path)
    hostile = "\x00\x1b\ud800\ufffe]]><x/>&\u2028"
    writer.finish(
        clock={"pace": "real", "start": "x", "duration_s": 1},
        wall={"started": "x", "finished": "x", "seconds": 1},
        stations=[],
        title=hostile,
        verdicts=[Judgement(hostile, hostile, Verdict.FAIL, hostile, hostile, hostile, hostile)],
    )
    root = ET.fromstring(junit(Run.open(tmp_path)))
    case = root.find(".//testcase")
    assert case is not None
    assert case.attrib["name"].startswith("\\u0000\\u001b\\ud800\\ufffe]]><x/>&\u2028")


def test_a_run_cut_off_is_no_success(tmp_path: Path) -> None:
    RunWriter(tmp_path).close()
    root = ET.fromstring(junit(Run.open(tmp_path)))
    assert root.attrib["errors"] == "1"
    assert "run.json is missing" in root.findall(".//error")[0].attrib["message"]
