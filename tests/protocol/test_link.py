"""What a close frame can carry."""

from __future__ import annotations

import pytest

from protocol.link import Knock, Target, close_reason


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1012, 1014, 3000, 4999])
def test_codes_that_may_be_sent(code: int) -> None:
    assert close_reason(code, "why") == "why"


@pytest.mark.parametrize("code", [-1, 0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000])
def test_codes_that_must_not_be_sent(code: int) -> None:
    with pytest.raises(ValueError, match=str(code)):
        close_reason(code, "")


def test_a_reason_is_cut_between_characters() -> None:
    assert close_reason(1000, "x" * 124) == "x" * 123
    assert close_reason(1000, "\u20ac" * 42) == "\u20ac" * 41
    assert close_reason(1000, "\ud800") == "?"


def test_passwords_stay_out_of_logs() -> None:
    assert "secret" not in repr(Target("ws://h", "CP-1", (), "secret"))
    assert "secret" not in repr(Knock("CP-1", (), "CP-1", "secret"))
