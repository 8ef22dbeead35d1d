"""Whoever operates the CSMS during a run: in this process, over the reference CSMS's HTTP API, or nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Connection as Database
from sqlalchemy import Row, select

from csms_reference.csms import Csms
from csms_reference.front import Alone
from csms_reference.outcome import Outcome
from csms_reference.services import authorization
from csms_reference.services.authorization import Standing
from csms_reference.services.registration import Registration
from csms_reference.store.tables import transactions
from scenarios import files
from scenarios.ledger import CsmsState, LedgerEntry
from scenarios.messages import REASONS
from scenarios.model import UNKNOWN, Berth, CsmsSettings, Token

if TYPE_CHECKING:
    import httpx

# ruff: noqa: PLC0415 -- to load the API and to make its application takes a second, and most scenarios do without


class Operator(Protocol):
    """What a scenario can have done at the CSMS."""

    async def set_up(self, settings: CsmsSettings, stations: Sequence[Berth]) -> None:
        """Make the scenario's stations and tokens known."""

    async def command(self, station: str, name: str, **fields: Any) -> Outcome:
        """Carry out one of the reference CSMS's version-neutral commands."""

    async def call(self, station: str, action: str, payload: dict[str, Any]) -> Outcome:
        """Send any CALL."""

    async def put_token(self, token: Token) -> None:
        """Register a token, or change what is said of it."""

    async def set_registration(self, station: str, status: str) -> None:
        """Decide what the station's next BootNotification is answered with."""

    async def state(self, stations: Sequence[str]) -> CsmsState:
        """What the CSMS has recorded of these stations."""

    async def look(self, path: str) -> Any:
        """What the reference CSMS's API tells at a path (GET), as JSON has it. Raises ValueError where it refuses."""

    async def put(self, path: str, body: Any) -> Any:
        """Tell the reference CSMS's API something at a path (PUT). Raises ValueError where it refuses."""

    async def post(self, path: str, body: Any) -> Any:
        """Have the reference CSMS's API do something at a path (POST). Raises ValueError where it refuses."""


class InProcess:
    """Operates a Csms object of this process, which may be exchanged when it is restarted."""

    def __init__(self, csms: Csms) -> None:
        self.exchange(csms)

    def exchange(self, csms: Csms) -> None:
        """Operate this one from now on."""
        self.csms = csms
        self._api: httpx.ASGITransport | None = None  # made where somebody needs it

    async def set_up(self, settings: CsmsSettings, stations: Sequence[Berth]) -> None:
        for berth in stations:
            await self.csms.register(berth.id, registration=Registration(settings.boot), password=berth.password)
        for token in settings.tokens:
            if token.status != UNKNOWN:
                await self.put_token(token)
        if settings.has_files:
            async with self._client() as client:
                await files.set_up(client, settings)

    def _client(self) -> httpx.AsyncClient:
        """A client of its API."""
        import httpx

        from csms_reference.api import make_app
        from csms_reference.api.hal import PREFIX

        if self._api is None:
            self._api = httpx.ASGITransport(make_app(Alone(self.csms)))
        return httpx.AsyncClient(transport=self._api, base_url=f"http://csms.invalid{PREFIX}")

    async def command(self, station: str, name: str, **fields: Any) -> Outcome:
        return await self.csms.command(station, name, **fields)

    async def call(self, station: str, action: str, payload: dict[str, Any]) -> Outcome:
        return await self.csms.call(station, action, payload)

    async def put_token(self, token: Token) -> None:
        entry = authorization.Token(token.id, Standing(token.status), group_id=token.group)
        await self.csms.store.write(lambda database: authorization.put(database, entry))

    async def set_registration(self, station: str, status: str) -> None:
        await self.csms.register(station, registration=Registration(status))

    async def state(self, stations: Sequence[str]) -> CsmsState:
        wanted = frozenset(stations)

        def read(database: Database) -> list[Row[Any]]:
            return list(database.execute(select(transactions).order_by(transactions.c.id)))

        rows = await self.csms.store.read(read)
        return CsmsState(tuple(_entry(row) for row in rows if row.station in wanted))

    async def look(self, path: str) -> Any:
        async with self._client() as client:
            return read_look(path, await client.get(path))

    async def put(self, path: str, body: Any) -> Any:
        async with self._client() as client:
            return read_look(path, await client.put(path, json=body))

    async def post(self, path: str, body: Any) -> Any:
        async with self._client() as client:
            return read_look(path, await client.post(path, json=body))


def read_look(path: str, answer: httpx.Response) -> Any:
    """What the API told; of a collection its items. Raises ValueError with its own words where it refuses."""
    from csms_reference.api.hal import items_of

    if not answer.is_success:
        raise ValueError(f"{path}: {answer.status_code} {answer.text[:200]}")
    return items_of(answer.json())


def _entry(row: Row[Any]) -> LedgerEntry:
    return LedgerEntry(
        station=row.station,
        id=row.transaction_id,
        evse=row.evse,
        token=row.id_token,
        reason=neutral_reason(row.stop_reason, ended=row.state == "Ended"),
        energy_wh=row.energy_wh,
        open=row.state == "Active",
        complete=row.complete,
    )


def neutral_reason(reason: str | None, *, ended: bool) -> str | None:
    """A stop reason as scenarios say it; an ended transaction without one ended locally."""
    if reason is None:
        return "Local" if ended else None
    return REASONS.get(reason, reason)
