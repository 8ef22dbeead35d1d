"""Faulty 2.0.1 CSMSs: availability."""

from __future__ import annotations

from conformance.mutants import change, mutant, refuse_reply

CLOSES = {"operationalStatus": "Inoperative"}
OPENS = {"operationalStatus": "Operative"}

mutant("means_the_whole_station", change("ChangeAvailability", "evse", None), breaks="G03.FR.01")
mutant("means_the_whole_evse", change("ChangeAvailability", "evse.connectorId", None, CLOSES), breaks="G03.FR.01")
mutant("means_one_connector", change("ChangeAvailability", "evse.connectorId", 1), breaks="G03.FR.01")
mutant(
    "opens_what_it_should_close",
    change("ChangeAvailability", "operationalStatus", "Operative"),
    breaks="G03.FR.01 G04.FR.01",
)
mutant("means_one_evse", change("ChangeAvailability", "evse", {"id": 1}), breaks="G04.FR.01")
mutant(
    "never_operative_again",
    change("ChangeAvailability", "operationalStatus", "Inoperative"),
    breaks="G03.FR.01 G04.FR.01",
)
mutant("reopens_one_evse", change("ChangeAvailability", "evse", {"id": 1}, OPENS), breaks="G04.FR.01")
mutant("reopens_the_whole_evse", change("ChangeAvailability", "evse.connectorId", None, OPENS), breaks="G03.FR.01")
mutant("chokes_on_events", refuse_reply("NotifyEvent", "InternalError"), breaks="G05.FR.03")
