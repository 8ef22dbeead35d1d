"""Faulty 2.0.1 CSMSs: resets."""

from __future__ import annotations

from conformance.mutants import change, mutant

mutant("resets_at_once", change("Reset", "type", "Immediate"), breaks="B11.FR.01 B12.FR.01")
mutant("resets_some_time", change("Reset", "type", "OnIdle"), breaks="B12.FR.02")
mutant("resets_one_evse", change("Reset", "evseId", 1), breaks="B11.FR.01 B12.FR.01 B12.FR.02")
mutant("resets_the_whole_station", change("Reset", "evseId", None), breaks="B11.FR.08 B12.FR.07 B12.FR.08")
