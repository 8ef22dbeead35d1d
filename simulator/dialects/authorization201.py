"""The authorization cache and the local list in 2.0.1 (part 2 C11, D01, D02)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol.errors import Code
from simulator.dialects.dialect import Payload, clear, handles, size_of
from simulator.dialects.ocpp201 import HANDLERS
from simulator.dialects.tokens201 import read_token, token_info
from simulator.line import CallRefused

if TYPE_CHECKING:
    from simulator.station import Station


@handles(HANDLERS, "ClearCache")
def clear_cache(station: Station, _ask: Payload) -> Payload:
    """C11.FR.01–.04."""
    return {"status": "Accepted" if clear(station) else "Rejected"}


@handles(HANDLERS, "GetLocalListVersion")
def get_local_list_version(station: Station, _ask: Payload) -> Payload:
    """D02; 0 where the list is switched off (D02.FR.03) or nothing was ever sent (D02.FR.02)."""
    used = station.variables.flag("LocalAuthListCtrlr.Enabled") and station.flash.has_local_list
    return {"versionNumber": station.flash.local_list.version if used else 0}


@handles(HANDLERS, "SendLocalList")
def send_local_list(station: Station, ask: Payload) -> Payload:
    """D01."""
    variables = station.variables
    if not variables.flag("LocalAuthListCtrlr.Enabled"):
        return {"status": "Failed"}
    entries = ask.get("localAuthorizationList", [])
    if len(entries) > variables.number("LocalAuthListCtrlr.ItemsPerMessage"):
        raise CallRefused(Code.OCCURRENCE_CONSTRAINT_VIOLATION, "more items than ItemsPerMessage")  # D01.FR.11
    if size_of(ask) > (most := variables.number("LocalAuthListCtrlr.BytesPerMessage")):
        raise CallRefused(Code.FORMAT_VIOLATION, f"more than {most} bytes")  # D01.FR.11
    changes = [
        (read_token(entry["idToken"]).key, token_info(entry["idTokenInfo"]) if "idTokenInfo" in entry else None)
        for entry in entries
    ]
    full, room = ask["updateType"] == "Full", variables.model["LocalAuthListCtrlr.Storage"].high
    status = station.flash.local_list.update(ask["versionNumber"], changes, full=full, most_bytes=room)
    return {"status": status}
