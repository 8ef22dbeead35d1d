"""What follows when variables were read or set one by one: 2.x names them by component, 1.6 has configuration keys."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sized
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Connection as Database

from csms_reference.dialects.commands import wire
from csms_reference.dialects.device201 import named
from csms_reference.dialects.names201 import named_variable
from csms_reference.dialects.registry import Payload, afterwards
from csms_reference.outcome import Outcome
from csms_reference.services import devicemodel
from csms_reference.services.devicemodel import Attribute, Named
from csms_reference.store import StoreError

if TYPE_CHECKING:
    from csms_reference.csms import Csms

log = logging.getLogger(__name__)


def key_16(name: str) -> Named:
    """A configuration key as a variable: it has a name, and belongs to no component."""
    return Named("", "", 0, 0, name, "")


@afterwards("get_variables")
async def were_read(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """Note what was read: how much a station can take may be among it (B05.FR.11, B06.FR.05)."""
    del fields
    answer = end.answer or {}
    said = [*_variables(answer.get("getVariableResult", ())), *_keys(answer.get("configurationKey", ()))]
    await _note(csms, station, said, partial(devicemodel.read, station=station, said=said, now_ms=asked_ms))


@afterwards("set_variables")
async def were_set(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """Note what was accepted of what is known already. What needs a reboot first is not true yet, and what was never
    told may be a secret."""
    answer = end.answer or {}
    if "setVariableResult" in answer:
        said = _taken(fields["values"], answer["setVariableResult"])
    else:
        taken = [each["key"] for each in answer.get("results", ()) if each["status"] == "Accepted"]
        said = [Attribute(key_16(key), "Actual", wire(fields["values"][key])) for key in taken]
    await _note(csms, station, said, partial(devicemodel.changed, station=station, said=said, now_ms=asked_ms))


async def _note(csms: Csms, station: str, said: Sized, write: Callable[[Database], None]) -> None:
    """Not as what writes many rows: what was read would be written after what was set later. The station has answered,
    whether that is noted or not."""
    if said:
        try:
            await csms.store.write(write)
        except StoreError as problem:
            log.error("%d variables of %s are not noted: %s", len(said), station, problem)  # noqa: TRY400 -- told there


def _variables(results: Iterable[Payload]) -> Iterable[Attribute]:
    for each in results:
        if each["attributeStatus"] == "Accepted" and "attributeValue" in each:
            yield Attribute(*_which(each), each["attributeValue"])


def _keys(told: Iterable[Payload]) -> Iterable[Attribute]:
    for each in told:
        mutability = "ReadOnly" if each["readonly"] else "ReadWrite"
        yield Attribute(key_16(each["key"]), "Actual", each.get("value"), mutability)


def _taken(values: Payload | list[Payload], results: Iterable[Payload]) -> list[Attribute]:
    """What was asked for, as far as the results, which come in any order, say that it is so."""
    if not isinstance(values, list):
        values = [{**named_variable(name), "attributeValue": wire(value)} for name, value in values.items()]
    accepted = {_which(each) for each in results if each["attributeStatus"] == "Accepted"}
    return [Attribute(*_which(each), each["attributeValue"]) for each in values if _which(each) in accepted]


def _which(each: Payload) -> tuple[Named, str]:
    return named(each), each.get("attributeType", "Actual")
