"""What a meter shows at one moment: small, as stations make and keep many of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from simulator.electrical import Draw, Offer
from simulator.physics.metering import apparent_va, reactive_var

if TYPE_CHECKING:
    from simulator.tokens import Token


class Registers(NamedTuple):
    """What the energy registers show: Wh, varh and VAh."""

    import_wh: float
    export_wh: float
    import_varh: float = 0.0
    import_vah: float = 0.0


class Seal(NamedTuple):
    """What makes a reading one that is signed.

    ``page``: its place in the meter's order of signed readings (T…: of transactions, F…: of others); ``user``: whose
    transaction it is; ``with_key``: the public key goes along; ``synchronized``: the station's clock was right.
    """

    evse: int
    page: str
    user: Token | None = None
    with_key: bool = False
    synchronized: bool = True


@dataclass(frozen=True, slots=True)
class Details:
    """What few readings have. ``error``: the relative error of currents and powers; ``sign``: -1 with a current
    transformer the wrong way round; ``since``: the registers at the begin of the interval that ends here."""

    error: float = 0.0
    sign: int = 1
    dead: bool = False
    import_varh: float = 0.0
    import_vah: float | None = None
    phases_wh: tuple[float, ...] | None = None
    between_phases: bool = False
    since: Registers | None = None
    seal: Seal | None = None
    temperature_c: float | None = None
    fan_rpm: float | None = None


NONE = Details()
"""A reading without any of them."""


class Reading(NamedTuple):
    """What a meter shows at one moment.

    ``draw``: what flowed. The offers and ``soc_percent`` are None where nobody told the meter. ``details``: what goes
    beyond that, where there is any.
    """

    energy_wh: float
    export_wh: float
    draw: Draw
    offer: Offer | None = None
    soc_percent: float | None = None
    details: Details | None = None

    @property
    def factor(self) -> float:
        """What currents and powers are shown as, in proportion to what flowed."""
        return 1.0 if self.details is None else self.details.sign * (1.0 + self.details.error)

    @property
    def dead(self) -> bool:
        """Whether the meter gave no answer: the registers are the last that were read, all else is 0."""
        return self.details is not None and self.details.dead

    @property
    def power_w(self) -> float:
        """Active power over all conductors; negative while it is exported."""
        return self.draw.power_w * self.factor

    @property
    def current_a(self) -> float:
        """The sum over conductors, so that P = U·I·cosφ holds."""
        return sum(self.draw.current_a) * self.factor

    @property
    def voltage_v(self) -> float:
        """From phase to neutral (AC) or between the two conductors (DC)."""
        return self.draw.voltage_v

    @property
    def frequency_hz(self) -> float:
        """Of the grid; 0 for DC."""
        return self.draw.frequency_hz

    @property
    def power_factor(self) -> float:
        """cosφ; 1 where nothing flows."""
        return self.draw.power_factor

    @property
    def reactive_var(self) -> float:
        """Reactive power over all conductors."""
        return reactive_var(self.power_w, self.draw.power_factor)

    @property
    def apparent_va(self) -> float:
        """Apparent power over all conductors."""
        return apparent_va(abs(self.power_w), self.draw.power_factor)

    @property
    def phase_current_a(self) -> tuple[float, ...]:
        """One for each conductor: L1..L3 of an AC station, the one current of DC."""
        factor = self.factor
        return self.draw.current_a if factor == 1.0 else tuple(current * factor for current in self.draw.current_a)

    @property
    def phase_voltage_v(self) -> tuple[float, ...]:
        """One for each conductor."""
        return self.draw.phase_voltage_v

    @property
    def phase_power_w(self) -> tuple[float, ...]:
        """Active power of each conductor: U·I·cosφ."""
        factor = self.factor
        return tuple(power_w * factor for power_w in self.draw.phase_power_w)

    @property
    def offered_a(self) -> float | None:
        """What the EV is allowed per conductor."""
        return None if self.offer is None else self.offer.limit_a

    @property
    def offered_w(self) -> float | None:
        """What the EV is allowed over all conductors."""
        return None if self.offer is None else self.offer.power_w

    @property
    def registers(self) -> Registers:
        """All registers."""
        details = self.details or NONE
        apparent = self.energy_wh if details.import_vah is None else details.import_vah
        return Registers(self.energy_wh, self.export_wh, details.import_varh, apparent)

    def beside(self, *, temperature_c: float | None = None, fan_rpm: float | None = None) -> Reading:
        """This reading with what other sensors of the station say at the same moment (1.6: Temperature, RPM)."""
        return self._with(temperature_c=temperature_c, fan_rpm=fan_rpm)

    def sealed(self, seal: Seal) -> Reading:
        """This reading as one that is signed."""
        return self._with(seal=seal)

    def spanning(self, since: Registers) -> Reading:
        """This reading as the end of an interval, with the registers at its begin."""
        return self._with(since=since)

    def _with(self, **details: object) -> Reading:
        return self._replace(details=replace(self.details or NONE, **details))  # type: ignore[arg-type]
