"""The HTTP API: a charging session as it is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection as Database
from sqlalchemy import Row

from csms_reference.api.hal import Link, Resource, Template, link, path
from csms_reference.api.live import measured_last
from csms_reference.api.models import Identifier
from csms_reference.events.kinds import Value
from csms_reference.events.news import value_of
from csms_reference.instants import show
from csms_reference.services import commands, registration, tariff, transactions
from csms_reference.services import live as meters
from csms_reference.services.commands import State as CommandState
from csms_reference.services.history import Session, State
from csms_reference.services.pricing import CHARGING
from csms_reference.services.sessions import Begun
from csms_reference.services.totals import Total

Energy = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False, strict=True)]
Money = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2)]


class GuestIn(BaseModel):
    """Where to charge: without ``evse`` at any. ``max_energy_wh``, ``max_cost`` (with VAT): then it is stopped."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"station": "CP-1", "evse": 1}]})
    station: Identifier
    evse: int | None = Field(None, ge=1, le=2**31 - 1, strict=True)
    max_energy_wh: Energy | None = None
    max_cost: Money | None = None


class SessionIn(GuestIn):
    """As of a guest. ``token``: one of the user's; without it the first that may charge there, else one of its own."""

    token: Identifier | None = None


class OrderOut(BaseModel):
    """What the station was asked for the session's sake last, and how far that is."""

    command: str
    state: CommandState
    status: str | None

    @classmethod
    def of(cls, row: Row[Any]) -> OrderOut:
        """From the row of a command."""
        return cls(command=row.command, state=CommandState(row.state), status=row.status)


class SessionOut(Resource):
    """A charging session. ``why``: why it has failed, or counts as over. ``cost``: with VAT, null while it is unknown.
    ``charging_s``: how long energy flowed, in what tells of one session. ``key``: what a guest has it by."""

    LIVE: ClassVar[frozenset[str]] = frozenset({"duration_s", "charging_s", "cost", "order", "energy_wh"})

    id: str
    begun: Begun
    user: str | None
    station: str
    evse: int | None
    connector: int | None
    state: State
    why: str | None
    transaction_id: str | None
    charging_state: str | None
    asked: str | None
    began: str | None
    ended: str | None
    duration_s: float | None
    charging_s: float | None = None
    energy_wh: float | None
    cost: str | None
    currency: str | None
    tariff: str | None
    max_energy_wh: float | None
    max_cost: str | None
    flags: list[str]
    order: OrderOut | None = None
    key: str | None = None

    @classmethod
    def of(cls, found: Session, now_ms: int, more: More | None = None) -> SessionOut:
        """From the session, and what is looked up of a single one."""
        lasts_ms = found.lasts_ms(now_ms)
        cost = found.cost if more is None or more.cost is None else str(more.cost)
        same = ("begun", "user", "station", "evse", "connector", "state", "why", "transaction_id", "charging_state")
        return cls(
            id=found.key.name,
            **{name: getattr(found, name) for name in (*same, "energy_wh", "tariff", "currency")},
            asked=show(found.asked_ms),
            began=show(found.began_ms),
            ended=show(found.ended_ms),
            duration_s=None if lasts_ms is None else lasts_ms / 1000,
            charging_s=None if more is None or more.charging_ms is None else more.charging_ms / 1000,
            cost=cost,
            max_energy_wh=found.most_wh,
            max_cost=found.most_cost,
            flags=json.loads(found.flags),
            order=None if more is None or more.order is None else OrderOut.of(more.order),
        )


class TotalOut(BaseModel):
    """What was charged in all in a month, at a station or by a user: the ``key``. ``cost``: by currency, with VAT."""

    key: str
    sessions: int
    energy_wh: float
    duration_s: float
    cost: dict[str, str]

    @classmethod
    def of(cls, found: Total) -> TotalOut:
        """From the domain's."""
        cost = {currency: str(amount) for currency, amount in sorted(found.cost.items())}
        return cls(
            key=found.key,
            sessions=found.sessions,
            energy_wh=found.energy_wh,
            duration_s=found.lasts_ms / 1000,
            cost=cost,
        )


