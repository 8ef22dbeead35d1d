"""OCPP's RPC error codes, and the exceptions for our own illegal moves."""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """An RPC error code in the spelling of OCPP 2.x (part 4 §4.3); ``Version.spell`` gives each version's own."""

    FORMAT_VIOLATION = "FormatViolation"
    GENERIC_ERROR = "GenericError"
    INTERNAL_ERROR = "InternalError"
    MESSAGE_TYPE_NOT_SUPPORTED = "MessageTypeNotSupported"
    NOT_IMPLEMENTED = "NotImplemented"
    NOT_SUPPORTED = "NotSupported"
    OCCURRENCE_CONSTRAINT_VIOLATION = "OccurrenceConstraintViolation"
    PROPERTY_CONSTRAINT_VIOLATION = "PropertyConstraintViolation"
    PROTOCOL_ERROR = "ProtocolError"
    RPC_FRAMEWORK_ERROR = "RpcFrameworkError"
    SECURITY_ERROR = "SecurityError"
    TYPE_CONSTRAINT_VIOLATION = "TypeConstraintViolation"


class IllegalMove(Exception):
    """This side was about to break the protocol: a bug of ours, never of the peer."""


class UnknownAction(IllegalMove):
    """The action does not exist in this version, or this side may not send it."""


class InvalidPayload(IllegalMove):
    """A payload that we were about to send breaks its schema."""


class UnknownCall(IllegalMove):
    """An answer to a CALL that nobody made, or that was answered already."""
