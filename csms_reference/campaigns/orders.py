"""What a station is asked for: an action's command, with what its image comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from csms_reference.campaigns.evidence import Evidence
from csms_reference.campaigns.plan import UPDATE, Action, Plan
from csms_reference.services import firmware
from csms_reference.settings import Settings
from csms_reference.store.firmware_tables import firmware_images

SINCE_2020_S = 1_577_836_800


class NotReady(Exception):
    """Nobody can be asked now: what the campaign rolls out is not what it was, or cannot be fetched."""


NOWHERE = "nothing is public here: public_port or public_tls_port is needed"


@dataclass(frozen=True, slots=True)
class Order:
    """A command with its fields; ``request_id``: under which the station tells of it, where it is an update."""

    command: str
    fields: dict[str, Any]
    request_id: int | None = None


def ready(connection: Connection, settings: Settings, plan: Plan) -> dict[str, str]:
    """As ``pins_of``; raises NotReady also where stations could not fetch an image."""
    pins = pins_of(connection, plan)
    if pins and settings.files_base is None:
        raise NotReady(NOWHERE)
    return pins


def pins_of(connection: Connection, plan: Plan) -> dict[str, str]:
    """The SHA-256 of each image that a plan names. Raises NotReady where one is missing."""
    names = {each.image for each in plan.actions if each.image is not None}
    table = firmware_images.c
    chosen = select(table.name, table.sha256).where(table.name.in_(names))
    found = {row.name: row.sha256 for row in connection.execute(chosen)}
    if missing := names - found.keys():
        raise NotReady(f"there is no image {min(missing)!r}")
    return found


def order_for(
    connection: Connection, settings: Settings, action: Action, pins: dict[str, str], seen: Evidence
) -> Order | str:
    """What a station is asked for; why it is not, where an image is not for it. Raises NotReady."""
    if action.command != UPDATE:
        return Order(action.command, action.fields)
    number = (seen.now_ms // 1000 - SINCE_2020_S) & 0x7FFFFFFF
    if action.image is None:
        fields = {"request_id": number, **action.fields}
        return Order(UPDATE, fields, int(fields["request_id"]))
    row = firmware.image(connection, action.image)
    if row is None:
        raise NotReady(f"there is no image {action.image!r} any more")
    if row.sha256 != pins.get(action.image):
        raise NotReady(f"the image {action.image!r} is another one than at the start")
    if settings.files_base is None:
        raise NotReady(NOWHERE)
    assert seen.station is not None
    if row.model is not None and row.model != seen.station.model:
        return f"the image is for {row.model}"
    located = firmware.fetched(row, settings.files_base, secure=action.secure)
    return Order(UPDATE, {**action.fields, **located, "request_id": number}, number)
