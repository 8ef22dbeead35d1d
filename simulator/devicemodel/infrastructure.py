"""The variables of the station itself, and of its EVSEs and connectors (part 2 §2.13)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from simulator.devicemodel.variable import DataType, Mutability, Variable
from simulator.electrical import Kind
from simulator.hardware.place import Place
from simulator.profile import ConnectorProfile, EvseProfile, Profile

STATES = ("Available", "Occupied", "Reserved", "Unavailable", "Faulted")
"""The values of AvailabilityState (§2.13.2)."""

_fixed = partial(Variable, mutability=Mutability.READ_ONLY, constant=True)
_live = partial(Variable, mutability=Mutability.READ_ONLY, persistent=False, live=True, monitored=True)
_state = partial(_live, name="AvailabilityState", default="Available", type=DataType.OPTION_LIST, options=STATES)
_problem = partial(_live, name="Problem", default="false", type=DataType.BOOLEAN)
_enabled = partial(_live, name="Enabled", default="true", type=DataType.BOOLEAN)
_available = partial(_fixed, name="Available", default="true", type=DataType.BOOLEAN)

ROTATIONS = {0: "", 1: "Rxx", 2: "RSx", 3: "RST"}
"""PhaseRotation (§2.13.5) by the number of phases: each is wired as the one before it; empty where there is none."""

PROTOCOLS = {"cG105": "CHAdeMO", "cCCS1": "ISO15118", "cCCS2": "ISO15118", "sBS1361": "Uncontrolled",
             "sCEE-7-7": "Uncontrolled"}  # fmt: skip
"""ChargeProtocol (appendices, standardized variables) of connectors that have but one; the others follow their kind."""


def station_variables(profile: Profile) -> Iterator[Variable]:
    """What the profile says of the station as a whole."""
    fixed, live = partial(_fixed, "ChargingStation"), partial(_live, "ChargingStation")
    yield fixed("Model", profile.model)
    yield fixed("VendorName", profile.vendor)
    yield live("FirmwareVersion", profile.firmware_version, monitored=False, persistent=True)
    yield live("SerialNumber", "", monitored=False, persistent=True, constant=True)
    yield _available("ChargingStation")
    yield _state("ChargingStation")
    yield _enabled("ChargingStation")
    yield _problem("ChargingStation")
    phases = max(supply.phases or 3 for evse in profile.evses for supply in (evse.supply(),))
    yield fixed("SupplyPhases", str(phases), DataType.INTEGER)
    yield fixed("PhaseRotation", ROTATIONS[phases])
    yield live("Power", "0", DataType.DECIMAL, unit="W", high=round(profile.grid_max_w, 1))
    if all(connector.attached for evse in profile.evses for connector in evse.connectors):
        yield _fixed("OCPPCommCtrlr", "UnlockOnEVSideDisconnect", "false", DataType.BOOLEAN)  # §2.1.12


def evse_variables(number: int, evse: EvseProfile) -> Iterator[Variable]:
    """What the profile says of one EVSE and its connectors."""
    place = Place(number)
    yield _available("EVSE", place=place)
    yield _state("EVSE", place=place)
    yield _enabled("EVSE", place=place)
    yield _problem("EVSE", place=place)
    yield _fixed("EVSE", "AllowReset", "true", DataType.BOOLEAN, place=place)
    yield _fixed("EVSE", "SupplyPhases", str(evse.supply().phases), DataType.INTEGER, place=place)
    yield _fixed("EVSE", "PhaseRotation", ROTATIONS[evse.supply().phases], place=place)
    yield _live("EVSE", "Power", "0", DataType.DECIMAL, unit="W", high=round(evse.max_w, 1), place=place)
    yield Variable("AlignedDataCtrlr", "SendDuringIdle", "false", DataType.BOOLEAN, place=place)  # J01.FR.19
    yield from _electrical(place, evse)
    for connector, outlet in enumerate(evse.connectors, 1):
        yield from connector_variables(Place(number, connector), outlet)


def _electrical(place: Place, evse: EvseProfile) -> Iterator[Variable]:
    """What its meter shows of current and voltage: of each phase for AC (part 2 §2.13.8)."""
    supply = evse.supply()
    most_a = max(connector.supply.max_a for connector in evse.connectors)
    number = partial(_live, "EVSE", default="0", type=DataType.DECIMAL, place=place)
    if supply.kind is Kind.DC:
        yield number("DCCurrent", unit="A", high=most_a)
        yield number("DCVoltage", unit="V")
        return
    for phase in range(1, supply.phases + 1):
        yield number("ACCurrent", instance=f"L{phase}", unit="A", high=most_a)
        yield number("ACVoltage", instance=f"L{phase}", unit="V")


def connector_variables(place: Place, outlet: ConnectorProfile) -> Iterator[Variable]:
    """What the profile says of one connector."""
    yield _available("Connector", place=place)
    yield _state("Connector", place=place)
    yield _enabled("Connector", place=place)
    yield _problem("Connector", place=place)
    yield _fixed("Connector", "ConnectorType", outlet.type, place=place)
    yield _fixed("Connector", "SupplyPhases", str(outlet.supply.phases), DataType.INTEGER, place=place)
    yield _fixed("Connector", "PhaseRotation", ROTATIONS[outlet.supply.phases], place=place)
    otherwise = "CPPWM" if outlet.supply.kind is Kind.AC else "Unknown"
    yield _fixed("Connector", "ChargeProtocol", PROTOCOLS.get(outlet.type, otherwise), place=place)
