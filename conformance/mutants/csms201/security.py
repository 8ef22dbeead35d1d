"""Faulty 2.0.1 CSMSs: security."""

from __future__ import annotations

from conformance.mutants import (
    change,
    change_reply,
    lets_in,
    mishear_reply,
    mutant,
    refuse_reply,
)

VERDICT = "setVariableResult.0.attributeStatus"
NO_CERTIFICATE = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"

mutant("any_password_will_do", welcoming=True, breaks="A00.FR.204")
mutant("takes_no_password", lets_in(ending="refused", code=401), breaks="A00.FR.204")
mutant("any_user_will_do", welcoming=True, breaks="A00.FR.204")
mutant("any_certificate_will_do", welcoming=True, breaks="A00.FR.405 A00.FR.407")
mutant("takes_old_tls", welcoming=True, breaks="A00.FR.315 A00.FR.418")
mutant("speaks_old_tls", lets_in(tls="1.1"), breaks="A00.FR.313 A00.FR.416")
mutant("agrees_on_another_suite", lets_in(cipher="AES256-SHA"), breaks="A00.FR.318 A00.FR.421")
mutant("keeps_the_old_password", mishear_reply("SetVariables", VERDICT, "Rejected"), breaks="A01.FR.03")
mutant("forgets_the_old_password_late", welcoming=True, breaks="A01.FR.03")
mutant("takes_a_no_for_a_yes", mishear_reply("SetVariables", VERDICT, "Accepted"), breaks="A01.FR.04")
mutant("refuses_to_sign", change_reply("SignCertificate", "status", "Rejected"), breaks="A02.FR.11")
mutant("signs_for_another_use", change("CertificateSigned", "certificateType", "V2GCertificate"), breaks="A02.FR.14")
mutant("signs_another_key", change("CertificateSigned", "certificateChain", NO_CERTIFICATE), breaks="A02.FR.11")
mutant("triggers_no_csr", change("TriggerMessage", "requestedMessage", "Heartbeat"), breaks="F06.FR.01")
mutant("deaf_to_security_events", refuse_reply("SecurityEventNotification"), breaks="A04.FR.03")
mutant("lets_stations_step_down", welcoming=True, breaks="A05.FR.07")
mutant("raises_nothing", change("SetNetworkProfile", "connectionData.securityProfile", 1), breaks="A05.FR.04")
