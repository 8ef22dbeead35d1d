import re
from pathlib import Path

import orjson
import pytest

from loadtest.habits import FAULTS, Habits, Law, habit_names, load_habits, parse_habits, week_s
from scenarios.source import ScenarioError

LIBRARY = Path(__file__).parents[2] / "scenarios" / "library"


@pytest.mark.parametrize("name", habit_names())
def test_the_built_in_habits_can_be_told_to_another_process(name):
    habits = load_habits(name)
    assert habits.name == name
    assert Habits.heard(orjson.loads(orjson.dumps(habits.told()))) == habits


def test_the_promised_habits_are_there():
    assert set(habit_names()) >= {"steady", "residential", "workplace", "highway", "depot"}


def test_steady_is_one_in_a_hundred_with_a_meter_value_a_minute():
    steady = load_habits("steady")
    assert [each.share for each in steady.drivers] == [0.01]
    assert steady.config == {"SampledDataCtrlr.TxUpdatedInterval": 60}


def test_the_rate_depends_on_the_day_and_holds_until_the_next_edge():
    text = "habits: x\ndrivers: [{stay: 1h, arrivals: {weekdays 07:00-09:00: 2, mon 08:00-10:00: 1, 22:00-24:00: 3}}]"
    drivers = parse_habits(text).drivers[0]
    hour = 3600.0
    assert drivers.rate(0.0) == (0.0, 7 * hour)
    assert drivers.rate(7 * hour) == (2.0, hour)
    assert drivers.rate(8.5 * hour) == (3.0, 0.5 * hour)
    assert drivers.rate(9 * hour) == (1.0, hour)
    assert drivers.rate(9.5 * hour) == (1.0, 0.5 * hour)
    assert drivers.rate(24 * hour + 8.5 * hour) == (2.0, 0.5 * hour)
    assert drivers.rate(5 * 24 * hour + 8.5 * hour) == (0.0, 13.5 * hour)
    assert drivers.rate(6 * 24 * hour + 23 * hour) == (3.0, hour)


def test_laws():
    even, about = Law(10.0, 20.0), Law(40.0, 40.0, 1.5)
    assert [even.draw(chance) for chance in (0.0, 0.5)] == [10.0, 15.0]
    assert about.draw(0.5) == pytest.approx(40.0)
    assert about.draw(0.8413) == pytest.approx(60.0, rel=0.001)
    assert about.draw(0.0) > 0


def test_a_scenario_s_drivers_are_habits_too():
    habits = load_habits(LIBRARY / "charging-day.yaml")
    commuters = habits.drivers[0]
    assert commuters.name == "commuters"
    assert commuters.stations == ("AC*",)
    assert commuters.spans[0].days == tuple(range(7))
    assert "app" not in commuters.begin
    assert Habits.heard(orjson.loads(orjson.dumps(habits.told()))) == habits


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("drivers: []", "1:1", "'habits' is missing"),
        ("habits: x\ndriver: []", "2:9", "unknown key 'driver'; did you mean 'drivers'?"),
        ("habits: x\ndrivers: {}", "2:10", "right would be a list"),
        ("habits: x\ndrivers: [{stay: 1h}]", "2:11", "give one of the two"),
        ("habits: x\ndrivers: [{stay: 1h, share: 2}]", "2:29", "a number from 0 to 1"),
        ("habits: x\ndrivers: [{share: 0.1, stay: soon}]", "2:30", "not a duration"),
        ("habits: x\ndrivers: [{share: 0.1, stay: {from: 2h, to: 1h}}]", "2:30", "runs backwards"),
        ("habits: x\ndrivers: [{stay: 1h, arrivals: {monday 07:00-09:00: 1}}]", "2:53", "did you mean 'mon'?"),
        ("habits: x\ndrivers: [{stay: 1h, arrivals: {22:00-06:00: 1}}]", "2:46", "crosses midnight"),
        ("habits: x\ndrivers: [{stay: 1h, arrivals: {morning: 1}}]", "2:42", "no span such as"),
        ("habits: x\ndrivers: [{share: 1, stay: 1h, ev: tank}]", "2:36", "tank"),
        ("habits: x\ndrivers: [{share: 1, stay: 1h, begin: app}]", "2:39", "'app' is not known"),
        ("habits: x\ndrivers: [{share: 1, stay: 1h, soc: 120}]", "2:37", "no percentage"),
        ("habits: x\nfaulty: {share: 0.1, per_day: {flop: 1}}", "2:38", "did you mean 'flap'?"),
        ("[]", "1:1", "mapping"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text, place, says):
    with pytest.raises(ScenarioError) as wrong:
        parse_habits(text, "mine.yaml")
    assert str(wrong.value).startswith(f"mine.yaml:{place}: ")
    assert says in str(wrong.value)


def test_a_name_that_is_none_is_answered_with_those_that_are():
    with pytest.raises(ScenarioError, match="did you mean 'steady'"):
        load_habits("stedy")
    with pytest.raises(ScenarioError, match="no such file"):
        load_habits("none.yaml")


@pytest.mark.parametrize(("text", "seconds"), [("", None), ("mon 00:00", 0.0), ("sun 12:30", 6.0 * 86400 + 45000)])
def test_times_of_the_week(text, seconds):
    assert week_s(text) == seconds


def test_the_manual_s_example_can_be_read():
    page = (Path(__file__).parents[2] / "docs" / "habits.md").read_text()
    example = page.split("```yaml\n")[1].split("```")[0]
    habits = parse_habits(example)
    assert [drivers.name for drivers in habits.drivers] == ["shoppers", "always somebody"]
    assert set(habits.faults_per_day) == set(FAULTS)
    described = set(re.findall(r"^\| `(\w+)` \|", page.split("## Faults")[1], re.MULTILINE))
    assert described == set(FAULTS)
    listed = set(re.findall(r"^\| `(\w+)` \|", page.split("```yaml")[0], re.MULTILINE))
    assert listed == set(habit_names())
