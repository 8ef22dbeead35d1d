"""ConnectionLost: a station that was accepted has had no link, at any node, for ``alert_offline_s``."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, Select, select

from csms_reference.alerts.condition import Condition, Kind, Severity
from csms_reference.alerts.docket import Docket
from csms_reference.instants import show
from csms_reference.settings import Settings
from csms_reference.store.tables import stations

LOOKED_AT = 1000
"""Stations of which it is asked at once whether they are connected."""

LOOKS = 10
"""So often in ``alert_offline_s`` all stations are looked at; those of open alerts in every round."""

HEARTBEATS = 2
"""After so many intervals of heartbeats without a link it counts as lost, unless the settings say otherwise."""


def patience_s(settings: Settings) -> float:
    """For how long a station may have no link; 0: for ever."""
    said = settings.alert_offline_s
    return HEARTBEATS * settings.heartbeat_s if said is None else said


class Connections:
    """Remembers since when stations are seen to be gone. That they were when they left is not enough to go by: a CSMS
    that was killed left nothing behind, and its stations need a while to come back."""

    every_s = 0.0

    def __init__(self) -> None:
        self._gone: dict[str, int] = {}
        self._all_again_ms = 0.0

    async def look(self, docket: Docket) -> None:
        """See who is back, and, some times in ``alert_offline_s``, who is gone."""
        patience_ms = patience_s(docket.settings) * 1000
        if not patience_ms:
            await docket.settle(Kind.CONNECTION, [""], [])
            return
        known = {alert.station or "": alert.id for alert in (await docket.open(Kind.CONNECTION)).values()}
        await self._clear(docket, known)
        if docket.now_ms >= self._all_again_ms:
            self._all_again_ms = docket.now_ms + patience_ms / LOOKS
            await self._raise(docket, known, int(patience_ms))

    async def _clear(self, docket: Docket, known: dict[str, int]) -> None:
        """Alerts of stations that are connected, or are not accepted any more."""
        names = sorted(known)
        for begin in range(0, len(names), LOOKED_AT):
            some = names[begin : begin + LOOKED_AT]
            absent = await _absent(docket, await _rows(docket, _ACCEPTED.where(stations.c.station.in_(some))))
            if absent is None:
                return
            back = [station for station in some if station not in absent]
            await docket.clear([known.pop(station) for station in back])
            for station in back:
                self._gone.pop(station, None)

    async def _raise(self, docket: Docket, known: dict[str, int], patience_ms: int) -> None:
        """Alerts of stations that have been gone for long enough."""
        last, gone = "", dict[str, int]()
        while True:
            chosen = _ACCEPTED.where(stations.c.station > last).order_by(stations.c.station).limit(LOOKED_AT)
            rows = await _rows(docket, chosen)
            absent = await _absent(docket, rows)
            if absent is None:
                return
            now_ms = docket.now_ms
            gone |= {each: max(self._gone.get(each, now_ms), row.last_seen_ms or 0) for each, row in absent.items()}
            lost = [row for row in absent.values() if gone[row.station] <= now_ms - patience_ms]
            await docket.note([_condition(row, gone[row.station]) for row in lost if row.station not in known])
            if len(rows) < LOOKED_AT:
                break
            last = rows[-1].station
        self._gone = gone


_ACCEPTED = select(stations.c.station, stations.c.last_seen_ms).where(
    stations.c.registration == "Accepted", stations.c.told == "Accepted"
)


async def _rows(docket: Docket, chosen: Select[Any]) -> list[Row[Any]]:
    return await docket.read(lambda database: list(database.execute(chosen)))


async def _absent(docket: Docket, rows: list[Row[Any]]) -> dict[str, Row[Any]] | None:
    """Those that have no link; None while this node does not know of every link there is."""
    seen = await docket.front.seen([row.station for row in rows])
    if not docket.front.sees_all:
        return None
    return {row.station: row for row in rows if row.station not in seen}


def _condition(row: Row[Any], since_ms: int) -> Condition:
    return Condition(
        kind=Kind.CONNECTION,
        reason="",
        severity=Severity.MAJOR,
        station=row.station,
        since_ms=since_ms,
        details={"last_seen": show(row.last_seen_ms)},
    )
