"""docs/alerts.md names every kind, reason, severity and setting, with the default that it has."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from csms_reference.alerts import places, sessions
from csms_reference.alerts.condition import Kind, Severity, State
from csms_reference.alerts.meters import RECORD
from csms_reference.alerts.plausibility import Check
from csms_reference.settings import Settings

TEXT = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text(encoding="utf-8")
REASONS = (
    *("Connector", "Event", RECORD, *Check),
    *(sessions.NO_ENERGY, sessions.SUSPENDED, sessions.SILENT, places.WAITING, places.BLOCKED),
    *("Issued", "Authority", "File"),
)
SETTINGS = {item.name: item.default for item in fields(Settings) if item.name.startswith(("alert_", "alerts_"))}


@pytest.mark.parametrize("name", [*Kind, *REASONS, *State, *SETTINGS])
def test_it_is_documented(name):
    assert f"`{name}`" in TEXT


@pytest.mark.parametrize("severity", Severity)
def test_each_severity_is(severity):
    assert severity in TEXT


@pytest.mark.parametrize(("name", "default"), [pair for pair in SETTINGS.items() if isinstance(pair[1], float | int)])
def test_what_is_said_of_a_default_is_so(name, default):
    said = re.findall(rf"`{name}` \(([\d,]+)", TEXT)
    assert {float(each.replace(",", "")) for each in said if each.strip(",")} <= {float(default)}
    assert said or name in {"alert_again_s", "alerts_days"}
