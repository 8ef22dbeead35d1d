"""Reading and changing configuration keys in OCPP 1.6 (§5.3, §5.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol.errors import Code
from simulator.dialects import keys16
from simulator.dialects.dialect import Payload, handles
from simulator.dialects.ocpp16 import HANDLERS
from simulator.line import CallRefused

if TYPE_CHECKING:
    from simulator.station import Station

LONGEST = 500
"""Characters of a key's value (KeyValue)."""


@handles(HANDLERS, "GetConfiguration")
def get_configuration(station: Station, ask: Payload) -> Payload:
    """§5.8: all keys where none is named; those that are not known, or cannot be read, apart."""
    wanted = ask.get("key") or ()
    if len(wanted) > keys16.MAX_KEYS:
        raise CallRefused(Code.OCCURRENCE_CONSTRAINT_VIOLATION, f"more than {keys16.MAX_KEYS} keys")
    known, unknown = [], []
    for name in wanted or (*keys16.names(), *keys16.meter_keys(station)):
        key = keys16.find(name)
        if key is None or not keys16.readable(station, key):
            unknown.append(name)
            continue
        readonly = keys16.read_only(station, key)
        known.append({"key": key, "readonly": readonly, "value": keys16.value(station, key)[:LONGEST]})
    answer: Payload = {"configurationKey": known}
    if wanted and unknown:
        answer["unknownKey"] = unknown
    return answer


@handles(HANDLERS, "ChangeConfiguration")
def change_configuration(station: Station, ask: Payload) -> Payload:
    """§5.3."""
    return {"status": keys16.change(station, ask["key"], ask["value"])}
