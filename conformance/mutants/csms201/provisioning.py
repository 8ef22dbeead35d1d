"""Faulty 2.0.1 CSMSs: provisioning."""

from __future__ import annotations

from conformance.mutants import (
    accept_reply,
    change,
    change_reply,
    mutant,
)

mutant("boots_without_time", change_reply("BootNotification", "currentTime", None))
mutant("listens_to_anyone", accept_reply("StatusNotification", {}))
mutant("reads_another_variable", change("GetVariables", "getVariableData.0.variable.name", "HeartbeatInterval"))
mutant("reads_one_at_a_time", change("GetVariables", "getVariableData", lambda items: items[:1]))
mutant("writes_another_value", change("SetVariables", "setVariableData.0.attributeValue", "321"))
mutant("writes_one_at_a_time", change("SetVariables", "setVariableData", lambda items: items[:1]))
mutant("resets_at_once", change("Reset", "type", "Immediate"))
mutant("resets_some_time", change("Reset", "type", "OnIdle"))
