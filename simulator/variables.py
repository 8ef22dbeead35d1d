"""The names of the device model that the rest of the station needs; see the package ``simulator.devicemodel``.

Names are those of the OCPP 2.0.1 device model (part 2 appendices, standardized components and variables), written
``Component[instance](evse,connector).Variable.instance`` without what is empty: ``TxCtrlr.EVConnectionTimeOut``,
``RCD(1).Tripped``, ``Connector(1,2).ConnectorType``, ``Fan[left].FanSpeed``. OCPP 1.6 keys are aliases onto them.
"""

from simulator.devicemodel.authorization import TX_POINTS
from simulator.devicemodel.controllers import MEASURANDS, MODEL, STANDARD
from simulator.devicemodel.model import Model
from simulator.devicemodel.store import Readers, SetStatus, Variables
from simulator.devicemodel.variable import (
    LISTS,
    NUMBERS,
    Attribute,
    AttributeType,
    DataType,
    Mutability,
    Variable,
    component_key,
    written,
)
from simulator.hardware.place import Place

__all__ = [
    "LISTS", "MEASURANDS", "MODEL", "NUMBERS", "STANDARD", "TX_POINTS", "Attribute", "AttributeType", "DataType",
    "Model", "Mutability", "Place", "Readers", "SetStatus", "Variable", "Variables", "component_key", "written",
]  # fmt: skip
