"""Hands that are HTTP requests: relay boards, lab robots, firmware simulators, and the API of a CSMS."""

from __future__ import annotations

import asyncio
import html
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import quote

import httpx

from conformance.rigfile import Body, Request, Requests, RigFile, Task
from conformance.rigs import Unable
from conformance.rigs.template import LEFT_OUT, Template, fill
from protocol.security import client_tls

SAID_CHARS = 200
"""More of an answer is not repeated in a reason."""
_BUSY = frozenset({502, 503, 504})
"""Statuses of a gateway or a server that may do better when asked again."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class HttpHands:
    """What a rig file's requests do. ``identity`` and ``ocpp`` are of the system under test."""

    rig: RigFile
    identity: str = ""
    ocpp: str = ""
    _clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    _late: set[asyncio.Task[httpx.Response]] = field(default_factory=set)

    def find(self, name: str) -> Callable[..., Any] | None:
        """What sends the requests of that operation, one after the other."""
        requests = self.rig.task(name)
        return None if isinstance(requests, Task) else partial(self._do, name, requests)

    async def close(self) -> None:
        """Forget what was not answered, and hang up."""
        for task in self._late:
            task.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()

    async def _do(self, operation: str, requests: Requests, /, **given: Any) -> Any:
        fields = {
            "identity": self.identity,
            "ocpp": self.ocpp,
            "operation": operation,
            "command": operation.partition(".")[2] or operation,
            "fields": {name: value for name, value in given.items() if value is not None},
        } | given
        results = [await self._carry_out(operation, request, fields) for request in requests]
        return next((result for result in reversed(results) if result is not None), None)

    async def _carry_out(self, operation: str, request: Request, fields: Mapping[str, Any]) -> Any:
        if self._late and request.wait_s:  # whoever operates a system begins nothing while the last thing is being done
            await asyncio.wait(self._late, timeout=request.wait_s)
        sending = asyncio.get_running_loop().create_task(self._send(operation, request, fields))
        self._late.add(sending)
        sending.add_done_callback(self._late.discard)
        if request.wait_s is None:
            return self._result(operation, request, await sending)
        done, _ = await asyncio.wait({sending}, timeout=request.wait_s)
        if done:
            return self._result(operation, request, sending.result())
        sending.add_done_callback(partial(self._answered_late, operation, request))
        return None

    async def _send(self, operation: str, request: Request, fields: Mapping[str, Any]) -> httpx.Response:
        client = self._client(request)
        for left in range(request.retries, -1, -1):
            try:
                response = await client.request(**_spoken(request, fields))
            except httpx.InvalidURL as problem:
                raise Unable(f"{operation} ({request.where}): {problem}") from None
            except httpx.HTTPError as problem:
                if not left:
                    why = str(problem) or type(problem).__name__
                    raise Unable(f"{operation} ({request.where}): {request.method}: {why}") from None
            else:
                if not left or response.status_code not in _BUSY or response.status_code in request.status:
                    return response
            await asyncio.sleep(request.retry_s)
        raise AssertionError("the last attempt has returned or raised")

    def _client(self, request: Request) -> httpx.AsyncClient:
        key = str(request.ca or "")
        if key not in self._clients:
            self._clients[key] = httpx.AsyncClient(verify=client_tls(request.ca) if request.ca else True)
        return self._clients[key]

    def _result(self, operation: str, request: Request, response: httpx.Response) -> Any:
        where = f"{operation} ({request.where})"
        fits = response.status_code in request.status if request.status else response.is_success
        if not fits:
            wanted = " or ".join(map(str, sorted(request.status))) or "2xx"
            said = " ".join(response.text.split())[:SAID_CHARS]
            raise Unable(f"{where}: answered {response.status_code}, expected {wanted}{f': {said}' if said else ''}")
        if not request.result:
            return None
        try:
            return _at(response.json(), request.result)
        except (ValueError, LookupError, TypeError):
            raise Unable(f"{where}: the answer has no {request.result}") from None

    def _answered_late(self, operation: str, request: Request, task: asyncio.Task[httpx.Response]) -> None:
        if task.cancelled():
            return
        try:
            self._result(operation, request, task.result())
        except Unable as problem:
            log.warning("too late for the case: %s", problem)


def _spoken(request: Request, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The request as the HTTP client takes it."""
    headers = {name: _printable(request, name, each.text(fields)) for name, each in request.headers.items()}
    spoken: dict[str, Any] = {
        "method": request.method,
        "url": request.url.text(fields, partial(quote, safe="")),
        "timeout": request.timeout_s,
    }
    query = {name: each.text(fields) for name, each in request.query.items() if each.value(fields) is not LEFT_OUT}
    if query:
        spoken["params"] = query
    if request.user is not None:
        spoken["auth"] = request.user
    if request.body is not None:
        spoken |= _carried(request, request.body, headers, fields)
    return spoken | {"headers": headers}


def _carried(request: Request, body: Body, headers: Mapping[str, str], fields: Mapping[str, Any]) -> dict[str, Any]:
    if body.kind == "json":
        content = fill(body.content, fields)
        return {"json": None if content is LEFT_OUT else content}
    if body.kind == "form":
        texts: Mapping[str, Template] = body.content
        return {"data": {name: each.text(fields) for name, each in texts.items() if each.value(fields) is not LEFT_OUT}}
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "text/plain")
    escape = _escape(kind) or partial(_printable, request, "text")
    return {"content": body.content.text(fields, escape, escape).encode()}


def _escape(content_type: str) -> Callable[[str], str] | None:
    """How a value is written into a text of this type, so that it stays a value; None where nothing is known."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind.endswith("json"):
        return lambda text: json.dumps(text)[1:-1]
    if kind.endswith(("xml", "html")):
        return html.escape
    return partial(quote, safe="") if kind == "application/x-www-form-urlencoded" else None


def _printable(request: Request, where: str, text: str) -> str:
    """A value for a place where a line break would begin something else. Raises Unable."""
    if any(ord(each) < 32 or ord(each) == 127 for each in text):
        raise Unable(f"{request.where}: {where}: a value has control characters")
    return text


def _at(answer: Any, path: str) -> Any:
    for part in path.split("."):
        answer = answer[int(part)] if isinstance(answer, list) else answer[part]
    return answer
