"""What clients ask of the API: counted, timed, and kept to a rate for each of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from math import ceil

from fastapi import HTTPException
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from csms_reference.api.problems import detailed
from csms_reference.operations.measures import Distribution
from csms_reference.throttle import Allowance, Buckets

REQUEST_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds, each included."""

FREE = frozenset({"/health", "/ready"})
"""What is asked by machines that look after this one: it must be answered whoever else asks too much."""

CREDENTIALS = frozenset({b"authorization", b"cookie"})
POLICY = "client"


class Requests:
    """What the API has answered, and how much each client may ask: ``burst`` requests at once, then ``per_s``.

    A client is its principal once that is proven, otherwise its address. ``per_s`` 0: no limit.
    """

    def __init__(self, per_s: float, burst: int, clock: Callable[[], float] | None = None) -> None:
        self.answered: Counter[tuple[str, str, int]] = Counter()
        self.took: dict[tuple[str, str], Distribution] = {}
        self.clock = clock or loop_time
        self.limited = per_s > 0
        self.policy = f'"{POLICY}";q={burst};w={ceil(burst / per_s) if per_s > 0 else 0}'
        self.buckets = Buckets(burst, per_s)

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered. ``route`` is the template of its path, since paths are without number."""
        self.answered[method, route, status] += 1
        found = self.took.get((method, route))
        if found is None:
            found = self.took[method, route] = Distribution(REQUEST_S)
        found.note(seconds)


def loop_time() -> float:
    """Seconds on the running event loop's axis: clients live in real time, whoever sets the CSMS's clock."""
    return asyncio.get_running_loop().time()


class Toll:
    """What one request is charged with: its address, until it is known who asks."""

    def __init__(self, requests: Requests, address: str) -> None:
        self._requests = requests
        self._address = f"address {address}"
        self.allowance = requests.buckets.take(self._address, requests.clock())

    def proven(self, subject: str) -> None:
        """Charge the principal instead. Raises HTTPException 429."""
        self._requests.buckets.give_back(self._address)
        self.allowance = self._requests.buckets.take(f"principal {subject}", self._requests.clock())
        if self.allowance.wait_s > 0:
            raise HTTPException(429, "too many requests")


class Counted:
    """An ASGI application in front of the API's: counts requests, and turns away who asks too much (RFC 6585 §4)."""

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self._app = app
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began_s = self._requests.clock()
        answer = _Answer(scope, receive, send, self._requests)
        try:
            if answer.unproven and answer.too_many:
                await answer.refuse()
            else:
                await self._app(scope, receive, answer.send)
        finally:
            self._requests.note(scope["method"], _template(scope), answer.status, self._requests.clock() - began_s)


def _template(scope: Scope) -> str:
    """The template of the path that was found. FastAPI keeps a route's path without what its router is included at."""
    found = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    return getattr(found, "path", "none")


class _Answer:
    """The answer to one request on its way out."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, requests: Requests) -> None:
        self.status = 500  # what the server says when nothing is sent
        self.unproven = not any(name in CREDENTIALS for name, _ in scope["headers"])
        self._scope = scope
        self._receive = receive
        self._send = send
        self._requests = requests
        self._refused = False
        client = scope.get("client")
        if requests.limited and scope["path"] not in FREE:
            scope["toll"] = Toll(requests, client[0] if client else "")

    @property
    def allowance(self) -> Allowance | None:
        """What is left to whom this request is charged; None where nobody counts."""
        toll: Toll | None = self._scope.get("toll")
        return None if toll is None else toll.allowance

    @property
    def too_many(self) -> bool:
        """Whether it was one request too many."""
        return self.allowance is not None and self.allowance.wait_s > 0

    async def refuse(self) -> None:
        """Say 429 instead of anything else."""
        self._refused = True
        await detailed(429, "too many requests")(self._scope, self._receive, self._pass_on)

    async def send(self, message: Message) -> None:
        """Pass on what the application says, unless who asks is beyond its rate and has proven nothing meanwhile."""
        if self._refused:
            return
        if message["type"] == "http.response.start" and self.too_many and message["status"] != 429:
            await self.refuse()
        else:
            await self._pass_on(message)

    async def _pass_on(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._mark(MutableHeaders(scope=message))
        await self._send(message)

    def _mark(self, headers: MutableHeaders) -> None:
        """RateLimit fields as the IETF's draft-ietf-httpapi-ratelimit-headers has them."""
        if (allowance := self.allowance) is None:
            return
        headers["RateLimit-Policy"] = self._requests.policy
        headers["RateLimit"] = f'"{POLICY}";r={allowance.left};t={ceil(allowance.full_s)}'
        if allowance.wait_s > 0:
            headers["Retry-After"] = str(ceil(allowance.wait_s))
