"""Systems that give in to an attacker's first tries."""

from __future__ import annotations

from conformance.mutants import accept_reply, change, change_reply, mutant, refuses_with

PASSWORD = "bench-password-0001"
READ = {"attributeStatus": "Accepted", "attributeValue": PASSWORD}
WRITE_ONLY = "B06.FR.09 1.6-sec:7.2"

mutant("asks_for_no_password", welcoming=True, breaks="A00.FR.202 1.6-sec:A00.FR.202")
mutant("tells_who_it_knows", refuses_with({"BENCH-NOBODY": 404}), breaks="IEC62443-4-2:CR1.10")
mutant("lets_any_identity_in", welcoming=True, breaks="IEC62443-4-2:CR3.5")
mutant("lets_guessers_in", welcoming=True, breaks="IEC62443-4-2:CR1.11")
mutant("forgets_about_tls", welcoming=True, breaks="A05.FR.07 1.6-sec:A05.FR.06")
mutant(
    "shows_its_password",
    change_reply("GetVariables", "getVariableResult.0", lambda result: {**result, **READ}),
    accept_reply(
        "GetConfiguration",
        {"configurationKey": [{"key": "AuthorizationKey", "readonly": False, "value": PASSWORD}]},
        {"key.0": "AuthorizationKey"},
    ),
    breaks=WRITE_ONLY,
)
mutant(
    "reports_its_password",
    change("NotifyReport", "reportData.0.variableAttribute.0.value", PASSWORD),
    change_reply("GetConfiguration", "configurationKey.0.value", PASSWORD),
    breaks=WRITE_ONLY,
)
mutant(
    "steps_down_when_told",
    change_reply("SetVariables", "setVariableResult.0.attributeStatus", "Accepted"),
    change_reply("ChangeConfiguration", "status", "Accepted"),
    breaks="A00.FR.005 1.6-sec:A05.FR.01",
)
