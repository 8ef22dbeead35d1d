"""Which hardware a profile puts where, and how a mistake in it is reported."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.builtin import profile_names
from simulator.configuration import inventory_of, model_of
from simulator.hardware.component import COMPONENTS
from simulator.hardware.outfit import DEFAULTS, FITS, Fitting, known, title
from simulator.hardware.parameter import keys_of
from simulator.hardware.place import STATION, Place
from simulator.profile import Profile, ProfileError, load_profile

AC = """\
vendor: Acme
model: X1
firmware_version: "1.0"
kind: AC
evses:
  - max_a: 16
    connectors:
      - type: sType2
  - max_a: 16
    connectors:
      - type: cType2
"""
DC = AC.replace("AC", "DC").replace("sType2", "cCCS2").replace("cType2", "cG105")
Load = Callable[[str], Profile]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def write_and_load(text: str) -> Profile:
        path = tmp_path / "mine.yaml"
        path.write_text(text)
        return load_profile(path)

    return write_and_load


def at(profile: Profile, kind: str) -> list[tuple[int, int]]:
    return [tuple(each.place) for each in profile.fittings if each.kind == kind]


def the(profile: Profile, kind: str, place: Place = STATION) -> Any:
    return next(each.component for each in profile.fittings if (each.kind, each.place) == (kind, place))


def test_every_component_is_reached_by_asking_for_those_that_come_along() -> None:
    folder = Path(__file__).parents[3] / "simulator" / "hardware"
    entering = [path.stem for path in folder.glob("*.py") if "\n@component(" in path.read_text()]
    assert len(entering) > 10
    found = {kind.__module__.rpartition(".")[2] for kind in known().values()}
    assert set(entering) <= found


@pytest.mark.parametrize("name", sorted(known()))
def test_every_component_can_be_set_from_a_profile(name: str) -> None:
    for key in keys_of(known()[name]):
        assert key.required or key.default or key.name == "instance" or key.reader.says.startswith("text"), key
        assert key.meaning or key.name == "instance", f"{name}.{key.name}: what does it mean?"


def test_a_profile_that_says_nothing_has_the_power_path(load: Load) -> None:
    for text, kind in ((AC, "AC"), (DC, "DC")):
        profile = load(text)
        assert {each.kind for each in profile.fittings} <= set(DEFAULTS[profile.kind]), kind
        assert {each for each in DEFAULTS[profile.kind] if each in known()} == {each.kind for each in profile.fittings}


def test_a_component_is_where_its_scope_says(load: Load) -> None:
    mine = load(DC + "components: {Display: true, AcDcConverter: true, Connector: {used: 7}}\n")
    assert at(mine, "Display") == [(0, 0)]
    assert at(mine, "AcDcConverter") == [(1, 0), (2, 0)]
    assert at(mine, "Connector") == [(1, 1), (2, 1)]


def test_what_is_equal_is_one_object(load: Load) -> None:
    mine = load(AC + "components: {ControlMetering: {phases: 1}}\n")
    assert the(mine, "ControlMetering", Place(1)) is the(mine, "ControlMetering", Place(2))
    assert len([each for each in mine.components if each.name == "ControlMetering"]) == 1


def test_a_place_overrides_what_is_said_for_all(load: Load) -> None:
    text = AC.replace("- max_a: 16", "- components: {Connector: {rated: 500}}\n    max_a: 16", 1)
    text = text.replace("type: cType2", "type: cType2\n        components: {Connector: {used: 9}}")
    mine = load(text + "components: {Connector: {used: 3}}\n")
    first, second = the(mine, "Connector", Place(1, 1)), the(mine, "Connector", Place(2, 1))
    assert (first.used, first.rated) == (3, 500)
    assert (second.used, second.rated) == (9, 10_000)


def test_false_takes_away_and_true_takes_as_it_comes(load: Load) -> None:
    text = AC.replace("- max_a: 16", "- components: {ControlMetering: false}\n    max_a: 16", 1)
    assert at(load(text + "components: {ControlMetering: true, Display: false}\n"), "ControlMetering") == [(2, 0)]
    assert at(load(text + "components: {Display: false}\n"), "Display") == []
    for name in DEFAULTS[load(AC).kind]:
        if name in known():
            assert at(load(AC + f"components: {{{name}: false}}\n"), name) == []


def test_a_component_is_only_where_it_fits(load: Load) -> None:
    mine = load(DC + "components: {CHAdeMOController: true}\n")
    assert at(mine, "CHAdeMOController") == [(2, 1)]
    for name in FITS:
        assert name in known() or name in DEFAULTS[mine.kind] or name in DEFAULTS[load(AC).kind]


def test_several_in_one_place_have_instances(load: Load) -> None:
    mine = load(AC + "components: {'StopButton[left]': true, StopButton: true}\n")
    titles = [each.title for each in mine.fittings if each.place == Place(1) and each.kind == "StopButton"]
    assert sorted(titles) == ["UIInput[Stop]", "UIInput[left]"]


def test_two_names_of_one_component_make_one_part(load: Load) -> None:
    mine = load(AC + "components: {SmartCharging: true, ProfileExecutor: true}\n")
    assert [each.title for each in mine.fittings].count("SmartChargingCtrlr") == 1


def test_a_profile_stays_hashable_and_its_variables_are_made_once(load: Load) -> None:
    mine = load(AC + "components: {Display: {welcome: Hello}}\n")
    assert hash(mine) == hash(mine)
    assert inventory_of(mine) is inventory_of(mine)
    assert "Display.DataText" in model_of(mine)


def test_variables_of_components_have_factory_settings_too(load: Load) -> None:
    text = AC + "components: {ChargingStatusIndicator: true}\nvariables: {ChargingStatusIndicator(2).Enabled: false}\n"
    model = model_of(load(text))
    assert [model[f"ChargingStatusIndicator({evse}).Enabled"].default for evse in (1, 2)] == ["true", "false"]
    with pytest.raises(
        ProfileError, match=r"13:13: the firmware has no variable 'ChargingStatusIndicator\(3\).Enabled'"
    ):
        load(text.replace("(2)", "(3)"))
    with pytest.raises(ProfileError, match="cannot be 'never': neither true nor false"):
        load(text.replace("false}", "never}"))


MISTAKES = [
    ("components: {Displai: true}", "12:14: there is no component 'Displai'; did you mean 'Display'?"),
    ("components: {Display: 5}", "12:23: Display must be a mapping of its parameters, true or false, not '5'"),
    ("components: {Display: {rows: 0}}", "12:30: must be a whole number at least 1 and at most 100, not '0'"),
    ("components: {Display: {rows: 1.5}}", "12:30: must be a whole number"),
    ("components: {Display: {row: 1}}", "12:24: Display has no key 'row'; did you mean 'rows'?"),
    ("components: {ELVSupply: {backup_s: -1}}", "12:36: must be a number at least 0, not '-1'"),
    ("components: {ControlMetering: {current: ac}}", "12:41: 'ac' is unusable here; did you mean 'AC'?"),
    ("components: {LocalEnergyController: {load: [[0, 1], [24]]}}", "12:53: must be a list of 2 values, not a list"),
    ("components: {LocalEnergyController: {load: [[0, 1], [23, 1]]}}", "12:14: LocalEnergyController: load needs"),
    ("components: {ChargingStatusIndicator: {faulted: red}}", "12:14: ChargingStatusIndicator: a colour is RRGGBB"),
    ("components: {CHAdeMOController: true}", "12:14: CHAdeMOController: no connector of this station takes one"),
    ("components: {'Display[left]': true}", "12:14: there is one Display in a place, without an instance"),
    ("components: [Display]", "12:13: components must be a mapping"),
    ("components: {'acme.nothing:Lamp': true}", "12:14: 'acme.nothing' cannot be imported"),
    ("components: {'json:Lamp': true}", "12:14: 'json' has no 'Lamp'"),
    ("components: {'json:JSONDecoder': true}", "12:14: 'json:JSONDecoder' is no component; it lacks name, scope"),
]


@pytest.mark.parametrize(("text", "expected"), MISTAKES)
def test_a_mistake_is_reported_in_one_line(load: Load, text: str, expected: str) -> None:
    with pytest.raises(ProfileError) as caught:
        load(AC + text + "\n")
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_component_of_the_whole_station_is_not_set_at_a_place(load: Load) -> None:
    with pytest.raises(ProfileError, match="Display is one for the whole station; set it under components of the prof"):
        load(AC.replace("- max_a: 16", "- components: {Display: true}\n    max_a: 16", 1))
    with pytest.raises(ProfileError, match="ControlMetering is one for the whole EVSE; set it under"):
        load(AC.replace("type: cType2", "type: cType2\n        components: {ControlMetering: true}"))


VENDOR = """\
from dataclasses import dataclass
from typing import ClassVar
from simulator.hardware.component import Scope
from simulator.hardware.gadget import Gadget


