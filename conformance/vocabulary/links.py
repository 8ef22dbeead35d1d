"""Links: how bench and system under test find each other, shake hands and part."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from conformance.papers import VALID, Authority, Credentials
from conformance.vocabulary.payloads import NOWHERE, Payload, Where
from conformance.vocabulary.subject import Subject

SECURED, CERTIFIED = 2, 3
"""Security profiles: TLS with a password, TLS with a certificate of the station's own."""


@dataclass(frozen=True, slots=True)
class Connect:
    """The bench, being the station, dials the CSMS. The result is a ``Connected``.

    What is None is as usual in the security profile under test; ``credentials`` False: no certificate is shown, and
    the empty ``password``: none is sent.
    """

    identity: str | None = None
    password: str | None = field(default=None, repr=False)
    offers: tuple[str, ...] | None = None
    having: Where = field(default_factory=dict)
    rule: str = ""
    user: str | None = None
    security_profile: int | None = None
    credentials: Credentials | bool = True
    at_least: str = "1.2"
    at_most: str = "1.3"
    ciphers: str = ""
    beside: bool = False
    """Whether the link that is open stays, for the case that this one is refused."""


@dataclass(frozen=True, slots=True)
class Connected:
    """What came of dialling: the agreed subprotocol, or why not (``ending``) and the HTTP status or close code.

    Of TLS the version (1.2, 1.3), the cipher suite in OpenSSL's spelling, and the CSMS's own certificate in DER.
    """

    subprotocol: str
    ending: str = ""
    code: int = 0
    tls: str = ""
    cipher: str = ""
    certificate: bytes | None = field(default=None, repr=False)

    @property
    def facts(self) -> Payload:
        """What a case may judge."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name)) is not None}


def connect(
    csms: Subject,
    *,
    identity: str | None = None,
    password: str | None = None,
    offers: tuple[str, ...] | None = None,
    having: Where = NOWHERE,
    rule: str = "",
    **more: Any,
) -> Connect:
    """Dial the CSMS as a station would; ``more`` are the other fields of ``Connect``, about TLS above all."""
    return Connect(identity, password, offers, having, rule, **more)


@dataclass(frozen=True, slots=True)
class Disconnect:
    """The bench cuts its link without a close frame, or, with ``close``, properly."""

    close: bool = False


def disconnect(*, close: bool = False) -> Disconnect:
    """Lose the link, or close it properly."""
    return Disconnect(close)


@dataclass(frozen=True, slots=True)
class Doors:
    """Whether the bench, being the CSMS, lets the station in. Closing them cuts no link.

    ``at``: one of the bench's addresses, None for all; ``secure``: with TLS or without, None for both. ``password``:
    that which is asked for from now on, None for the one before.
    """

    open: bool
    at: int | None = None
    secure: bool | None = None
    password: str | None = field(default=None, repr=False)


def shut_out(at: int | None = None, *, secure: bool | None = None) -> Doors:
    """Let the station under test in no more; a link that is open stays (see ``disconnect``).

    ``at``: only at that address of ``station.urls``; ``secure``: only with TLS, or only without.
    """
    return Doors(False, at, secure)


def let_in(at: int | None = None, *, secure: bool | None = None, password: str | None = None) -> Doors:
    """Let the station under test in again; from now on with this password, if one is given."""
    return Doors(True, at, secure, password)


@dataclass(frozen=True, slots=True)
class Manners:
    """How the bench, being the CSMS, shakes hands from now on; cipher suites of TLS 1.2 in OpenSSL's spelling."""

    certificate: str = VALID
    issuer: Authority | None = None
    at_least: str = "1.2"
    at_most: str = "1.3"
    ciphers: str = ""


def shakes_hands(
    certificate: str = VALID,
    *,
    issuer: Authority | None = None,
    at_least: str = "1.2",
    at_most: str = "1.3",
    ciphers: str = "",
) -> Manners:
    """How the bench, being the CSMS, shows itself in TLS from now on; without anything said, as it should.

    ``certificate`` is a kind of ``conformance.papers``; ``issuer`` who signed it, the bench's CSMS root else.
    """
    return Manners(certificate, issuer, at_least, at_most, ciphers)


@dataclass(frozen=True, slots=True)
class Linked:
    """Whether there is a link to the system under test just now. The result is a bool."""


def linked() -> Linked:
    """Whether the system under test is connected just now."""
    return Linked()


@dataclass(frozen=True, slots=True)
class Visit:
    """The station dials in, or tries to. The result is an ``Arrival``; None where it is optional and does not come.

    Arrivals that came before and that no ``Visit`` has taken count too, oldest first; what ``where`` does not select
    is passed over.
    """

    within_s: float
    where: Where
    having: Where
    rule: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a station came: what it offered and who it says it is, or why it did not get in (``ending``).

    The ending "tls" is that of a handshake that failed, or that led to no upgrade request; ``why`` has the words for
    it. ``at`` counts the bench's addresses from 0. ``tls`` is the version (1.2, 1.3), ``cipher`` the agreed suite and
    ``ciphers`` those that the station offers of the ones which the bench knows, in OpenSSL's spelling.
    ``certificate`` is the station's own in DER.
    """

    ending: str = ""
    offers: tuple[str, ...] = ()
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    secure: bool = False
    certificate: bytes | None = field(default=None, repr=False)
    at: int = 0
    why: str = ""
    tls: str = ""
    cipher: str = ""
    ciphers: tuple[str, ...] = ()

    @property
    def facts(self) -> Payload:
        """What a case may select by, or judge."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name)) is not None}


def dials_in(
    within_s: float, *, where: Where = NOWHERE, having: Where = NOWHERE, rule: str = "", optional: bool = False
) -> Visit:
    """The station under test dials in (again), or is turned away at the door; see ``Arrival`` for the facts."""
    return Visit(within_s, where, having, rule, optional)
