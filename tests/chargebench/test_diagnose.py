"""``chargebench diagnose station``: table, JSON and exit codes."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console
from typer.testing import CliRunner

from chargebench.cli import app
from chargebench.errors import Unusable
from chargebench.findings import show
from chargebench.keyboard import ACTIONS, Desk
from simulator import faults
from tests.chargebench.processes import finished
from tests.simulator.csms import World


def ran(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["diagnose", "station", *words], env={"COLUMNS": "120"}, standalone_mode=False)
    return done.return_value, done.output


def test_a_sound_station() -> None:
    code, out = ran()
    assert code == 0
    assert "0 failed" in out
    assert "Not fitted: insulation of the DC output" in out
    assert "Incident log" not in out


def test_broken_ones_with_what_to_do_and_what_has_happened() -> None:
    code, out = ran("--profile", "lab-ac", "--fault", "contactor welded", "--fault", "fan failure")
    assert code == 1
    assert "contactor, voltage behind open contacts at 1: welded contacts: replace the contactor" in out
    assert "fan, full speed: clean or replace the fan and its filter" in out
    assert "contactor welded" in out.partition("Incident log")[2]


def test_json_has_the_same() -> None:
    code, out = ran("--fault", "diode missing", "--json")
    document = json.loads(out)
    assert (code, document["passed"], document["faults"]) == (1, False, ["diode missing"])
    wrong = [each for each in document["findings"] if each["verdict"] == "fail"]
    assert {(each["test"], each["place"], each["unit"]) for each in wrong} == {("control pilot", "1,1", "V")}
    assert all(each["measured"] > -11 and each["source"] and each["advice"] for each in wrong)


def test_the_same_seed_finds_the_same() -> None:
    first, second = (json.loads(ran("--profile", "lab-ac", "--seed", "3", "--json")[1]) for _ in range(2))
    assert first == second


def test_a_fault_at_another_evse() -> None:
    code, out = ran("--profile", "ac-22kw-duo", "--evse", "2", "--fault", "lock jammed", "--json")
    document = json.loads(out)
    assert code == 1
    assert {each["place"] for each in document["findings"] if each["verdict"] == "fail"} == {"2,1"}


def test_what_cannot_be_is_said_in_one_line() -> None:
    code, _, err = finished("diagnose", "station", "--fault", "nonsense")
    assert code == 2
    assert err.startswith("chargebench: no fault is called 'nonsense'")
    code, _, err = finished("diagnose", "station", "--fault", "fan failure")
    assert (code, err.count("\n")) == (2, 1)
    code, _, err = finished("diagnose", "station", "--evse", "4")
    assert (code, "no EVSE 4" in err) == (2, True)


async def test_the_keyboard_has_a_word_for_it() -> None:
    world = World(name="ac-22kw")
    await world.boot()
    screen = io.StringIO()
    desk = Desk(Console(file=screen, width=120), "ws://localhost/")
    faults.inject(world.station, "lock jammed")
    ACTIONS["diagnose"](desk, world.station, [])
    assert "plug lock, locking time at 1,1: clean and grease the bolt" in screen.getvalue()
    assert "Incident log" not in screen.getvalue()
    ACTIONS["diagnose"](desk, world.station, [])
    assert "lock failure" in screen.getvalue().partition("Incident log")[2]
    with pytest.raises(Unusable, match="too many words"):
        ACTIONS["diagnose"](desk, world.station, ["all"])


def test_a_report_of_nothing() -> None:
    screen = io.StringIO()
    show(Console(file=screen), ())
    assert "0 measured, 0 failed" in screen.getvalue()
