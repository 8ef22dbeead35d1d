"""Faulty 1.6 central systems, one line or two each; what they share with 2.0.1 stands in ``csms201``."""

from __future__ import annotations

from conformance.mutants import accept_reply, change, change_reply, mutant, refuse_reply
from conformance.vocabulary import ABSENT

mutant("refuses_valid_tags_16", change_reply("Authorize", "idTagInfo.status", "Invalid"))
mutant("accepts_any_tag_16", accept_reply("Authorize", {"idTagInfo": {"status": "Accepted"}}))
mutant("refuses_to_start_16", change_reply("StartTransaction", "idTagInfo.status", "Invalid"))
mutant("chokes_on_status_16", refuse_reply("StatusNotification", "InternalError"))
mutant("chokes_on_a_stop_16", refuse_reply("StopTransaction", "InternalError"))
mutant("starts_another_tag_from_afar_16", change("RemoteStartTransaction", "idTag", "ANOTHER"))
mutant("stops_another_transaction_16", change("RemoteStopTransaction", "transactionId", 1234567))
mutant("resets_softly_16", change("Reset", "type", "Soft"))
mutant("resets_hard_16", change("Reset", "type", "Hard"))
mutant("unlocks_another_connector_16", change("UnlockConnector", "connectorId", 2))
mutant("reads_one_key_16", change("GetConfiguration", "key", ["HeartbeatInterval"], {"key": ABSENT}))
mutant("reads_another_key_16", change("GetConfiguration", "key", ["HeartbeatInterval"]))
mutant("writes_another_value_16", change("ChangeConfiguration", "value", "61"))
mutant("same_id_for_all_16", change_reply("StartTransaction", "transactionId", 1))
