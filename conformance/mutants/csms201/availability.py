"""Faulty 2.0.1 CSMSs: availability."""

from __future__ import annotations

from conformance.mutants import (
    change,
    mutant,
    refuse_reply,
)

mutant("means_the_whole_station", change("ChangeAvailability", "evse", None))
mutant("never_operative_again", change("ChangeAvailability", "operationalStatus", "Inoperative"))
mutant("means_one_evse", change("ChangeAvailability", "evse", {"id": 1}))
mutant("chokes_on_events", refuse_reply("NotifyEvent", "InternalError"))
