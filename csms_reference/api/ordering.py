"""The HTTP API: how a station is asked for something, and the resource that comes of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Header, HTTPException, Response
from sqlalchemy import Row

from csms_reference.access.guard import Identified
from csms_reference.api.hal import HalResponse, Resource, link
from csms_reference.api.models import likewise
from csms_reference.api.problems import errors, missing
from csms_reference.csms import Vet
from csms_reference.dialects.registry import order_fault
from csms_reference.dispatch import Work
from csms_reference.front import Front
from csms_reference.instants import show
from csms_reference.services import commands as kept
from csms_reference.services.commands import AnotherCommand, State

WAIT_MAX_S = 300.0
_WAIT = re.compile(r'(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?')

Key = Annotated[str | None, Header(max_length=255, description="Names an attempt: the same key asks once.")]
Prefer = Annotated[str | None, Header(max_length=255, description="wait=30: answer with the end (RFC 7240).")]


class CommandOut(Resource):
    """A command. ``status``: the station's word, or why there is none; ``answer``: the payload of its answer."""

    id: int
    station: str
    command: str
    fields: dict[str, Any]
    state: State
    status: str | None
    answer: dict[str, Any] | None
    error: str | None
    client: str
    asked: str | None
    sent: str | None
    ended: str | None

    @classmethod
    def of(cls, row: Row[Any]) -> CommandOut:
        """From its row."""
        same = likewise(cls, row)
        read = {
            "fields": json.loads(row.fields),
            "answer": None if row.answer is None else json.loads(row.answer),
            "asked": show(row.asked_ms),
            "sent": show(row.sent_ms),
            "ended": show(row.ended_ms),
        }
        links = {"self": link("commands", row.id), "station": link("stations", row.station)}
        return cls(**{**same, **read}, links=links)


ORDERED: dict[str, Any] = {
    "response_model": CommandOut,
    "responses": {202: {"model": CommandOut, "description": "Under way"}, **errors(404)},
}
"""How an endpoint that asks a station for something is described."""


class Wish(NamedTuple):
    """What a station is asked for: a command's name or an action, and who is to do it."""

    station: str
    name: str
    fields: dict[str, Any]
    work: Work
    vet: Vet


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who asks, under which key, and how long for the end."""

    client: str
    key: str | None
    within_s: float | None

    async def command(self, csms: Front, station: str, name: str, **fields: Any) -> Response:
        """Have a version-neutral command carried out. Raises HTTPException, StoreError."""
        return await self.order(csms, station, name, fields)

    async def order(self, csms: Front, station: str, name: str, fields: dict[str, Any]) -> Response:
        """As ``command``, for fields of any name."""

        def vet(row: Row[Any] | None) -> None:
            if (fault := order_fault(_known(row, station).version, name, fields)) is not None:
                raise HTTPException(422, fault)

        work = partial(csms.command, station, name)
        return await self._submit(csms, Wish(station, name, fields, lambda number: work(number, **fields), vet))

    async def call(
        self, csms: Front, station: str, action: str, payload: dict[str, Any], *, validate: bool
    ) -> Response:
        """Have a raw CALL sent. Raises HTTPException, StoreError."""

        def vet(row: Row[Any] | None) -> None:
            _known(row, station)

        work = partial(csms.call, station, action, payload, validate=validate)
        fields = {"payload": payload, "validate": validate}
        return await self._submit(csms, Wish(station, action, fields, lambda number: work(order=number), vet))

    async def _submit(self, csms: Front, wish: Wish) -> Response:
        """Have it done: 200 with its end if that is waited for and comes in time, else 202."""
        try:
            row = await csms.dispatcher.submit(*wish, client=self.client, key=self.key)
        except AnotherCommand as problem:
            raise HTTPException(422, f"Idempotency-Key: {problem}") from problem
        if self.within_s is not None and not State(row.state).over:
            await csms.dispatcher.over(row.id, self.within_s)
            row = await csms.store.read(partial(kept.get, number=row.id))
        return self._told(row)

    def _told(self, row: Row[Any]) -> Response:
        body = CommandOut.of(row)
        headers = {"Location": body.links["self"].href}
        if self.within_s is not None:
            headers["Preference-Applied"] = "wait"
        code = 200 if body.state.over else 202
        return HalResponse(body.model_dump(mode="json", by_alias=True), code, headers=headers)


def _known(row: Row[Any] | None, station: str) -> Row[Any]:
    if row is None:
        raise missing(f"station {station!r}")
    return row


async def attempt(who: Identified, idempotency_key: Key = None, prefer: Prefer = None) -> Attempt:
    """The attempt that a request is. (A coroutine, so that no thread gets requests out of their order.)"""
    return Attempt(who.subject, idempotency_key, wait_of(prefer))


Attempted = Annotated[Attempt, Depends(attempt)]


def wait_of(prefer: str | None) -> float | None:
    """How many seconds the client would wait for the end (RFC 7240 §4.3); None where it did not say."""
    found = _WAIT.search(prefer or "")
    return None if found is None else min(float(found[1]), WAIT_MAX_S)
