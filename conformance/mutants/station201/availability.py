"""Faulty 2.0.1 stations: availability."""

from __future__ import annotations

from conformance.mutants import accept_reply, change, drop, mutant, once

mutant("never_occupied", change("StatusNotification", "connectorStatus", "Available"))
mutant(
    "stays_occupied",
    once(
        "StatusNotification",
        {"connectorStatus": "Occupied"},
        change("StatusNotification", "connectorStatus", "Occupied"),
    ),
)
mutant("ignores_availability", drop("StatusNotification", {"connectorStatus": "Unavailable"}))
mutant(
    "stays_unavailable",
    once(
        "StatusNotification",
        {"connectorStatus": "Unavailable"},
        change("StatusNotification", "connectorStatus", "Unavailable"),
    ),
)
mutant("unavailable_at_once", accept_reply("ChangeAvailability", {"status": "Accepted"}))
