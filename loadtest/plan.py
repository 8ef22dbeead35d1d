"""What a fleet is to be: everything that its processes have to agree on before the first station starts."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, Literal
from urllib.parse import urlsplit

from loadtest.habits import Habits, load_habits, week_s
from loadtest.identities import Identities, Identity, Pattern
from protocol.security import SecurityError, client_tls
from protocol.versions import Version, by_name
from simulator.configuration import model_of
from simulator.dialects import dialect_of
from simulator.profile import Profile, ProfileError, load_profile
from simulator.variables import written

BackOff = Literal["ocpp", "none"]
Validation = Literal["all", "sampled", "none"]

NO_BACK_OFF: Mapping[str, object] = {
    "OCPPCommCtrlr.RetryBackOffWaitMinimum": 0,
    "OCPPCommCtrlr.RetryBackOffRandomRange": 1,
    "OCPPCommCtrlr.RetryBackOffRepeatTimes": 0,
}
"""What makes a station dial again within a second, each time: a storm, as badly written firmware makes it."""


class PlanError(ValueError):
    """A plan that cannot be carried out; one line that says what would be right."""


@dataclass(frozen=True, slots=True)
class Tls:
    """What stations need for ``wss``: ``ca`` is a PEM file with trusted roots, None those of the operating system.

    ``certificate`` and ``key`` are client certificates (security profile 3), PEM files; ``{id}`` in the paths stands
    for each station's identity.
    """

    ca: str | None = None
    certificate: str | None = None
    key: str | None = None

    @property
    def shared(self) -> bool:
        """Whether all stations have the same."""
        return "{id}" not in f"{self.certificate}{self.key}"

    def context(self, id: str) -> ssl.SSLContext:
        """The TLS context of a station. Raises SecurityError that names the file which cannot be used."""
        context = client_tls(self.ca)
        if self.certificate is not None:
            certificate, key = (str(each).replace("{id}", id) for each in (self.certificate, self.key))
            try:
                context.load_cert_chain(certificate, key, password="")
            except OSError as wrong:  # ssl.SSLError is one
                why = "not a certificate with its key" if isinstance(wrong, ssl.SSLError) else wrong.strerror
                raise SecurityError(f"{certificate}, {key}: {why}") from wrong
        return context


@dataclass(frozen=True)
class Plan:
    """A fleet before it is built. Raises PlanError for what cannot be.

    ``config`` are variables of all stations (``Component.Variable`` or 1.6 keys), such as intervals, over those of the
    habits. ``back_off`` is what stations do after a lost connection: what OCPP says, or none to speak of. ``recorded``
    stations keep every frame. ``restarts``: how often each process is begun anew when it dies; one that
    says nothing for ``silence_s`` is ended. ``sources`` are
    addresses of this machine to dial from. ``begins`` is the time of the week at which the habits begin, such as
    ``mon 17:30``; empty: the present one (UTC). ``run`` tells the ids of this run's messages and transactions from
    those of other runs with the same seed. ``speed``: simulated seconds per second; above 1 stations do more than real
    ones would, and latencies are still those of the wall.
    """

    url: str
    version: str = "2.0.1"
    profile: str = "ac-22kw"
    seed: int = 7
    identities: Identities = field(default_factory=Pattern)
    config: Mapping[str, object] = field(default_factory=dict)
    habits: Habits = field(default_factory=lambda: load_habits("steady"))
    tls: Tls | None = None
    validation: Validation = "all"
    back_off: BackOff = "ocpp"
    recorded: int = 20
    restarts: int = 3
    sources: tuple[str, ...] = ()
    tick_s: float = 1.0
    silence_s: float = 30.0
    begins: str = ""
    speed: float = 1.0
    run: str = ""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("ws", "wss") or not parts.hostname:
            raise PlanError(f"{self.url!r} is no address of a CSMS; right would be ws://HOST:PORT/ or wss://HOST/")
        if self.tls is not None and parts.scheme != "wss":
            raise PlanError(f"certificates are for wss, but the address is {self.url}")
        if self.tls is not None and (self.tls.certificate is None) != (self.tls.key is None):
            raise PlanError("a client certificate and its private key go together")
        if self.validation not in ("all", "sampled", "none") or self.back_off not in ("ocpp", "none"):
            raise PlanError(f"validation {self.validation!r}, back-off {self.back_off!r}: no such choice")
        if not (min(self.speed, self.tick_s, self.silence_s) > 0 and self.recorded >= 0 and self.restarts >= 0):
            raise PlanError("speed, tick_s and silence_s must be above 0, recorded and restarts not below")
        week_s(self.begins)

    def check(self) -> None:
        """See whether the first station can be built. Raises PlanError or SecurityError."""
        first = self.identities.of(0)
        self.profile_for(first)
        if self.tls is not None:
            self.tls.context(first.id)

    @cached_property
    def _profiles(self) -> dict[tuple[str, str], Profile]:
        return {}

    def version_for(self, identity: Identity) -> Version:
        """The version that a station speaks. Raises PlanError."""
        name = identity.version or self.version
        try:
            version = by_name(name)
            dialect_of(version)
        except (KeyError, ValueError) as wrong:
            raise PlanError(str(wrong) if isinstance(wrong, ValueError) else f"there is no OCPP {name}") from None
        return version

    def profile_for(self, identity: Identity) -> Profile:
        """The station's profile with the plan's settings in it, one object for all that share it. Raises PlanError."""
        version, name = self.version_for(identity), identity.profile or self.profile
        found = self._profiles.get((version.name, name))
        if found is None:
            found = self._profiles[version.name, name] = self._profile(version, name)
        return found

    def _profile(self, version: Version, name: str) -> Profile:
        dialect = dialect_of(version)
        back_off = NO_BACK_OFF if self.back_off == "none" else {}
        given = {**self.habits.config, **self.config, **back_off}
        settings = {dialect.variable(key): written(value) for key, value in given.items()}
        try:
            profile = load_profile(name)
            mixed = replace(profile, variables={**profile.variables, **settings})
            model_of(mixed)
        except (ProfileError, ValueError) as wrong:
            raise PlanError(str(wrong)) from None
        return mixed

    def told(self) -> dict[str, Any]:
        """What a process of the fleet is told of it: everything but the identities, as JSON."""
        own = {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in ("identities", "habits")}
        return own | {"tls": asdict(self.tls) if self.tls else None, "habits": self.habits.told()}

    @classmethod
    def heard(cls, told: Mapping[str, Any]) -> Plan:
        """The plan of ``told``; its identities are those that come with the orders."""
        tls = told["tls"]
        rebuilt = {"tls": Tls(**tls) if tls else None, "habits": Habits.heard(told["habits"])}
        return cls(**{**told, **rebuilt, "sources": tuple(told["sources"])})
