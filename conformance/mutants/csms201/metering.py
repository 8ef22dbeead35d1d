"""Faulty 2.0.1 CSMSs: metering."""

from __future__ import annotations

from conformance.mutants import (
    mutant,
    refuse_reply,
)

mutant("chokes_on_meter_values", refuse_reply("MeterValues", "InternalError"))
