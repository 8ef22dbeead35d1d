"""The ISO 15118 controller, which charges by direct current and takes contracts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import ClassVar

from simulator.devicemodel.variable import DataType, Mutability, Variable
from simulator.electrical import Kind
from simulator.faults import Fault, breakable
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.gadget import Gadget
from simulator.hardware.parameter import parameter
from simulator.hardware.shown import flag, written
from simulator.hardware.site import Site

_fixed = partial(Variable, "ISO15118Ctrlr", mutability=Mutability.READ_ONLY, constant=True)


@component("ISO15118Controller")
@dataclass(frozen=True, slots=True)
class Iso15118Controller:
    """Communicates with the EV over the pilot line (2.0.1 appendix 3.1.8, ISO15118Ctrlr): Plug & Charge by contract,
    and contracts that come from the CSMS.

    ``secc_id``: the controller's ID. ``country_name``, ``organization_name``: what its certificate says.
    """

    secc_id: str = "DECHBE00001"
    country_name: str = parameter("DE", "what its certificate says: ISO 3166-1")
    organization_name: str = "Chargebench"

    name: ClassVar[str] = "ISO15118Ctrlr"
    scope: ClassVar[Scope] = Scope.EVSE
    senses: ClassVar[frozenset[str]] = frozenset({"cable"})
    trouble: ClassVar[str] = "EV communication failure"
    watched: ClassVar[tuple[str, ...]] = ("Active",)

    def variables(self) -> Sequence[Variable]:
        switch = partial(Variable, self.name, type=DataType.BOOLEAN)
        never = partial(_fixed, default="false", type=DataType.BOOLEAN)
        return (
            flag(self.name, "Active"),
            _fixed("Available", "true", type=DataType.BOOLEAN),
            _fixed("Enabled", "true", type=DataType.BOOLEAN),
            switch("PnCEnabled", "true"),
            switch("ContractValidationOffline", "true"),
            switch("CentralContractValidationAllowed", "false"),
            switch("ContractCertificateInstallationEnabled", "true"),
            switch("V2GCertificateInstallationEnabled", "true"),
            never("RequestMeteringReceipt"),
            _fixed("MaxScheduleEntries", "24", type=DataType.INTEGER),
            _fixed("SeccId", self.secc_id),
            Variable(self.name, "CountryName", self.country_name, low=2, high=2),
            Variable(self.name, "OrganizationName", self.organization_name, low=1, high=64),
            flag(self.name, "Problem"),
        )

    def part(self, site: Site) -> Part:
        return Dialogue(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        if variable != "Active":
            return None
        return written(gadget.works and _digital(gadget.site))


class Dialogue(Gadget):
    """One such controller. Fault: ``broken``: no EV is heard that has to be."""

    __slots__ = ()

    def disturbed(self) -> None:
        if self.broken and not _digital(self.site):
            self.site.recovered(self.kind.trouble)
            return
        super().disturbed()


def _digital(site: Site) -> bool:
    """Whether an EV is there that charges by direct current over this controller, and so has to talk to it."""
    evse = site.evse
    if evse is None or evse.ev is None:
        return False
    return evse.outlet.supply.kind is Kind.DC and evse.outlet.type != "cG105"


breakable(
    Fault(
        "EV not heard",
        "no digital communication with an EV that needs it: SuspendedEVSE",
        MappingProxyType({"ISO15118Ctrlr": {"broken": True}}),
    ),
)
