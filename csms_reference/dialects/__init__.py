"""The versions of OCPP as this CSMS speaks them; importing this fills the registry."""

from csms_reference.dialects import commands, commands16, commands201, device201, monitoring201, ocpp16, ocpp201

__all__ = ["commands", "commands16", "commands201", "device201", "monitoring201", "ocpp16", "ocpp201"]
