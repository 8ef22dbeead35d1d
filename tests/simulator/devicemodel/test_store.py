"""The values of one station, with every attribute."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.configuration import model_of
from simulator.devicemodel.store import SetStatus, Variables
from simulator.flash import Flash
from simulator.variables import AttributeType, Mutability
from tests.simulator.csms import profile
from tests.simulator.devicemodel.fans import LEFT, MAX_SET, MIN_SET, TARGET, with_fans

ACTUAL = AttributeType.ACTUAL
SPEED = f"{LEFT}.FanSpeed"
MODEL = model_of(profile("ac-22kw-duo"))


def store(flash: Flash | None = None) -> Variables:
    return Variables(model_of(with_fans()), flash or Flash(), {SPEED: lambda _owner: "250"}, None)


def test_every_attribute_has_a_value_of_its_own():
    flash = Flash()
    variables = store(flash)
    kinds = (ACTUAL, TARGET, MIN_SET, MAX_SET)
    assert [variables.shown(SPEED, kind) for kind in kinds] == ["250", "", "200", "500"]
    assert variables.write(SPEED, "400", TARGET) is SetStatus.ACCEPTED
    assert [variables.shown(SPEED, kind) for kind in kinds] == ["250", "400", "200", "500"]
    assert flash.changed == {f"{SPEED}/Target": "400"}
    assert variables.shown("TxCtrlr.EVConnectionTimeOut", TARGET) is None


@pytest.mark.parametrize(
    ("value", "kind", "status"),
    [
        ("500", TARGET, "Accepted"),
        ("600", TARGET, "Rejected"),  # the example of part 1 §4.3
        ("199.9", TARGET, "Rejected"),
        ("fast", TARGET, "Rejected"),
        ("800", MAX_SET, "Accepted"),
        ("1001", MAX_SET, "Rejected"),  # more than it can
        ("100", MAX_SET, "Rejected"),  # below MinSet
        ("501", MIN_SET, "Rejected"),
        ("300", ACTUAL, "Rejected"),  # read-only
    ],
)
def test_values_lie_between_the_bounds_that_are_set(value, kind, status):
    assert store().write(SPEED, value, kind) == status


def test_attributes_that_are_not_there():
    """B05.FR.06."""
    assert store().check("TxCtrlr.EVConnectionTimeOut", "5", TARGET) is SetStatus.NOT_SUPPORTED_ATTRIBUTE_TYPE
    assert store().check(f"{LEFT}.Nonsense", "5", TARGET) is SetStatus.UNKNOWN_VARIABLE
    assert store().check("CoolingSystem.FanSpeed", "5", TARGET) is SetStatus.UNKNOWN_COMPONENT


@given(
    st.sampled_from(sorted(MODEL)),
    st.sampled_from(AttributeType),
    st.one_of(
        st.text(max_size=50), st.integers(-5, 100_000).map(str), st.sampled_from(["true", "EVConnected", "+01:00"])
    ),
)
def test_a_write_is_taken_whole_or_changes_nothing(key, kind, value):
    """B05: what is Accepted reads as it was written (B06.FR.10), what is not leaves everything as it was."""
    flash = Flash()
    variables = Variables(MODEL, flash, {}, None)
    before = variables.shown(key, kind)
    status = variables.write(key, value, kind)
    assert status is variables.check(key, value, kind)
    taken = status in (SetStatus.ACCEPTED, SetStatus.REBOOT_REQUIRED)
    assert variables.shown(key, kind) == (value if taken else before)
    attribute = MODEL[key].attribute(kind)
    assert taken <= (attribute is not None and attribute.mutability is not Mutability.READ_ONLY)
    assert taken or not (flash.changed or flash.pending)
    if status is SetStatus.ACCEPTED and value == MODEL[key].default:
        assert not flash.changed
