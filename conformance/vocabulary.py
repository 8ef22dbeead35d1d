"""The words that a conformance case is written in, and the registry of cases.

A case is a generator that yields what must happen next; the bench decides how to wait and sends back what came of it.
Cases import this module and nothing else of ours, so that a misreading of the specification which our station and our
CSMS share cannot make them pass. Nothing here does anything: every word builds a description.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from operator import eq
from typing import Any

from conformance.papers import VALID, Authority, Credentials, Pki, bench_pki
from conformance.past import Past

Payload = dict[str, Any]
Script = Generator["Step", Any, Any]
"""A case at work, or a part of one: yields steps, receives their results."""

V16, V201, V21 = "1.6", "2.0.1", "2.1"


class Role(StrEnum):
    """Which side is judged. The bench plays the other one."""

    STATION = "station"
    CSMS = "csms"


STATION, CSMS = Role.STATION, Role.CSMS

# -- what a message has to look like ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Matcher:
    """A demand on one field. ``text`` says it in words; ``holds`` is given the value, or ``MISSING``."""

    text: str
    holds: Callable[[Any], bool]

    def __str__(self) -> str:
        return self.text


class _Missing:
    def __repr__(self) -> str:
        return "missing"


MISSING = _Missing()
"""What a matcher is given for a field that is not there."""


def one_of(*values: Any) -> Matcher:
    """The field is present with one of these values."""
    return Matcher(" or ".join(map(str, values)), lambda value: value in values)


def optionally(*values: Any) -> Matcher:
    """The field is absent or has one of these values."""
    return Matcher(f"absent or {' or '.join(map(str, values))}", lambda value: value is MISSING or value in values)


def other_than(*values: Any) -> Matcher:
    """The field is present with none of these values."""
    return Matcher(
        f"anything but {' or '.join(map(str, values))}", lambda value: value is not MISSING and value not in values
    )


def satisfying(text: str, holds: Callable[[Any], bool]) -> Matcher:
    """The field is present and ``holds`` is true of it; ``text`` says what that means."""
    return Matcher(text, lambda value: value is not MISSING and holds(value))


PRESENT = Matcher("present", lambda value: value is not MISSING)
ABSENT = Matcher("absent", lambda value: value is MISSING)


@dataclass(frozen=True, slots=True)
class Instant:
    """A time of day in a payload of the bench, relative to when it is sent (seconds)."""

    offset_s: float = 0.0


NOW = Instant()


def ago(seconds: float) -> Instant:
    """So long before now."""
    return Instant(-seconds)


Where = Mapping[str, Any]
"""Dotted field path (``transactionInfo.chargingState``, ``eventData.0.trigger``) to a value or a Matcher."""


def field_of(payload: Any, path: str) -> Any:
    """The value at a dotted path, or MISSING. A number selects from a list."""
    value = payload
    for part in path.split("."):
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return MISSING
    return value


def mismatches(payload: Any, where: Where) -> list[tuple[str, str, str]]:
    """(path, expected, actual) for each demand that does not hold."""
    found = []
    for path, demand in where.items():
        value = field_of(payload, path)
        matcher = demand if isinstance(demand, Matcher) else Matcher(str(demand) or "empty", partial(eq, demand))
        if not matcher.holds(value):
            found.append((path, str(matcher), str(value) or "empty"))
    return found


# -- messages, as a case sees them -----------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Received:
    """A CALL of the system under test. ``line`` numbers the record from 1; ``answered`` once a reply is on its way."""

    action: str
    payload: Payload
    message_id: str
    t: float
    line: int
    answered: bool = False
    too_late: str = ""
    """Why the case can answer it no more, although it did not: the bench has, or the link is gone."""

    def get(self, path: str, default: Any = None) -> Any:
        """The value at a dotted path, or ``default``."""
        value = field_of(self.payload, path)
        return default if value is MISSING else value


@dataclass(slots=True, eq=False)
class Reply:
    """What came back on a CALL of the bench: a payload, or an error code in the peer's spelling.

    ``request`` is the CALL as it was sent, every instant a time of day, and ``asked`` the time of day when it was.
    """

    action: str
    payload: Payload
    error: str
    t: float
    line: int
    request: Payload = field(default_factory=dict)
    asked: str = ""

    def get(self, path: str, default: Any = None) -> Any:
        """The value at a dotted path, or ``default``."""
        value = field_of(self.payload, path)
        return default if value is MISSING else value


# -- steps -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Operate:
    """Hands on the system under test: the rig does it. The result is whatever the rig returns.

    ``needed`` False: where nobody can, the case goes on, and the result is None.
    """

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)
    needed: bool = True


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
class Disconnect:
    """The bench cuts its link without a close frame, or, with ``close``, properly."""

    close: bool = False


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


@dataclass(frozen=True, slots=True)
class Manners:
    """How the bench, being the CSMS, shakes hands from now on; cipher suites of TLS 1.2 in OpenSSL's spelling."""

    certificate: str = VALID
    issuer: Authority | None = None
    at_least: str = "1.2"
    at_most: str = "1.3"
    ciphers: str = ""


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """The date and time that the bench tells. The result is an aware datetime."""


