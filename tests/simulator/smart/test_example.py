"""The worked example of docs/smart-charging.md: its tables are read, and a station is asked."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from protocol.stamps import stamp
from tests.simulator.csms import START, World, car

TEXT = Path("docs/smart-charging.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (\d+) s \| ([\d.]+) A \|", re.MULTILINE)


def table(after: str) -> list[tuple[int, float]]:
    """The limits in the first table after some words."""
    part = TEXT[TEXT.index(after) :].split("\n\n")[1]
    return [(int(begin), float(limit)) for begin, limit in ROW.findall(part)]


def ask(number: int, purpose: str, unit: str, *periods: tuple[int, float], **fields: object) -> dict[str, object]:
    schedule = {
        "id": number,
        "startSchedule": stamp(START + timedelta(seconds=60)),
        "chargingRateUnit": unit,
        "chargingSchedulePeriod": [{"startPeriod": begin, "limit": limit} for begin, limit in periods],
    }
    for name in ("duration", "startSchedule"):
        if name in fields:
            schedule[name] = fields.pop(name)
    return {
        "id": number, "stackLevel": fields.pop("stackLevel", 0), "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute", "chargingSchedule": [schedule], **fields,
    }  # fmt: skip


async def test_the_example_is_true():
    world = World(name="ac-22kw-duo")
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A", 1), 30)
    tx = world.station.evse(1).tx.id
    profiles = [
        (0, ask(1, "ChargingStationMaxProfile", "A", (0, 25), duration=600)),
        (0, ask(5, "ChargingStationMaxProfile", "W", (0, 9_660), stackLevel=1,
                startSchedule=stamp(START + timedelta(seconds=660)))),
        (0, ask(2, "TxDefaultProfile", "A", (0, 16))),
        (1, ask(3, "TxDefaultProfile", "A", (0, 20), stackLevel=1, duration=300)),
        (1, ask(4, "TxProfile", "W", (0, 8_280), (120, 13_800), duration=360, transactionId=tx,
                startSchedule=stamp(START + timedelta(seconds=180)))),
    ]  # fmt: skip
    for evse, profile in profiles:
        answer = await world.ask("SetChargingProfile", {"evseId": evse, "chargingProfile": profile}, then_s=0)
        assert answer == {"status": "Accepted"}
    await world.run(60)
    for evse, words in ((1, "composite schedule of EVSE 1"), (0, "The same of EVSE 0")):
        composite = {"evseId": evse, "duration": 900, "chargingRateUnit": "A"}
        answer = await world.ask("GetCompositeSchedule", composite, then_s=0.01)
        periods = answer["schedule"]["chargingSchedulePeriod"]
        assert [(period["startPeriod"], period["limit"]) for period in periods] == table(words)


def test_the_example_has_tables():
    assert len(table("composite schedule of EVSE 1")) == 5
    assert len(table("The same of EVSE 0")) == 2
