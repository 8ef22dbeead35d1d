"""What an operator may decide about the CSMS."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints
from urllib.parse import quote, urlsplit

import yaml

from protocol.versions import VERSIONS, Version, by_name


class SettingsError(Exception):
    """The settings cannot be used; the message says which one and what would be right."""


class UnknownStations(StrEnum):
    """What to do with a station that nobody registered."""

    REGISTER = "register"  # take it in, accepted
    PENDING = "pending"  # take it in, but have it wait for the operator
    REFUSE = "refuse"  # turn it away


class Auth(StrEnum):
    """How whoever uses the API proves who they are."""

    AUTO = "auto"  # key where there is one, else open
    OAUTH = "oauth"  # access tokens (JWT) of this CSMS or of an OIDC issuer
    KEY = "key"  # the one api_key, which may do everything
    OPEN = "open"  # not at all: on loopback addresses only


class ClockKind(StrEnum):
    """Whose time it is."""

    REAL = "real"
    SIMULATED = "simulated"  # a simulation sets it, see the conductor in docs/csms.md


class TlsPolicy(StrEnum):
    """Which cipher suites stations may choose, see ``protocol.security.POLICIES``."""

    MODERN = "modern-ocpp"
    COMPATIBLE = "ocpp16-compat"


class LogFormat(StrEnum):
    """How a line of the log looks."""

    AUTO = "auto"  # as the program that runs the CSMS has it; text where it has nothing
    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """From when on a line is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Transport(StrEnum):
    """What carries the stations' WebSockets."""

    AUTO = "auto"  # websockets for a single process, lean for several
    WEBSOCKETS = "websockets"  # every corner of the RFC, compression too, for hundreds of links
    LEAN = "lean"  # thousands of links per process


SHORT_LINKS_LEAST = 5
"""So many short links at once each worker allows at least, if all of them may so many: a restart takes a few."""

CLAIMS = frozenset({"audience", "scope", "scope_prefix", "owner"})
"""What ``oidc_claims`` may say: which claim tells it (with dots where it is inside another), and before the scopes."""

ABOVE_ZERO = (
    *("heartbeat_s", "boot_retry_s", "call_timeout_s", "retry_max_s", "workers", "nodes", "connections_max"),
    *("files_most_bytes", "requests_burst", "lists_at_once"),
    *("site_limit_w", "database_patience_s"),
    *("alert_power_max_w", "alert_meter_frozen_wh"),
)
"""Settings that are numbers above zero, or None."""

