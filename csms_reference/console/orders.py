"""Commands: forms made from what is registered for a station's version, and what came of those that were sent."""

from __future__ import annotations

import inspect
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection as Database
from sqlalchemy import Row, select
from starlette.exceptions import HTTPException
from starlette.responses import Response

from csms_reference.access.scopes import Scope
from csms_reference.api.hal import Property, fields_of
from csms_reference.api.ordering import Attempt
from csms_reference.console.desk import Asked, Page
from csms_reference.console.gate import Fields
from csms_reference.console.scope import station_of
from csms_reference.dialects.registry import LINEAGE, command_names, commands_of, form_of
from csms_reference.process import fresh_id
from csms_reference.store.command_tables import commands

SHOWN = 20
GROUPS = {
    "Charging": "remote_start remote_stop unlock set_charging_profile clear_charging_profile get_charging_profiles "
    "get_composite_schedule get_transaction_status reserve cancel_reservation cost_updated",
    "Station": "reset change_availability trigger get_log update_firmware publish_firmware unpublish_firmware "
    "set_network_profile set_password data_transfer",
    "Device model": "get_variables set_variables get_base_report get_report set_monitoring_base set_monitoring_level "
    "set_variable_monitoring clear_variable_monitoring get_monitoring_report",
    "Drivers": "send_local_list sync_local_list get_local_list_version clear_cache customer_information "
    "set_display_message get_display_messages clear_display_message",
    "Certificates": "install_certificate delete_certificate get_installed_certificate_ids sign_certificate",
}
"""Where people look for a command; what stands nowhere is found under Other."""


@dataclass(frozen=True, slots=True)
class Form:
    """A command that can be filled in. ``given``: what somebody filled in, and ``wrong``: why that did not do."""

    name: str
    about: str
    fields: list[Property]
    given: Fields
    wrong: str = ""


def groups(version: str | None) -> dict[str, list[str]]:
    """The commands of a version, by what they are about."""
    known = set(commands_of(version)) if version in LINEAGE else set(command_names())
    found = {title: [name for name in names.split() if name in known] for title, names in GROUPS.items()}
    found["Other"] = sorted(known - {name for names in found.values() for name in names})
    return {title: names for title, names in found.items() if names}


def form(version: str | None, name: str, given: Fields, wrong: str = "") -> Form | None:
    """The form of a command; None where this version has no such command."""
    command = commands_of(version).get(name) if version in LINEAGE else None
    if command is None:
        return None
    return Form(name, inspect.getdoc(command) or "", fields_of(form_of(command)), given, wrong)


def filled(fields: list[Property], given: Fields) -> dict[str, Any]:
    """What was filled in, as the command takes it; what was left empty is left out."""
    return {each.name: _value(each, text) for each in fields if (text := given.get(each.name, "").strip())}


def _value(field: Property, text: str) -> Any:
    """The value of a field: a number, yes or no, JSON, names with values line by line, a list with commas, or text."""
    if field.type == "number":
        return _json(text)
    if field.type == "checkbox":
        return {"true": True, "false": False}.get(text, text)
    if text[0] in "{[":
        return _json(text)
    if field.name == "values":
        return dict(_pair(line) for line in text.splitlines() if line.strip())
    if field.type == "list":
        return [_json(item) if item.isdigit() else item for item in map(str.strip, text.split(",")) if item]
    return _json(text) if field.type == "object" else text


def _pair(line: str) -> tuple[str, str]:
    name, _, value = line.partition("=")
    return name.strip(), value.strip()


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text  # what is wrong with it, the command says best


def recent(database: Database, station: str, most: int = SHOWN) -> list[Row[Any]]:
    """The newest commands of a station, the newest first."""
    chosen = select(commands).where(commands.c.station == station).order_by(commands.c.id.desc()).limit(most)
    return list(database.execute(chosen))


def told(row: Row[Any]) -> str:
    """What was asked and answered, laid out."""
    asked = json.loads(row.fields)
    lines = [f"asked    {json.dumps(asked, indent=2, ensure_ascii=False)}"] if asked else []
    if row.answer is not None:
        lines.append(f"answered {json.dumps(json.loads(row.answer), indent=2, ensure_ascii=False)}")
    return "\n".join([*lines, *([f"error    {row.error}"] if row.error else [])])


async def show(asked: Asked, station: str, chosen: str, given: Fields, wrong: str = "") -> Response:
    """A station's commands, with the form of one that was chosen."""
    row = await asked.read(lambda database: station_of(database, asked.who, station))
    seen = await asked.csms.seen([station])
    return asked.page(
        "commands.html.j2",
        422 if wrong else 200,
        station=row,
        connected=station in seen,
        seen_ms=seen.get(station) or row.last_seen_ms,
        tab="commands",
        groups=groups(row.version),
        form=form(row.version, chosen, given, wrong),
        chosen=chosen,
        attempt=fresh_id(),
        recent=await asked.read(lambda database: recent(database, station)),
        told=told,
        live=station,
    )


async def commands_page(asked: Asked) -> Response:
    """Everything that a station can be asked, and was."""
    given = dict(asked.request.query_params)
    return await show(asked, asked.path("station"), given.pop("command", ""), given)


async def send(asked: Asked) -> Response:
    """Have a command carried out."""
    station, given = asked.path("station"), dict(asked.form)
    name, key, back = (given.pop(each, "") for each in ("command", "attempt", "back"))
    if "variable" in given:  # from the device model's page
        given["values"] = json.dumps({given.pop("variable"): given.pop("value", "")})
    row = await asked.read(lambda database: station_of(database, asked.who, station))
    chosen = form(row.version, name, given)
    if chosen is None:
        raise HTTPException(422, f"This station has no command {name!r}.")
    try:
        answer = await Attempt(asked.who.subject, key or None, None).order(
            asked.csms, station, name, filled(chosen.fields, given)
        )
    except HTTPException as problem:
        if problem.status_code != 422:
            raise
        return await show(asked, station, name, given, str(problem.detail))
    number = answer.headers["location"].rpartition("/")[2]
    where = (station,) if back == "overview" else (station, "commands")
    return asked.to("stations", *where, fragment=f"command-{number}")


PAGES = (
    Page("/stations/{station}/commands", commands_page, Scope.COMMANDS_READ),
    Page("/stations/{station}/commands", send, Scope.COMMANDS_WRITE, "POST"),
)
