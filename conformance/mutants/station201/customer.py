"""Faulty 2.0.1 stations: customer information."""

from __future__ import annotations

from conformance.mutants import accept_reply, change, change_reply, drop, mutant
from conformance.vocabulary import Tokens

NOTICE = "NotifyCustomerInformation"
FIRST, SECOND = {"requestId": 6101}, {"requestId": 6102}

mutant("never_tells_of_customers", drop(NOTICE, FIRST), breaks="N09.FR.05")
mutant("tells_nothing_of_customers", change(NOTICE, "data", ""), breaks="N09.FR.05")
mutant("hides_that_it_knows_nothing", drop(NOTICE, SECOND), breaks="N09.FR.06")
mutant("announces_more_that_never_comes", change(NOTICE, "tbc", True), breaks="N09.FR.06")
mutant("tells_of_nobody_in_particular", accept_reply("CustomerInformation", {"status": "Accepted"}), breaks="N09.FR.09")
mutant("clears_without_a_word", drop(NOTICE, FIRST), breaks="N10.FR.03 N10.FR.06")
mutant("tells_nothing_of_what_it_cleared", change(NOTICE, "data", ""), breaks="N10.FR.03")
mutant("hides_that_it_had_nothing_to_clear", drop(NOTICE, SECOND), breaks="N10.FR.04")
mutant(
    "refuses_to_forget_customers",
    change_reply("CustomerInformation", "status", "Rejected", {"status": "Accepted"}),
    breaks="N10.FR.01",
)
mutant("keeps_what_it_was_to_clear", change(NOTICE, "data", "authorization cache: all of it"), breaks="N10.FR.03")
mutant("keeps_contracts", change(NOTICE, "data", f"contract of {Tokens().contract.id}"), breaks="N10.FR.03")
