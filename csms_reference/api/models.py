"""What the HTTP API takes and gives. Instants are RFC 3339 in UTC, energy is in Wh."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from csms_reference.api.hal import Resource
from csms_reference.instants import read_ms, show
from csms_reference.services.registration import Registration
from protocol.transports.address import identity_fault


def _instant(text: str) -> str:
    if read_ms(text) is None:
        raise ValueError("not an RFC 3339 time stamp")
    return text


def _storable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("characters that no identifier has")
    return text


def _dialable(text: str) -> str:
    if (fault := identity_fault(text)) is not None:
        raise ValueError(fault.reason)
    return text


def _sayable(whole: Any) -> Any:
    """JSON can name half of a surrogate pair, but no UTF-8 can carry it."""
    if not isinstance(whole, dict):  # of another media type, which is told as what it is
        return whole
    try:
        json.dumps(whole, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("half of a surrogate pair is no character") from None
    return whole


Limit = Annotated[int, Query(ge=1, le=1000)]
AfterId = Annotated[int, Query(ge=0, le=2**63 - 1, description="The last id of the page before.")]
AfterKey = Annotated[str, Query(max_length=255, description="The last key of the page before.")]
Choice = Annotated[str | None, Query(max_length=255)]
Name = Annotated[str, Path(max_length=255)]
Instant = Annotated[str, AfterValidator(_instant)]
Identifier = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_storable)]


def likewise(model: type[BaseModel], row: Any) -> dict[str, Any]:
    """The fields of a model that a row of the database has under the same names."""
    return {name: getattr(row, name) for name in model.model_fields if hasattr(row, name)}


class Problem(BaseModel):
    """What went wrong (RFC 9457). ``outcome``: how a command ended; ``errors``: the fields that are at fault."""

    type: str
    title: str
    status: int
    detail: str
    outcome: str | None = None
    errors: list[dict[str, str]] | None = None


class StationChange(BaseModel):
    """What is to be changed of a station; ``password`` null takes it away."""

    model_config = ConfigDict(extra="forbid")
    registration: Registration = Registration.ACCEPTED
    password: str | None = Field(None, min_length=1, max_length=255)
    security_profile: int | None = Field(None, ge=0, le=3, strict=True)
    admits_expired: bool | None = None
    owner: Identifier | None = Field(None, description="The account whose it is; null: the operator's.")
    public: bool = Field(False, description="Whoever has an account may charge there, and guests where they may.")


class StationIn(StationChange):
    """A station to register or change."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"id": "CP-1", "password": "open sesame"}]}
    )

    id: Annotated[str, Field(min_length=1, max_length=48), AfterValidator(_dialable)]


class ConnectorOut(BaseModel):
    """A connector; EVSE 0, connector 0 is the station as a whole."""

    evse: int
    connector: int
    status: str
    error_code: str | None
    since: str | None

    @classmethod
    def of(cls, row: Any) -> ConnectorOut:
        """From its row."""
        return cls(
            evse=row.evse,
            connector=row.connector,
            status=row.status,
            error_code=row.error_code,
            since=show(row.since_ms),
        )


class StationOut(Resource):
    """A station, with its connectors where one is asked for."""

    LIVE = frozenset(
        {"connected", "version", "vendor", "model", "serial", "firmware", "boot_reason", "last_boot", "last_seen"}
        | {"local_list_version", "connectors"}
    )

    id: str
    connected: bool
    registration: str
    version: str | None
    vendor: str | None
    model: str | None
    serial: str | None
    firmware: str | None
    security_profile: int | None
    owner: str | None
    public: bool
    has_password: bool
    admits_expired: bool | None
    boot_reason: str | None
    last_boot: str | None
    last_seen: str | None
    local_list_version: int | None
    connectors: list[ConnectorOut] | None = None

    @classmethod
    def of(cls, row: Any, *, connected: bool, seen_ms: int | None) -> StationOut:
        """From its row; ``seen_ms`` is when its connection last heard of it."""
        return cls(
            id=row.station,
            connected=connected,
            registration=row.registration,
            version=row.version,
            vendor=row.vendor,
            model=row.model,
            serial=row.serial,
            firmware=row.firmware,
            security_profile=row.security_profile,
            owner=row.owner,
            public=bool(row.public),
            has_password=row.password_hash is not None,
            admits_expired=row.admits_expired,
            boot_reason=row.boot_reason,
            last_boot=show(row.last_boot_ms),
            last_seen=show(seen_ms or row.last_seen_ms),
            local_list_version=row.local_list_version,
        )


class CommandIn(BaseModel):
    """A command; its fields stand beside ``command``."""

    model_config = ConfigDict(
        extra="allow", json_schema_extra={"examples": [{"command": "remote_start", "id_token": "ALICE", "evse": 1}]}
    )
    command: str
    _sayable = model_validator(mode="before")(_sayable)


class CallIn(BaseModel):
    """A raw CALL. ``validate`` false sends what is not valid, too."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"action": "TriggerMessage", "payload": {"requestedMessage": "Heartbeat"}}]},
    )
    action: str
    payload: dict[str, Any] = {}
    validated: bool = Field(True, alias="validate")
    _sayable = model_validator(mode="before")(_sayable)


class ProcessOut(BaseModel):
    """A process that holds stations. ``state``: starting, serving, silent, or waiting to be started again."""

    model_config = ConfigDict(from_attributes=True)
    number: int
    pid: int | None
    state: str
    deaths: int
    last_end: str | None
    figures: dict[str, float]


class FiguresOut(Resource):
    """Counts since the start of each process, and what each takes; ``parent`` is the process that answers this."""

    connected: int
    total: dict[str, float]
    workers: list[ProcessOut]
    parent: dict[str, float]


class NowIn(BaseModel):
    """The time that a simulation sets."""

    now: str


class QuietOut(BaseModel):
    """``quiet``: nothing is left to do at this time. The rest counts frames since the start; activity is their sum."""

    quiet: bool
    activity: int
    received: int
    sent: int
