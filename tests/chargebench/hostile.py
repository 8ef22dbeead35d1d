"""Peers that break the rules, on bare websockets: a CSMS in a thread, and stations in the test's own."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Queue
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

NOW = "2026-03-01T08:00:00.000Z"
WAIT_S = 30.0
SPOKEN = {"1.6": "ocpp1.6", "2.0.1": "ocpp2.0.1"}

Data = str | bytes
OVERSIZED = '[2,"big","DataTransfer",{"vendorId":"x","data":"' + "x" * (2**20 + 1) + '"}]'

LEAVES_OPEN: dict[str, Data] = {
    "garbage frames": "\x1b[31m}{ not json",
    "a frame that is no OCPP": '{"hello":"world"}',
    "unknown action": '[2,"evil-1","Frobnicate",{}]',
    "invalid payload": '[2,"evil-1","Reset",{"type":7}]',
    "a reply nobody asked for": '[3,"nobody-asked",{"status":"Accepted"}]',
    "an error nobody asked for": '[4,"nobody-asked","InternalError","",{}]',
}
"""What must leave the connection open, and the next call answered."""

CLOSES: dict[str, tuple[Data, int]] = {"binary frames": (b"\x00\x01\x02", 1003), "oversized frames": (OVERSIZED, 1009)}
"""What ends the connection, with which close code."""

ERRORS: dict[str, dict[str, set[str]]] = {
    "unknown action": {"1.6": {"NotImplemented"}, "2.0.1": {"NotImplemented"}},
    "invalid payload": {"1.6": {"TypeConstraintViolation"}, "2.0.1": {"TypeConstraintViolation"}},
}
"""The CALLERROR that answers what can be answered: OCPP-J 1.6 §4.2.3, 2.0.1 part 4 §4.3."""


@dataclass
class HostileCsms:
    """Answers every call of a station as a good CSMS would, but sends ``attacks`` once it has booted."""

    version: str
    attacks: list[Data] = field(default_factory=list)
    port: int = 0
    visits: int = 0
    heard: Queue[list[Any]] = field(default_factory=Queue)
    """Replies of the station to calls of ours."""
    closed: Queue[int] = field(default_factory=Queue)
    """Close codes that stations sent."""

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/"

    def live(self, link: ServerConnection) -> None:
        self.visits += 1
        try:
            if self.visits > 1:  # a station that comes back need not boot again
                self._ask(link)
            for data in link:
                self._take(link, data)
        except ConnectionClosed:
            pass
        if link.protocol.close_rcvd is not None:
            self.closed.put(link.protocol.close_rcvd.code)

    def _take(self, link: ServerConnection, data: Data) -> None:
        frame = json.loads(data)
        if frame[0] != 2:
            self.heard.put(frame)
            return
        link.send(json.dumps([3, frame[1], self._answer(frame[2])]))
        if frame[2] == "BootNotification":
            for attack in self.attacks:
                link.send(attack)
            self._ask(link)

    def _answer(self, action: str) -> dict[str, Any]:
        return {
            "BootNotification": {"status": "Accepted", "interval": 300, "currentTime": NOW},
            "Heartbeat": {"currentTime": NOW},
        }.get(action, {})

    def _ask(self, link: ServerConnection) -> None:
        asked = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
        question = {
            "1.6": ("GetConfiguration", {"key": ["HeartbeatInterval"]}),
            "2.0.1": ("GetVariables", {"getVariableData": [asked]}),
        }[self.version]
        link.send(json.dumps([2, "still-there", *question]))

    def reply_to(self, message_id: str) -> list[Any]:
        """The next reply to that call."""
        while (frame := self.heard.get(timeout=WAIT_S))[1] != message_id:
            pass
        return frame


@contextmanager
def served(
    handler: Callable[[ServerConnection], None], version: str | None, tls: ssl.SSLContext | None = None
) -> Iterator[int]:
    """A bare websockets server on a free port."""
    spoken = [Subprotocol(SPOKEN[version])] if version else None
    with serve(handler, "127.0.0.1", 0, subprotocols=spoken, ssl=tls, compression=None) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.socket.getsockname()[1]
        finally:
            server.shutdown()
            thread.join(WAIT_S)


@contextmanager
def hostile_csms(version: str, *attacks: Data) -> Iterator[HostileCsms]:
    """A hostile CSMS that serves."""
    made = HostileCsms(version, list(attacks))
    with served(made.live, version) as made.port:
        yield made


@contextmanager
def station(url: str, identity: str, version: str) -> Iterator[ClientConnection]:
    """A bare websockets client that calls itself a station."""
    spoken = [Subprotocol(SPOKEN[version])]
    with connect(url + identity, subprotocols=spoken, compression=None, proxy=None, max_size=None) as link:
        yield link


def ask(link: ClientConnection, message_id: str, action: str, payload: dict[str, Any]) -> list[Any]:
    """Send a call and wait for its reply; calls of the CSMS in between are refused."""
    link.send(json.dumps([2, message_id, action, payload]))
    return reply_to(link, message_id)


def reply_to(link: ClientConnection, message_id: str) -> list[Any]:
    """The reply to a call; calls of the CSMS in between are refused."""
    while True:
        frame: list[Any] = json.loads(link.recv(timeout=WAIT_S))
        if frame[0] != 2 and frame[1] == message_id:
            return frame
        if frame[0] == 2:
            link.send(json.dumps([4, frame[1], "NotImplemented", "", {}]))


def closed_with(link: ClientConnection) -> int | None:
    """Read until the other side closes; its close code."""
    with suppress(ConnectionClosed):
        while True:
            link.recv(timeout=WAIT_S)
    return link.close_code
