"""Links inside one process: every delivery goes through one queue, so that a simulation's clock orders them."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from protocol.busy import Busy
from protocol.link import Admitted, Deliver, Ending, Gate, Knock, Lost, Receiver, Target, Turned, close_reason
from protocol.security import basic, parse_basic
from protocol.transports.address import identity_fault
from protocol.transports.greeting import greet, reason_of

log = logging.getLogger(__name__)

_GONE = Lost(Ending.CLOSED, 1006)
_DOWN = Lost(Ending.UNREACHABLE, reason="nobody serves this network")


class MemoryNetwork:
    """A wire between stations and at most one gate. ``deliver`` runs callbacks in order; ``busy`` counts admissions.

    Stations come in in the order in which they dialled, however long the gate takes over each of them.
    """

    def __init__(self, deliver: Deliver, busy: Busy) -> None:
        self._deliver = deliver
        self._busy = busy
        self._gate: Gate | None = None
        self._tls: ssl.SSLContext | None = None
        self._knocking: deque[_Visit] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._served: dict[MemoryLink, None] = {}

    def serve(self, gate: Gate | None, *, tls: ssl.SSLContext | None = None) -> None:
        """Let this gate decide from now on. None takes the network down.

        With ``tls`` whoever dials a ``wss:`` URL with a context of its own has to shake hands first, for real.
        """
        if gate is None:
            self.down()
        self._gate = gate
        self._tls = tls

    def down(self) -> None:
        """Cut every link as the death of the CSMS would, and leave nobody to dial until ``serve`` is called again."""
        self._gate = None
        for link in list(self._served):
            link.abort()

    def dialer(self) -> MemoryDialer:
        """Return a dialer that reaches this network's gate, whatever the URL says."""
        return MemoryDialer(self._dial)

    def _dial(self, target: Target, receiver: Receiver) -> None:
        self._deliver(lambda: self._knock(target, receiver))

    def _knock(self, target: Target, receiver: Receiver) -> None:
        gate, knock = self._gate, _knock_of(target, self._tls)
        if gate is None:
            receiver.lost(_DOWN)
        elif isinstance(knock, Lost):
            receiver.lost(knock)
        else:
            visit = _Visit(target, receiver, gate)
            self._knocking.append(visit)
            self._busy.begin()
            task = asyncio.get_running_loop().create_task(self._admit(visit, knock))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _admit(self, visit: _Visit, knock: Knock) -> None:
        try:
            visit.answer = await visit.gate.admit(knock)
        except Exception:  # the shell of the gate: a WebSocket server answers 500 too
            log.exception("the gate failed on %r", knock.identity)
        finally:
            visit.answered = True
            # Whoever dialled first comes in first: a gate that asks a database answers in any order.
            while self._knocking and self._knocking[0].answered:
                first = self._knocking.popleft()
                self._deliver(partial(self._come_in, first))
            self._busy.end()

    def _come_in(self, visit: _Visit) -> None:
        answer, station = visit.answer, visit.receiver
        if visit.gate is not self._gate:
            if isinstance(answer, Admitted):
                answer.receiver.lost(_GONE)
            station.lost(_DOWN)
        elif isinstance(answer, Admitted):
            self._join(visit.target, station, answer)
        else:
            station.lost(_refused(answer or Turned(500, "Internal Server Error")))

    def _join(self, target: Target, station: Receiver, answer: Admitted) -> None:
        near = MemoryLink(self._deliver, station)
        far = MemoryLink(self._deliver, answer.receiver, on_end=lambda: self._served.pop(far, None))
        near.peer, far.peer = far, near
        self._served[far] = None
        if answer.subprotocol in target.offers:
            # Queued before the gate's side can send anything, so nothing is received before the opening.
            self._deliver(lambda: station.opened(near, answer.subprotocol))
            answer.receiver.opened(far, answer.subprotocol)
        else:  # a WebSocket client fails the connection when it reads this answer
            near.muted = True
            answer.receiver.opened(far, answer.subprotocol)
            self._deliver(lambda: far.end(_GONE))
            self._deliver(lambda: near.end(Lost(Ending.SUBPROTOCOL, reason=f"not offered: {answer.subprotocol!r}")))


@dataclass(slots=True)
class _Visit:
    """One station at the gate."""

    target: Target
    receiver: Receiver
    gate: Gate
    answer: Admitted | Turned | None = None
    answered: bool = False


class MemoryDialer:
    """Dials into one MemoryNetwork."""

    remote = False

    def __init__(self, dial: Callable[[Target, Receiver], None]) -> None:
        self._dial = dial

    def dial(self, target: Target, receiver: Receiver) -> None:
        self._dial(target, receiver)


class MemoryLink:
    """One end of a pair; ``protocol.link.Link`` is its contract."""

    __slots__ = ("_deliver", "_ended", "_on_end", "_receiver", "muted", "peer")

    def __init__(self, deliver: Deliver, receiver: Receiver, on_end: Callable[[], object] = lambda: None) -> None:
        self._deliver = deliver
        self._receiver = receiver
        self._on_end = on_end
        self._ended = False
        self.peer: MemoryLink = self
        self.muted = False
        """True once this end has closed or lost the link: nothing goes out and nothing comes in."""

    def send(self, text: str) -> None:
        if not self.muted:
            self._deliver(lambda: self.peer.receive(text))

    def close(self, code: int = 1000, reason: str = "") -> None:
        why = Lost(Ending.CLOSED, code, close_reason(code, reason))
        self._finish(own=why, peers=why)

    def abort(self) -> None:
        self._finish(own=Lost(Ending.CUT), peers=_GONE)

    def receive(self, text: str) -> None:
        """Take what the peer sent."""
        if not self.muted:
            self._receiver.received(text)

    def end(self, why: Lost) -> None:
        """Tell the receiver, once, that the link is gone."""
        self.muted = True
        if not self._ended:
            self._ended = True
            self._on_end()
            self._receiver.lost(why)

    def _finish(self, own: Lost, peers: Lost) -> None:
        if not self.muted:
            self.muted = True
            self._deliver(lambda: self.peer.end(peers))
            self._deliver(lambda: self.end(own))


def _knock_of(target: Target, tls: ssl.SSLContext | None) -> Knock | Lost:
    """Return what a gate would see of this target over a socket, or why it never gets there."""
    secure, shaken = target.url.startswith("wss:"), None
    try:
        if secure and tls is not None and target.tls is not None:
            shaken = greet(target.tls, tls, urlsplit(target.url).hostname or "")
    except ssl.SSLError as error:
        return Lost(Ending.TLS, reason=reason_of(error))
    except ValueError as error:  # a URL without a host
        return Lost(Ending.UNREACHABLE, reason=str(error))
    fault = identity_fault(target.identity)
    if fault is not None:
        return _refused(fault)
    user, password = None, None
    if target.password is not None:
        try:
            user, password = parse_basic(basic(target.user or target.identity, target.password)) or (None, None)
        except ValueError as error:
            return Lost(Ending.UNREACHABLE, reason=str(error))
    shown = None if shaken is None else shaken.getpeercert(binary_form=True)
    return Knock(
        target.identity, target.offers, user, password, secure=secure, peer="memory", certificate=shown, tls=shaken
    )


def _refused(turned: Turned) -> Lost:
    if turned.status == 101:
        return Lost(Ending.SUBPROTOCOL, reason=turned.reason or "no common subprotocol")
    return Lost(Ending.REFUSED, turned.status, turned.reason, turned.retry_after_s)
