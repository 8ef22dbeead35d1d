"""States that a 2.0.1 station is brought into, shared by its cases (part 6, reusable states of the station)."""

from __future__ import annotations

from conformance.cases.station201.states.authorization import (
    authorization_told,
    authorized,
    deauthorized,
    remotely_started,
    takes_tokens,
)
from conformance.cases.station201.states.bay import BAY, bay_left, bay_occupied
from conformance.cases.station201.states.connectors import (
    all_connectors_are,
    connector_is,
    connector_since,
    connectors_since,
)
from conformance.cases.station201.states.ending import (
    disconnected,
    done,
    post_session,
    stopped_locally,
    stopped_remotely,
)
from conformance.cases.station201.states.energy import (
    charging,
    charging_until,
    connected,
    energized,
    energy_suspended,
    plugged,
    signed,
    started,
)
from conformance.cases.station201.states.reservation import reserve, reserved
from conformance.cases.station201.states.startup import booted, ready, told_of_startup
from conformance.cases.station201.states.tokens import LIST_VERSION, cached, entry, forgotten, known_offline, listed
from conformance.cases.station201.states.transaction import Tx, new_session
from conformance.cases.station201.states.variables import (
    configured,
    held,
    points_of,
    start_points,
    stop_points,
    variable,
)

__all__ = [
    "BAY",
    "LIST_VERSION",
    "Tx",
    "all_connectors_are",
    "authorization_told",
    "authorized",
    "bay_left",
    "bay_occupied",
    "booted",
    "cached",
    "charging",
    "charging_until",
    "configured",
    "connected",
    "connector_is",
    "connector_since",
    "connectors_since",
    "deauthorized",
    "disconnected",
    "done",
    "energized",
    "energy_suspended",
    "entry",
    "forgotten",
    "held",
    "known_offline",
    "listed",
    "new_session",
    "plugged",
    "points_of",
    "post_session",
    "ready",
    "remotely_started",
    "reserve",
    "reserved",
    "signed",
    "start_points",
    "started",
    "stop_points",
    "stopped_locally",
    "stopped_remotely",
    "takes_tokens",
    "told_of_startup",
    "variable",
]
