"""What a service technician does in a scenario: test, reset, replace, clean."""

from __future__ import annotations

from collections.abc import Mapping

from scenarios.actions import Fields, action
from scenarios.source import near
from scenarios.stage import Stage, Steps
from simulator.diagnosis import diagnose, failed
from simulator.diagnosis.repair import REPAIRS
from simulator.hardware.rig import fitted
from simulator.hardware.site import Place
from simulator.profile import Profile

FACTS: Mapping[str, tuple[str, ...]] = {
    "Diagnosed": ("failed", "of"),
    "TestFailed": ("test", "what", "evse", "connector", "measured", "limit"),
    "Serviced": ("does", "part", "evse", "connector"),
}
"""What these steps record."""

FILTER = "AirCoolingSystem"


@action("technician")
def technician(stage: Stage, station: str, fields: Fields) -> Steps:
    """Test the station or mend a part of it. Raises ValueError for what there is not."""
    if fields["does"] == "test":
        _test(stage, station, fields)
    else:
        place = _place(fields)
        stage.tell("scenario", "Serviced", station, does=fields["does"], part=_part(fields), **place._asdict())
        REPAIRS[fields["does"]](stage.stations[station], _part(fields), *place)
    yield from ()


def _test(stage: Stage, station: str, fields: Fields) -> None:
    found = diagnose(stage.stations[station], fields.get("evse"))
    wrong = failed(found)
    for each in wrong:
        seen = {"measured": each.value, "limit": each.limit}
        stage.tell("scenario", "TestFailed", station, test=each.test, what=each.name, **each.place._asdict(), **seen)
    stage.tell("scenario", "Diagnosed", station, failed=len(wrong), of=len(found))


def _part(fields: Fields) -> str:
    part: str = fields.get("part", FILTER)
    return part


def _place(fields: Fields) -> Place:
    return Place(fields.get("evse", 1), fields.get("connector", 1))


def objection(fields: Fields) -> tuple[str, str] | None:
    """Why a step cannot be meant as it stands, and the key that is wrong; None if it can."""
    needs = fields["does"] in ("reset", "replace")
    if needs and "part" not in fields:
        return "does", f"a technician who is to {fields['does']} something needs to know which part"
    if fields["does"] == "test" and "part" in fields:
        return "part", "a technician tests everything; leave the part out"
    return None


def lack(fields: Fields, profile: Profile) -> str | None:
    """What a station of a profile lacks for a step; None where nothing."""
    if fields["does"] == "test":
        return None
    components, place, part = fitted(profile.fittings), _place(fields), _part(fields)
    if any((part, each) in components for each in (place, Place(place.evse), Place())):
        return None
    return f"no {part} there{near(part, sorted({title for title, _ in components}), what='parts')}"