NOT_BELOW_ZERO = (
    *("accepts_per_s", "accepts_burst", "short_link_s", "short_links_burst", "short_links_per_minute"),
    "requests_per_s",
    "token_changes_gathered_s",
    *("calls_per_s", "calls_burst", "calls_refused_max", "backlog_deferring"),
    "cost_updated_s",
    "planning_s",
    *("status_history_kept", "notices_kept", "connectors_kept", "orphans_kept", "worker_silent_s"),
    *("abandoned_after_s", "abandoned_silent_days"),
    *("meter_values_days", "transaction_events_days", "transactions_days", "notices_days"),
    *("alerts_every_s", "alerts_days", "alert_again_s", "alert_event_severity", "alert_clock_s"),
    *("alert_meter_rounding_wh", "alert_meter_tolerance_percent"),
    *("alert_idle_s", "alert_suspended_s", "alert_silent_s", "alert_waiting_s", "alert_blocked_s"),
    *("alert_certificate_days", "alert_certificate_urgent_days"),
)
"""Settings of which 0 switches a limit off, or makes it the narrowest there is; see docs/csms.md."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting, with its default. Times are in seconds."""

    host: str = "127.0.0.1"
    port: int = 9000
    tls_cert: str | None = None
    tls_key: str | None = None
    tls_second_cert: str | None = None  # a certificate of the other kind, RSA beside ECDSA (A00.FR.318)
    tls_second_key: str | None = None
    tls_policy: TlsPolicy = TlsPolicy.COMPATIBLE
    api_host: str = "127.0.0.1"
    api_port: int = 9080
    node_name: str = ""  # who this CSMS is among those that share the database; empty: host and port
    nodes: int = 1  # so many on this machine, each with ports of its own
    redis: str | None = field(default=None, repr=False)  # the URL of what nodes share; None: this CSMS is the only one
    cluster: str = ""  # the name of what these nodes are together; empty: those with the same database
    api_url: str | None = None  # where others find the API, if not at this host and port
    auth: Auth = Auth.AUTO
    requests_per_s: float = 100.0  # of one client of the API; 0: no limit
    requests_burst: int = 1000
    trusted_proxies: tuple[str, ...] = ()  # addresses whose X-Forwarded-For is believed
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None  # None: the metrics are at the API alone
    log_format: LogFormat = LogFormat.AUTO
    log_level: LogLevel = LogLevel.WARNING
    api_key: str | None = field(default=None, repr=False)
    oidc_issuer: str | None = None  # whose access tokens are taken instead of our own
    oidc_audience: str | None = None  # whom these have to be for
    oidc_claims: dict[str, str] = field(default_factory=dict)  # where they say what: see CLAIMS
    public_host: str = "127.0.0.1"
    public_port: int | None = None  # None: nothing is public
    public_url: str | None = None  # where others find it, if not at this host and port
    public_tls_port: int | None = None  # the same over HTTPS, with tls_cert and tls_key
    files_folder: str = "csms-files"  # firmware images, and what stations upload
    files_most_bytes: int = 64 * 1024 * 1024  # of one file
    files_url: str | None = None  # where stations find files, if not at a public port
    ftp_port: int | None = None  # None: no FTP; with tls_cert and tls_key it takes TLS
    ftp_user: str = "station"
    ftp_password: str = field(default="station", repr=False)
    organisation: str = "Chargebench"  # the operator, O in its stations' certificates
    trusted_organisations: tuple[str, ...] = ()  # others whose stations may come with a certificate
    client_certificates: bool = True  # stations are asked for theirs where there is TLS
    client_ca: str | None = None  # PEM file with further CAs of stations' certificates, such as manufacturers'
    contract_ca: str | None = None  # PEM file with further roots of contract certificates
    signs_certificates: bool = True
    ocsp_responders: tuple[str, ...] = ()  # URLs that may be asked about certificates of others
    tls_names: tuple[str, ...] = ()  # without tls_cert: hosts for which the CSMS certifies itself
    database: str = "sqlite:///csms.sqlite"
    keys_file: str | None = None  # keys that seal what is secret in it, see docs/sealing.md
    database_patience_s: float = 10.0  # who makes us wait for longer has failed
    clock: ClockKind = ClockKind.REAL
    versions: tuple[str, ...] = tuple(version.name for version in VERSIONS)
    unknown_stations: UnknownStations = UnknownStations.REGISTER
    require_passwords: bool = False
    failed_logins_burst: int = 5
    failed_logins_per_minute: float = 6.0
    heartbeat_s: int = 300
    boot_retry_s: int = 60
    call_timeout_s: float = 30.0
    guests: bool = False  # who has no account may charge at public stations
    accept_unknown_tokens: bool = False
    refuse_concurrent_tx: bool = False
    push_token_changes: bool = False  # stations that have a local list are sent what changes of tokens
    token_changes_gathered_s: float = 5.0  # what changes within this time is sent together
    lists_at_once: int = 50  # stations of a node that are sent their lists at the same time
    transaction_secret: str = field(default="", repr=False)
    hold_calls_s: float = 0.0
    cost_updated_s: int = 0
    site_limit_w: float | None = None  # what all who charge at this CSMS's stations may take together
    planning_s: float = 0.0  # how long it takes to make a schedule of what an EV needs
    accepts_per_s: float = 500.0
    accepts_burst: int = 2000
    retry_max_s: int = 900
    short_link_s: float = 30.0
    short_links_burst: int = 20
    short_links_per_minute: float = 12.0
    calls_per_s: float = 20.0
    calls_burst: int = 200
    calls_refused_max: int = 100
    backlog_deferring: int = 4000
    status_history_kept: int = 1000
    notices_kept: int = 1000
    connectors_kept: int = 250
    orphans_kept: int = 1000
    abandoned_after_s: float = 3600.0  # a transaction that something speaks against
    abandoned_silent_days: float = 30.0  # a transaction that is not heard of
    meter_values_days: float = 0.0  # for how long they are kept
    transaction_events_days: float = 0.0
    transactions_days: float = 0.0
    notices_days: float = 0.0
    alerts_every_s: float = 10.0  # so often somebody looks whether all is well; 0: never
    alerts_days: float = 0.0  # for how long they are kept once they are over
    alert_again_s: float = 300.0  # what comes back within that goes on as the same alert
    alert_offline_s: float | None = None  # without a link; None: twice heartbeat_s
    alert_event_severity: int = 4  # of NotifyEvent, from 0, danger: those above it (5: alert, to 9: debug) raise none
    alert_power_max_w: float = 500_000.0  # of an EVSE whose station does not say what it gives
    alert_meter_rounding_wh: float = 10.0  # by so much registers may be off
    alert_meter_tolerance_percent: float = 25.0  # by so much energy may be off from power times time
    alert_meter_frozen_wh: float = 500.0  # so much should have been counted while a register stood
    alert_clock_s: float = 300.0  # so much later than now something may have been measured
    alert_idle_s: float = 1800.0  # charging without energy
    alert_suspended_s: float = 7200.0  # suspended by the EVSE
    alert_silent_s: float = 300.0  # without meter values, and three intervals of them
    alert_waiting_s: float = 3600.0  # plugged in without a transaction
    alert_blocked_s: float = 86_400.0  # plugged in after one, or reserved
    alert_certificate_days: float = 30.0  # before a certificate runs out
    alert_certificate_urgent_days: float = 7.0
    alert_security_events: tuple[str, ...] = ()  # further types of security events that raise an alert
    workers: int = 1
    worker_silent_s: float = 30.0
    transport: Transport = Transport.AUTO
    connections_max: int | None = None  # per process; None: as many as it may have files open

    def __post_init__(self) -> None:
        for name in self.versions:
            try:
                by_name(name)
            except KeyError:
                raise SettingsError(f"versions: {name!r} is no OCPP version, expected 1.6, 2.0.1 or 2.1") from None
        self._check_tls()
        for name in ABOVE_ZERO:
            if (value := getattr(self, name)) is not None and value <= 0:
                raise SettingsError(f"{name}: {value} is not above zero")
        self._check_places()
        self._check_nodes()
        self._check_access()
        if not self.organisation or len(self.organisation) > 64:
            raise SettingsError("organisation: a name of 1 to 64 characters")
        for name in NOT_BELOW_ZERO:
            if getattr(self, name) < 0:
                raise SettingsError(f"{name}: {getattr(self, name)} is below zero")
        if self.workers > 1 and self.clock is ClockKind.SIMULATED:
            raise SettingsError("workers: a simulation conducts one process only; clock: simulated needs workers: 1")
        if self.workers > 1 and self.site_limit_w is not None:
            raise SettingsError("site_limit_w: one process shares a site's power; leave workers at 1")

    def _check_tls(self) -> None:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise SettingsError("tls_cert and tls_key belong together")
        if (self.tls_second_cert is None) != (self.tls_second_key is None):
            raise SettingsError("tls_second_cert and tls_second_key belong together")
        if self.tls_second_cert is not None and self.tls_cert is None:
            raise SettingsError("tls_second_cert: the first is missing, tls_cert and tls_key")

    def _check_nodes(self) -> None:
        if self.nodes == 1 and self.redis is None:
            return
        if self.clock is ClockKind.SIMULATED:
            raise SettingsError("nodes: a simulation conducts one process only; clock: simulated needs a single node")
        if self.site_limit_w is not None:
            raise SettingsError("site_limit_w: one process shares a site's power; leave it to a single node")

    def _check_places(self) -> None:
        for name in ("public_url", "files_url"):
            if (url := getattr(self, name)) is not None and not url.startswith(("http://", "https://")):
                raise SettingsError(f"{name}: {url!r} is no http or https URL")
        if self.public_tls_port is not None and self.tls_cert is None:
            raise SettingsError("public_tls_port: HTTPS takes tls_cert and tls_key")

    def _check_access(self) -> None:
        how, local = self.guarding, is_loopback(self.api_host)
        if how is Auth.OPEN and not local:
            raise SettingsError(
                f"api_host: others reach {self.api_host or 'every address'}, and the API is open: set api_key, or "
                "auth: oauth; only loopback addresses may be open (see docs/access.md)"
            )
        if (how is Auth.KEY) != (self.api_key is not None):
            raise SettingsError(f"api_key: auth: key takes one, and auth: {how} has no use for it")
        if self.api_url is not None and not is_safe(self.api_url):
            raise SettingsError(f"api_url: {self.api_url!r} is no https URL, nor http on a loopback address")
        if (self.oidc_issuer is None) != (self.oidc_audience is None):
            raise SettingsError("oidc_issuer and oidc_audience belong together")
        if self.oidc_issuer is not None and (how is not Auth.OAUTH or not is_safe(self.oidc_issuer)):
            raise SettingsError("oidc_issuer: an https URL (http on a loopback address), together with auth: oauth")
        alone = local and self.nodes == 1 and self.redis is None
        if how is Auth.OAUTH and not alone and self.api_url is None and self.oidc_issuer is None:
            raise SettingsError(
                "api_url: with auth: oauth, say at which URL others find the API, the same for all nodes"
            )
        if odd := sorted(self.oidc_claims.keys() - CLAIMS):
            raise SettingsError(f"oidc_claims: no {odd[0]!r}; known are {', '.join(sorted(CLAIMS))}")

    @property
    def guarding(self) -> Auth:
        """How the API is guarded, where nothing was said too."""
        if self.auth is not Auth.AUTO:
            return self.auth
        return Auth.OPEN if self.api_key is None else Auth.KEY

    @property
    def api_base(self) -> str:
        """The URL before every path of the API, without a slash at its end."""
        if self.api_url is not None:
            return self.api_url.rstrip("/")
        return f"http://{_host(self.api_host)}:{self.api_port}"

    @property
    def spoken(self) -> tuple[Version, ...]:
        """The OCPP versions that the CSMS speaks."""
        return tuple(by_name(name) for name in self.versions)

    @property
    def public_base(self) -> str | None:
        """The URL before every public path, without a slash at its end; None where nothing is public."""
        if self.public_url is not None:
            return self.public_url.rstrip("/")
        if self.public_port is None:
            return None
        return f"http://{_host(self.public_host)}:{self.public_port}"

    @property
    def files_base(self) -> str | None:
        """The URL before the paths of files, without a slash at its end; None where nothing is public."""
        if self.files_url is not None:
            return self.files_url.rstrip("/")
        if self.public_tls_port is None:
            return self.public_base
        return f"https://{_host(self.public_host)}:{self.public_tls_port}"

    @property
    def ftp_base(self) -> str | None:
        """The same for FTP, with who logs in; None without FTP."""
        if self.ftp_port is None:
            return None
        scheme = "ftp" if self.tls_cert is None else "ftps"
        who = f"{quote(self.ftp_user, safe='')}:{quote(self.ftp_password, safe='')}"
        return f"{scheme}://{who}@{_host(self.public_host)}:{self.ftp_port}"

    @property
    def organisations(self) -> tuple[str, ...]:
        """Whose stations are trusted (A00.FR.404)."""
        return (self.organisation, *self.trusted_organisations)

    @property
    def share(self) -> Settings:
        """What each of the workers keeps to, so that all of them together keep to these settings."""
        return replace(
            self,
            accepts_per_s=self.accepts_per_s / self.workers,
            accepts_burst=max(1, self.accepts_burst // self.workers),
            failed_logins_per_minute=self.failed_logins_per_minute / self.workers,
            failed_logins_burst=max(1, self.failed_logins_burst // self.workers),
            short_links_per_minute=self.short_links_per_minute / self.workers,
            short_links_burst=max(
                min(SHORT_LINKS_LEAST, self.short_links_burst), self.short_links_burst // self.workers
            ),
        )

    @classmethod
    def load(cls, path: Path, **overrides: Any) -> Settings:
        """Read a YAML file. Raises SettingsError."""
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except OSError as problem:
            raise SettingsError(f"{path}: {problem.strerror}") from problem
        except (yaml.YAMLError, UnicodeDecodeError) as problem:
            raise SettingsError(f"{path}: {' '.join(str(problem).split())}") from problem
        if content is None:
            content = {}
        if not isinstance(content, dict):
            raise SettingsError(f"{path}: expected a mapping of settings, found {type(content).__name__}")
        try:
            return replace(cls.of(content), **overrides)
        except SettingsError as problem:
            raise SettingsError(f"{path}: {problem}") from problem

    @classmethod
    def of(cls, content: dict[str, Any]) -> Settings:
        """Settings from plain values. Raises SettingsError for an unknown name or a value of the wrong kind."""
        hints = get_type_hints(cls)
        known = {item.name for item in fields(cls)}
        unknown = sorted(str(name) for name in content if name not in known)
        if unknown:
            raise SettingsError(f"unknown setting {unknown[0]!r}; known are {', '.join(sorted(known))}")
        return cls(**{name: _fit(name, value, hints[name]) for name, value in content.items()})


def is_loopback(host: str) -> bool:
    """Whether an address or a name is this machine's own."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_safe(url: str) -> bool:
    """Whether what is said there stays between the two."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))


def _host(name: str) -> str:
    return f"[{name}]" if ":" in name else name


def _fit(name: str, value: Any, kind: Any) -> Any:
    """The value as the type the setting has."""
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        try:
            return kind(value)
        except ValueError:
            raise SettingsError(f"{name}: {value!r} is none of {', '.join(kind)}") from None
    if get_origin(kind) is dict:
        if isinstance(value, dict) and all(isinstance(word, str) for pair in value.items() for word in pair):
            return dict(value)
        raise SettingsError(f"{name}: {value!r} is no mapping such as {{scope: scp}}")
    if get_origin(kind) is tuple:
        if isinstance(value, list | tuple) and (value or name != "versions"):
            return tuple(str(item) for item in value)
        example = "['1.6', '2.0.1']" if name == "versions" else "['one', 'another']"
        raise SettingsError(f"{name}: {value!r} is no list such as {example}")
    kinds = get_args(kind) or (kind,)
    if isinstance(value, bool) and bool not in kinds:
        raise SettingsError(f"{name}: {value!r} is not of the kind {kinds[0].__name__}")
    if float in kinds and isinstance(value, int):
        return float(value)
    if not isinstance(value, kinds):
        raise SettingsError(f"{name}: {value!r} is not of the kind {kinds[0].__name__}")
    return value
