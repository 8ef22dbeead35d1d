"""The HTTP API: tariffs, whom they are for, and what transactions cost by them."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection as Database

from csms_reference.api.desk import Desk
from csms_reference.api.hal import (
    Link,
    Page,
    Resource,
    Template,
    fields_of,
    filled,
    form,
    link,
    narrowed,
    page_of,
    path,
    whole_page,
)  # fmt: skip
from csms_reference.api.models import AfterKey, Identifier, Limit, Name, likewise
from csms_reference.api.problems import errors, missing
from csms_reference.api.revision import CHANGED, SHOWN, Seen
from csms_reference.front import Front
from csms_reference.services import tariff
from csms_reference.services.pricing import CENT, PARTS, Price, Terms
from csms_reference.services.tariff import Tariff

Id = Annotated[str, Path(min_length=1, max_length=60)]
Money = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=6)]


class PriceIn(BaseModel):
    """A price without VAT, as text or number, and its VAT in percent."""

    model_config = ConfigDict(extra="forbid")
    net: Money
    vat_percent: Annotated[Decimal, Field(ge=0, le=100, decimal_places=4)] = Decimal(0)

    @property
    def price(self) -> Price:
        """The domain's price."""
        return Price(self.net, self.vat_percent)


class TariffIn(BaseModel):
    """A tariff: prices to ``start``, for a kWh of ``energy``, an hour of charging ``time``, an hour ``idle``.

    ``free_min``: minutes of idling that cost nothing. ``text``: what drivers are told, else it is made of the prices.
    ``dynamic``: changes hold for running transactions from their next event on.
    """

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"energy": {"net": "0.40", "vat_percent": 19}, "free_min": 15}]}
    )
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"
    start: PriceIn | None = None
    energy: PriceIn | None = None
    time: PriceIn | None = None
    idle: PriceIn | None = None
    free_min: Annotated[int, Field(ge=0, le=10_000, strict=True)] = 0
    text: Annotated[str, Field(min_length=1, max_length=512)] | None = None
    dynamic: bool = False

    def tariff(self, tariff_id: str, now_ms: int) -> Tariff:
        """The domain's tariff."""
        prices = {name: given.price for name in PARTS if (given := getattr(self, name)) is not None}
        return Tariff(
            tariff_id, self.currency, Terms(**prices, free_min=self.free_min), self.text, self.dynamic, now_ms
        )


class NewTariffIn(TariffIn):
    """A tariff with its id."""

    id: Annotated[str, Field(min_length=1, max_length=60)]


class TariffOut(TariffIn, Resource):
    """A tariff. ``told``: what drivers are told."""

    id: str
    told: str

    @classmethod
    def of(cls, found: Tariff) -> TariffOut:
        """From the domain's."""
        terms = found.terms.written
        return cls(
            **terms, id=found.id, currency=found.currency, text=found.text, dynamic=found.dynamic, told=found.words
        )


