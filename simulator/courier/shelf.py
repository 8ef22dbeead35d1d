"""A small file server over HTTP: files on a shelf, read with ranges and tags, and written where that is allowed.

It serves stations behind a local controller, and tests. Faults that anyone may set: ``cut_after`` and ``silent_after``
so many bytes the next answer breaks off, or nothing more follows; ``sizeless`` answers do not tell their size.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from urllib.parse import unquote

PIECE = 65_536
LONGEST_HEAD = 16_384
MOST_BYTES = 64 * 1024 * 1024

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


class Shelf:
    """Files by their paths. ``writable``: paths that may be written begin with one of these."""

    def __init__(self, files: Mapping[str, bytes] | None = None, *, writable: tuple[str, ...] = ()) -> None:
        self.files = dict(files or {})
        self.writable = writable
        self.cut_after: int | None = None
        self.silent_after: int | None = None
        self.sizeless = False
        self.asked: list[tuple[str, str, str]] = []
        """Method, path and Range header of every request."""

    @asynccontextmanager
    async def serve(
        self, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
    ) -> AsyncIterator[int]:
        """Serve as long as the context is open; yields the port."""
        tasks: set[asyncio.Task[None]] = set()

        async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            try:
                await self._serve(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ssl.SSLError, ValueError):
                pass  # the other end has gone, or does not speak HTTP
            except asyncio.CancelledError:
                pass  # the shelf is closed; a stream's own callback would complain of it
            finally:
                tasks.discard(task)
                writer.close()

        server = await asyncio.start_server(served, host, port, ssl=tls, limit=LONGEST_HEAD)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for task in tuple(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, and close: clients come for one file."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ", 2)
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        path = unquote(target.partition("?")[0])
        self.asked.append((method, path, headers.get("range", "")))
        if method in ("GET", "HEAD"):
            await self._read(writer, method, path, headers)
        elif method in ("PUT", "POST"):
            await self._write(reader, writer, path, headers)
        else:
            await _answer(writer, HTTPStatus.METHOD_NOT_ALLOWED)

    async def _read(self, writer: asyncio.StreamWriter, method: str, path: str, headers: Mapping[str, str]) -> None:
        content = self.files.get(path)
        if content is None:
            await _answer(writer, HTTPStatus.NOT_FOUND)
            return
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        more = {"ETag": tag, "Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}
        wanted = _RANGE.fullmatch(headers.get("range", ""))
        status, first, last = HTTPStatus.OK, 0, len(content) - 1
        if wanted and headers.get("if-range", tag) == tag:
            first, last = int(wanted[1]), min(int(wanted[2] or last), last)
            if first > last:
                await _answer(
                    writer, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, {"Content-Range": f"bytes */{len(content)}"}
                )
                return
            status, more["Content-Range"] = HTTPStatus.PARTIAL_CONTENT, f"bytes {first}-{last}/{len(content)}"
        size = {} if self.sizeless else {"Content-Length": str(last + 1 - first)}
        _begin(writer, status, more | size)
        if method == "GET":
            await self._send(writer, content[first : last + 1])
        await writer.drain()

    async def _send(self, writer: asyncio.StreamWriter, content: bytes) -> None:
        cut, silent = self.cut_after, self.silent_after
        content = content[: min(len(content) if fault is None else fault for fault in (cut, silent))]
        for at in range(0, len(content), PIECE):
            writer.write(content[at : at + PIECE])
            await writer.drain()
        if silent is not None:
            await asyncio.Event().wait()
        if cut is not None:
            self.cut_after = None
            writer.transport.close()

    async def _write(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, headers: Mapping[str, str]
    ) -> None:
        length = headers.get("content-length", "")
        chunked = headers.get("transfer-encoding", "").lower() == "chunked"
        if not path.startswith(self.writable or ("\0",)):
            await _answer(writer, HTTPStatus.FORBIDDEN)
        elif not chunked and not length.isdigit():
            await _answer(writer, HTTPStatus.LENGTH_REQUIRED)
        elif not chunked and int(length) > MOST_BYTES:
            await _answer(writer, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            if headers.get("expect", "").lower() == "100-continue":
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.files[path] = await (_chunks(reader) if chunked else reader.readexactly(int(length)))
            await _answer(writer, HTTPStatus.CREATED)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    """A body of unknown size (RFC 9112 §7.1). Raises ValueError for what is none."""
    parts: list[bytes] = []
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        if size + sum(map(len, parts)) > MOST_BYTES:
            raise ValueError("too much")
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass  # trailers
    return b"".join(parts)


def _begin(writer: asyncio.StreamWriter, status: HTTPStatus, headers: Mapping[str, str]) -> None:
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    writer.write("\r\n".join((*lines, "Connection: close", "", "")).encode("latin-1"))


async def _answer(writer: asyncio.StreamWriter, status: HTTPStatus, headers: Mapping[str, str] | None = None) -> None:
    _begin(writer, status, {"Content-Length": "0", **(headers or {})})
    await writer.drain()
