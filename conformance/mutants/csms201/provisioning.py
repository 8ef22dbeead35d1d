"""Faulty 2.0.1 CSMSs: provisioning."""

from __future__ import annotations

from conformance.mutants import (
    accept_reply,
    change,
    change_reply,
    lets_in,
    mutant,
)

ONE_MORE = {"component": {"name": "AuthCtrlr"}, "variable": {"name": "Enabled"}}

mutant("agrees_on_the_first_offer", lets_in(subprotocol="ocpp0.1"), breaks="OCPP-J.3.1.2")
mutant("takes_any_subprotocol", welcoming=True, breaks="OCPP-J.3.2")
mutant("boots_without_time", change_reply("BootNotification", "currentTime", None), breaks="B01.FR.02")
mutant("listens_to_anyone", accept_reply("StatusNotification", {}), breaks="B02.FR.09")
mutant(
    "reads_another_variable",
    change("GetVariables", "getVariableData.0.variable.name", "HeartbeatInterval"),
    breaks="B06.FR.02",
)
mutant("reads_the_limit", change("GetVariables", "getVariableData.0.attributeType", "MaxSet"), breaks="B06.FR.11")
mutant("reads_one_at_a_time", change("GetVariables", "getVariableData", lambda items: items[:1]), breaks="B06.FR.01")
mutant("writes_another_value", change("SetVariables", "setVariableData.0.attributeValue", "321"), breaks="B05.FR.02")
mutant("writes_one_at_a_time", change("SetVariables", "setVariableData", lambda items: items[:1]), breaks="B05.FR.01")
mutant("boots_without_asking", change_reply("BootNotification", "status", "Accepted"), breaks="B02.FR.01")
mutant(
    "reads_too_many_at_once",
    change("GetVariables", "getVariableData", lambda items: [*items, ONE_MORE]),
    breaks="B06.FR.05",
)