@dataclass(frozen=True, slots=True)
class Linked:
    """Whether there is a link to the system under test just now. The result is a bool."""


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


@dataclass(frozen=True, slots=True)
class Expect:
    """A CALL that must arrive. ``where`` selects it, ``having`` judges it. The result is a ``Received`` or None."""

    action: str
    within_s: float
    where: Where
    having: Where
    rule: str
    optional: bool = False
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The first of several expectations to be met ends the wait. The result is its ``Received`` (None: none met)."""

    expectations: tuple[Expect, ...]
    within_s: float
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer a CALL of the system under test: the usual payload with ``fields`` over it (None removes one)."""

    call: Received
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer a CALL of the system under test with a CALLERROR."""

    call: Received
    code: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Ignore:
    """Never answer a CALL of the system under test."""

    call: Received


@dataclass(frozen=True, slots=True)
class Ask:
    """The bench sends a CALL and awaits the reply. The result is a ``Reply``."""

    action: str
    payload: Payload
    within_s: float
    having: Where
    error: Matcher | None
    or_error: Matcher | None
    rule: str


@dataclass(frozen=True, slots=True)
class Say:
    """The bench sends a text as it is, whether it is a frame or not."""

    text: str


@dataclass(frozen=True, slots=True)
class Hear:
    """A reply that belongs to no ``Ask``: an answer to a ``Say``. The result is a ``Heard``, or None for none."""

    within_s: float
    where: Where
    having: Where
    rule: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """A reply as it came: ``kind`` result, error, or unreadable (then nothing else is known)."""

    kind: str
    message_id: str = ""
    code: str = ""
    payload: Any = None
    line: int = 0

    @property
    def facts(self) -> Payload:
        """What a case may select by, or judge."""
        return {"kind": self.kind, "id": self.message_id, "code": self.code, "payload": self.payload}


@dataclass(frozen=True, slots=True)
class Silence:
    """For so long nothing may arrive, or nothing of the named actions that matches ``where``."""

    for_s: float
    of: tuple[str, ...]
    where: Where
    rule: str


@dataclass(frozen=True, slots=True)
class LetPass:
    """Time goes by; what arrives is answered as usual."""

    for_s: float


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must be true of what was seen."""

    holds: bool
    expected: str
    actual: str
    rule: str


@dataclass(frozen=True, slots=True)
class Seen:
    """Every CALL of an action (empty: of any) so far in this case. The result is a list of ``Received``."""

    action: str
    where: Where


@dataclass(frozen=True, slots=True)
class Anew:
    """What came until now counts for nothing that the case looks back to."""


@dataclass(frozen=True, slots=True)
class Usually:
    """From now on the bench answers this action so, when the case does not answer itself."""

    action: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Phase:
    """``preparing``: from here a failure means that the case cannot be judged; else that the system fails."""

    preparing: bool


Waiting = Expect | AnyOf | Ask | Hear | Silence | LetPass | Operate | Connect | Visit
Look = TimeOfDay | Linked | Seen
Step = Waiting | Look | Say | Disconnect | Doors | Manners | Answer | Refuse | Ignore | Check | Usually | Anew | Phase

