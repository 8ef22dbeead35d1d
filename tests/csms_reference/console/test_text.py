"""Words for people."""

import pytest

from csms_reference.console import text

DAY = 86_400_000


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (text.power(7_400), "7.40 kW"),
        (text.power(150_000), "150.0 kW"),
        (text.power(None), "–"),
        (text.energy(42), "42 Wh"),
        (text.energy(12_345), "12.35 kWh"),
        (text.span(59_000), "59 s"),
        (text.span(3_599_000), "59 min 59 s"),
        (text.span(3_660_000), "1 h 01 min"),
        (text.span(2 * DAY + 3_600_000), "2 d 1 h"),
        (text.moment(0), "1970-01-01 00:00:00"),
        (text.moment(DAY, DAY + 1), "00:00:00"),
        (text.moment(10**18), "9999-12-31 23:59:59"),
        (text.ago(None, 0), "never"),
        (text.ago(0, 4_000), "just now"),
        (text.ago(0, 59_000), "59 s ago"),
        (text.ago(0, 3 * DAY), "3 d ago"),
        (text.words("set_charging_profile"), "Set charging profile"),
        (text.words("remote_start_id"), "Remote start ID"),
        (text.words("EVConnected"), "EV Connected"),
        (text.words("SuspendedEVSE"), "Suspended EVSE"),
        (text.words(""), ""),
        (text.limits(0, None), "at least 0"),
        (text.limits(None, 1000.0), "at most 1000"),
        (text.limits(1, 2.5), "1 to 2.5"),
        (text.cut("x" * 70), "x" * 59 + "…"),
    ],
)
def test_what_is_said(said, shown):
    assert said == shown
