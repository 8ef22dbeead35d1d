"""The HTTP API: alerts, and who looks after them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy import Connection as Database
from sqlalchemy import Row

from csms_reference.access.guard import Identified
from csms_reference.access.ownership import Belongings, Mine
from csms_reference.alerts.condition import Kind, Severity, State, is_closable
from csms_reference.api.desk import Desk
from csms_reference.api.hal import Link, Page, Resource, Template, form, link, page_of, path
from csms_reference.api.models import AfterId, Choice, Identifier, Instant, Limit, likewise
from csms_reference.api.problems import errors, missing
from csms_reference.api.revision import CHANGED, SHOWN, Seen
from csms_reference.events import news
from csms_reference.front import Front
from csms_reference.instants import read_ms, show
from csms_reference.services import alerts as kept
from csms_reference.services import certificates, registration, transactions
from csms_reference.services.alerts import CHANGED_AT_ONCE, Change
from csms_reference.store.alert_tables import alerts as table

Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
Wanted = Literal["Open", "Raised", "Acknowledged", "Cleared"]


def _storable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("half of a surrogate pair is no character") from None
    if "\0" in text:
        raise ValueError("a character that no text has")
    return text


Note = Annotated[str, Field(max_length=1000), AfterValidator(_storable)]


class NoteIn(BaseModel):
    """What whoever acknowledges or closes an alert says of it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"note": "A technician is on the way."}]})
    note: Note | None = None


class AcknowledgementsIn(NoteIn):
    """Which raised alerts are acknowledged: those that fit all that is given. ``since``: raised then or later."""

    kind: Kind | None = None
    severity: Severity | None = None
    station: Identifier | None = None
    since: Instant | None = None


class AcknowledgedOut(Resource):
    """How many alerts have been acknowledged just now, and whether there are ``more`` of them: ask once more then."""

    acknowledged: int
    more: bool


class AlertOut(Resource):
    """An alert. ``since``: since when its condition holds; ``last`` and ``count``: when it was noticed last, and how
    often; ``details``: what there is to say, by kind and reason. ``closed_by``: null where its condition has ended."""

    LIVE = frozenset({"severity", "details", "count", "last", "transaction_id"})

    id: int
    kind: Kind
    reason: str
    severity: Severity
    state: State
    station: str | None
    evse: int | None
    connector: int | None
    transaction_id: str | None
    certificate: int | None
    details: dict[str, Any]
    count: int
    since: str | None
    raised: str | None
    last: str | None
    acknowledged: str | None
    acknowledged_by: str | None
    note: str | None
    cleared: str | None
    closed_by: str | None
    closing_note: str | None

    @classmethod
    def of(cls, row: Any) -> AlertOut:
        """From its row."""
        times = {
            name: show(getattr(row, f"{name}_ms")) for name in ("since", "raised", "last", "acknowledged", "cleared")
        }
        return cls(**{**likewise(cls, row), **times, "details": json.loads(row.details), "count": row.times})


def alerts(csms: Front, desk: Desk) -> APIRouter:
    """The endpoints of a CSMS."""
    router = desk(prefix="/alerts", tags=["alerts"])

    @router.get("")
    async def list_alerts(
        *,
        mine: Mine,
        state: Annotated[Wanted | None, Query(description="Open: those that are not cleared.")] = None,
        kind: Annotated[Kind | None, Query()] = None,
        severity: Annotated[Severity | None, Query()] = None,
        station: Choice = None,
        since: Annotated[Instant | None, Query(description="Those that were raised then, or later.")] = None,
        after: AfterId = 0,
        limit: Limit = 100,
    ) -> Page[AlertOut]:
        """Alerts in the order in which they were raised first, those after id ``after``."""
        query = {"state": state, "kind": kind, "severity": severity, "station": station}
        only = kept.clauses(**query, since_ms=read_ms(since))
        rows = await csms.store.read(
            lambda database: kept.page(database, after, limit, mine.at(table.c.station), *only)
        )
        where = path("alerts")
        several = form("POST", f"{where}/acknowledgements", AcknowledgementsIn, "Acknowledge several")
        last = rows[-1].id if rows else None
        items = [_brief(AlertOut.of(row)) for row in rows]
        shown = {**query, "since": since}
        return page_of(items, where, limit=limit, last=last, query=shown, templates={"acknowledge": several})

    @router.post("/acknowledgements")
    async def post_acknowledgements(which: AcknowledgementsIn, who: Identified, mine: Mine) -> AcknowledgedOut:
        """Acknowledge the raised alerts that fit, up to a thousand at once."""
        query = which.model_dump(include={"kind", "severity", "station"})
        only = kept.clauses(state=State.RAISED, **query, since_ms=read_ms(which.since))

        def write(database: Database) -> list[Change]:
            rows = kept.page(database, 0, CHANGED_AT_ONCE, mine.at(table.c.station), *only)
            return kept.acknowledge(database, [row.id for row in rows], who.subject, which.note, csms.now_ms())

        changes = await csms.store.write(write)
        news.alerts_changed(csms.bus, changes, csms.now_ms())
        links = {"alerts": link("alerts")}
        return AcknowledgedOut(acknowledged=len(changes), more=len(changes) == CHANGED_AT_ONCE, links=links)

    @router.get("/{number:int}", **SHOWN)  # nothing but a number, for there is a path beside it that is not read
    async def get_alert(number: Number, seen: Seen, mine: Mine) -> AlertOut:
        """One alert, with forms for what can be done about it."""
        return seen.shown(await csms.store.read(lambda database: _linked(_found(database, number, mine), database)))

    _changes(csms, router)
    return router


