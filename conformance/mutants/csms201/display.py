"""Faulty 2.0.1 CSMSs: display messages."""

from __future__ import annotations

from conformance.mutants import change, drop, fail_reply, mutant
from conformance.vocabulary import PRESENT

SET, GET, CLEAR = "SetDisplayMessage", "GetDisplayMessages", "ClearDisplayMessage"
TIED = {"message.transactionId": PRESENT}

mutant("ties_messages_to_a_transaction", change(SET, "message.transactionId", "tx-0"), breaks="O01.FR.04")
mutant("sets_messages_of_another_priority", change(SET, "message.priority", "AlwaysFront"), breaks="O01.FR.12")
mutant("sets_messages_of_another_format", change(SET, "message.message.format", "HTML"), breaks="O01.FR.12")
mutant("sets_messages_for_another_state", change(SET, "message.state", "Faulted"), breaks="O01.FR.12")
mutant("sets_messages_for_any_state", change(SET, "message.state", None), breaks="O01.FR.12")
mutant("sets_messages_without_ids", change(SET, "message.id", None), breaks="O01.FR.12")
mutant("sends_messages_without_a_start", change(SET, "message.startDateTime", None), breaks="O01.FR.05 O02.FR.14")
mutant("sends_messages_without_an_end", change(SET, "message.endDateTime", None), breaks="O01.FR.05 O02.FR.14")
mutant(
    "replaces_messages_under_another_id",
    change(SET, "message.id", 99, {"message.message.content": "Mind the second message"}),
    breaks="O06.FR.01",
)
mutant("sets_messages_for_another_transaction", change(SET, "message.transactionId", "tx-0", TIED), breaks="O02.FR.01")
mutant("sets_messages_for_no_transaction", change(SET, "message.transactionId", None), breaks="O02.FR.01")
mutant("invents_a_state_of_messages", change(SET, "message.state", "Charging"), breaks="O02.FR.14")

mutant("asks_for_messages_of_one_state", change(GET, "state", "Idle"), breaks="O03.FR.01 O04.FR.01")
mutant("asks_for_messages_of_one_priority", change(GET, "priority", "InFront"), breaks="O03.FR.01 O04.FR.01")
mutant("asks_for_messages_of_any_state", change(GET, "state", None), breaks="O04.FR.01")
mutant("asks_for_messages_of_any_priority", change(GET, "priority", None), breaks="O04.FR.01")
mutant("asks_for_messages_of_another_id", change(GET, "id", [99]), breaks="O04.FR.01")
mutant("asks_for_the_first_message", change(GET, "id", [1]), breaks="O04.FR.02")
mutant("asks_for_messages_without_a_number", change(GET, "requestId", None), breaks="O03.FR.05")
mutant("chokes_on_display_messages", fail_reply("NotifyDisplayMessages", {}), breaks="O03.FR.02 O04.FR.03")

mutant("clears_another_message", change(CLEAR, "id", 99), breaks="O05.FR.01")
mutant("never_clears_messages", drop(CLEAR), breaks="O05.FR.02")
