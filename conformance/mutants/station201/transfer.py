"""Faulty 2.0.1 stations: transfer."""

from __future__ import annotations

from conformance.mutants import accept_reply, mutant

mutant("accepts_any_vendor", accept_reply("DataTransfer", {"status": "Accepted"}))
