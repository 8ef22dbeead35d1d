"""The manufacturer's monitors in a profile."""

import pytest

from simulator.configuration import model_of
from simulator.document import ProfileError
from simulator.event import Origin
from simulator.monitoring.monitor import Monitor, MonitorType
from simulator.profile import load_profile
from tests.simulator.csms import World
from tests.simulator.monitoring.oven import TEMPERATURE, Steady, fire, kitchen

PROFILE = """
vendor: Acme
model: One
firmware_version: "1"
kind: AC
evses:
  - max_a: 16
    connectors:
      - type: sType2
monitors:
"""


@pytest.fixture
def read(tmp_path):
    def load(monitors: str):
        path = tmp_path / "acme.yaml"
        path.write_text(PROFILE + monitors)
        return load_profile(path)

    return load


def test_they_are_numbered_in_their_order(read):
    first, second = read(
        """
  - {variable: EVSE(1).Power, type: UpperThreshold, value: 10000, severity: 3, hard_wired: true}
  - {variable: EVSE(1).AvailabilityState, type: Delta, value: 1, transaction: true}
"""
    ).monitors
    assert first == Monitor(
        1, "EVSE(1).Power", MonitorType.UPPER_THRESHOLD, 10_000, 3, origin=Origin.HARD_WIRED_MONITOR
    )
    assert second == Monitor(
        2, "EVSE(1).AvailabilityState", MonitorType.DELTA, 1, 5, True, Origin.PRECONFIGURED_MONITOR
    )


@pytest.mark.parametrize(
    ("monitor", "words"),
    [
        ("{type: Delta, value: 1}", "variable"),
        ("{variable: X.Y, type: Sometimes, value: 1}", "Sometimes"),
        ("{variable: X.Y, type: Periodic, value: 0}", "must be above 0"),
        ("{variable: X.Y, type: Delta, value: 1, severity: 10}", "at most 9"),
    ],
)
def test_what_is_none(read, monitor, words):
    with pytest.raises(ProfileError, match=words):
        read(f"  - {monitor}\n")


@pytest.mark.parametrize(
    ("monitor", "words"),
    [
        ("{variable: EVSE(9).Power, type: Delta, value: 1}", "is not a variable of this station"),
        (
            "{variable: EVSE(1).AvailabilityState, type: UpperThreshold, value: 1}",
            "cannot have a UpperThreshold monitor",
        ),
        ("{variable: ChargingStation.Model, type: Delta, value: 1}", "cannot have a Delta monitor"),
    ],
)
def test_what_stations_of_the_profile_cannot_watch(read, monitor, words):
    with pytest.raises(ValueError, match=words):
        model_of(read(f"  - {monitor}\n"))


@pytest.mark.parametrize("origin", [Origin.HARD_WIRED_MONITOR, Origin.PRECONFIGURED_MONITOR])
async def test_they_watch_from_the_first_start(origin):
    """EventNotificationEnumType says whose monitor it is."""
    world = World(name=kitchen(Monitor(1, TEMPERATURE, MonitorType.UPPER_THRESHOLD, 60, 4, origin=origin)))
    await world.boot()
    fire(world.station).burn(Steady(80.0))
    await world.run(world.clock.now + 1)
    (ask,) = world.csms.of("NotifyEvent")
    assert ask["eventData"][0]["eventNotificationType"] == origin
