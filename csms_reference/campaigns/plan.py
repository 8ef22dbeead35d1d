"""What a campaign is to do: which command, for which stations, in which waves, when, and when it went well."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from csms_reference.campaigns.window import zone_of
from csms_reference.dialects.registry import LINEAGE, command_names, commands_of, order_fault
from csms_reference.instants import read_ms

UPDATE = "update_firmware"

Version = Literal["1.6", "2.0.1", "2.1"]
Day = Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
Seconds = Annotated[int, Field(ge=0, le=31_536_000, strict=True)]
STATIONS_MOST = 10_000
NAMED_BY_IMAGE = frozenset({"location", "signature", "signing_certificate", "request_id"})


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("characters that cannot be seen")
    return text


def _zone(name: str) -> str:
    zone_of(name)
    return name


def _instant(text: str) -> str:
    if read_ms(text) is None:
        raise ValueError("not an RFC 3339 time stamp")
    return text


Word = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_printable)]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Zone = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$"), AfterValidator(_zone)]
Instant = Annotated[str, Field(max_length=64), AfterValidator(_instant)]


class Part(BaseModel):
    """A part of a plan: nothing unknown is taken."""

    model_config = ConfigDict(extra="forbid")


class Action(Part):
    """A command for stations of these versions (null: all that know it), with its fields as a single station's.

    ``image``: of update_firmware, a published firmware image instead of a location; ``secure``: with its signature,
    where it has one.
    """

    command: str = Field(max_length=64)
    fields: dict[str, Any] = {}
    versions: list[Version] | None = Field(default=None, min_length=1, max_length=3)
    image: Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_printable)] | None = None
    secure: bool = True

    @property
    def spoken(self) -> frozenset[str]:
        """The versions whose stations take it."""
        if self.versions is not None:
            return frozenset(self.versions)
        return frozenset(name for name in LINEAGE if self.command in commands_of(name))

    @model_validator(mode="after")
    def _fits(self) -> Action:
        if self.command not in command_names():
            raise ValueError(f"no command {self.command!r}")
        fields: Mapping[str, Any] = self.fields
        if self.image is not None:
            if self.command != UPDATE:
                raise ValueError(f"only {UPDATE} has an image")
            if named := NAMED_BY_IMAGE & fields.keys():
                raise ValueError(f"{min(named)}: follows from the image")
            fields = {**fields, "location": "-"}
        for version in sorted(self.spoken):
            if (fault := order_fault(version, self.command, dict(fields))) is not None:
                raise ValueError(f"OCPP {version}: {fault}")
        return self


class Target(Part):
    """Which stations: those to which all that is said here applies, as they are when the campaign starts.

    ``firmware``: with ``*`` and ``?`` for any text and any character. ``later``: also those to which it comes to apply
    before the deadline.
    """

    owner: Word | None = None
    vendor: Word | None = None
    model: Word | None = None
    version: Version | None = None
    firmware: Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_printable)] | None = None
    stations: list[Word] | None = Field(default=None, min_length=1, max_length=STATIONS_MOST)
    later: bool = False


class Wave(Part):
    """How many have had their turn when this wave is over, of all stations in percent, or as a number.

    Then ``soak_s`` pass, and where ``approval`` is wanted somebody has to give it.
    """

    percent: float | None = Field(default=None, gt=0, le=100)
    count: int | None = Field(default=None, ge=1, le=1_000_000)
    soak_s: Seconds = 0
    approval: bool = False

    @model_validator(mode="after")
    def _one(self) -> Wave:
        if (self.percent is None) == (self.count is None):
            raise ValueError("a wave has either a percent or a count")
        return self


class Window(Part):
    """When stations may begin: every day from ``begins`` to ``ends`` (over midnight where that is earlier) by the
    clocks of ``zone``; ``days``: those on which it begins."""

    begins: Clock
    ends: Clock
    zone: Zone = "UTC"
    days: list[Day] = Field(default=[*get_args(Day)], min_length=1, max_length=7)

    @model_validator(mode="after")
    def _long(self) -> Window:
        if self.begins == self.ends:
            raise ValueError("the window is never open")
        return self


class Schedule(Part):
    """When: not before an instant, in a daily window, and only until a deadline."""

    not_before: Instant | None = None
    deadline: Instant | None = None
    window: Window | None = None


class Pace(Part):
    """How many stations do it at the same time, in all and of each owner."""

    at_once: int = Field(default=50, ge=1, le=5_000)
    at_once_per_owner: int | None = Field(default=None, ge=1, le=5_000)


class Threshold(Part):
    """So many failures pause the campaign: a number, or a share of the stations whose turn has come."""

    count: int | None = Field(default=None, ge=1, le=1_000_000)
    percent: float | None = Field(default=None, gt=0, le=100)


class Plan(Part):
    """What a campaign does.

    ``success``: what counts as one: the answer Accepted, a boot since, the status Installed, or that status and a boot
    with the firmware ``expected``; without it the most that is known for such a command. ``timeout_s``: for an attempt.
    ``retries`` follow after ``backoff_s``, doubled each time. ``patience_s``: so long a station that is away or busy
    holds its wave up; it has its turn whenever it comes.
    """

    actions: list[Action] = Field(min_length=1, max_length=8)
    target: Target = Target()
    waves: list[Wave] = Field(default=[], max_length=20)
    pace: Pace = Pace()
    schedule: Schedule = Schedule()
    only_idle: bool = False
    success: Literal["accepted", "booted", "installed", "version"] | None = None
    expected: Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_printable)] | None = None
    timeout_s: Annotated[int, Field(ge=1, le=604_800, strict=True)] = 3600
    retries: int = Field(default=2, ge=0, le=10, strict=True)
    backoff_s: Annotated[int, Field(ge=1, le=86_400, strict=True)] = 300
    patience_s: Seconds = 3600
    threshold: Threshold = Threshold(percent=10)

    @model_validator(mode="after")
    def _consistent(self) -> Plan:
        if self.target.later and self.schedule.deadline is None:
            raise ValueError("target.later: a campaign for stations to come needs a deadline")
        if self.success in ("installed", "version") and any(each.command != UPDATE for each in self.actions):
            raise ValueError(f"success: only {UPDATE} has {self.success}")
        if self.success == "version" and self.expected is None and any(each.image is None for each in self.actions):
            raise ValueError("expected: which version is it to be?")
        return self

    def action_for(self, version: str | None) -> Action | None:
        """The first action for stations of this version."""
        return next((each for each in self.actions if version in each.spoken), None)

    def released(self, wave: int, total: int) -> int:
        """How many of ``total`` may have had their turn in this wave, which is not the last: that is for all."""
        each = self.waves[wave]
        return each.count if each.count is not None else max(1, round(total * (each.percent or 100) / 100))


def read_plan(text: str) -> Plan:
    """The plan that is kept as JSON. It was checked when it was made: commands may have changed with a new version."""
    return Plan.model_validate(json.loads(text))
