"""Block K, smart charging: composite schedules. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.csms201.charging import ANSWERED, DURATION_S, limit_of, unit_of
from conformance.cases.csms201.states import attached, told
from conformance.vocabulary import NOW, Received, Script, Subject, answer, ask, command, csms201, given


@csms201(
    "TC_K_43_CSMS",
    "Composite schedule of one EVSE",
    verifies="K08.FR.01",
    catches="asks_for_schedules_of_another_evse",
)
def composite_of_one(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _composite(csms, csms.evse)


@csms201(
    "TC_K_44_CSMS",
    "Composite schedule of the station",
    verifies="K08.FR.01",
    catches="asks_for_schedules_of_another_evse asks_for_no_schedule",
)
def composite_of_all(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _composite(csms, 0)


def _composite(csms: Subject, evse: int) -> Script:
    unit = unit_of(csms)
    yield command(csms, "get_composite_schedule", evse=evse, duration=DURATION_S, unit=unit)
    having = {"evseId": evse, "duration": DURATION_S, "chargingRateUnit": unit}
    request: Received = yield from told(csms, "GetCompositeSchedule", having=having, rule="K08.FR.01")
    schedule = {
        "evseId": evse,
        "duration": DURATION_S,
        "scheduleStart": NOW,
        "chargingRateUnit": request.get("chargingRateUnit", unit),
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit_of(csms, 10)}],
    }
    yield answer(request, status="Accepted", schedule=schedule)
    yield ask("Heartbeat", rule=ANSWERED)
