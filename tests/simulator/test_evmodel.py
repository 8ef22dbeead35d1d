"""EV models: what is built in, what a user may write, and how each mistake is reported."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from simulator import evmodel
from simulator.curve import Curve
from simulator.document import Key, ProfileError
from simulator.electrical import Kind
from simulator.ev import EV, Flow
from simulator.evmodel import EvModel, Wake, ev_model_names, load_ev_model
from simulator.physics.battery import cc_cv
from simulator.physics.sequences import EV_STOPS_S, FOLLOW_S
from simulator.profile import load_profile

DOCS = Path(__file__).parents[2] / "docs" / "profiles.md"

MODEL_TEXT = """\
battery_capacity_wh: 50000
voltage_v: [[0, 320], [1, 400]]
curve_w: [[0, 70000], [1, 3000]]
dc: {max_w: 100000, max_a: 275}
"""


def test_ev_model_of_a_user(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(MODEL_TEXT)
    mine = load_ev_model(path)
    assert (mine.name, mine.ac_phases, mine.dc_efficiency) == ("mine", 0, 0.97)
    assert EV.of(mine, soc=0.1).flow(load_profile("dc-50kw").evse(1).supply().offer()) is Flow.CHARGING
    assert EV.of(path, soc=0.1).flow(load_profile("ac-22kw").evse(1).supply().offer()) is Flow.SUSPENDED_EV


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("[1, 3000]", "[1, 3000, 5]", "3:23: a point must be"),
        ("[1, 3000]", "[1.2, 3000]", "3:24: must be a number at least 0 and at most 1"),
        ("[0, 70000]", "[0, 0]", "1:1: charging power must be above 0"),
        ("[0, 70000]", "[1, 70000]", "3:10: a curve's points must go from left to right"),
        ("[1, 400]", "[1, 300]", "1:1: battery voltage must not fall"),
        ("[[0, 320], [1, 400]]", "400", "2:12: must be a list of points"),
        ("max_w: 100000, ", "", "4:5: dc lacks the key 'max_w'"),
        ("50000", "0", "1:22: must be a number above 0"),
        ("dc:", "cd:", "4:1: an EV model has no key 'cd'; Known: ac, "),
    ],
)
def test_mistakes_in_an_ev_model(tmp_path: Path, old: str, new: str, expected: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(MODEL_TEXT.replace(old, new, 1))
    with pytest.raises(ProfileError) as caught:
        load_ev_model(path)
    assert expected in str(caught.value)


@pytest.mark.parametrize("name", ev_model_names())
def test_every_built_in_ev_model_loads_once(name: str) -> None:
    model = load_ev_model(name)
    assert isinstance(model, EvModel)
    assert model is load_ev_model(name)


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ProfileError, match=r"sedan: no EV model has this name; .*Known: compact-50kwh, "):
        load_ev_model("sedan")


def test_habits_and_heating_of_a_users_model(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        MODEL_TEXT.replace("275}", "275, talk_s: 8, close_s: 2, max_v: 420}")
        + "ac: {phases: 1, max_a: 16, max_w: 3600, pilot_s: 4, reaction_s: 5, stop_s: 3, ventilation: true}\n"
        + "conditioning: {power_w: 3000, below_c: 0, before_s: 900, heat_wh_per_k: 80}\n"
        + "sleeps_after_s: 600\nwakes_by: feigned unplugging\n"
    )
    mine = load_ev_model(path)
    assert (mine.dc_talk_s, mine.dc_close_s, mine.bears_v) == (8, 2, 420)
    assert (mine.ac_pilot_s, mine.ac_reaction_s, mine.ac_stop_s, mine.ac_ventilation) == (4, 5, 3, True)
    assert (mine.conditioning_power_w, mine.conditioning_below_c, mine.conditioning_before_s) == (3000, 0, 900)
    assert (mine.heat_wh_per_k, mine.sleeps_after_s, mine.wakes_by) == (80, 600, Wake.FEIGNED)


BATTERY = "battery: {open_v: [[0, 350], [1, 400]], max_a: 100, max_v: 400, ohm: 0.2}\n"


def test_a_battery_makes_the_curves(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("battery_capacity_wh: 60000\ndc: {max_w: 100000, max_a: 275}\n" + BATTERY)
    mine = load_ev_model(path)
    assert (mine.curve_w, mine.voltage_v) == cc_cv(Curve(((0, 350), (1, 400))), 100, 400, 0.2)
    assert mine.request(Kind.DC, 0.8).max_w == pytest.approx(400 * 50)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MODEL_TEXT + BATTERY, "either curve_w and voltage_v, or battery"),
        ("battery_capacity_wh: 60000\n", "either curve_w and voltage_v, or battery"),
        ("battery_capacity_wh: 60000\nvoltage_v: [[0, 300], [1, 400]]\n" + BATTERY, "either curve_w and voltage_v"),
        ("battery_capacity_wh: 60000\n" + BATTERY.replace("max_v: 400", "max_v: 390"), "open-circuit voltage"),
    ],
)
def test_mistakes_about_the_battery(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(ProfileError, match=expected):
        load_ev_model(path)


@pytest.mark.parametrize("name", ev_model_names())
def test_built_in_models_react_as_the_standard_asks(name: str) -> None:
    """IEC 61851-1 table A.6: 5 s after a changed duty cycle, 3 s when the pulses stop."""
    model = load_ev_model(name)
    assert model.ac_reaction_s <= FOLLOW_S
    assert model.ac_stop_s <= EV_STOPS_S
    assert model.bears_v >= model.voltage_v.at(1.0)


def test_heat_capacity_is_estimated_from_the_energy() -> None:
    """50 kWh at 160 Wh/kg are 312 kg, at 1 kJ/(kg·K) 87 Wh/K."""
    assert load_ev_model("compact-50kwh").heat_wh_per_k == pytest.approx(86.8, abs=0.1)


def test_request_follows_the_curve_on_both_inlets() -> None:
    model = EvModel("t", 50_000, Curve(((0, 9_000), (1, 900))), Curve(((0, 300), (1, 400))), dc_max_w=1e5, dc_max_a=200)
    ac, dc = model.request(Kind.AC, 0.5), model.request(Kind.DC, 0.5)
    assert [ac.max_w, ac.phases, ac.min_a] == pytest.approx([4_950 / 0.9, 3, 6])
    assert [dc.max_w, dc.max_a, dc.voltage_v] == pytest.approx([4_950, 200, 350])


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"battery_capacity_wh": 0}, "battery_capacity_wh"),
        ({"curve_w": Curve(((0, 0), (1, 5)))}, "charging power must be above 0"),
        ({"curve_w": Curve(((0, 5), (1, -5)))}, "must not be negative"),
        ({"voltage_v": Curve(((0, 0), (1, 400)))}, "voltage must be above 0"),
        ({"voltage_v": Curve(((0, 400), (1, 300)))}, "must not fall"),
        ({"ac_phases": 4}, "ac_phases"),
        ({"dc_efficiency": 1.1}, "efficiencies"),
        ({"ac_stop_a": 0}, "stop_a"),
        ({"dc_max_a": -1}, "limits"),
        ({"ac_pilot_s": -1}, "times"),
        ({"conditioning_power_w": -1}, "conditioning"),
    ],
)
def test_what_no_car_can_be(wrong: dict[str, object], expected: str) -> None:
    right: dict[str, object] = {
        "battery_capacity_wh": 50_000, "curve_w": Curve.level(9_000), "voltage_v": Curve.level(400)
    }  # fmt: skip
    EvModel("t", **right)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=expected):
        EvModel("t", **right | wrong)  # type: ignore[arg-type]


def table(keys: Iterable[Key]) -> str:
    """A documentation table as it must stand in docs/profiles.md."""
    rows = ["| key | value | default | meaning |", "| --- | --- | --- | --- |"]
    for key in keys:
        says = "an OCPP ConnectorEnumType" if key.reader.says.count(",") > 8 else key.reader.says
        rows.append(f"| `{key.name}` | {says} | {key.default or '**required**'} | {key.meaning} |")
    return "\n".join(rows)


def test_documentation_lists_every_key() -> None:
    manual = DOCS.read_text()
    for name, keys in evmodel.TABLES.items():
        assert table(keys) in manual, f"docs/profiles.md: the table of {name} should be\n{table(keys)}"


def test_documentation_names_every_built_in_model() -> None:
    manual = DOCS.read_text()
    assert [name for name in ev_model_names() if f"`{name}`" not in manual] == []


def test_the_documented_example_loads(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    examples = re.findall(r"```yaml\n(.*?)```", DOCS.read_text(), re.DOTALL)
    path.write_text(next(example for example in examples if "battery_capacity_wh" in example))
    assert load_ev_model(path).ac_efficiency == 0.88
