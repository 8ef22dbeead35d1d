"""The authorization cache and the local list in 1.6 (§5.4, §5.10, §5.15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.dialects.dialect import Payload, clear, handles
from simulator.dialects.ocpp16 import HANDLERS, token_info

if TYPE_CHECKING:
    from simulator.station import Station


@handles(HANDLERS, "ClearCache")
def clear_cache(station: Station, _ask: Payload) -> Payload:
    """§5.4."""
    return {"status": "Accepted" if clear(station) else "Rejected"}


@handles(HANDLERS, "GetLocalListVersion")
def get_local_list_version(station: Station, _ask: Payload) -> Payload:
    """§5.10; 0 where the list is empty, -1 where it is not in use."""
    if not station.variables.flag("LocalAuthListCtrlr.Enabled"):
        return {"listVersion": -1}
    listed = station.flash.local_list if station.flash.has_local_list else None
    return {"listVersion": listed.version if listed is not None and listed.entries else 0}


@handles(HANDLERS, "SendLocalList")
def send_local_list(station: Station, ask: Payload) -> Payload:
    """§5.15."""
    variables = station.variables
    if not variables.flag("LocalAuthListCtrlr.Enabled"):
        return {"status": "NotSupported"}
    entries = ask.get("localAuthorizationList", [])
    if len(entries) > variables.number("LocalAuthListCtrlr.ItemsPerMessage"):
        return {"status": "Failed"}  # SendLocalListMaxLength
    changes = [
        (entry["idTag"].lower(), token_info(entry["idTagInfo"]) if "idTagInfo" in entry else None) for entry in entries
    ]
    full, room = ask["updateType"] == "Full", variables.model["LocalAuthListCtrlr.Storage"].high
    return {"status": station.flash.local_list.update(ask["listVersion"], changes, full=full, most_bytes=room)}
