"""One variable: its key, what fits it, its attributes."""

import pytest

from simulator.devicemodel.variable import Attribute, AttributeType, DataType, Mutability, Variable, component_key
from simulator.hardware.place import Place


@pytest.mark.parametrize(
    ("variable", "key"),
    [
        (Variable("TxCtrlr", "EVConnectionTimeOut", ""), "TxCtrlr.EVConnectionTimeOut"),
        (Variable("OCPPCommCtrlr", "MessageTimeout", "", instance="Default"), "OCPPCommCtrlr.MessageTimeout.Default"),
        (Variable("RCD", "Tripped", "", place=Place(1)), "RCD(1).Tripped"),
        (Variable("Connector", "ConnectorType", "", place=Place(1, 2)), "Connector(1,2).ConnectorType"),
        (Variable("Fan", "Speed", "", component_instance="left", place=Place(1)), "Fan[left](1).Speed"),
    ],
)
def test_key(variable, key):
    assert variable.key == key
    assert key.startswith(f"{component_key(variable.component, variable.component_instance, variable.place)}.")
    assert key.endswith(f".{variable.local}")


@pytest.mark.parametrize(
    ("value", "integer", "decimal"),
    [
        ("1234", True, True),
        ("-1234", True, True),
        ("0", True, True),
        ("01234", False, True),
        ("+1234", False, False),
        ("300.1", False, True),
        ("1.123456", False, True),
        ("1.1234567", False, False),
        ("2147483647", True, True),
        ("2147483648", False, True),
        ("1_000", False, False),
        ("٣", False, False),
        ("1e3", False, False),
        ("nan", False, False),
        ("true", False, False),
        ("", False, False),
        (" 1", False, False),
    ],
)
def test_numbers_are_written_as_the_specification_has_it(value, integer, decimal):
    """Part 2 §2.1.4: integers of 32 bits without leading zeros or plus sign, decimals with six places at most."""
    for kind, fits in ((DataType.INTEGER, integer), (DataType.DECIMAL, decimal)):
        assert (Variable("C", "V", "0", kind).objection(value) is None) is fits


@pytest.mark.parametrize(
    ("kind", "more", "value", "why"),
    [
        (DataType.DATE_TIME, {}, "2025-06-02T06:00:00.000Z", None),
        (DataType.DATE_TIME, {}, "", None),
        (DataType.DATE_TIME, {}, "abc", "not a date and time (RFC 3339)"),
        (DataType.DATE_TIME, {}, "300", "not a date and time (RFC 3339)"),
        (DataType.STRING, {"low": 2, "high": 3}, "abcd", "longer than 3 characters"),
        (DataType.STRING, {"low": 2, "high": 3}, "a", "shorter than 2 characters"),
        (DataType.STRING, {"form": "[a-z]*"}, "abc\n", "not of the form [a-z]*"),
        (DataType.STRING, {"form": "[a-z]*"}, "abc", None),
        (DataType.MEMBER_LIST, {"high": 3, "options": ("a", "b")}, "a,b", None),
        (DataType.MEMBER_LIST, {"high": 3, "options": ("a", "b")}, "a, b", "longer than 3 characters"),
        (DataType.SEQUENCE_LIST, {"low": 1, "options": ("a", "b")}, "", "shorter than 1 characters"),
    ],
)
def test_objections(kind, more, value, why):
    assert Variable("C", "V", "", kind, **more).objection(value) == why


def test_attributes():
    variable = Variable("C", "V", "5", DataType.INTEGER, Mutability.READ_ONLY, attributes=(
        Attribute(AttributeType.TARGET), Attribute(AttributeType.MAX_SET, "9"),
    ))  # fmt: skip
    assert variable.attribute(AttributeType.ACTUAL) == Attribute(AttributeType.ACTUAL, "5", Mutability.READ_ONLY)
    assert variable.attribute(AttributeType.MAX_SET).default == "9"
    assert variable.attribute(AttributeType.MIN_SET) is None
    assert [variable.stored(kind) for kind in (AttributeType.ACTUAL, AttributeType.TARGET)] == ["C.V", "C.V/Target"]


def test_the_greatest_length_is_that_of_text():
    assert Variable("C", "V", "", high=40).max_length == 40
    assert Variable("C", "V", "").max_length is None
    assert Variable("C", "V", "1", DataType.INTEGER, high=40).max_length is None
