"""What a station keeps without power: settings, tokens, availability, running transactions, unsent messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from simulator.maintenance import Incident
from simulator.meter import Reading
from simulator.monitoring.memory import FACTORY_NEW, Memory
from simulator.tokens import Cache, LocalList, Token

if TYPE_CHECKING:
    from simulator.troubles import Raised


class Phase(StrEnum):
    """Where in its transaction an event stands (TransactionEventEnumType)."""

    STARTED = "Started"
    UPDATED = "Updated"
    ENDED = "Ended"


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading at one time. ``context``: a ReadingContextEnumType; ``measurands``: the quantities asked for."""

    stamp: str
    context: str
    reading: Reading
    measurands: tuple[str, ...]


@dataclass(slots=True)
class Transaction:
    """A transaction as the station knows it.

    ``id`` is the station's own (2.0.1: transactionId); ``csms_id`` the one that a 1.6 CSMS gave. ``last`` is the
    newest point written before the power went: what an abrupt end is reported with; ``group``, ``authorized`` and
    ``state`` what a transaction is resumed with; ``ready``: since when energy could flow (K01.FR.42).
    """

    id: str
    evse: int
    connector: int
    token: Token | None
    start_wh: float
    seq: int = 0
    csms_id: int | None = None
    charging_s: float = 0.0
    stop_reason: str | None = None
    stop_token: Token | None = None
    start_given_up: bool = False
    samples: list[Sample] = field(default_factory=list)
    last: tuple[str, Reading] | None = None
    group: str | None = None
    authorized: bool = False
    state: str = "Idle"
    ready: datetime | None = None


@dataclass(slots=True)
class TxEvent:
    """One step of a transaction that the CSMS has to learn of, in any version.

    ``trigger``, ``state`` and ``reason`` are 2.0.1's TriggerReason, ChargingState and Reason; ``token`` stands in the
    first event after it was presented. ``connector`` is the one in use, None before there is a cable; ``phases`` how
    many are used, where that is news; ``cable_a`` what the cable carries, where that is known.
    """

    tx: Transaction
    phase: Phase
    trigger: str
    stamp: str
    seq: int
    offline: bool
    state: str
    token: Token | None = None
    samples: tuple[Sample, ...] = ()
    reason: str | None = None
    remote_start_id: int | None = None
    register_wh: float = 0.0
    attempts: int = 0
    connector: int | None = None
    phases: int | None = None
    cable_a: float | None = None
    reservation_id: int | None = None


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """Something that concerns the station's security. ``kind``: a name of part 2 appendix 1."""

    kind: str
    stamp: str
    tech_info: str | None = None


_NOTHING: Mapping[str, str] = {}
_BLANK: Mapping[type, Any] = {}

M = TypeVar("M")


@dataclass(slots=True)
class Flash:
    """Non-volatile memory. A station that loses power gets it back with the same Flash.

    What is rarely there is replaced and never changed, so that those who have nothing share it.
    ``pending`` are settings that take effect at the next start; ``inoperative`` places (EVSE, connector; 0 for all of
    them) that the CSMS has closed, ``closing`` those that are to follow when the transactions there are over.
    ``security_events`` the CSMS has not confirmed yet; ``security_log`` holds those of all kinds, confirmed or not.
    ``troubled``: what was said to be wrong and not yet to be over. ``memories``: what each function keeps, by its type.
    """

    changed: dict[str, str] = field(default_factory=dict)
    pending: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    inoperative: frozenset[tuple[int, int]] = frozenset()
    closing: frozenset[tuple[int, int]] = frozenset()
    running: tuple[Transaction, ...] = ()
    journal: list[TxEvent] = field(default_factory=list)
    security_events: tuple[SecurityEvent, ...] = ()
    security_log: tuple[SecurityEvent, ...] = ()
    monitoring: Memory = FACTORY_NEW
    incidents: tuple[Incident, ...] = ()
    troubled: frozenset[Raised] = frozenset()
    boots: int = 0
    boot_reason: str = "PowerUp"
    memories: Mapping[type, Any] = field(default_factory=lambda: _BLANK)
    _cache: Cache | None = None
    _local_list: LocalList | None = None

    def memory(self, kind: type[M]) -> M:
        """What a function keeps: as it was remembered last, or as in a new station (``kind()``)."""
        return self.memories[kind] if kind in self.memories else kind()

    def remember(self, kept: object) -> None:
        """Keep what a function remembers, in the place of what it kept before."""
        self.memories = {**self.memories, type(kept): kept}

    @property
    def has_cache(self) -> bool:
        """Whether anything was ever in the authorization cache."""
        return self._cache is not None

    @property
    def has_local_list(self) -> bool:
        """Whether there ever was a local authorization list."""
        return self._local_list is not None

    @property
    def cache(self) -> Cache:
        """The authorization cache, made when it is first asked for."""
        if self._cache is None:
            self._cache = Cache()
        return self._cache

    @property
    def local_list(self) -> LocalList:
        """The local authorization list, made when it is first asked for."""
        if self._local_list is None:
            self._local_list = LocalList()
        return self._local_list
