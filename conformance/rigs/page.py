"""A page with big buttons, on which a person answers what a rig asks: for a tablet beside the station."""

from __future__ import annotations

import asyncio
import html
import ipaddress
import json
import socket
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from importlib import resources
from typing import Any, Self
from urllib.parse import parse_qs

import uvicorn

from conformance.rigs import Unable
from conformance.rigs.prompt import CANNOT, Question
from protocol.transports.port import listening

_FOLDER = resources.files("conformance") / "rigs" / "asking"
_MOST_BYTES = 10_000
LONG_CHARS = 110
"""A longer headline is written smaller."""
_HEADERS = {
    "content-security-policy": "default-src 'self'; frame-ancestors 'none'; form-action 'self'",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_DOCUMENT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><link rel="stylesheet" href="/page.css"><script src="/page.js" defer></script>
<noscript><meta http-equiv="refresh" content="3"></noscript></head>
<body data-question="{key}">{body}</body></html>
"""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class _Uvicorn(uvicorn.Server):
    """uvicorn without its signal handlers: whoever started us decides when to stop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Page:
    """A person at a browser. A question has a key that only its page knows, so that no other site can answer it."""

    def __init__(self, at: list[socket.socket], host: str, keys: Callable[[], str]) -> None:
        self._host = host
        self._keys = keys
        self._question: Question | None = None
        self._key = ""
        self._hint = ""
        self._last = ""
        self._answer: asyncio.Future[Any] | None = None
        self.port = int(at[0].getsockname()[1])
        config = uvicorn.Config(
            self._serve, lifespan="off", log_config=None, access_log=False, ws="none", interface="asgi3"
        )
        config.timeout_graceful_shutdown = 1
        self._server = _Uvicorn(config)
        self._task = asyncio.get_running_loop().create_task(self._server.serve(at))

    @classmethod
    async def open(cls, host: str, port: int, keys: Callable[[], str]) -> Self:
        """Serve the page; ``keys`` yields texts that nobody can guess. Raises PortTaken, OSError."""
        return cls(await listening(host, port, reuse_port=False), host, keys)

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{f'[{self._host}]' if ':' in self._host else self._host}:{self.port}/"

    async def ask(self, question: Question) -> Any:
        """Show the question until it is answered."""
        self._question, self._key, self._hint = question, self._keys(), ""
        self._answer = asyncio.get_running_loop().create_future()
        try:
            return await self._answer
        finally:
            if not self._answer.done() or self._answer.cancelled():
                self._last = f"{question.headline or question.sentence} Settled without an answer here."
            self._question, self._key, self._answer = None, "", None

    async def close(self) -> None:
        """Serve no more."""
        self._server.should_exit = True
        await self._task

    # -- HTTP ---------------------------------------------------------------------------------------------------------

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, path = scope["method"], scope["path"]
        if not self._is_ours(dict(scope["headers"]).get(b"host", b"").decode("latin-1")):
            await _reply(send, 421, "text/plain", "this page answers to its address alone")
        elif (method, path) == ("GET", "/"):
            await _reply(send, 200, "text/html", self._document())
        elif (method, path) == ("GET", "/now"):
            await _reply(send, 200, "application/json", json.dumps({"question": self._key}))
        elif (method, path) == ("POST", "/answer"):
            self._answered(parse_qs((await _body(receive)).decode("utf-8", "replace"), keep_blank_values=True))
            await _reply(send, 303, "text/plain", "", location="/")
        elif method == "GET" and path in ("/page.css", "/page.js"):
            kind = "text/css" if path.endswith("css") else "text/javascript"
            await _reply(send, 200, kind, (_FOLDER / path[1:]).read_text(encoding="utf-8"))
        else:
            await _reply(send, 404, "text/plain", "no such page")

    def _is_ours(self, header: str) -> bool:
        """Whether a page was asked for by an address: a name of somebody else's may have been made to lead here."""
        name = header.rsplit(":", 1)[0] if not header.endswith("]") else header
        name = name.strip("[]").lower()
        if name in ("localhost", self._host.lower()):
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _answered(self, form: dict[str, list[str]]) -> None:
        question, answer = self._question, self._answer
        if question is None or answer is None or answer.done() or form.get("key") != [self._key]:
            return
        said, told = form.get("answer", [""])[0], ""
        try:
            answer.set_result(question.read(said))
            told = said.strip() or "done"
        except Unable as why:
            answer.set_exception(why)
            told = "cannot be done"
        except ValueError as why:
            self._hint = str(why)
            return
        self._last = f"{question.headline or question.sentence} Your answer: {told}"

    def _document(self) -> str:
        question = self._question
        if question is None:
            title, body = "Nothing to do", _idle(self._last)
        else:
            title, body = question.headline or question.sentence, _asking(question, self._key, self._hint)
        return _DOCUMENT.format(key=html.escape(self._key), title=_shown(title), body=body)


def _idle(last: str) -> str:
    told = f"<p class=last>{_shown(last)}</p>" if last else ""
    return f"<main class=idle><h1>Nothing to do now</h1><p>The next question appears here by itself.</p>{told}</main>"


def _asking(question: Question, key: str, hint: str) -> str:
    rows = "".join(
        f"<dt>{_shown(name)}</dt><dd><pre>{_shown(value)}</pre><small>{_shown(meaning)}</small></dd>"
        for name, meaning, value in question.details
    )
    answers = _button("", "Done", "done")
    if question.yes_or_no:
        answers = f"{_button('y', 'Yes', 'done')}{_button('n', 'No', '')}"
    elif question.operation.gives:
        typed = "<input name=answer autofocus autocomplete=off autocapitalize=off spellcheck=false enterkeyhint=done>"
        answers = f"{typed}<button class=done>Done</button>"
    wanted = f"<p>Tell {_shown(question.operation.gives)}.</p>" if question.operation.gives else ""
    told = f"<p class=hint role=alert>{_shown(hint)}</p>" if hint else ""
    headline = question.headline or question.sentence
    size = " class=long" if len(headline) > LONG_CHARS else ""
    return (
        f"<main><p class=occasion>{_shown(question.occasion)}</p>"
        f"<h1{size}>{_shown(headline)}</h1><dl>{rows}</dl></main>"
        f"<footer>{told}{wanted}{_form(key, _button(CANNOT, 'Cannot be done', 'cannot'))}{_form(key, answers)}</footer>"
    )


def _shown(text: str) -> str:
    """The text as HTML; what has no shape of its own, or would turn the text around it, by its number."""
    return html.escape("".join(each if each.isprintable() or each == "\n" else f"<U+{ord(each):04X}>" for each in text))


def _form(key: str, inside: str) -> str:
    return f'<form method=post action="/answer"><input type=hidden name=key value="{html.escape(key)}">{inside}</form>'


def _button(answer: str, label: str, kind: str) -> str:
    return f'<button name=answer value="{answer}" class="{kind}">{label}</button>'


async def _body(receive: Receive) -> bytes:
    found, more = b"", True
    while more and len(found) <= _MOST_BYTES:
        message = await receive()
        found += message.get("body", b"")
        more = message.get("more_body", False)
    return found if len(found) <= _MOST_BYTES else b""


async def _reply(send: Send, status: int, kind: str, text: str, **more: str) -> None:
    headers = {"content-type": f"{kind}; charset=utf-8", **_HEADERS, **more}
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": text.encode()})
