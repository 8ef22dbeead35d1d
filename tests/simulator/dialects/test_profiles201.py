"""Charging profiles of 2.0.1 and 2.1: read, written, and what this station cannot make anything of."""

import pytest

from simulator.dialects.profiles201 import UnreadableProfileError, limit_cleared, limit_set, read, written
from simulator.smart.profile import Purpose
from tests.simulator.dialects.test_smart201 import TARIFF, charging_profile
from tests.simulator.smart.profiles import installed, profile

FULL = charging_profile(
    (0, 6.5), (100, 8.0),
    id=33, stackLevel=2, chargingProfilePurpose="TxProfile", chargingProfileKind="Recurring", recurrencyKind="Weekly",
    validFrom="2025-06-02T06:00:00.000Z", validTo="2025-06-03T06:00:00.000Z", transactionId="T",
    schedule={"duration": 3600, "minChargingRate": 6.1, "salesTariff": TARIFF, "id": 9},
)  # fmt: skip


@pytest.mark.parametrize("ask", [FULL, charging_profile()])
def test_what_is_read_is_written_again(ask):
    assert written(read(ask)) == ask


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"chargingProfilePurpose": "PriorityCharging"}, "UnsupportedPurpose"),  # K01.FR.120
        ({"chargingProfilePurpose": "LocalGeneration"}, "UnsupportedPurpose"),
        ({"chargingProfileKind": "Dynamic"}, "UnsupportedKind"),  # K01.FR.121
        ({"dynUpdateInterval": 5}, "InvalidProfile"),  # K01.FR.122
        ({"schedule": {"useLocalTime": True}}, "InvalidSchedule"),  # K01.FR.123
        ({"schedule": {"randomizedDelay": 5}}, "InvalidSchedule"),  # K01.FR.124
        ({"schedule": {"limitAtSoC": {"soc": 80, "limit": 6}}}, "InvalidSchedule"),  # K01.FR.125
        ({"schedule": {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6, "evseSleep": True}]}},
         "InvalidSchedule"),  # K01.FR.126
        ({"schedule": {"chargingSchedulePeriod": [{"startPeriod": 0, "setpoint": 6}]}}, "InvalidSchedule"),
        ({"validFrom": "yesterday"}, "InvalidProfile"),
        ({"schedule": {"startSchedule": "noon"}}, "InvalidSchedule"),
    ],
)  # fmt: skip
def test_what_only_later_stations_do(fields, why):
    with pytest.raises(UnreadableProfileError) as caught:
        read(charging_profile(**fields))
    assert caught.value.why.value == why


def test_what_21_can_ask_for_and_does_not():
    assert read(charging_profile(schedule={"useLocalTime": False, "randomizedDelay": 0})).id == 1


def test_messages_of_external_limits():
    """K11.FR.02, .03, K13.FR.02."""
    mine = installed(profile((0, 6), purpose=Purpose.EXTERNAL, id=-1), evse=2)
    assert limit_set(mine, None, with_schedule=False) == (
        "NotifyChargingLimit", {"chargingLimit": {"chargingLimitSource": "CSO"}, "evseId": 2},
    )  # fmt: skip
    _, told = limit_set(mine, False, with_schedule=True)
    assert told["chargingLimit"]["isGridCritical"] is False
    assert told["chargingSchedule"][0]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 6}]
    assert limit_cleared(mine) == ("ClearedChargingLimit", {"chargingLimitSource": "CSO", "evseId": 2})
