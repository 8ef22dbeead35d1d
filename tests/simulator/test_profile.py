"""Station profiles: what is built in, what a user may write, and how each mistake is reported."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from textwrap import indent

import pytest

from simulator import builtin, profile
from simulator.builtin import profile_names
from simulator.document import Key
from simulator.electrical import Kind
from simulator.ev import EV, Flow
from simulator.keys.memory import Kept
from simulator.profile import Profile, ProfileError, load_profile
from simulator.variables import MODEL
from tests.simulator.csms import World
from tests.simulator.keys.authority import Authority

DOCS = Path(__file__).parents[2] / "docs" / "profiles.md"

GOOD = """\
vendor: Acme
model: X1
firmware_version: "1.0"
kind: AC
evses:
  - max_a: 16
    connectors:
      - type: sType2
"""
DC = GOOD.replace("AC", "DC").replace("sType2", "cCCS2")


@pytest.fixture
def load(tmp_path: Path) -> Callable[[str], Profile]:
    def write_and_load(text: str) -> Profile:
        path = tmp_path / "mine.yaml"
        path.write_text(text)
        return load_profile(path)

    return write_and_load


def test_built_in_profiles() -> None:
    assert set(profile_names()) == {
        "ac-22kw", "ac-11kw-cable", "ac-22kw-duo", "ac-22kw-upkeep", "ac-7kw-single-phase", "dc-50kw", "dc-150kw",
        "dc-300kw-duo", "lab-ac", "lab-dc",
    }  # fmt: skip


@pytest.mark.parametrize("name", profile_names())
def test_every_built_in_profile_serves_an_ev(name: str) -> None:
    built_in = load_profile(name)
    assert built_in.name == name
    for evse in built_in.evses:
        for connector in evse.connectors:
            ev = EV.of("sedan-77kwh", soc=0.3)
            assert ev.flow(connector.supply.offer()) is Flow.CHARGING
            assert connector.supply.kind is built_in.kind
            assert connector.attached == (connector.type != "sType2")


@pytest.mark.parametrize(
    ("name", "outlet_w"),
    [
        ("ac-22kw", [[22_080]]),
        ("ac-11kw-cable", [[11_040]]),
        ("ac-22kw-duo", [[22_080], [22_080]]),
        ("ac-7kw-single-phase", [[7_360]]),
        ("dc-50kw", [[50_000, 50_000]]),
        ("dc-150kw", [[150_000, 50_000]]),
        ("dc-300kw-duo", [[300_000], [300_000]]),
    ],
)
def test_power_of_the_built_in_profiles(name: str, outlet_w: list[list[float]]) -> None:
    evses = load_profile(name).evses
    assert [[connector.supply.offer().power_w for connector in evse.connectors] for evse in evses] == outlet_w


def test_stations_of_a_kind_share_one_profile() -> None:
    assert load_profile("ac-22kw") is load_profile("ac-22kw")


def test_a_profile_cannot_be_altered() -> None:
    shared = load_profile("ac-22kw")
    for name in (field.name for field in dataclasses.fields(shared)):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(shared, name, None)
    with pytest.raises(TypeError):
        shared.variables["TxCtrlr.TxStartPoint"] = "Authorized"  # type: ignore[index]


def test_copy_of_a_built_in_profile_is_the_same_under_its_own_name(load: Callable[[str], Profile]) -> None:
    text = (builtin.FOLDER / "dc-150kw.yaml").read_text()
    assert load(text) == dataclasses.replace(load_profile("dc-150kw"), name="mine")


def test_defaults(load: Callable[[str], Profile]) -> None:
    mine = load(GOOD)
    supply = mine.evse(1).supply()
    assert (supply.kind, supply.phases, supply.voltage_v, supply.max_a, supply.max_w) == (Kind.AC, 3, 230, 16, 11_040)
    assert (mine.grid_max_w, mine.meter.resolution_wh, mine.meter.location, mine.variables) == (11_040, 1, "Outlet", {})
    assert mine.evse(1).connectors[0].lock
    fast = load(DC).evse(1).supply()
    assert (fast.kind, fast.phases, fast.voltage_v, fast.min_voltage_v, fast.efficiency) == (Kind.DC, 0, 920, 150, 0.95)


def test_connector_decides_over_its_evse(load: Callable[[str], Profile]) -> None:
    mine = load(GOOD + "        max_a: 10\n        lock: false\n      - type: cType2\n")
    ten, sixteen = mine.evse(1).connectors
    assert (ten.supply.max_a, ten.lock, sixteen.supply.max_a, sixteen.lock) == (10, False, 16, False)


def test_variables_become_what_ocpp_writes(load: Callable[[str], Profile]) -> None:
    mine = load(
        GOOD + "variables:\n"
        "  SampledDataCtrlr.TxUpdatedInterval: 60\n"
        "  AuthCtrlr.LocalPreAuthorize: true\n"
        "  TxCtrlr.TxStopPoint: [EVConnected, Authorized]\n"
        "  OCPPCommCtrlr.MessageTimeout.Default: '20'\n"
    )
    assert mine.variables == {
        "SampledDataCtrlr.TxUpdatedInterval": "60",
        "AuthCtrlr.LocalPreAuthorize": "true",
        "TxCtrlr.TxStopPoint": "EVConnected,Authorized",
        "OCPPCommCtrlr.MessageTimeout.Default": "20",
    }
    assert MODEL.with_defaults(mine.variables)["TxCtrlr.TxStopPoint"].default == "EVConnected,Authorized"


def test_serial_numbers_fit_boot_notification(load: Callable[[str], Profile]) -> None:
    mine = load(GOOD + "serial: 'ACME-{station}'\nmeter: {serial: 'M-{station}-{evse}'}\n")
    assert (mine.serial_number("CP-7"), mine.meter.serial_number("CP-7", 2)) == ("ACME-CP-7", "M-CP-7-2")
    assert mine.serial_number("S" * 40) == "S" * 25


MISTAKES = [
    pytest.param(
        GOOD + "colour: red\n", "9:1: a profile has no key 'colour'; Known: cancels_updates, certificates, ", id="key"
    ),
    pytest.param(
        GOOD.replace("vendor", "vendro"), "1:1: a profile has no key 'vendro'; did you mean 'vendor'?", id="typo"
    ),
    pytest.param(GOOD + "kind: DC\n", "9:1: 'kind' is already given in line 4", id="duplicate key"),
    pytest.param(
        GOOD + "variables:\n  TxCtrlr.TxStartPoint: Authorized\n  TxCtrlr.TxStartPoint: EVConnected\n",
        "11:3: 'TxCtrlr.TxStartPoint' is already given in line 10",
        id="duplicate variable",
    ),
    pytest.param(
        GOOD.replace("model: X1\n", ""), "1:1: a profile lacks the key 'model' (text of 1 to 20", id="missing"
    ),
    pytest.param(
        GOOD.replace('"1.0"', "1.0"), "3:19: must be text of 1 to 50 characters, not '1.0'; put", id="version"
    ),
    pytest.param(GOOD.replace("Acme", "A" * 21), "1:9: must be text of 1 to 20 characters", id="too long for 1.6"),
    pytest.param(GOOD.replace("Acme", ""), "1:8: must be text of 1 to 20 characters, not nothing", id="null"),
    pytest.param(GOOD.replace("Acme", "[a]"), "1:9: must be text of 1 to 20 characters, not a list", id="list"),
    pytest.param(GOOD.replace("AC\n", "ac\n"), "4:7: 'ac' is unusable here; did you mean 'AC'?", id="kind"),
    pytest.param(GOOD.replace("sType2", "sTyp2"), "8:15: 'sTyp2' is unusable here; did you mean 'sType2'?", id="type"),
    pytest.param(GOOD.replace("sType2", "cCCS2"), "8:9: cCCS2 does not carry AC; ", id="DC plug on an AC station"),
    pytest.param(
        GOOD.replace("16", "-16"), "6:12: must be a number above 0 and at most 3000, not '-16'", id="negative"
    ),
    pytest.param(GOOD.replace("16", "true"), "6:12: must be a number above 0", id="boolean is no number"),
    pytest.param(GOOD.replace("16", ".nan"), "6:12: must be a number above 0", id="not a number"),
    pytest.param(GOOD.replace("16", ".inf"), "6:12: must be a number above 0", id="infinite"),
    pytest.param(GOOD.replace("16", "1" + "0" * 5000), "6:12: must be a number above 0", id="endless digits"),
    pytest.param(GOOD.replace("16", "!!int x"), "6:12: must be a number above 0", id="wrong tag"),
    pytest.param(GOOD.replace("16", "1" + "0" * 400), "6:12: must be a number above 0", id="beyond a float"),
    pytest.param(GOOD.replace("16", "16A"), "6:12: must be a number above 0 and at most 3000, not '16A'", id="unit"),
    pytest.param(GOOD.replace("max_a: 16", "phases: 1"), "8:9: max_a is missing", id="no current"),
    pytest.param(GOOD.replace("max_a: 16", "max_a: 16\n    phases: 2"), "7:13: '2' is unusable here; ", id="phases"),
    pytest.param(
        GOOD.replace("max_a: 16", "max_a: 16\n    efficiency: 0.9"), "'efficiency' means nothing", id="AC loss"
    ),
    pytest.param(DC.replace("max_a: 16", "max_a: 16\n    phases: 3"), "9:9: 'phases' means nothing", id="DC phases"),
    pytest.param(DC + "        min_voltage_v: 999\n", "8:9: min_voltage_v is above voltage_v", id="no voltage left"),
    pytest.param(GOOD.replace("      - type: sType2\n", ""), "7:16: must be a list of connectors", id="no connectors"),
    pytest.param(
        GOOD[: GOOD.index("evses")] + "evses: []\n", "5:8: must be a list of EVSEs, at least 1", id="no EVSEs"
    ),
    pytest.param(GOOD + "meter: 5\n", "9:8: meter must be a mapping of keys to values, not '5'", id="meter"),
    pytest.param(GOOD + "meter: {location: Inside}\n", "9:19: 'Inside' is unusable here; ", id="meter's place"),
    pytest.param(GOOD + "serial: '{evse}'\n", "9:9: must be text of 1 to 50 characters in which {station}", id="place"),
    pytest.param(GOOD + "serial: '{'\n", "9:9: must be text", id="open brace"),
    pytest.param(GOOD + "serial: '{station.x}'\n", "9:9: must be text", id="attribute"),
    pytest.param(GOOD + "serial: '{station:>99999999999}'\n", "9:9: must be text", id="a width"),
    pytest.param(
        GOOD + "variables: {TxCtrlr.TxStartPiont: Authorized}\n",
        "9:13: the firmware has no variable 'TxCtrlr.TxStartPiont'; did you mean 'TxCtrlr.TxStartPoint'?",
        id="variable",
    ),
    pytest.param(
        GOOD + "variables: {SampledDataCtrlr.TxUpdatedInterval: often}\n",
        "9:49: SampledDataCtrlr.TxUpdatedInterval cannot be 'often': not an integer",
        id="variable's value",
    ),
    pytest.param(
        GOOD + "variables: {TxCtrlr.TxStopPoint: {a: b}}\n",
        "9:34: must be text, a number, true, false",
        id="variable map",
    ),
    pytest.param("", "1:1: is empty", id="empty"),
    pytest.param("- a\n", "1:1: a profile must be a mapping of keys to values, not a list", id="a list"),
    pytest.param("vendor: [\n", "2:1: is not YAML: ", id="not YAML"),
    pytest.param("vendor: &a [*b]\n", "1:13: is not YAML: found undefined alias", id="undefined alias"),
    pytest.param("vendor: a\n---\nvendor: b\n", "is not YAML: ", id="two documents"),
    pytest.param("? [a]\n: b\n", "1:3: a key of a profile must be plain text", id="odd key"),
    pytest.param("[" * 5000, "is not YAML: ", id="too deep"),
    pytest.param("vendor: \x00\n", "is not YAML: ", id="NUL"),
    pytest.param("#" * 1_000_001, "is larger than 1000000 bytes", id="too large"),
]


@pytest.mark.parametrize(("text", "expected"), MISTAKES)
def test_a_mistake_is_reported_in_one_line(load: Callable[[str], Profile], text: str, expected: str) -> None:
    with pytest.raises(ProfileError) as caught:
        load(text)
    message = str(caught.value)
    assert "\n" not in message
    assert expected in message
    assert re.match(r".*mine\.yaml:", message)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"none\.yaml: cannot be read: No such file"):
        load_profile(tmp_path / "none.yaml")
    with pytest.raises(ProfileError, match="cannot be read: Is a directory"):
        load_profile(f"{tmp_path}{os.sep}.")
    (tmp_path / "latin.yaml").write_bytes(b"vendor: \xe9\n")
    with pytest.raises(ProfileError, match="is not UTF-8 text"):
        load_profile(tmp_path / "latin.yaml")


def test_unknown_names_list_the_known_ones() -> None:
    with pytest.raises(ProfileError, match=r"ac-22kv: .*did you mean 'ac-22kw'\? Known: ac-11kw-cable, .*dc-50kw"):
        load_profile("ac-22kv")


def table(keys: Iterable[Key]) -> str:
    """A documentation table as it must stand in docs/profiles.md."""
    rows = ["| key | value | default | meaning |", "| --- | --- | --- | --- |"]
    for key in keys:
        says = "an OCPP ConnectorEnumType" if key.reader.says.count(",") > 8 else key.reader.says
        rows.append(f"| `{key.name}` | {says} | {key.default or '**required**'} | {key.meaning} |")
    return "\n".join(rows)


def test_documentation_lists_every_key() -> None:
    manual = DOCS.read_text()
    for name, keys in profile.TABLES.items():
        assert table(keys) in manual, f"docs/profiles.md: the table of {name} should be\n{table(keys)}"


def test_documentation_names_every_built_in_profile() -> None:
    manual = DOCS.read_text()
    assert [name for name in profile_names() if f"`{name}`" not in manual] == []


def test_the_documented_example_loads(load: Callable[[str], Profile]) -> None:
    example = re.findall(r"```yaml\n(.*?)```", DOCS.read_text(), re.DOTALL)[0]
    assert len(load(example).evses) == 2


def test_a_profile_names_the_roots_that_its_stations_leave_the_factory_with(load: Callable[[str], Profile]) -> None:
    ca = Authority("Maker's root")
    text = f"{GOOD}certificates:\n  - use: ManufacturerRootCertificate\n    pem: |\n{indent(ca.pem, ' ' * 6)}"
    mine = load(text)
    assert [(root.use, root.certificate) for root in mine.roots] == [("ManufacturerRootCertificate", ca.certificate)]
    first, second = World(name=mine).station, World(name=mine).station
    assert first.flash.memory(Kept).roots == mine.roots
    assert first.flash.memory(Kept) is second.flash.memory(Kept)
    assert not first.flash.memory(Kept).refuses_outer


@pytest.mark.parametrize("pem", ["nothing", "-----BEGIN CERTIFICATE-----"])
def test_a_root_that_is_none(load: Callable[[str], Profile], pem: str) -> None:
    with pytest.raises(ProfileError, match=r"must be one X\.509 certificate in PEM"):
        load(f"{GOOD}certificates:\n  - {{use: ManufacturerRootCertificate, pem: {pem}}}\n")
