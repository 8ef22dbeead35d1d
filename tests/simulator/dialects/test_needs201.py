"""What EVs need and choose, as 2.x writes it (K15)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from protocol.versions import V16, V201
from simulator.dialects import dialect_of, needs201
from simulator.smart.profile import Period, Unit
from simulator.smart.talk import Needs

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("phases", "mode"), [(0, "DC"), (1, "AC_single_phase"), (2, "AC_two_phase"), (3, "AC_three_phase")]
)
def test_needs_say_either_ac_or_dc(phases: int, mode: str) -> None:
    """K15.FR.06."""
    needs = Needs(phases, 10_000.4, 6, 16, 230, 11_040, 0.5, 0.8, 50_000, AT)
    action, told = needs201.ev_needs(needs, 2, 0)
    assert (action, told["evseId"], "maxScheduleTuples" in told) == ("NotifyEVChargingNeeds", 2, False)
    said = told["chargingNeeds"]
    assert (said["requestedEnergyTransfer"], said["departureTime"]) == (mode, "2026-03-02T08:00:00.000Z")
    assert ("acChargingParameters" in said) is bool(phases)
    assert ("dcChargingParameters" in said) is not bool(phases)


def test_a_schedule_has_the_id_of_the_one_that_is_followed() -> None:
    """K15.FR.19."""
    action, told = needs201.ev_schedule(AT, 1, 7, Unit.A, 60, [Period(0, 10.0)])
    assert action == "NotifyEVChargingSchedule"
    assert told == {
        "timeBase": "2026-03-02T08:00:00.000Z",
        "evseId": 1,
        "chargingSchedule": {
            "id": 7,
            "duration": 60,
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10.0}],
        },
    }


def test_16_has_no_words_for_it() -> None:
    assert not dialect_of(V16).negotiates
    assert dialect_of(V201).negotiates
    with pytest.raises(NotImplementedError, match="charging needs"):
        dialect_of(V16).ev_needs(Needs(0, 0, 0, 0, 0, 0, 0, 0, 0), 1, 1)
    with pytest.raises(NotImplementedError, match="schedules"):
        dialect_of(V16).ev_schedule(AT, 1, 1, Unit.A, 1, [])