class PointOut(BaseModel):
    """What was measured at one instant; ``energy_wh`` since the beginning."""

    at: str | None
    power_w: float | None
    energy_wh: float | None
    soc_percent: float | None


class CurveOut(Resource):
    """The curve of a session: at most as many points as were asked for, of all that were ``measured``."""

    measured: int
    points: list[PointOut]


@dataclass(frozen=True, slots=True)
class More:
    """What is looked up of a single session: what it costs by now, how long energy flowed, its last command; ``there``:
    its station is still known."""

    cost: Decimal | None = None
    charging_ms: int | None = None
    order: Row[Any] | None = None
    there: bool = False


class LiveSession(Resource):
    """A session as it is now; null: nothing is known of that. ``measured``: when the newest of ``values`` was."""

    session: str
    state: State
    charging_state: str | None
    measured: str | None
    power_w: float | None
    current_a: float | None
    register_wh: float | None
    soc_percent: float | None
    energy_wh: float | None
    duration_s: float | None
    cost: str | None
    currency: str | None
    values: list[Value]


def more_of(database: Database, found: Session, now_ms: int) -> More:
    """What is looked up of a single session."""
    order = None if found.command is None else commands.find(database, found.command)
    there = registration.find(database, found.station) is not None
    if found.transaction_id is None:
        return More(order=order, there=there)
    runs = found.state is State.ACTIVE
    record: Mapping[str, Any] | None = transactions.find(database, found.station, found.transaction_id)
    cost = None if record is None or not runs else tariff.so_far(database, record, now_ms)
    legs = tariff.course(database, found.station, found.transaction_id, now_ms if runs else None)
    charging_ms = sum(leg.to_ms - leg.from_ms for leg in legs if leg.state == CHARGING) if legs else None
    return More(cost, charging_ms, order, there)


def told(found: Session, now_ms: int, more: More | None = None) -> SessionOut:
    """A session with its links, and the form that stops it."""
    own = path("sessions", found.key.name)
    shown = SessionOut.of(found, now_ms, more)
    shown.links = {"self": Link(href=own)}
    if more is None:
        return shown
    shown.links["collection"] = link("sessions")
    if found.transaction_id is not None:
        shown.links |= {
            "live": Link(href=f"{own}/live", title="What goes on now"),
            "curve": Link(href=f"{own}/curve{{?points}}", title="Power and energy over time", templated=True),
            "meter-values": Link(href=f"{own}/meter-values.csv", title="Its meter readings", type="text/csv"),
        }
        shown.links["transaction"] = link("transactions", found.station, found.transaction_id)
    if more.there:
        shown.links["station"] = link("stations", found.station)
    if found.state is State.ACTIVE:
        shown.templates = {"stop": Template(title="Stop it", method="POST", target=f"{own}/stop")}
    return shown


def live_of(database: Database, found: Session, now_ms: int) -> LiveSession:
    """What the meter shows of a session of which there is a transaction."""
    values = meters.newest(measured_last(database, found.station, found.transaction_id))
    instants = [row.timestamp_ms for row in values if row.timestamp_ms is not None]
    shown = SessionOut.of(found, now_ms, more_of(database, found, now_ms))
    own = path("sessions", shown.id)
    return LiveSession(
        session=shown.id,
        **{
            name: getattr(shown, name)
            for name in ("state", "charging_state", "energy_wh", "duration_s", "cost", "currency")
        },
        measured=show(max(instants, default=None)),
        power_w=meters.power_w(values),
        current_a=meters.current_a(values),
        register_wh=meters.register_wh(values),
        soc_percent=meters.soc_percent(values),
        values=[value_of(row) for row in values],
        links={"self": Link(href=f"{own}/live"), "session": Link(href=own)},
    )
