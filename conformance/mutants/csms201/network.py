"""Faulty 2.0.1 CSMSs: network connection profiles."""

from __future__ import annotations

from conformance.mutants import change, mutant

mutant("fills_another_slot", change("SetNetworkProfile", "configurationSlot", 7), breaks="B09.FR.01")
mutant("forgets_how_long_to_wait", change("SetNetworkProfile", "connectionData.messageTimeout", 0), breaks="B09.FR.01")
