"""Which stations a campaign is for."""

from __future__ import annotations

from fnmatch import fnmatchcase
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, select

from csms_reference.campaigns.plan import Target
from csms_reference.campaigns.states import Standing
from csms_reference.store.campaign_tables import campaign_stations
from csms_reference.store.prepared import Prepared, insert_new
from csms_reference.store.tables import stations

LOOKED_AT = 500
"""Stations that are looked at in one transaction: some milliseconds."""

NOT_THERE = "there is no such station"
_ENROLLED = ("campaign", "station", "rank", "state", "why", "attempt", "failures", "changed_ms")
_ENROL = Prepared(insert_new(campaign_stations), _ENROLLED)


def chosen(target: Target, owner: str | None) -> Select[Any]:
    """The stations that the database can tell; ``owner``: whose alone they may be."""
    named = {"owner": target.owner, "vendor": target.vendor, "model": target.model, "version": target.version}
    found = select(stations)
    for name, value in named.items():
        if value is not None:
            found = found.where(stations.c[name] == value)
    if owner is not None:
        found = found.where(stations.c.owner == owner)
    if target.stations is not None:
        found = found.where(stations.c.station.in_(target.stations))
    return found


def fits(target: Target, row: Any) -> bool:
    """Whether a station's firmware is one of those that are meant; one that is not known is none."""
    return target.firmware is None or (row.firmware is not None and fnmatchcase(row.firmware, _glob(target.firmware)))


def enrol(connection: Connection, campaign: Row[Any], target: Target, after: str, now_ms: int) -> str | None:
    """Enter the next stations after ``after``; the last one looked at, None where there are no more."""
    there = exists().where(
        campaign_stations.c.campaign == campaign.id, campaign_stations.c.station == stations.c.station
    )
    query = chosen(target, campaign.owner).where(stations.c.station > after, ~there)
    rows = list(connection.execute(query.order_by(stations.c.station).limit(LOOKED_AT)))
    _enter(connection, campaign.id, [row.station for row in rows if fits(target, row)], now_ms)
    return rows[-1].station if len(rows) == LOOKED_AT else None


def enrol_these(connection: Connection, campaign: Row[Any], target: Target, names: list[str], now_ms: int) -> None:
    """Enter those of these stations that are meant, and are not entered yet."""
    query = chosen(target, campaign.owner).where(stations.c.station.in_(names))
    _enter(connection, campaign.id, [row.station for row in connection.execute(query) if fits(target, row)], now_ms)


def note_missing(connection: Connection, campaign: Row[Any], target: Target, now_ms: int) -> None:
    """Say of stations that were named, and are not there (or are another owner's), that nothing comes of them."""
    if target.stations is None or target.later:
        return
    known = set(connection.scalars(chosen(Target(stations=target.stations), campaign.owner).with_only_columns(
        stations.c.station
    )))  # fmt: skip
    _enter(connection, campaign.id, sorted(set(target.stations) - known), now_ms, NOT_THERE)


def _enter(connection: Connection, campaign: int, names: list[str], now_ms: int, missing: str | None = None) -> None:
    state = Standing.PENDING if missing is None else Standing.SKIPPED
    same = {
        "campaign": campaign,
        "state": state.value,
        "why": missing,
        "attempt": 0,
        "failures": 0,
        "changed_ms": now_ms,
    }
    if names:
        _ENROL(connection, [{**same, "station": name, "rank": rank(campaign, name)} for name in names])


def rank(campaign: int, station: str) -> int:
    """A station's turn in a campaign: drawn, and always the same."""
    drawn = blake2b(f"{campaign}/{station}".encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(drawn) >> 1


def _glob(pattern: str) -> str:
    """Only ``*`` and ``?`` mean something."""
    return pattern.replace("[", "[[]")