# -- the system under test, as a case sees it ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Token:
    """An identification: the 1.6 idTag is ``id`` alone."""

    id: str
    type: str = "ISO14443"
    group: str = ""

    @property
    def payload(self) -> Payload:
        """The 2.x IdTokenType."""
        return {"idToken": self.id, "type": self.type}

    @property
    def group_payload(self) -> Payload:
        """The 2.x IdTokenType of its group."""
        return {"idToken": self.group, "type": "Central"}


@dataclass(frozen=True, slots=True)
class Tokens:
    """The identifications that bench and system under test have agreed on.

    ``valid`` and ``mate`` share a group, ``other`` is valid by itself, ``master`` is a master pass (its group is the
    station's MasterPassGroupId), ``contract`` the eMAID of a contract that is valid.
    """

    valid: Token = Token("VALID-0001", group="GROUP-0001")
    mate: Token = Token("VALID-0003", group="GROUP-0001")
    other: Token = Token("VALID-0002")
    master: Token = Token("MASTER-0001", group="MASTERS-0001")
    contract: Token = Token("NLBENC00000001", "eMAID")
    invalid: Token = Token("UNKNOWN-0001")
    blocked: Token = Token("BLOCKED-0001")
    expired: Token = Token("EXPIRED-0001")


class Image(StrEnum):
    """A firmware that is offered to a station: sound, or with one thing wrong about it."""

    SOUND = "sound"
    FORGED = "forged"  # the signature is that of something else
    UNTRUSTED = "untrusted"  # the signing certificate comes from nobody whom the station believes
    BROKEN = "broken"  # rightly signed, but it cannot be installed
    MISSING = "missing"  # rightly signed, but there is no file


@dataclass(frozen=True, slots=True)
class Watched:
    """A variable that monitors are set on. ``evse`` and ``connector`` 0: it belongs to none."""

    component: str
    variable: str
    evse: int = 0
    connector: int = 0

    @property
    def payload(self) -> Payload:
        """As the requests of block N name it: ComponentVariableType."""
        component: Payload = {"name": self.component}
        if self.evse:
            component["evse"] = {"id": self.evse} | ({"connectorId": self.connector} if self.connector else {})
        return {"component": component, "variable": {"name": self.variable}}


@dataclass(frozen=True, slots=True)
class Monitoring:
    """What the vendor chooses for the cases about monitors: variables, and values in their units.

    ``threshold``: a number that is above ``upper``, but not above ``unreached``, while energy flows, and below
    ``lower`` when it no longer does. ``delta``: a number that changes by more than ``change`` when energy begins to
    flow. ``limited``: a number whose maxLimit is below ``beyond``. ``period_s``: the interval of periodic monitors.
    ``preconfigured``: the id of one of the manufacturer's monitors that can be changed.
    """

    threshold: Watched = Watched("EVSE", "Power", 1)
    upper: float = 100.0
    lower: float = 10.0
    unreached: float = 22000.0
    delta: Watched = Watched("EVSE", "Power", 1)
    change: float = 100.0
    limited: Watched = Watched("EVSE", "Power", 1)
    beyond: float = 1000000.0
    period_s: int = 30
    preconfigured: int = 2


