"""The manufacturer's monitors: ``monitors:`` of a profile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from simulator.document import Key, Spot, boolean, fields, number, one_of, text, whole
from simulator.event import Origin
from simulator.monitoring.monitor import Monitor, MonitorType, monitorable, supports
from simulator.variables import Variable

KEYS = (
    Key("variable", text(150), "what it watches, as in the device model", required=True),
    Key("type", one_of(*(str(kind) for kind in MonitorType)), "when it triggers", required=True),
    Key("value", number(), "the threshold, the difference, or the interval in seconds", required=True),
    Key("severity", whole(at_least=0, at_most=9), "of its events: 0 is danger, 9 debugging", default="5"),
    Key("transaction", boolean(), "it only watches during transactions", default="false"),
    Key("hard_wired", boolean(), "no CSMS can change it or switch it off", default="false"),
)


def preset(spot: Spot) -> Mapping[str, Any]:
    """One entry of ``monitors``. Raises ProfileError."""
    values = fields(spot, KEYS, "a monitor")
    kind = MonitorType(values["type"])
    if kind not in (MonitorType.UPPER_THRESHOLD, MonitorType.LOWER_THRESHOLD) and values["value"] <= 0:
        raise spot.fault(f"the value of a {kind} monitor must be above 0")
    return values


def numbered(presets: tuple[Mapping[str, Any], ...]) -> tuple[Monitor, ...]:
    """The monitors of a profile, numbered from 1."""
    return tuple(
        Monitor(
            number,
            values["variable"],
            MonitorType(values["type"]),
            float(values["value"]),
            values.get("severity", 5),
            values.get("transaction", False),
            Origin.HARD_WIRED_MONITOR if values.get("hard_wired") else Origin.PRECONFIGURED_MONITOR,
        )
        for number, values in enumerate(presets, 1)
    )


def check(monitors: Iterable[Monitor], model: Mapping[str, Variable]) -> None:
    """Raise ValueError for a monitor on a variable that stations of the profile do not have, or that takes no such."""
    for monitor in monitors:
        if (watched := model.get(monitor.key)) is None:
            raise ValueError(f"monitors: {monitor.key} is not a variable of this station")
        if not monitorable(watched) or not supports(watched, monitor.type):
            raise ValueError(f"monitors: {monitor.key} cannot have a {monitor.type} monitor")