@dataclass(frozen=True, slots=True)
class Lamp:
    power_w: float
    name: ClassVar[str] = "EnvironmentalLighting"
    scope: ClassVar[Scope] = Scope.STATION

    def variables(self):
        return ()

    def part(self, site):
        raise NotImplementedError


class Loose:
    name, scope, variables, part = "Loose", Scope.STATION, None, None
"""


def test_a_component_of_another_maker(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acme_lamps.py").write_text(VENDOR)
    monkeypatch.syspath_prepend(tmp_path)
    try:
        mine = load(AC + "components: {'acme_lamps:Lamp': {power_w: 12}}\n")
        (lamp,) = [each for each in mine.fittings if each.title == "EnvironmentalLighting"]
        assert isinstance(lamp, Fitting)
        assert (lamp.place, lamp.component.power_w, lamp.kind) == (STATION, 12.0, "acme_lamps:Lamp")  # type: ignore[attr-defined]
        with pytest.raises(ProfileError, match="lacks 'power_w'"):
            load(AC + "components: {'acme_lamps:Lamp': true}\n")
        with pytest.raises(ProfileError, match="Loose is not a frozen dataclass"):
            load(AC + "components: {'acme_lamps:Loose': true}\n")
    finally:
        sys.modules.pop("acme_lamps", None)
    assert not any(name.startswith("acme") for name in COMPONENTS)


def test_the_laboratories_have_every_component_there_is() -> None:
    fitted = {type(each.component) for name in ("lab-ac", "lab-dc") for each in load_profile(name).fittings}
    assert sorted(name for name, kind in known().items() if kind not in fitted) == []


@pytest.mark.parametrize("name", profile_names())
def test_no_two_components_of_a_built_in_profile_are_in_each_others_place(name: str) -> None:
    profile = load_profile(name)
    addresses = [(each.title, each.place) for each in profile.fittings]
    assert len(addresses) == len(set(addresses))
    assert all(each.title == title(each.component) for each in profile.fittings)
    assert all(each.component.name in each.title for each in profile.fittings)


@pytest.mark.parametrize("name", ["lab-ac", "lab-dc"])
def test_every_component_shows_variables_in_its_place(name: str) -> None:
    profile = load_profile(name)
    model = model_of(profile)
    for each in profile.fittings:
        instance = each.title.partition("[")[2].removesuffix("]")
        assert model.has_component(each.component.name, instance, each.place), each.title