@dataclass(slots=True)
class Subject:
    """The system under test and what is configured about it (durations in seconds).

    ``evses`` lists connectors per EVSE. ``tx_start`` and ``tx_stop`` are the 2.x start and stop points; None means
    that the station is asked. ``message_s`` bounds a message that must follow at once, ``boot_s`` a boot,
    ``reconnect_s`` a reconnection,
    ``tolerance_s`` is the slack on every duration. ``nonce`` makes names unique among runs.
    ``knows`` tells whether a feature was declared. ``rate_unit``: A or W, in which charging is limited (empty: the
    first that the station names), over so many ``phases``.
    ``display`` is the component that messages are shown on (empty: not named), ``display_states`` what their state may
    be, ``display_s`` how far their start or end lies ahead. ``monitoring`` is what monitors are set on.
    ``security_profile`` is the one in use, 0 for neither password nor TLS. ``urls`` and ``secure_urls`` are where the
    bench is dialled, without and with TLS, by address (see ``shut_out``); of a CSMS under test, where it is.
    ``serial_number`` is the station's, empty where nobody told, and ``organisation`` its operator's name, as both stand
    in its certificate. ``pki`` has the bench's authorities, ``csms_roots`` in
    PEM those of a CSMS under test, and ``credentials`` are what the bench then shows of a certificate.
    ``files_url`` is where a station finds the file server of the bench, and ``firmware`` what its vendor gave for it
    (see ``conformance.rigs.files.declared``). ``firmware_s`` bounds each step of an update, and an upload;
    ``schedule_s`` is how far ahead one is put off, ``retry_s`` the pause between attempts. ``customer`` is a
    customerIdentifier.
    ``outage_s`` is how long a link is down during a transaction: several times ``sample_s``.
    ``signing_wait_s`` is the CertSigningWaitMinimum where it is judged.
    ``responder_url`` is where a CSMS finds the bench's OCSP responder, which listens at its port.
    ``network_slots`` are two slots for network connection profiles, ``interface`` is what stands in these, and
    ``back_off_s`` the RetryBackOffWaitMinimum where it is judged. ``unsupported_criterion`` is a componentCriteria
    that custom reports cannot go by (empty: the station is asked).
    ``past`` is what the cases before did to a station that is kept; None: every case has a new one.
    """

    role: Role
    version: str
    tokens: Tokens = Tokens()
    evse: int = 1
    connector: int = 1
    evses: tuple[int, ...] = (1,)
    tx_start: frozenset[str] | None = None
    tx_stop: frozenset[str] | None = None
    message_s: float = 30.0
    boot_s: float = 120.0
    tolerance_s: float = 4.0
    transaction_s: float = 60.0
    reconnect_s: float = 300.0
    heartbeat_s: int = 300
    plug_timeout_s: int = 30
    sample_s: int = 15
    rate_unit: str = ""
    phases: int = 3
    display: str = ""
    display_states: tuple[str, ...] = ("Charging", "Faulted", "Idle", "Unavailable")
    display_s: float = 60.0
    monitoring: Monitoring = Monitoring()
    nonce: str = "1"
    identity: str = "BENCH-1"
    password: str | None = None
    features: Mapping[str, Any] = field(default_factory=dict)
    security_profile: int = 0
    urls: tuple[str, ...] = ()
    secure_urls: tuple[str, ...] = ()
    serial_number: str = ""
    organisation: str = "Chargebench"
    pki: Pki = field(default_factory=bench_pki, repr=False)
    csms_roots: str = field(default="", repr=False)
    credentials: Credentials | None = None
    files_url: str = ""
    firmware: Mapping[str, str] = field(default_factory=dict)
    firmware_s: float = 900.0
    schedule_s: float = 120.0
    retry_s: int = 30
    customer: str = "OpenChargeAlliance"
    outage_s: int = 60
    network_slots: tuple[int, ...] = (1, 2)
    interface: str = "Wired0"
    back_off_s: int = 20
    signing_wait_s: int = 30
    responder_url: str = "http://127.0.0.1:9180/"
    unsupported_criterion: str = ""
    past: Past | None = field(default=None, repr=False, compare=False)

    @property
    def connectors(self) -> list[tuple[int, int]]:
        """Every (EVSE, connector) of the station."""
        return [(evse, one) for evse, count in enumerate(self.evses, 1) for one in range(1, count + 1)]

    def knows(self, feature: str) -> bool:
        """Whether a feature such as ``C-30`` was declared."""
        return bool(self.features.get(feature))


# -- the words -------------------------------------------------------------------------------------------------------

NOWHERE: Where = {}


def power_on(station: Subject) -> Operate:
    """Switch the station on."""
    return Operate("power_on")


def power_off(station: Subject) -> Operate:
    """Cut the station's power."""
    return Operate("power_off")


def plug(station: Subject, evse: int | None = None, connector: int | None = None) -> Operate:
    """Connect an EV that wants energy."""
    return Operate("plug", {"evse": evse or station.evse, "connector": connector or station.connector})


def unplug(station: Subject, evse: int | None = None) -> Operate:
    """Take the cable out."""
    return Operate("unplug", {"evse": evse or station.evse})


def present(station: Subject, token: Token, evse: int | None = None) -> Operate:
    """Hold an identification to the reader."""
    return Operate("present", {"token": token.id, "type": token.type, "evse": evse or station.evse})


