"""``chargebench faults``: what can be broken, in all and at one kind of station."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from chargebench.cli import app
from simulator.observable import known_faults
from simulator.profile import ProfileError


def ran(*words: str) -> str:
    done = CliRunner().invoke(app, ["faults", *words], env={"COLUMNS": "100"}, catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_every_fault_is_listed_with_its_fields() -> None:
    out = ran()
    assert all(name in out for name in known_faults())
    assert "the RCD trips within 0.3 s" in out
    assert "RCD; leakage_ac_a: 0.03 A" in out
    assert "ElectricalFeed; grid: [1.0, 0.0, 1.0]" in out


def test_a_profile_has_the_faults_of_its_parts() -> None:
    out = ran("--profile", "dc-50kw")
    assert "CAN bus broken" in out
    assert "ground fault" not in out


def test_a_profile_that_there_is_not() -> None:
    with pytest.raises(ProfileError, match="dc-150kw"):
        ran("--profile", "dc-15kw")
