"""Faulty 2.0.1 CSMSs: remote."""

from __future__ import annotations

from conformance.mutants import (
    change,
    drop,
    mutant,
    silent,
)

mutant("starts_with_another_token", change("RequestStartTransaction", "idToken.idToken", "ANOTHER"))
mutant("never_starts", drop("RequestStartTransaction"))
mutant("unlocks_another_connector", change("UnlockConnector", "connectorId", 2))
mutant("triggers_something_else", change("TriggerMessage", "requestedMessage", "LogStatusNotification"))
mutant("deaf_after_a_refusal", silent("Heartbeat"))
