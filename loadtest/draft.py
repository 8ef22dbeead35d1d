"""Drafts the plan of a fleet from an order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from loadtest.habits import load_habits
from loadtest.identities import CsvFile, Identities, IdentityError, Pattern
from loadtest.order import Order
from loadtest.plan import Plan, PlanError, Tls
from loadtest.room import NoRoom
from loadtest.shapes import ShapeError
from protocol.security import SecurityError
from scenarios.reading import read_scenario
from scenarios.source import ScenarioError
from simulator.profile import ProfileError

UNUSABLE = (PlanError, IdentityError, ShapeError, ScenarioError, ProfileError, SecurityError, NoRoom)
"""What is raised for an order that cannot be carried out; each says in one line what would be right."""


def identities_of(order: Order) -> Identities:
    """All identities that are ordered. Raises IdentityError."""
    if order.identities.endswith(".csv"):
        return CsvFile(Path(order.identities))
    return Pattern(order.identities, order.password or None)


def plan_of(order: Order, *, run: str, identities: Identities | None = None) -> Plan:
    """The plan of the fleet. ``run`` tells its message ids from those of other runs; ``identities`` stand for those of
    the order. Raises PlanError, IdentityError, ScenarioError (for the habits)."""
    if order.scenario:
        read_scenario(order.scenario)  # its expectations must be understood before hours of load
    tls = Tls(order.ca or None, order.certificate or None, order.key or None)
    return Plan(
        order.url,
        order.version,
        order.profile,
        order.seed,
        identities if identities is not None else identities_of(order),
        dict(_settings(order.config)),
        load_habits(order.habits or order.scenario or "steady"),
        tls if tls != Tls() else None,
        order.validation,  # type: ignore[arg-type]  # Plan judges it
        order.back_off,  # type: ignore[arg-type]
        order.recorded,
        order.restarts,
        order.source,
        begins=order.begins,
        run=run,
    )


def _settings(config: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Raises PlanError for what is no setting."""
    for each in config:
        name, equals, value = each.partition("=")
        if not (name and equals):
            raise PlanError(f"{each!r} is no setting; right would be such as HeartbeatInterval=300")
        yield name.strip(), value.strip()
