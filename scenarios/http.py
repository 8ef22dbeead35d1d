"""Operates a reference CSMS over its HTTP API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx

from csms_reference.api.hal import PREFIX, items_of
from csms_reference.outcome import TIMED_OUT, UNKNOWN_STATION, Outcome
from scenarios import files
from scenarios.access import AccessError
from scenarios.ledger import CsmsState, LedgerEntry
from scenarios.model import UNKNOWN, Berth, CsmsSettings, Token
from scenarios.operator import neutral_reason, read_look

PAGE = 1000
TIMEOUT_S = 60.0
PATIENCE_S = 55
PATIENT = {"Prefer": f"wait={PATIENCE_S}"}
"""The end of a command is waited for."""


class OverHttp:
    """An operator at the other end of an API. Its methods raise AccessError when the API does not serve them.

    ``revived`` is asked after a request that failed: whether the CSMS has come back, so that it is worth another try.
    """

    def __init__(
        self, api_url: str, api_key: str | None = None, revived: Callable[[], Awaitable[bool]] | None = None
    ) -> None:
        self._revived = revived
        self.api_url = api_url.rstrip("/")
        headers = {} if api_key is None else {"Authorization": f"Bearer {api_key}"}
        self._client = httpx.AsyncClient(
            base_url=f"{self.api_url}{PREFIX}", headers=headers, timeout=TIMEOUT_S, trust_env=False
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def set_up(self, settings: CsmsSettings, stations: Sequence[Berth]) -> None:
        for berth in stations:
            entry = {"id": berth.id, "registration": settings.boot}
            await self._post("/stations", entry if berth.password is None else {**entry, "password": berth.password})
        for token in settings.tokens:
            if token.status != UNKNOWN:
                await self.put_token(token)
        await files.set_up(self._client, settings)

    async def command(self, station: str, name: str, **fields: Any) -> Outcome:
        return await self._order(f"/stations/{_segment(station)}/commands", {"command": name, **fields})

    async def call(self, station: str, action: str, payload: dict[str, Any]) -> Outcome:
        return await self._order(f"/stations/{_segment(station)}/calls", {"action": action, "payload": payload})

    async def put_token(self, token: Token) -> None:
        entry = {"id_token": token.id, "status": token.status}
        await self._post("/tokens", entry if token.group is None else {**entry, "group_id": token.group})

    async def set_registration(self, station: str, status: str) -> None:
        await self._post("/stations", {"id": station, "registration": status})

    async def state(self, stations: Sequence[str]) -> CsmsState:
        wanted, entries, after = frozenset(stations), list[LedgerEntry](), 0
        while True:
            page = await self._get("/transactions", {"after": after, "limit": PAGE})
            entries += [_entry(row) for row in page if row["station"] in wanted]
            if len(page) < PAGE:
                return CsmsState(tuple(entries))
            after = page[-1]["id"]

    async def look(self, path: str) -> Any:
        return read_look(path, await self._insist("GET", path))

    async def put(self, path: str, body: Any) -> Any:
        return read_look(path, await self._insist("PUT", path, json=body))

    async def post(self, path: str, body: Any) -> Any:
        return read_look(path, await self._insist("POST", path, json=body))

    async def _order(self, path: str, order: dict[str, Any]) -> Outcome:
        try:
            answer = await self._client.post(path, json=order, headers=PATIENT)
        except httpx.TimeoutException:
            return Outcome(TIMED_OUT, error=f"the API did not answer within {TIMEOUT_S:g} s")
        except httpx.HTTPError as wrong:
            raise self._lost(wrong) from wrong
        body = _body(answer)
        if answer.status_code == httpx.codes.OK:
            return Outcome(body["status"], body["answer"], error=body["error"])
        if answer.status_code == httpx.codes.ACCEPTED:
            return Outcome(TIMED_OUT, error=f"the command did not end within {PATIENCE_S} s")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return Outcome(UNKNOWN_STATION, error=body.get("detail"))
        raise AccessError(f"{self.api_url}{path}: {answer.status_code} {body.get('detail', answer.text[:200])}")

    async def _post(self, path: str, entry: dict[str, Any]) -> None:
        self._expect(await self._insist("POST", path, json=entry), path)

    async def _get(self, path: str, query: dict[str, Any]) -> list[dict[str, Any]]:
        answer = await self._insist("GET", path, params=query)
        self._expect(answer, path)
        rows: list[dict[str, Any]] = items_of(answer.json())
        return rows

    async def _insist(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Make a request that does no harm when it is made twice: again if the CSMS died of it and was revived."""
        while True:
            try:
                return await self._client.request(method, path, **request)
            except httpx.HTTPError as wrong:
                if self._revived is None or not await self._revived():
                    raise self._lost(wrong) from wrong

    def _expect(self, answer: httpx.Response, path: str) -> None:
        if not answer.is_success:
            detail = _body(answer).get("detail", answer.text[:200])
            raise AccessError(f"{self.api_url}{path}: {answer.status_code} {detail}")

    def _lost(self, wrong: httpx.HTTPError) -> AccessError:
        return AccessError(f"{self.api_url} cannot be reached: {str(wrong) or type(wrong).__name__}")


def _body(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _segment(text: str) -> str:
    return str(httpx.URL(path="/" + text).raw_path[1:], "ascii").replace("/", "%2F")


def _entry(row: dict[str, Any]) -> LedgerEntry:
    ended = row["state"] == "Ended"
    return LedgerEntry(
        station=row["station"],
        id=row["transaction_id"],
        evse=row["evse"],
        token=row["id_token"],
        reason=neutral_reason(row["stop_reason"], ended=ended),
        energy_wh=row["energy_wh"],
        open=not ended,
        complete=row["complete"],
    )