def _changes(csms: Front, router: APIRouter) -> None:
    async def changed(
        number: int, seen: Seen, mine: Belongings, change: Callable[[Database], Sequence[Change]]
    ) -> AlertOut:
        def write(database: Database) -> tuple[Sequence[Change], AlertOut]:
            row = _found(database, number, mine)
            seen.expected(AlertOut.of(row))
            if row.state == State.CLEARED:
                raise HTTPException(409, "it is over")
            changes = change(database)
            return changes, _linked(_found(database, number, mine), database)

        changes, found = await csms.store.write(write)
        news.alerts_changed(csms.bus, changes, csms.now_ms())
        return seen.shown(found)

    @router.put("/{number}/acknowledgement", responses=CHANGED["responses"] | errors(409))
    async def put_acknowledgement(number: Number, said: NoteIn, who: Identified, seen: Seen, mine: Mine) -> AlertOut:
        """Say that somebody has seen it, and looks after it."""
        return await changed(
            number,
            seen,
            mine,
            lambda database: kept.acknowledge(database, [number], who.subject, said.note, csms.now_ms()),
        )

    @router.delete("/{number}/acknowledgement", responses=CHANGED["responses"] | errors(409))
    async def delete_acknowledgement(number: Number, seen: Seen, mine: Mine) -> AlertOut:
        """Say that nobody looks after it after all."""
        return await changed(number, seen, mine, lambda database: kept.unacknowledge(database, number))

    @router.put("/{number}/closure", responses=CHANGED["responses"] | errors(409))
    async def put_closure(number: Number, said: NoteIn, who: Identified, seen: Seen, mine: Mine) -> AlertOut:
        """Say that it is over, where nobody else will. What is so until it changes ends by changing: 409."""

        def close(database: Database) -> Sequence[Change]:
            row = _found(database, number, mine)
            if not is_closable(row.kind, row.reason):
                raise HTTPException(409, f"{row.kind} ends when it is not so any more; it can be acknowledged")
            return kept.close(database, number, who.subject, said.note, csms.now_ms())

        return await changed(number, seen, mine, close)


def _found(database: Database, number: int, mine: Belongings) -> Row[Any]:
    """Its row. What concerns no station is the operators'. Raises HTTPException 404."""
    row = kept.find(database, number)
    if row is None or (mine.owner is not None and (row.station is None or not mine.has(database, row.station))):
        raise missing(f"alert {number}")
    return row


def _brief(shown: AlertOut) -> AlertOut:
    shown.links = {"self": link("alerts", shown.id)}
    return shown


def _linked(row: Row[Any], database: Database) -> AlertOut:
    """With links to what it is about, as far as that is there, and forms."""
    shown, own = AlertOut.of(row), path("alerts", row.id)
    shown.links = {"self": Link(href=own), "collection": link("alerts")}
    if row.station is not None and registration.find(database, row.station) is not None:
        shown.links["station"] = link("stations", row.station)
        if row.transaction_id is not None and transactions.find(database, row.station, row.transaction_id) is not None:
            shown.links["transaction"] = link("transactions", row.station, row.transaction_id)
    if row.certificate is not None and certificates.find(database, row.certificate) is not None:
        shown.links["certificate"] = link("pki", "certificates", row.certificate)
    if row.state != State.CLEARED:
        shown.templates = {"acknowledge": form("PUT", f"{own}/acknowledgement", NoteIn, "Acknowledge it")}
        if row.state == State.ACKNOWLEDGED:
            back = Template(title="Leave it to others", method="DELETE", target=f"{own}/acknowledgement")
            shown.templates["unacknowledge"] = back
        if is_closable(row.kind, row.reason):
            shown.templates["close"] = form("PUT", f"{own}/closure", NoteIn, "Close it")
    return shown