def plug_asking(station: Subject, new: Credentials, old: Credentials | None = None) -> Operate:
    """Connect an EV that asks for a contract certificate, or for a new one in place of the ``old``.

    The result is the answer that the EV takes, with the ``new`` contract: exiResponse, base64.
    """
    place = {"evse": station.evse, "connector": station.connector}
    papers = {"emaid": station.tokens.contract.id, "chain": new.chain, "key": new.key}
    if old is None:
        return Operate("plug_asking", {"action": "Install", **place, **papers})
    return Operate("plug_asking", {"action": "Update", "old_chain": old.chain, "old_key": old.key, **place, **papers})


def plug_contract(station: Subject, shown: Credentials) -> Operate:
    """Connect an EV that charges on this contract certificate (Plug & Charge)."""
    place = {"evse": station.evse, "connector": station.connector}
    papers = {"emaid": station.tokens.contract.id, "chain": shown.chain, "key": shown.key}
    return Operate("plug_contract", {**place, **papers})


def stop_all(station: Subject) -> Operate:
    """Present the master pass, and have all transactions stopped."""
    return Operate("stop_all", {"token": station.tokens.master.id, "type": station.tokens.master.type})


def stop_one(station: Subject, evse: int | None = None) -> Operate:
    """Present the master pass, and have the transaction at one EVSE stopped."""
    master = station.tokens.master
    return Operate("stop_one", {"token": master.id, "type": master.type, "evse": evse or station.evse})


def suspend(station: Subject, evse: int | None = None) -> Operate:
    """Have the EV take no more energy, still plugged in."""
    return Operate("suspend", {"evse": evse or station.evse})


def resume(station: Subject, evse: int | None = None) -> Operate:
    """Have the EV take energy again."""
    return Operate("resume", {"evse": evse or station.evse})


def plug_negotiating(station: Subject) -> Operate:
    """Connect an EV that tells its needs over ISO 15118 and waits for a schedule."""
    return Operate("plug_negotiating", {"evse": station.evse, "connector": station.connector})


def renegotiate(station: Subject) -> Operate:
    """Have the EV ask for another schedule over ISO 15118."""
    return Operate("renegotiate", {"evse": station.evse})


def limit_from_outside(station: Subject, amps: float, evse: int = 0) -> Operate:
    """Have a system other than the CSMS limit an EVSE, or the whole station (0)."""
    return Operate("limit_from_outside", {"evse": evse, "amps": amps})


def unplug_at_ev(station: Subject, evse: int | None = None) -> Operate:
    """Pull the cable at the EV; its other end stays in the station, as far as that holds it."""
    return Operate("unplug_at_ev", {"evse": evse or station.evse})


def replug_at_ev(station: Subject, evse: int | None = None) -> Operate:
    """Put the cable that was pulled at the EV into it again."""
    return Operate("replug_at_ev", {"evse": evse or station.evse})


def take_cable(station: Subject, evse: int | None = None) -> Operate:
    """Take a cable that no EV is at out of the station's socket."""
    return Operate("take_cable", {"evse": evse or station.evse})


def drive_in(station: Subject, evse: int | None = None) -> Operate:
    """Drive an EV into the parking bay."""
    return Operate("drive_in", {"evse": evse or station.evse})


def drive_out(station: Subject, evse: int | None = None) -> Operate:
    """Drive the EV out of the parking bay."""
    return Operate("drive_out", {"evse": evse or station.evse})


def shows(station: Subject) -> Operate:
    """Look at the display. The result is a list of texts, every page where several take turns, or all in one text."""
    return Operate("shows")


def fault(station: Subject, name: str) -> Operate:
    """Cause a fault at the connector under test."""
    return Operate("fault", {"name": name, "evse": station.evse, "connector": station.connector})


def mend(station: Subject, name: str) -> Operate:
    """Remove a fault at the connector under test."""
    return Operate("mend", {"name": name, "evse": station.evse, "connector": station.connector})


def offer_firmware(station: Subject, image: Image = Image.SOUND) -> Operate:
    """Put a firmware where the station can fetch it. The result has what a FirmwareType wants of it: ``location``,
    ``signature`` and ``signingCertificate``.
    """
    return Operate("offer_firmware", {"image": str(image)})


def open_upload(station: Subject, *, exists: bool = True) -> Operate:
    """Have the station find a place for files, or one that there is not. The result is its URL."""
    return Operate("open_upload", {"exists": exists})


