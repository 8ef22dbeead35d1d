"""Files over HTTP and HTTPS: range requests with If-Range to come on, PUT or POST to send."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from http import HTTPStatus

import httpx

from protocol.security import client_tls
from simulator.courier.destination import Destination
from simulator.courier.parcel import Parcel, Undelivered

TIMEOUT_S = 60.0
"""Wall seconds that a server may stay silent; simulated time is the courier's own matter."""

LONGEST = 4096
"""Bytes of a refusal's text that are read."""


def _client(to: Destination, tls: ssl.SSLContext | None) -> httpx.AsyncClient:
    verify: ssl.SSLContext | bool = (tls or client_tls()) if to.secure else False
    return httpx.AsyncClient(verify=verify, trust_env=False, timeout=TIMEOUT_S)


def _request(client: httpx.AsyncClient, to: Destination, method: str, **more: object) -> httpx.Request:
    host, port = to.at
    at = f"[{host}]" if ":" in host else host
    headers = {"Host": to.authority, "Accept-Encoding": "identity"} | more.pop("headers", {})  # type: ignore[operator]
    request = client.build_request(
        method, f"{to.scheme}://{at}:{port}{to.path}", headers=headers, extensions={"sni_hostname": to.host}, **more  # type: ignore[arg-type]
    )  # fmt: skip
    if to.user is not None:
        request.headers["Authorization"] = _basic(to.user, to.password or "")
    request.extensions["timeout"] = httpx.Timeout(TIMEOUT_S).as_dict()
    return request


def _basic(user: str, password: str) -> str:
    auth = httpx.BasicAuth(user, password)
    return next(auth.auth_flow(httpx.Request("GET", "http://localhost"))).headers["Authorization"]


def _failed(problem: Exception) -> Undelivered:
    if isinstance(problem, httpx.TimeoutException):
        return Undelivered("the server is silent")
    return Undelivered(str(problem) or type(problem).__name__)


class WebSource:
    """A file that comes over HTTP."""

    def __init__(self, to: Destination, tls: ssl.SSLContext | None) -> None:
        self._to = to
        self._client = _client(to, tls)
        self._response: httpx.Response | None = None
        self._bytes: AsyncIterator[bytes] | None = None
        self._left = b""

    async def open(self, parcel: Parcel) -> None:
        """GET, from where the parcel ends if the server can say that it is still the same file (RFC 9110 §13.1.5)."""
        resumed = parcel.arrived if strong(parcel.tag) else 0
        if not resumed:
            parcel.begin(0, "", None)
        elif resumed == parcel.size:
            return  # nothing is missing
        headers = {"Range": f"bytes={resumed}-", "If-Range": parcel.tag} if resumed else {}
        try:
            request = _request(self._client, self._to, "GET", headers=headers)
            response = self._response = await self._client.send(request, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as problem:
            raise _failed(problem) from problem
        if response.status_code not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
            raise Undelivered(
                f"HTTP {response.status_code} {response.reason_phrase}".strip(), code=response.status_code
            )
        offset = resumed if response.status_code == HTTPStatus.PARTIAL_CONTENT else 0
        length = response.headers.get("Content-Length", "")
        size = offset + int(length) if length.isdigit() else None
        if offset and not response.headers.get("Content-Range", "").startswith(f"bytes {offset}-"):
            raise Undelivered("the server sends another range than was asked for")
        parcel.begin(offset, response.headers.get("ETag", ""), size)
        self._bytes = response.aiter_raw()

    async def read(self, most: int) -> bytes:
        """``most`` bytes more, less only at the end."""
        try:
            while self._bytes is not None and len(self._left) < most:
                if not (piece := await anext(self._bytes, b"")):
                    self._bytes = None
                self._left += piece
        except (httpx.HTTPError, OSError) as problem:
            if not self._left:
                raise _failed(problem) from problem  # else it is said at the next piece
        piece, self._left = self._left[:most], self._left[most:]
        return piece

    async def close(self) -> None:
        """Drop the connection."""
        if self._response is not None:
            await self._response.aclose()
        await self._client.aclose()


def strong(tag: str) -> bool:
    """Whether a tag may stand in If-Range (RFC 9110 §13.1.5): a weak one may not."""
    return bool(tag) and not tag.startswith("W/")


class WebSink:
    """A file that goes over HTTP: all of it, each time."""

    def __init__(self, to: Destination, tls: ssl.SSLContext | None, method: str, content_type: str) -> None:
        self._to = to
        self._method = method
        self._type = content_type
        self._client = _client(to, tls)
        self._pieces: asyncio.Queue[bytes] = asyncio.Queue()
        self._sending: asyncio.Task[httpx.Response] | None = None

    async def open(self, size: int, sent: int) -> int:
        """Begin from the first byte."""
        del sent
        headers = {"Content-Length": str(size), "Content-Type": self._type}
        request = _request(self._client, self._to, self._method, headers=headers, content=self._body())
        self._sending = asyncio.get_running_loop().create_task(self._client.send(request))
        return 0

    async def _body(self) -> AsyncIterator[bytes]:
        while piece := await self._pieces.get():
            yield piece
            self._pieces.task_done()

    async def write(self, piece: bytes) -> None:
        """Send a piece, and see it leave; an answer before the end is the server's no."""
        assert self._sending is not None
        self._pieces.put_nowait(piece)
        left = asyncio.ensure_future(self._pieces.join())
        try:
            await asyncio.wait({left, self._sending}, return_when=asyncio.FIRST_COMPLETED)
            gone = left.done()
        finally:
            left.cancel()  # harmless when it is done
        if not gone:
            await self._answered()
            raise Undelivered("the server answered before it had all")

    async def finish(self) -> None:
        """Hear the answer."""
        self._pieces.put_nowait(b"")
        await self._answered()

    async def _answered(self) -> None:
        assert self._sending is not None
        try:
            response = await self._sending
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as problem:
            raise _failed(problem) from problem
        if not response.is_success:
            said = response.text[:LONGEST].strip()
            raise Undelivered(
                f"HTTP {response.status_code} {response.reason_phrase} {said}".strip(), code=response.status_code
            )

    async def close(self) -> None:
        """Drop the connection."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.wait({self._sending})
        await self._client.aclose()
