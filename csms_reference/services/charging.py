"""Charging profiles, limits and charging needs of stations, as the CSMS knows them (2.0.1 block K; 1.6 §3.13)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Table, and_, bindparam, delete, select, update

from csms_reference.services.retention import crowding
from csms_reference.store.charging_tables import (
    charging_limits,
    charging_needs,
    charging_profiles,
    composite_schedules,
    profile_requests,
)
from csms_reference.store.prepared import Prepared, insert_or_change

SET, REPORTED = "set", "reported"
"""How a profile is known: the station has accepted it, or has told of it."""

EXTERNAL = "ChargingStationExternalConstraints"
MOST_PROFILES = 500
"""Profiles kept of each station: those told of longest ago give way. No station has that many."""

MOST_PLACES = 250
"""Limits of others, and EVs' needs, kept of each station."""

Profile = Mapping[str, Any]
"""A ChargingProfileType in the words of 2.0.1."""


def _put(table: Table) -> Prepared:
    key = {column.name for column in table.primary_key}
    columns = [column.name for column in table.c]
    return Prepared(insert_or_change(table, *(name for name in columns if name not in key)), columns)


_PROFILE = _put(charging_profiles)
_REQUEST = _put(profile_requests)
_LIMIT = _put(charging_limits)
_NEEDS = _put(charging_needs)
_COMPOSITE = _put(composite_schedules)
_TRIM_PROFILES = crowding(charging_profiles, "confirmed_ms")
_TRIM_LIMITS = crowding(charging_limits, "told_ms")
_TRIM_NEEDS = crowding(charging_needs, "told_ms")
_OVER = Prepared(
    delete(charging_profiles)
    .where(charging_profiles.c.station == bindparam("s"))
    .where(charging_profiles.c.transaction_id == bindparam("t"))
)
_SERVED = Prepared(
    delete(charging_needs)
    .where(charging_needs.c.station == bindparam("s"))
    .where(charging_needs.c.transaction_id == bindparam("t"))
)


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which profiles are meant: all fields that are not None have to fit."""

    evse: int | None = None
    ids: tuple[int, ...] | None = None
    purpose: str | None = None
    stack_level: int | None = None
    sources: tuple[str, ...] | None = None

    def clauses(self, station: str) -> list[Any]:
        """The same in SQL."""
        column = charging_profiles.c
        wanted: list[Any] = [column.station == station]
        for name in ("evse", "purpose", "stack_level"):
            if (value := getattr(self, name)) is not None:
                wanted.append(column[name] == value)
        if self.ids is not None:
            wanted.append(column.profile_id.in_(self.ids))
        if self.sources is not None:
            wanted.append(column.source.in_(self.sources))
        return wanted

    def text(self) -> str:
        """As it is kept."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__})

    @classmethod
    def of(cls, text: str) -> Criteria:
        """From what was kept."""
        held = json.loads(text)
        lists = {name: None if held[name] is None else tuple(held[name]) for name in ("ids", "sources")}
        return cls(**{**held, **lists})


def _row(station: str, evse: int, profile: Profile, source: str, now_ms: int) -> dict[str, Any]:
    return {
        "station": station,
        "profile_id": profile["id"],
        "evse": evse,
        "source": source,
        "purpose": profile["chargingProfilePurpose"],
        "stack_level": profile["stackLevel"],
        "transaction_id": profile.get("transactionId"),
        "payload": json.dumps(profile),
        "known_by": SET,
        "request_id": None,
        "confirmed_ms": now_ms,
    }


def installed(
    connection: Connection, station: str, evse: int, profile: Profile, now_ms: int, *, replaces: bool = False
) -> None:
    """K01.FR.05: a station has taken a profile, in the place of the one with its id. ``replaces``: also of the one of
    its purpose and level there (1.6 §5.16.3)."""
    if replaces:
        alike = Criteria(evse=evse, purpose=profile["chargingProfilePurpose"], stack_level=profile["stackLevel"])
        connection.execute(delete(charging_profiles).where(*alike.clauses(station)))
    _PROFILE(connection, _row(station, evse, profile, "CSO", now_ms))


def cleared(connection: Connection, station: str, chosen: Criteria) -> None:
    """K10.FR.03, .04: a station has cleared what fits, but for the limits of others."""
    own = charging_profiles.c.purpose != EXTERNAL
    connection.execute(delete(charging_profiles).where(*chosen.clauses(station), own))


def over(connection: Connection, station: str, transaction_id: str) -> None:
    """K02.FR.05: with a transaction its profiles end, and what its EV wanted."""
    where = {"s": station, "t": transaction_id}
    _OVER(connection, where)
    _SERVED(connection, where)


def known(connection: Connection, station: str, chosen: Criteria = Criteria()) -> list[Row[Any]]:
    """The profiles that fit, in the order of EVSE, purpose and level."""
    column = charging_profiles.c
    order = column.evse, column.purpose, column.stack_level, column.profile_id
    return list(connection.execute(select(charging_profiles).where(*chosen.clauses(station)).order_by(*order)))


def read_profile(payload: str) -> dict[str, Any]:
    """A profile from what is kept of it."""
    found: dict[str, Any] = json.loads(payload)
    return found


def neutral(profile: Profile) -> dict[str, Any]:
    """A profile of 1.6 in the words of 2.0.1."""
    made = {name: value for name, value in profile.items() if name != "chargingProfileId"}
    purpose = profile["chargingProfilePurpose"]
    made["id"] = profile["chargingProfileId"]
    made["chargingProfilePurpose"] = "ChargingStationMaxProfile" if purpose == "ChargePointMaxProfile" else purpose
    made["chargingSchedule"] = [{"id": 1, **profile["chargingSchedule"]}]
    if "transactionId" in profile:
        made["transactionId"] = str(profile["transactionId"])
    return made