def uploaded(station: Subject, location: str) -> Operate:
    """Look what came to a place for files. The result lists the size of each file in bytes."""
    return Operate("uploaded", {"location": location})


def command(csms: Subject, name: str, **fields: Any) -> Operate:
    """Have the CSMS send a command, under its version-neutral name (``remote_start``, ``reset`` …).

    The rig returns as soon as the CSMS has been told; the message itself is then expected.
    """
    return Operate(f"command.{name}", fields)


def provision(csms: Subject, what: str, **fields: Any) -> Operate:
    """Have the CSMS know something: ``station`` and ``registration="Pending"``, ``token`` and ``status="Blocked"``."""
    return Operate(f"provision.{what}", fields)


def open_responder(csms: Subject, revoked: Iterable[str] = ()) -> Operate:
    """Have the bench's OCSP responder answer, with these serial numbers (hexadecimal) as revoked; gives its URL."""
    return Operate("open_responder", {"revoked": list(revoked)})


def asked_responder(csms: Subject) -> Operate:
    """The serial numbers (hexadecimal) that the bench's OCSP responder was asked about since it was opened."""
    return Operate("asked_responder")


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


def disconnect(*, close: bool = False) -> Disconnect:
    """Lose the link, or close it properly."""
    return Disconnect(close)


def shut_out(at: int | None = None, *, secure: bool | None = None) -> Doors:
    """Let the station under test in no more; a link that is open stays (see ``disconnect``).

    ``at``: only at that address of ``station.urls``; ``secure``: only with TLS, or only without.
    """
    return Doors(False, at, secure)


def let_in(at: int | None = None, *, secure: bool | None = None, password: str | None = None) -> Doors:
    """Let the station under test in again; from now on with this password, if one is given."""
    return Doors(True, at, secure, password)


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


def linked() -> Linked:
    """Whether the system under test is connected just now."""
    return Linked()


def time_of_day() -> TimeOfDay:
    """What date and time it is."""
    return TimeOfDay()


def dials_in(
    within_s: float, *, where: Where = NOWHERE, having: Where = NOWHERE, rule: str = "", optional: bool = False
) -> Visit:
    """The station under test dials in (again), or is turned away at the door; see ``Arrival`` for the facts."""
    return Visit(within_s, where, having, rule, optional)


def offline(station: Subject, for_s: float) -> Script:
    """Cut the link of the station under test, keep it out for so long, and see it come back."""
    yield shut_out()
    yield Disconnect()
    yield LetPass(for_s)
    yield let_in()
    yield dials_in(station.reconnect_s, where={"ending": ""})


def expect(
    action: str,
    within_s: float,
    *,
    where: Where = NOWHERE,
    having: Where = NOWHERE,
    rule: str = "",
    optional: bool = False,
    ordered: bool = False,
) -> Expect:
    """A CALL arrives in time. What arrived since the last stimulus counts, in any order, unless ``ordered``.

    ``where`` selects among messages of that action, ``having`` is what the selected one must fulfil.
    """
    return Expect(action, within_s, where, having, rule, optional, ordered)


def any_of(*expectations: Expect, optional: bool = False) -> AnyOf:
    """One of several messages arrives."""
    return AnyOf(expectations, max(each.within_s for each in expectations), optional)


def answer(call: Received, /, **fields: Any) -> Answer:
    """Answer a message taken by ``expect``; fields not given are the usual ones."""
    return Answer(call, fields)


def refuse(call: Received, code: str, description: str = "") -> Refuse:
    """Answer a message taken by ``expect`` with a CALLERROR."""
    return Refuse(call, code, description)


def ignore(call: Received, /) -> Ignore:
    """Leave a message taken by ``expect`` without any answer."""
    return Ignore(call)


def ask(
    action: str,
    payload: Payload | None = None,
    *,
    within_s: float = 30.0,
    having: Where = NOWHERE,
    error: Matcher | None = None,
    or_error: Matcher | None = None,
    rule: str = "",
) -> Ask:
    """Send a CALL; its result must fulfil ``having``.

    With ``error`` a CALLERROR of such a code must come instead, with ``or_error`` it may.
    """
    return Ask(action, payload or {}, within_s, having, error, or_error, rule)


