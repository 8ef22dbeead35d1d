"""The HTTP API: tariffs, whom they are for, and what transactions cost by them."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path
from pydantic import BaseModel, ConfigDict, Field

from csms_reference.api.models import Identifier, Limit, Name
from csms_reference.api.problems import missing
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

    model_config = ConfigDict(extra="forbid")
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"
    start: PriceIn | None = None
    energy: PriceIn | None = None
    time: PriceIn | None = None
    idle: PriceIn | None = None
    free_min: Annotated[int, Field(ge=0, le=10_000)] = 0
    text: Annotated[str, Field(min_length=1, max_length=512)] | None = None
    dynamic: bool = False

    def tariff(self, tariff_id: str, now_ms: int) -> Tariff:
        """The domain's tariff."""
        prices = {name: given.price for name in PARTS if (given := getattr(self, name)) is not None}
        return Tariff(
            tariff_id, self.currency, Terms(**prices, free_min=self.free_min), self.text, self.dynamic, now_ms
        )


class TariffOut(TariffIn):
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


class AssignmentOut(BaseModel):
    """Whom a tariff is for."""

    model_config = ConfigDict(from_attributes=True)
    kind: str
    who: str
    tariff: str


class PartOut(BaseModel):
    """One part of a cost; each is rounded for itself, the cost is the rounded sum of what is not."""

    part: str
    net: Decimal
    vat: Decimal


class CostOut(BaseModel):
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
        return cls(**same, cost=cost, parts=parts)


def _cents(amount: str) -> Decimal:
    return Decimal(amount).quantize(CENT, ROUND_HALF_UP)


def tariffs(csms: Front) -> APIRouter:
    """The endpoints of a CSMS."""
    router = APIRouter(tags=["tariffs"])

    @router.get("/tariffs")
    async def list_tariffs(after: str = "", limit: Limit = 100) -> list[TariffOut]:
        """Tariffs in the order of their ids, those after ``after``."""
        return [
            TariffOut.of(each) for each in await csms.store.read(lambda database: tariff.page(database, after, limit))
        ]

    @router.put("/tariffs/{tariff_id}")
    async def put_tariff(tariff_id: Id, given: TariffIn) -> TariffOut:
        """Register a tariff, or replace it."""
        made = given.tariff(tariff_id, csms.now_ms())
        await csms.store.write(lambda database: tariff.put(database, made))
        return TariffOut.of(made)

    @router.get("/tariffs/{tariff_id}")
    async def get_tariff(tariff_id: Id) -> TariffOut:
        """One tariff."""
        found = await csms.store.read(lambda database: tariff.find(database, tariff_id))
        if found is None:
            raise missing(f"tariff {tariff_id!r}")
        return TariffOut.of(found)

    @router.delete("/tariffs/{tariff_id}", status_code=204)
    async def delete_tariff(tariff_id: Id) -> None:
        """Forget a tariff and whom it was for; transactions that are charged by it go on to be."""
        if not await csms.store.write(lambda database: tariff.remove(database, tariff_id)):
            raise missing(f"tariff {tariff_id!r}")

    _assignments(csms, router)
    return router


def _assignments(csms: Front, router: APIRouter) -> None:
    @router.get("/tariff-assignments")
    async def list_assignments() -> list[AssignmentOut]:
        """Who has which tariff."""
        return [AssignmentOut.model_validate(row) for row in await csms.store.read(tariff.assignments)]

    @router.put("/tariff-assignments")
    async def put_assignment(given: AssignmentIn) -> AssignmentOut:
        """Say whom a tariff is for; it replaces what they had."""
        if (given.kind == "all") is bool(given.who):
            raise HTTPException(422, "who: all are nobody in particular, and nobody else is all")
        known = await csms.store.write(lambda database: tariff.assign(database, given.kind, given.who, given.tariff))
        if not known:
            raise missing(f"tariff {given.tariff!r}")
        return AssignmentOut(kind=given.kind, who=given.who, tariff=given.tariff)

    @router.delete("/tariff-assignments/{kind}", status_code=204)
    async def delete_assignment(kind: str, who: str = "") -> None:
        """Take it back."""
        if not await csms.store.write(lambda database: tariff.unassign(database, kind, who)):
            raise missing(f"tariff for {kind} {who}".rstrip())

    @router.get("/transactions/{station}/{transaction_id}/cost")
    async def get_cost(station: Name, transaction_id: Name) -> CostOut:
        """What a transaction costs by now, or has cost."""
        row = await csms.store.read(lambda database: tariff.of_transaction(database, station, transaction_id))
        if row is None:
            raise missing(f"tariff for transaction {transaction_id!r} of {station!r}")
        return CostOut.of(row)
