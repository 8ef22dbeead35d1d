"""Faulty 2.0.1 CSMSs: customer information."""

from __future__ import annotations

from conformance.mutants import change, fail_reply, mutant

ASKED, NOTICE, LIST = "CustomerInformation", "NotifyCustomerInformation", "SendLocalList"

mutant("asks_for_no_report", change(ASKED, "report", False), breaks="N09.FR.01")
mutant("asks_about_somebody_else", change(ASKED, "idToken.idToken", "ANOTHER"), breaks="N09.FR.04")
mutant("chokes_on_customer_information", fail_reply(NOTICE, {}), breaks="N09.FR.01")
mutant("deaf_after_a_refused_report", fail_reply("Heartbeat", {}), breaks="N09.FR.01")
mutant("has_somebody_else_cleared", change(ASKED, "idToken.idToken", "ANOTHER"), breaks="N10.FR.08")
mutant("chokes_on_cleared_information", fail_reply(NOTICE, {}), breaks="N10.FR.08")
mutant("forgets_to_have_it_cleared", change(ASKED, "clear", False), breaks="N10.FR.08")
mutant("wants_a_report_as_well", change(ASKED, "report", True), breaks="N10.FR.08")
mutant("keeps_the_version_of_the_list", change(LIST, "versionNumber", 3), breaks="D01.FR.18")
mutant(
    "leaves_the_customer_on_the_list",
    change(LIST, "localAuthorizationList.0.idTokenInfo", {"status": "Accepted"}),
    breaks="N10.FR.02",
)
mutant(
    "names_the_customer_twice",
    change(ASKED, "idToken", {"idToken": "VALID-0001", "type": "ISO14443"}),
    breaks="N10.FR.08",
)
mutant("clears_another_certificate", change(ASKED, "customerCertificate.serialNumber", "0"), breaks="N10.FR.08")
