"""What a transport is to the rest: a way to dial, a way to be dialled, and the link between the two.

Everything is callbacks, so that a transport needs no task per connection. A transport calls its
``Receiver`` from the event loop's thread and never from inside ``Link.send`` or ``Link.close``.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable


class Ending(StrEnum):
    """Why a link is no more, or never came to be."""

    CLOSED = "closed"  # it was open; code and reason are those of the close frame (1006 if there was none)
    REFUSED = "refused"  # the server answered the upgrade with an HTTP status other than 101 (in ``code``)
    SUBPROTOCOL = "subprotocol"  # upgraded, but without agreement on a version
    TLS = "tls"  # the TLS handshake failed (certificate, version, cipher)
    UNREACHABLE = "unreachable"  # DNS, refused connection, no route, time-out
    CUT = "cut"  # the station's own power or cable went


@dataclass(frozen=True, slots=True)
class Lost:
    """How a link ended. ``code``: WebSocket close code or HTTP status, 0 where there is none.

    ``retry_after_s`` is what a refusal asked for in its Retry-After header, in seconds.
    """

    ending: Ending
    code: int = 0
    reason: str = ""
    retry_after_s: int | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where and as whom a station dials. ``url`` is without the identity; the dialer appends it, percent-encoded.

    ``password`` is sent as HTTP Basic when it is not None (security profiles 1 and 2), with the identity as user name
    (A00.FR.203) unless ``user`` is another, as nobody but a test should want.
    """

    url: str
    identity: str
    offers: tuple[str, ...]
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None
    user: str | None = None


class Link(Protocol):
    """An open connection, seen from one end. After ``close`` or ``abort`` this end receives no more messages."""

    def send(self, text: str) -> None:
        """Queue one text message. After the link is lost this does nothing."""

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Begin the closing handshake; ``Receiver.lost`` follows."""

    def abort(self) -> None:
        """Drop the connection as a power cut would: no close frame. ``Receiver.lost`` (CUT) follows."""


@runtime_checkable
class Pausing(Protocol):
    """A link that can also stop to read, so that what the peer sends waits on the peer's side.

    What was read already may still be delivered (not by ``lean``). While reading is paused no pong is missed, nor is
    the peer's end noticed. A link that this end closes or aborts reads again by itself. Both calls may come twice, or
    after the end.
    """

    def pause_reading(self) -> None:
        """Take nothing more from the peer."""

    def resume_reading(self) -> None:
        """Go on taking."""


@runtime_checkable
class Pinging(Protocol):
    """A link that can also send pings (RFC 6455 §5.5.2)."""

    def ping(self, payload: bytes, answered: Callable[[], None] | None = None) -> None:
        """Send a ping of at most 125 bytes; nothing happens when the link is closing.

        ``answered`` is called once its pong has come, of the last such ping only.
        """


class Receiver(Protocol):
    """Who is told what happens on one link."""

    def opened(self, link: Link, subprotocol: str) -> None:
        """The upgrade succeeded; ``subprotocol`` is the agreed one."""

    def received(self, data: str | bytes) -> None:
        """One whole message: text as ``str``, a binary message as ``bytes``."""

    def lost(self, why: Lost) -> None:
        """The link is gone, or could not be made. Called exactly once, last."""


class Dialer(Protocol):
    """Makes links."""

    remote: bool
    """True when a reply can be on its way without anything in this process knowing (sockets)."""

    def dial(self, target: Target, receiver: Receiver) -> None:
        """Start to connect; the outcome arrives at ``receiver.opened`` or ``receiver.lost``."""


@dataclass(frozen=True, slots=True)
class Knock:
    """An upgrade request as the server's gate sees it. ``identity`` is percent-decoded.

    ``certificate`` is the client's own in DER (security profile 3): TLS has checked its path, but a context made with
    ``client_ca`` leaves dates to the gate. None where the client showed none. ``tls`` is this end of the handshake,
    which knows the version and the cipher suite, where the transport has one to show.
    """

    identity: str
    offers: tuple[str, ...]
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    secure: bool = False
    peer: str = ""
    certificate: bytes | None = field(default=None, repr=False)
    tls: ssl.SSLObject | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Admitted:
    """The gate's yes: the agreed subprotocol and who receives."""

    subprotocol: str
    receiver: Receiver


@dataclass(frozen=True, slots=True)
class Turned:
    """The gate's no: an HTTP status to answer the upgrade with.

    Status 101 stands for "no common subprotocol": OCPP-J 2.1 part 4 §3.3 (and 1.6-J §3.3) has the server
    complete the handshake without a subprotocol and close at once.
    """

    status: int
    reason: str = ""
    retry_after_s: int | None = None


class Gate(Protocol):
    """Decides who may come in. Awaited before the upgrade is answered."""

    async def admit(self, knock: Knock) -> Admitted | Turned:
        """Decide on one upgrade request."""


Deliver = Callable[[Callable[[], None]], None]
"""Runs a callback soon, in order: ``loop.call_soon`` or the simulation clock's ``soon``."""


def close_reason(code: int, reason: str) -> str:
    """Return the reason cut to the 123 bytes that a close frame has room for (RFC 6455 §5.5, §7.4).

    Raises ValueError for a code that must not stand in a close frame.
    """
    if not (1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999):
        raise ValueError(f"{code} cannot be sent as a WebSocket close code")
    return reason.encode(errors="replace")[:123].decode(errors="ignore")
