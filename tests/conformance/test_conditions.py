"""Conditions over features: read, never executed."""

import pytest

from conformance import conditions


@pytest.mark.parametrize(
    ("text", "features", "holds"),
    [
        ("", {}, True),
        ("C_30", {"C-30": True}, True),
        ("C_30", {}, False),
        ("C_09_1 and not AQ_2", {"C-09.1": True, "AQ-2": False}, True),
        ("(C_30 or C_31) and not AQ_2", {"C-31": True, "AQ-2": True}, False),
        ("HFS_8 > 1", {"HFS-8": 2}, True),
        ("HFS_8 > 1", {}, False),
        ("P_ISO15118", {"P_ISO15118": True}, True),
        ("SUBTYPE_MODE12", {"SUBTYPE-MODE12": True}, True),
        ("Reservation", {"Reservation": True}, True),
    ],
)
def test_conditions(text, features, holds):
    assert conditions.holds(text, features) is holds


@pytest.mark.parametrize("text", ["__import__('os')", "C_30()", "C_30.x", "C_30[0]", "lambda: 1", "C_30 +", "'a' > 1"])
def test_anything_else_is_refused(text):
    with pytest.raises(conditions.BadCondition):
        conditions.holds(text, {"C-30": True})


def test_a_reason_says_what_was_declared():
    said = conditions.reason("(C_30 or C_09_1) and not AQ_2", {"C-30": False, "AQ-2": True})
    assert said == "applies if (C-30 or C-09.1) and not AQ-2; declared: AQ-2 is yes, C-09.1 is not declared, C-30 is no"
