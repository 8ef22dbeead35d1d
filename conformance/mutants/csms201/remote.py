"""Faulty 2.0.1 CSMSs: remote."""

from __future__ import annotations

from conformance.mutants import change, change_reply, drop, fail_reply, mutant, silent
from conformance.vocabulary import PRESENT

mutant(
    "starts_with_another_token",
    change("RequestStartTransaction", "idToken.idToken", "ANOTHER"),
    breaks="F01.FR.04 F02.FR.12",
)
mutant(
    "checks_no_token_of_its_own",
    change_reply("TransactionEvent", "idTokenInfo", None, {"idTokenInfo": PRESENT}),
    breaks="F01.FR.03 F02.FR.11",
)
mutant("never_starts", drop("RequestStartTransaction"), breaks="F01.FR.04")
mutant("unlocks_another_connector", change("UnlockConnector", "connectorId", 2), breaks="F05.FR.01")
mutant(
    "triggers_something_else",
    change("TriggerMessage", "requestedMessage", "LogStatusNotification"),
    breaks="F06.FR.01",
)
mutant("triggers_a_heartbeat", change("TriggerMessage", "requestedMessage", "Heartbeat"), breaks="F06.FR.01")
mutant("triggers_every_evse", change("TriggerMessage", "evse", None), breaks="F06.FR.02")
mutant("triggers_the_status_of_an_evse", change("TriggerMessage", "evse.connectorId", None), breaks="F06.FR.13")
mutant("deaf_after_a_refusal", silent("Heartbeat"), breaks="G02.FR.03")
mutant(
    "chokes_on_who_never_plugs",
    fail_reply("TransactionEvent", {"triggerReason": "EVConnectTimeout"}),
    breaks="E03.FR.05",
)