def say(text: str) -> Say:
    """Send a text as it is: no frame, a frame with something wrong about it, a reply to nothing."""
    return Say(text)


def hears(
    within_s: float, *, where: Where = NOWHERE, having: Where = NOWHERE, rule: str = "", optional: bool = False
) -> Hear:
    """A reply comes to what was said by ``say``; see ``Heard`` for the facts that ``where`` and ``having`` go by."""
    return Hear(within_s, where, having, rule, optional)


WIRE = "wire"


def on_the_wire(csms: Subject, attack: str, **args: Any) -> Operate:
    """Dial the CSMS over a bare socket and do what lies below OCPP: an attack of ``conformance.wire``.

    The result is a ``conformance.wire.Outcome``. Without real sockets the case cannot be judged.
    """
    return Operate(WIRE, {"attack": attack, **args})


def silence(for_s: float, *of: str, where: Where = NOWHERE, rule: str = "") -> Silence:
    """Nothing arrives for so long, or nothing of the named actions."""
    return Silence(for_s, of, where, rule)


def let_pass(for_s: float) -> LetPass:
    """Let time go by."""
    return LetPass(for_s)


def check(holds: bool, expected: str, actual: object, rule: str = "") -> Check:
    """Demand something of what was seen."""
    return Check(bool(holds), expected, str(actual), rule)


def seen(action: str = "", *, where: Where = NOWHERE) -> Seen:
    """Look back at every CALL of an action, or at every CALL, in this case."""
    return Seen(action, where)


def anew() -> Anew:
    """Look back no further than this: what came before was of another case."""
    return Anew()


def usually(action: str, /, **fields: Any) -> Usually:
    """Change what the bench answers by itself."""
    return Usually(action, fields)


def in_profile(subject: Subject, *levels: int) -> Script:
    """Security profile: what is under test speaks one of these, which the case is about (a precondition)."""
    wanted = " or ".join(map(str, levels))
    yield check(subject.security_profile in levels, f"security profile {wanted} in use", subject.security_profile)


def own_tls(station: Subject) -> Script:
    """The bench shows certificates of its own, and so can show wrong ones (a precondition)."""
    yield check(bool(station.secure_urls), "an address of the bench with TLS of its own", "none was declared")


def given(part: Script) -> Script:
    """Run a part of the case as precondition: if it does not come about, the case is inconclusive."""
    yield Phase(True)
    result = yield from part
    yield Phase(False)
    return result


# -- the registry ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """One conformance case: what it is called, what it verifies, and its script."""

    id: str
    title: str
    verifies: tuple[str, ...]
    under_test: Role
    versions: tuple[str, ...]
    catches: tuple[str, ...]
    script: Callable[[Subject], Script]
    needs: str = ""
    """A condition over declared features beyond the catalogue's, in the same language."""
    lasting: bool = False
    """Whether it leaves something at the system under test that nobody can undo, so that it has to come last."""


CASES: dict[str, Case] = {}
"""Every case, by id. ``conformance.registry.cases()`` fills it by importing the case modules."""


def case(
    id: str,
    title: str,
    *,
    verifies: str,
    under_test: Role,
    versions: Iterable[str],
    catches: str,
    needs: str = "",
    lasting: bool = False,
) -> Callable[[Callable[[Subject], Script]], Callable[[Subject], Script]]:
    """Register a case. ``verifies`` and ``catches`` are blank-separated ids. Raises ValueError for a repeated id."""

    def register(script: Callable[[Subject], Script]) -> Callable[[Subject], Script]:
        if id in CASES:
            raise ValueError(f"two cases are called {id}")
        words = tuple(verifies.split()), under_test, tuple(versions), tuple(catches.split())
        CASES[id] = Case(id, title, *words, script, needs, lasting)
        return script

    return register


Register = Callable[[Callable[[Subject], Script]], Callable[[Subject], Script]]


def _for(under_test: Role, *versions: str) -> Callable[..., Register]:
    return partial(case, under_test=under_test, versions=versions)


station201, csms201 = _for(STATION, V201), _for(CSMS, V201)
"""``case`` for what OCPP 2.0.1's part 6 asks of a station, or of a CSMS."""
station16, csms16 = _for(STATION, V16), _for(CSMS, V16)
"""``case`` for OCPP 1.6."""
