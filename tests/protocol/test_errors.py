"""The error codes, and which exceptions are ours."""

from __future__ import annotations

import pytest

from protocol.errors import Code, IllegalMove, InvalidPayload, UnknownAction, UnknownCall

# 2.1 part 4 §4.3, table 9
TABLE_9 = """
    FormatViolation GenericError InternalError MessageTypeNotSupported NotImplemented NotSupported
    OccurrenceConstraintViolation PropertyConstraintViolation ProtocolError RpcFrameworkError SecurityError
    TypeConstraintViolation
"""


def test_the_codes_are_those_of_the_table() -> None:
    assert {code.value for code in Code} == set(TABLE_9.split())


@pytest.mark.parametrize("kind", [InvalidPayload, UnknownAction, UnknownCall])
def test_every_illegal_move_can_be_caught_as_one(kind: type[Exception]) -> None:
    assert issubclass(kind, IllegalMove)
    assert not issubclass(kind, ValueError | KeyError)  # nobody mistakes it for the peer's bad input
