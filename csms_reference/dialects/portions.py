"""Long lists in as many CALLs as a station can take (2.0.1 part 2 B05.FR.11, B06.FR.05, N04.FR.09, N06.FR.04)."""

from __future__ import annotations

from typing import Any

from csms_reference.dialects.registry import Ask, Payload
from csms_reference.outcome import Outcome
from csms_reference.services import devicemodel

DEVICE_DATA, MONITORING = "DeviceDataCtrlr", "MonitoringCtrlr"
"""Who tells how many items one CALL may have (ItemsPerMessage), by what is asked for."""


async def in_portions(ask: Ask, action: str, asked: str, told: str, items: list[Payload]) -> Outcome:
    """Read or write variables: ``items`` under ``asked``, see ``joined``. The status is the first attributeStatus that
    is not Accepted. Raises ValueError for two that are about the same (B05.FR.13).
    """
    _check_different(items)
    end = await joined(ask, action, asked, told, items, teller=DEVICE_DATA)
    return worst(end, told, "attributeStatus")


async def joined(ask: Ask, action: str, asked: str, told: str, items: list[Any], *, teller: str) -> Outcome:
    """Send ``items`` under ``asked``, in as many CALLs as ItemsPerMessage of ``teller`` makes of them, and join what
    stands under ``told`` of the answers.

    Where the station has not reported what it can take, all go at once. Stops where nothing is answered.
    """
    most = await _most(ask, teller, action) if len(items) > 1 else 1
    results: list[Payload] = []
    for begin in range(0, len(items), most or len(items)):
        end = await ask(action, {asked: items[begin : begin + (most or len(items))]})
        if end.answer is None:
            return end
        results += end.answer[told]
    return Outcome("Accepted", {told: results})


def worst(end: Outcome, told: str, status: str = "status") -> Outcome:
    """What came of a list: the first status under ``told`` that is not Accepted; where nothing was answered, that."""
    if end.answer is None:
        return end
    statuses = (result[status] for result in end.answer[told])
    return Outcome(next((each for each in statuses if each != "Accepted"), "Accepted"), end.answer)


async def _most(ask: Ask, teller: str, action: str) -> int:
    """How many items one CALL may have; 0 where nobody knows."""
    named = (teller, "ItemsPerMessage", action)
    value = await ask.csms.store.read(lambda database: devicemodel.value_of(database, ask.station, *named))
    return int(value) if value is not None and value.isdecimal() else 0


def _check_different(items: list[Payload]) -> None:
    seen: list[Any] = []
    for item in items:
        about = (item["component"], item["variable"], item.get("attributeType", "Actual"))
        if about in seen:
            raise ValueError(f"{item['component']['name']}.{item['variable']['name']} is there twice (B05.FR.13)")
        seen.append(about)