# -- reports --------------------------------------------------------------------------------------------------------


def asked(connection: Connection, station: str, request_id: int, chosen: Criteria, now_ms: int) -> None:
    """K09: a report of what fits is wanted; older requests are of no matter any more."""
    connection.execute(delete(profile_requests).where(profile_requests.c.station == station))
    _REQUEST(
        connection,
        {"station": station, "request_id": request_id, "criteria": chosen.text(), "asked_ms": now_ms},
    )


def reported(
    connection: Connection,
    station: str,
    request_id: int,
    profiles: Iterable[Profile],
    now_ms: int,
    *,
    source: str,
    evse: int,
    more: bool,
) -> None:
    """K09.FR.01, .02: a part of a report. With the last one, what fits the request and is in no part of it is gone."""
    rows = [
        {**_row(station, evse, each, source, now_ms), "known_by": REPORTED, "request_id": request_id}
        for each in profiles
    ][:MOST_PROFILES]
    if rows:
        _PROFILE(connection, rows)
        _TRIM_PROFILES(connection, {"the_station": station, "n": MOST_PROFILES})
    if not more:
        told_all(connection, station, request_id)


def told_all(connection: Connection, station: str, request_id: int) -> None:
    """A report is complete, or there is nothing to report: forget what it had to tell of and has not."""
    where = profile_requests.c.station == station, profile_requests.c.request_id == request_id
    request = connection.execute(select(profile_requests).where(*where)).first()
    if request is None:
        return  # somebody else's, such as a raw call: what it is about is not known
    column = charging_profiles.c
    untold = column.request_id.is_(None) | (column.request_id != request_id)
    fitting = Criteria.of(request.criteria).clauses(station)
    connection.execute(delete(charging_profiles).where(*fitting, untold, column.confirmed_ms <= request.asked_ms))
    connection.execute(delete(profile_requests).where(*where))


# -- limits of others -----------------------------------------------------------------------------------------------


def limited(
    connection: Connection,
    station: str,
    evse: int,
    source: str,
    now_ms: int,
    *,
    critical: bool | None = None,
    schedules: Any = None,
) -> None:
    """K11.FR.02, K12.FR.02: a system other than the CSMS limits an EVSE or the grid connection (0)."""
    text = None if schedules is None else json.dumps(schedules)
    row = {"station": station, "evse": evse, "source": source, "critical": critical, "schedules": text}
    _LIMIT(connection, {**row, "told_ms": now_ms})
    _TRIM_LIMITS(connection, {"the_station": station, "n": MOST_PLACES})


def released(connection: Connection, station: str, evse: int, source: str) -> None:
    """K13.FR.02: it does no more; its profile is gone, too."""
    column = charging_limits.c
    where = column.station == station, column.evse == evse, column.source == source
    connection.execute(delete(charging_limits).where(*where))
    mine = Criteria(evse=evse, purpose=EXTERNAL, sources=(source,))
    connection.execute(delete(charging_profiles).where(*mine.clauses(station)))


# -- what EVs want --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an EV needs, as its station told (NotifyEVChargingNeeds), and what the CSMS answered."""

    evse: int
    transaction_id: str | None
    needs: Mapping[str, Any]
    most_periods: int | None
    answer: str


def wanted(connection: Connection, station: str, said: Wanted, now_ms: int) -> None:
    """K15.FR.02, K17.FR.02: note it in the place of what was wanted there before."""
    blank = dict.fromkeys(("plan", "plan_status", "ev_schedule", "ev_answer", "ev_told_ms"))
    row = {"station": station, "evse": said.evse, "transaction_id": said.transaction_id, "answer": said.answer}
    more = {"needs": json.dumps(said.needs), "most_periods": said.most_periods, "told_ms": now_ms, "refusals": 0}
    _NEEDS(connection, {**row, **more, **blank})
    _TRIM_NEEDS(connection, {"the_station": station, "n": MOST_PLACES})


def needs_at(connection: Connection, station: str, evse: int) -> Row[Any] | None:
    """What is known of the EV at an EVSE; None where it has told nothing."""
    column = charging_needs.c
    return connection.execute(select(charging_needs).where(column.station == station, column.evse == evse)).first()


def change_needs(connection: Connection, station: str, evse: int, **values: Any) -> None:
    """Note how the negotiation with an EV goes on."""
    column = charging_needs.c
    connection.execute(update(charging_needs).where(column.station == station, column.evse == evse).values(values))


def composed(
    connection: Connection,
    station: str,
    evse: int,
    *,
    start_ms: int | None,
    duration_s: int | None,
    unit: str,
    periods: Any,
    now_ms: int,
) -> None:
    """K08: what a station says that it comes to."""
    row = {"station": station, "evse": evse, "start_ms": start_ms, "duration_s": duration_s, "unit": unit}
    _COMPOSITE(connection, {**row, "periods": json.dumps(periods), "told_ms": now_ms})


# -- reading --------------------------------------------------------------------------------------------------------


def limits_of(connection: Connection, station: str) -> list[Row[Any]]:
    """The limits of others at a station."""
    return _of(connection, charging_limits, station)


def needs_of(connection: Connection, station: str) -> list[Row[Any]]:
    """What the EVs at a station want."""
    return _of(connection, charging_needs, station)


def composites_of(connection: Connection, station: str) -> list[Row[Any]]:
    """The composite schedule of each EVSE that was asked for last."""
    return _of(connection, composite_schedules, station)


def _of(connection: Connection, table: Table, station: str) -> list[Row[Any]]:
    chosen = select(table).where(and_(table.c.station == station)).order_by(*table.primary_key)
    return list(connection.execute(chosen))
