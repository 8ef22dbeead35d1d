"""Faulty 1.6 central systems: transactions, resets, connectors, keys and messages from afar."""

from __future__ import annotations

from conformance.mutants import change, drop, fail_reply, mutant
from conformance.vocabulary import ABSENT, PRESENT

START, KEYS = "RemoteStartTransaction", "GetConfiguration"

mutant("starts_another_tag_from_afar_16", change(START, "idTag", "ANOTHER"), breaks="1.6:5.11")
mutant("starts_elsewhere_from_afar_16", change(START, "connectorId", 99), breaks="1.6:5.11")
mutant("stops_another_transaction_16", change("RemoteStopTransaction", "transactionId", 1234567), breaks="1.6:5.12")
mutant("resets_softly_16", change("Reset", "type", "Soft"), breaks="1.6:5.14")
mutant("resets_hard_16", change("Reset", "type", "Hard"), breaks="1.6:5.14")
mutant("unlocks_another_connector_16", change("UnlockConnector", "connectorId", 99), breaks="1.6:5.18")

mutant("reads_one_key_16", change(KEYS, "key", ["HeartbeatInterval"], {"key": ABSENT}), breaks="1.6:5.8")
mutant("reads_another_key_16", change(KEYS, "key", ["HeartbeatInterval"]), breaks="1.6:5.8")
mutant("writes_another_value_16", change("ChangeConfiguration", "value", "61"), breaks="1.6:5.3")
mutant("writes_nothing_16", drop("ChangeConfiguration"), breaks="1.6:5.3")
mutant("writes_another_key_16", change("ChangeConfiguration", "key", "HeartbeatInterval"), breaks="1.6:5.3")

mutant(
    "triggers_something_else_16",
    change("TriggerMessage", "requestedMessage", "BootNotification"),
    breaks="1.6:5.17",
)
mutant(
    "triggers_elsewhere_16", change("TriggerMessage", "connectorId", 99, {"connectorId": PRESENT}), breaks="1.6:5.17"
)
mutant("chokes_on_meter_values_16", fail_reply("MeterValues", {}), breaks="1.6:4.7")
mutant("chokes_on_an_idle_update_16", fail_reply("FirmwareStatusNotification", {"status": "Idle"}), breaks="1.6:4.5")
