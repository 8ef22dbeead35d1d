"""The gate that a station under test dials in at: who is let in, by which door, and with which handshake."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from conformance import handshakes
from conformance.handshakes import Shaken
from conformance.mutants import NO_GUISE, Guise
from conformance.rigs import ADDRESSES
from conformance.timing import Timing
from conformance.vocabulary import Arrival, Doors, Manners, Subject
from protocol.link import Admitted, Knock, Receiver, Turned
from protocol.versions import by_name

GREETED_S = 5.0
"""Who has begun to shake hands and sends no upgrade request for so long has gone again."""


class Gate:
    """Lets the station under test in, and nobody else, as far as the case has its doors open.

    ``arrived`` is told who came and was not let in; ``receive`` makes the receiver of a link for who was. ``guise`` is
    what a mutant makes of the station. A gate that is ``closed`` lets nobody in any more.
    """

    def __init__(
        self,
        subject: Subject,
        timing: Timing,
        *,
        arrived: Callable[[Arrival], None],
        receive: Callable[[Arrival], Receiver],
        guise: Guise = NO_GUISE,
    ) -> None:
        self.closed = False
        self._subject = subject
        self._timing = timing
        self._arrived = arrived
        self._receive = receive
        self._guise = guise
        self._shut: set[tuple[int, bool]] = set()
        self._password = subject.password
        self._manners = Manners()
        self._contexts: dict[tuple[Manners, int], ssl.SSLContext] = {}
        self._greeting: set[ssl.SSLObject] = set()

    async def admit(self, knock: Knock, at: int = 0) -> Admitted | Turned:
        """Decide on one upgrade request at an address."""
        if knock.tls is not None:
            self._greeting.discard(knock.tls)
        wanted = by_name(self._subject.version).subprotocol
        if self.closed or knock.identity != self._subject.identity:
            return Turned(404, "no such station is under test")
        came = self._arrival(knock, at)
        if (at, knock.secure) in self._shut:
            return self._turn(came, 503, "shut out")
        if self._password is not None and came.certificate is None and came.password != self._password:
            return self._turn(came, 401, "wrong password")
        if wanted not in knock.offers:
            return self._turn(came, 101, f"only {wanted} is under test")
        return Admitted(wanted, self._receive(came))

    def hand(self, at: int) -> ssl.SSLContext:
        """What shakes the next hand at an address; a station that takes any certificate is shown a good one."""
        manners = Manners() if self._guise.credulous else self._manners
        made = self._contexts.get((manners, at))
        if made is None:
            subject, pki = self._subject, self._subject.pki
            hosts = [urlsplit(url).hostname or "" for url in subject.secure_urls] or ["localhost"]
            made = self._contexts[manners, at] = handshakes.server(
                pki.server(manners.certificate, hosts, manners.issuer),
                partial(self._shaken, at),
                client_roots="".join(each.pem for each in (pki.csms, pki.successor, pki.upstart, pki.v2g)),
                at_least=manners.at_least,
                at_most=manners.at_most,
                ciphers=manners.ciphers,
            )
        return made

    def move(self, doors: Doors) -> None:
        """Open or close addresses."""
        moved = {
            (at, secure)
            for at in (range(ADDRESSES) if doors.at is None else (doors.at,))
            for secure in ((False, True) if doors.secure is None else (doors.secure,))
        }
        self._shut = self._shut - moved if doors.open else self._shut | moved
        if doors.password is not None:
            self._password = doors.password

    def behave(self, manners: Manners) -> None:
        """Shake hands in this way from now on; who is in the middle of it is not waited for."""
        self._manners = manners
        self._greeting.clear()

    def _turn(self, came: Arrival, status: int, why: str) -> Turned:
        self._arrived(replace(came, ending=why))
        return Turned(status, why)

    def _arrival(self, knock: Knock, at: int) -> Arrival:
        tls = {} if knock.tls is None else _agreed(knock.tls)
        came = Arrival("", knock.offers, knock.user, knock.password, knock.secure, knock.certificate, at, **tls)
        return replace(came, **self._guise.arrives)

    def _shaken(self, at: int, shaken: Shaken) -> None:
        if shaken.begun:
            self._greeting.add(shaken.end)
            self._timing.at(self._timing.now + GREETED_S, partial(self._gone, at, shaken.end))
        elif shaken.why:
            self._greeting.discard(shaken.end)
            self._came_not(at, shaken.why)

    def _gone(self, at: int, end: ssl.SSLObject) -> None:
        if end in self._greeting:
            self._greeting.discard(end)
            self._came_not(at, "it went without a word")

    def _came_not(self, at: int, why: str) -> None:
        self._arrived(Arrival("tls", secure=True, at=at, why=why))


def _agreed(end: ssl.SSLObject) -> dict[str, Any]:
    """What a handshake came to, in the words of ``Arrival``."""
    cipher, offered = end.cipher(), end.shared_ciphers() or ()
    return {
        "tls": (end.version() or "").removeprefix("TLSv"),
        "cipher": cipher[0] if cipher else "",
        "ciphers": tuple(name for name, *_ in offered),
    }
