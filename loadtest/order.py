"""What somebody orders of a load run, in the words of a command line.

The shape follows from it, and the plan (``loadtest.draft``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from loadtest.shapes import Phases, Target, shape_of

SEEKING = frozenset({"find-the-knee"})
"""Shapes that look for where the target is missed."""

STATIONS_PER_SHARD = 15_000
"""More than so many stations in one process come near to its open files, and to what one event loop can do."""

SECRETS = frozenset({"password"})


def option(default: Any, help: str, metavar: str = "") -> Any:
    """A field that is an option of a command line, too."""
    return field(default=default, metadata={"help": help, "metavar": metavar})


@dataclass(frozen=True, slots=True)
class Order:
    """A load run as it is ordered; nothing of it is judged yet."""

    url: str = option("", "address of the CSMS; {id} in it stands for the identity, which is appended otherwise", "URL")
    version: str = option("2.0.1", "OCPP version of the stations", "VERSION")
    profile: str = option("ac-22kw", "profile of the stations", "PROFILE")
    identities: str = option("CP-{n:06}", "pattern of identities, or a CSV file with a column identity", "PATTERN|FILE")
    password: str = option("", "HTTP Basic password of all stations; {n} and {id} may stand in it", "TEXT")
    habits: str = option("", "what people do: steady (default), residential, …, or a YAML file", "NAME|FILE")
    scenario: str = option("", "scenario file: its drivers are the habits, its expectations are judged", "FILE")
    config: tuple[str, ...] = option(
        (), "a variable of all stations, such as OCPPCommCtrlr.HeartbeatInterval=300; repeatable", "NAME=VALUE"
    )
    begins: str = option("", "time of the week at which the habits begin, such as 'mon 17:30'; default: now", "TIME")
    seed: int = option(7, "seed of all chance", "NUMBER")
    ca: str = option("", "PEM file with the certificates to trust (wss)", "FILE")
    certificate: str = option("", "client certificate, PEM; {id} may stand in the path", "FILE")
    key: str = option("", "its private key, PEM; {id} may stand in the path", "FILE")
    validation: str = option("all", "which messages of the stations are validated: all, sampled or none", "WHICH")
    back_off: str = option("ocpp", "what stations do after a lost connection: ocpp, or none to speak of", "HOW")
    recorded: int = option(20, "stations whose every frame is kept", "NUMBER")
    restarts: int = option(3, "how often each process of the fleet is begun anew when it dies", "NUMBER")
    source: tuple[str, ...] = option((), "address of this machine to dial from; repeatable", "ADDRESS")
    shards: int = option(0, "processes of the fleet; default: one per core, more where the stations need it", "NUMBER")
    shape: str = option(
        "ramp", "load shape: ramp, steps, spike, soak, reconnect-storm, blackout, find-the-knee", "SHAPE"
    )
    hold_s: float = option(0.0, "seconds to hold a level load; default: what the shape says", "SECONDS")
    step: int = option(0, "stations of a step of steps and find-the-knee; default: what the shape says", "NUMBER")
    target_p99_ms: float = option(250.0, "p99 of all CALLs that the CSMS must keep to", "MS")
    target_error_share: float = option(0.001, "share of CALLs that may fail", "SHARE")

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Order:
        """The order among other things, such as all options of a program; None stands for the default."""
        known = {each.name for each in fields(cls)}
        told = {name: value for name, value in given.items() if name in known and value is not None}
        for name in ("config", "source"):
            if name in told:
                told[name] = tuple(told[name])
        return cls(**told)

    @property
    def target(self) -> Target:
        """What the CSMS must keep to."""
        return Target(self.target_p99_ms, self.target_error_share)

    @property
    def seeks(self) -> bool:
        """Whether missing the target is what is looked for."""
        return self.shape in SEEKING

    def phases(self, users: int, per_s: float) -> Phases:
        """The load shape. Raises ShapeError."""
        wanted = {"hold_s": self.hold_s or None, "step": self.step or None, "target": self.target}
        return shape_of(self.shape, {"users": users, "per_s": per_s, **wanted})

    def shards_for(self, stations: int, cores: int) -> int:
        """How many processes so many stations live in."""
        return self.shards or max(1, min(cores, -(-stations // 1000)), -(-stations // STATIONS_PER_SHARD))

    def told(self) -> dict[str, Any]:
        """The order without its secrets, for the run's record; what is as always is left out."""
        default = asdict(Order())
        return {name: value for name, value in asdict(self).items() if value != default[name] and name not in SECRETS}
