"""Faulty 2.0.1 CSMSs: locallist."""

from __future__ import annotations

from conformance.mutants import (
    change,
    drop,
    mutant,
)

mutant("sends_no_list", change("SendLocalList", "localAuthorizationList", None))
mutant("asks_no_version", drop("GetLocalListVersion"))
