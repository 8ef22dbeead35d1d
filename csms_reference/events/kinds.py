"""Every kind of event: its name, who may hear of it, and what it says.

The data of a kind is a dataclass of plain values; its JSON schema is what ``/v1/asyncapi.json`` tells. Ids of tokens
are not among it: they are secret, and events are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, NamedTuple, TypeVar

from csms_reference.access.scopes import Scope

T = TypeVar("T")


class Kind(NamedTuple):
    """A kind of event. ``data``: the dataclass of what it says; ``asked``: it is heard of single stations only, by who
    asks for it by name."""

    name: str
    scope: Scope
    data: type[Any]
    asked: bool = False


KINDS: dict[str, Kind] = {}
"""Every kind by its name."""


def kind(scope: Scope, *names: str, asked: bool = False) -> Callable[[type[T]], type[T]]:
    """Register a dataclass as the data of these kinds. Raises ValueError for a name that is taken."""

    def enter(data: type[T]) -> type[T]:
        for name in names:
            if name in KINDS:
                raise ValueError(f"there is a kind {name!r} already")
            KINDS[name] = Kind(name, scope, data, asked)
        return data

    return enter


def kinds_of(patterns: Iterable[str]) -> frozenset[str]:
    """The kinds that patterns such as ``transaction.*`` mean; without any all, but those that have to be asked for.

    Raises ValueError for a pattern that means none.
    """
    found: set[str] = set()
    for pattern in patterns:
        named = {name for name in KINDS if fnmatchcase(name, pattern)}
        if not named:
            raise ValueError(f"no kind of event is called {pattern!r}; there are {', '.join(KINDS)}")
        found |= named
    return frozenset(found) or frozenset(name for name, each in KINDS.items() if not each.asked)


@kind(Scope.STATIONS_READ, "station.connected")
@dataclass(frozen=True, slots=True)
class Connected:
    """A station has connected. ``peer``: from where."""

    version: str
    peer: str


@kind(Scope.STATIONS_READ, "station.disconnected")
@dataclass(frozen=True, slots=True)
class Disconnected:
    """A station's link is gone, and there is no newer one. ``code``: as in RFC 6455 §7.4."""

    code: int
    reason: str


@kind(Scope.STATIONS_READ, "station.booted")
@dataclass(frozen=True, slots=True)
class Booted:
    """A station has said what it is. ``registration``: how far it was let in."""

    registration: str
    version: str
    vendor: str
    model: str
    serial: str | None
    firmware: str | None
    reason: str | None


@kind(Scope.STATIONS_READ, "station.registration-changed")
@dataclass(frozen=True, slots=True)
class RegistrationChanged:
    """An operator has registered a station (``new``), or decided anew how far it is let in."""

    registration: str
    new: bool


@kind(Scope.STATIONS_READ, "connector.status")
@dataclass(frozen=True, slots=True)
class ConnectorStatus:
    """What a connector's state is. EVSE 0, connector 0 is the station as a whole. ``since``: by the station's clock."""

    evse: int
    connector: int
    status: str
    error_code: str | None
    since: str | None


@kind(Scope.TRANSACTIONS_READ, "transaction.started", "transaction.updated", "transaction.ended")
@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction as it stands. ``energy_wh``: charged so far; ``power_w`` and ``soc_percent``: as measured just
    now; null: unknown. ``offline``: it happened while the station had no connection."""

    transaction_id: str
    evse: int | None
    connector: int | None
    state: str
    charging_state: str | None
    started: str | None
    stopped: str | None
    stop_reason: str | None
    offline: bool
    energy_wh: float | None
    power_w: float | None
    soc_percent: float | None


@dataclass(frozen=True, slots=True)
class Value:
    """A measured value; null where the station sent no finite number."""

    measurand: str
    value: float | None
    unit: str | None
    phase: str | None
    location: str | None
    at: str | None


@kind(Scope.TRANSACTIONS_READ, "meter.values")
@dataclass(frozen=True, slots=True)
class MeterValues:
    """The newest values of an EVSE's meter that a message brought; EVSE 0 is the station's main meter. ``register_wh``:
    of imported energy."""

    evse: int | None
    connector: int | None
    transaction_id: str | None
    power_w: float | None
    current_a: float | None
    register_wh: float | None
    soc_percent: float | None
    values: list[Value]


@kind(Scope.COMMANDS_READ, "command.queued", "command.sent", "command.ended")
@dataclass(frozen=True, slots=True)
class Command:
    """A command, ``id`` as in ``/v1/commands/{id}``. ``status`` and ``error``: how it ended."""

    id: int
    command: str
    state: str
    status: str | None = None
    error: str | None = None


@kind(Scope.COMMANDS_READ, "campaign.changed")
@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign is in another state, ``id`` as in ``/v1/campaigns/{id}``. ``wave``: counted from 0."""

    id: int
    name: str
    state: str
    phase: str
    wave: int
    why: str | None


@kind(Scope.COMMANDS_READ, "campaign.station")
@dataclass(frozen=True, slots=True)
class CampaignStation:
    """A station in a campaign is in another state, or for another reason. ``id``: the campaign's."""

    id: int
    state: str
    why: str | None


@kind(Scope.STATIONS_READ, "security.event")
@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """A station told of a security event, or the CSMS noticed one itself (``from_station`` false)."""

    type: str
    tech_info: str | None
    from_station: bool
    happened: str | None


@kind(Scope.TOKENS_READ, "local-list.synchronised", "authorization-cache.cleared")
@dataclass(frozen=True, slots=True)
class Visited:
    """A station was asked for it by a round, and that is over. ``state``: done or failed; ``status``: the station's
    word, or why there is none; ``version``: of its list as it was sent last."""

    state: str
    status: str
    version: int | None


@kind(Scope.FILES_READ, "firmware.status", "log.status")
@dataclass(frozen=True, slots=True)
class Progress:
    """How an update of the firmware, or the upload of a log goes. ``request_id``: of the request that it is about."""

    status: str
    request_id: int | None


@kind(Scope.STATIONS_READ, "variable.event")
@dataclass(frozen=True, slots=True)
class VariableEvent:
    """An event of a station's variable (NotifyEvent). ``monitor``: the id of the monitor that saw it."""

    event_id: int
    component: str
    component_instance: str
    evse: int
    connector: int
    variable: str
    variable_instance: str
    trigger: str
    notification_type: str
    value: str
    cleared: bool
    cause: int | None
    monitor: int | None
    transaction_id: str | None
    tech_code: str | None
    tech_info: str | None
    happened: str | None


@kind(Scope.ALERTS_READ, "alert.raised", "alert.changed", "alert.acknowledged", "alert.cleared")
@dataclass(frozen=True, slots=True)
class Alert:
    """An alert, ``id`` as in ``/v1/alerts/{id}``, of the kind ``alert``. ``count``: how often it was noticed;
    ``since``: since when its condition holds."""

    id: int
    alert: str
    reason: str
    severity: str
    state: str
    evse: int | None
    connector: int | None
    transaction_id: str | None
    count: int
    since: str | None


@kind(Scope.OPERATIONS_READ, "message.received", "message.sent", asked=True)
@dataclass(frozen=True, slots=True)
class Message:
    """A frame as it went over the wire; passwords are left out."""

    text: str
