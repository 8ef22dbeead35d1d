"""Faulty 2.0.1 CSMSs: security."""

from __future__ import annotations

from conformance.mutants import (
    mutant,
)

mutant("any_password_will_do", welcoming=True)
