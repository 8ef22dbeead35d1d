"""The system under test, as a case sees it, what bench and system have agreed on, and hands on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from conformance.papers import Credentials, Pki, bench_pki
from conformance.past import Past
from conformance.vocabulary.payloads import Payload
from conformance.vocabulary.roles import Role


@dataclass(frozen=True, slots=True)
class Operate:
    """Hands on the system under test: the rig does it. The result is whatever the rig returns.

    ``needed`` False: where nobody can, the case goes on, and the result is None.
    """

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)
    needed: bool = True


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