class AssignmentIn(BaseModel):
    """Whom a tariff is for: a token, a group of tokens, a station, or all. The first of these that fits counts."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["token", "group", "station", "all"]
    who: Identifier | Literal[""] = ""
    tariff: Annotated[str, Field(min_length=1, max_length=60)]


class AssignmentOut(Resource):
    """Whom a tariff is for."""

    kind: str
    who: str
    tariff: str

    @classmethod
    def of(cls, row: Any) -> AssignmentOut:
        """From its row, or from what was given."""
        target = narrowed(path("tariff-assignments", row.kind), who=row.who).href
        return cls(
            **likewise(cls, row),
            links={"tariff": link("tariffs", row.tariff)},
            templates={"delete": Template(title="Take it back", method="DELETE", target=target)},
        )


class PartOut(BaseModel):
    """One part of a cost; each is rounded for itself, the cost is the rounded sum of what is not."""

    part: str
    net: Decimal
    vat: Decimal


class CostOut(Resource):
    """What a transaction costs, with VAT. ``cost`` is null before an event of it has come."""

    station: str
    transaction_id: str
    tariff: str
    currency: str
    cost: Decimal | None
    parts: list[PartOut]

    @classmethod
    def of(cls, row: dict[str, Any]) -> CostOut:
        """From its row."""
        parts = [
            PartOut(part=name, net=_cents(net), vat=_cents(vat))
            for name, (net, vat) in json.loads(row["parts"]).items()
        ]
        cost = None if row["cost"] is None else Decimal(row["cost"])
        same = {name: row[name] for name in ("station", "transaction_id", "tariff", "currency")}
        own = path("transactions", row["station"], row["transaction_id"])
        links = {"self": Link(href=f"{own}/cost"), "transaction": Link(href=own)}
        return cls(**same, cost=cost, parts=parts, links=links)


def _cents(amount: str) -> Decimal:
    return Decimal(amount).quantize(CENT, ROUND_HALF_UP)


def tariffs(csms: Front, desk: Desk) -> APIRouter:
    """The endpoints of a CSMS."""
    router = desk(tags=["tariffs"])

    @router.get("/tariffs")
    async def list_tariffs(after: AfterKey = "", limit: Limit = 100) -> Page[TariffOut]:
        """Tariffs in the order of their ids, those after ``after``."""
        rows = await csms.store.read(lambda database: tariff.page(database, after, limit))
        items, last = [_brief(TariffOut.of(row)) for row in rows], rows[-1].id if rows else None
        forms = {"default": form("POST", path("tariffs"), NewTariffIn, "Register a tariff, or replace it")}
        return page_of(items, path("tariffs"), limit=limit, last=last, templates=forms)

    async def save(tariff_id: str, given: TariffIn, seen: Seen) -> TariffOut:
        made = given.tariff(tariff_id, csms.now_ms())

        def write(database: Database) -> None:
            seen.expected(_found(database, tariff_id))
            tariff.put(database, made)

        await csms.store.write(write)
        return seen.shown(_linked(TariffOut.of(made)))

    @router.post("/tariffs", status_code=201, responses=errors(412))
    async def post_tariff(given: NewTariffIn, seen: Seen) -> TariffOut:
        """Register a tariff, or replace it."""
        return await save(given.id, given, seen)

    @router.put("/tariffs/{tariff_id:path}", responses=errors(412))
    async def put_tariff(tariff_id: Id, given: TariffIn, seen: Seen) -> TariffOut:
        """Register a tariff, or replace it."""
        return await save(tariff_id, given, seen)

    @router.get("/tariffs/{tariff_id:path}", **SHOWN)
    async def get_tariff(tariff_id: Id, seen: Seen) -> TariffOut:
        """One tariff."""
        found = await csms.store.read(lambda database: _found(database, tariff_id))
        if found is None:
            raise missing(f"tariff {tariff_id!r}")
        return seen.shown(_linked(found))

    @router.delete("/tariffs/{tariff_id:path}", status_code=204, **CHANGED)
    async def delete_tariff(tariff_id: Id, seen: Seen) -> None:
        """Forget a tariff and whom it was for; transactions that are charged by it go on to be."""

        def write(database: Database) -> bool:
            seen.expected(_found(database, tariff_id))
            return tariff.remove(database, tariff_id)

        if not await csms.store.write(write):
            raise missing(f"tariff {tariff_id!r}")

    _assignments(csms, router)
    return router


def _found(database: Database, tariff_id: str) -> TariffOut | None:
    found = tariff.find(database, tariff_id)
    return None if found is None else TariffOut.of(found)


def _brief(shown: TariffOut) -> TariffOut:
    shown.links = {"self": link("tariffs", shown.id)}
    return shown


def _linked(shown: TariffOut) -> TariffOut:
    own = path("tariffs", shown.id)
    shown.links = {
        "self": Link(href=own),
        "collection": link("tariffs"),
        "assignments": link("tariff-assignments", title="Who has which tariff"),
    }
    fields = filled(fields_of(TariffIn), shown.model_dump(mode="json"))
    shown.templates = {
        "change": Template(title="Replace it", method="PUT", target=own, properties=fields),
        "delete": Template(title="Forget it", method="DELETE", target=own),
    }
    return shown


def _assignments(csms: Front, router: APIRouter) -> None:
    @router.get("/tariff-assignments")
    async def list_assignments(after: AfterKey = "", limit: Limit = 100) -> Page[AssignmentOut]:
        """Who has which tariff, in the order of kind and name."""
        items, where = map(AssignmentOut.of, await csms.store.read(tariff.assignments)), path("tariff-assignments")
        forms = {"default": form("PUT", where, AssignmentIn, "Say whom a tariff is for")}

        def key(each: AssignmentOut) -> str:
            return f"{each.kind} {each.who}"

        return whole_page(items, where, key, after=after, limit=limit, templates=forms)

    @router.put("/tariff-assignments", responses=errors(404))
    async def put_assignment(given: AssignmentIn) -> AssignmentOut:
        """Say whom a tariff is for; it replaces what they had."""
        if (given.kind == "all") is bool(given.who):
            raise HTTPException(422, "who: all are nobody in particular, and nobody else is all")
        known = await csms.store.write(lambda database: tariff.assign(database, given.kind, given.who, given.tariff))
        if not known:
            raise missing(f"tariff {given.tariff!r}")
        return AssignmentOut.of(given)

    @router.delete("/tariff-assignments/{kind}", status_code=204, responses=errors(404))
    async def delete_assignment(kind: str, who: str = "") -> None:
        """Take it back."""
        if not await csms.store.write(lambda database: tariff.unassign(database, kind, who)):
            raise missing(f"tariff for {kind} {who}".rstrip())


def costs(csms: Front, router: APIRouter) -> None:
    """What transactions cost."""

    @router.get("/transactions/{station}/{transaction_id:path}/cost", **SHOWN)
    async def get_cost(station: Name, transaction_id: Name, seen: Seen) -> CostOut:
        """What a transaction costs by now, or has cost."""
        row = await csms.store.read(lambda database: tariff.of_transaction(database, station, transaction_id))
        if row is None:
            raise missing(f"tariff for transaction {transaction_id!r} of {station!r}")
        return seen.shown(CostOut.of(row))
