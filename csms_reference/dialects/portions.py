"""Long lists in as many CALLs as a station can take (2.0.1 part 2 B05.FR.11, B06.FR.05)."""

from __future__ import annotations

from typing import Any

from csms_reference.dialects.registry import Ask, Payload
from csms_reference.outcome import Outcome
from csms_reference.services import devicemodel


async def in_portions(ask: Ask, action: str, asked: str, told: str, items: list[Payload]) -> Outcome:
    """Send ``items`` under ``asked``, in as many CALLs as ItemsPerMessage makes of them, and join what stands under
    ``told`` of the answers. The status is the first attributeStatus that is not Accepted.

    Where the station has not reported what it can take, all go at once. Stops where nothing is answered. Raises
    ValueError for two that are about the same (B05.FR.13).
    """
    _check_different(items)
    most = await _most(ask, action) if len(items) > 1 else 1
    results: list[Payload] = []
    for begin in range(0, len(items), most or len(items)):
        end = await ask(action, {asked: items[begin : begin + (most or len(items))]})
        if end.answer is None:
            return end
        results += end.answer[told]
    worst = next((each["attributeStatus"] for each in results if each["attributeStatus"] != "Accepted"), "Accepted")
    return Outcome(worst, {told: results})


async def _most(ask: Ask, action: str) -> int:
    """How many items one CALL may have; 0 where nobody knows."""
    named = ("DeviceDataCtrlr", "ItemsPerMessage", action)
    value = await ask.csms.store.read(lambda database: devicemodel.value_of(database, ask.station, *named))
    return int(value) if value is not None and value.isdecimal() else 0


def _check_different(items: list[Payload]) -> None:
    seen: list[Any] = []
    for item in items:
        about = (item["component"], item["variable"], item.get("attributeType", "Actual"))
        if about in seen:
            raise ValueError(f"{item['component']['name']}.{item['variable']['name']} is there twice (B05.FR.13)")
        seen.append(about)
