"""The energy meter of one EVSE: registers that only rise, what it shows when it is read, and what can be wrong with it.

Most meters are exact, see currents in phase, and are healthy: they hold two registers, and a reading of theirs is five
references. Whatever else a meter has is made when it is first needed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache

from simulator.electrical import Draw, Kind, Offer
from simulator.physics.metering import PLAIN, Metrology, apparent_va, reactive_var
from simulator.reading import NONE, Details, Reading, Registers

__all__ = ["Faults", "Meter", "Reading"]


@dataclass(slots=True)
class Faults:
    """What can be wrong with a meter; each is a field that anyone may set.

    ``dead``: it does not answer. ``stuck``: its registers stand still while energy flows. ``reversed``: a current
    transformer is the wrong way round, and what is imported is counted as export. ``jump_wh``: its register shows so
    much more than it counted. ``drift``: it has come to be wrong by this share, whatever its class.
    """

    dead: bool = False
    stuck: bool = False
    reversed: bool = False
    jump_wh: float = 0.0
    drift: float = 0.0


_HEALTHY = Faults()


@dataclass(slots=True)
class _Rest:
    """What few meters have: reactive and apparent energy, registers of each phase, faults, pages, interval marks.

    ``extra_vah``: how far the apparent energy is ahead of the active one.
    """

    import_varh: float = 0.0
    extra_vah: float = 0.0
    phases_wh: list[float] | None = None
    faults: Faults = field(default_factory=lambda: _HEALTHY)
    pages: dict[str, int] = field(default_factory=dict)
    last_page: tuple[str, str, Registers, str] | None = None
    key_sent_for: str | None = None
    marks: dict[str, Registers] = field(default_factory=dict)


class Meter:
    """Two registers in Wh, import and export; a used meter does not start at 0.

    The registers are kept exactly; only what is shown is cut down to whole steps of the resolution. ``bias``: where
    in -1..1 of its class's limits this meter's own error is. Raises ValueError for a register that cannot be.
    """

    __slots__ = ("_rest", "bias", "export_wh", "import_wh", "metrology")

    def __init__(
        self,
        import_wh: float = 0.0,
        export_wh: float = 0.0,
        resolution_wh: float = 1.0,
        *,
        metrology: Metrology | None = None,
        bias: float = 0.0,
    ) -> None:
        self.import_wh = _amount(import_wh)
        self.export_wh = _amount(export_wh)
        self.metrology = _exact(resolution_wh) if metrology is None else metrology
        self.bias = bias
        self._rest: _Rest | None = None

    # -- counting ---------------------------------------------------------------------------------------------------

    def count(self, energy_wh: float, draw: Draw | None = None, seconds: float = 0.0) -> None:
        """Add energy that flowed to the EV. ValueError if it is negative: that is an export.

        ``draw``: what flowed at first, ``seconds``: for how long; without them it was a full load in phase.
        """
        energy_wh = _amount(energy_wh)
        if self._rest is None and self.metrology.plain and (draw is None or draw.power_factor == 1.0):
            self.import_wh += energy_wh
        elif energy_wh:
            self._count(energy_wh, draw, seconds)

    def _count(self, energy_wh: float, draw: Draw | None, seconds: float) -> None:
        faults = self.ills
        if faults.dead or faults.stuck:
            return
        load_a, one_phase = _load(energy_wh, draw, seconds)
        counted_wh = energy_wh * (1 + self._error(load_a, one_phase=one_phase))
        self._split(counted_wh, draw)
        if faults.reversed:
            self.export_wh += counted_wh
        else:
            self.import_wh += counted_wh
        if draw is not None and draw.power_factor != 1.0:
            rest = self._more()
            error = self.metrology.reactive_error(self.bias, load_a, one_phase=one_phase) + faults.drift
            rest.import_varh += reactive_var(energy_wh, draw.power_factor) * (1 + error)
            rest.extra_vah += apparent_va(counted_wh, draw.power_factor) - counted_wh

    def count_export(self, energy_wh: float) -> None:
        """Add energy that flowed from the EV. ValueError if it is negative."""
        energy_wh = _amount(energy_wh)
        if not (self.ills.dead or self.ills.stuck):
            self.export_wh += energy_wh * (1 + self._error())

    def _error(self, load_a: float = math.inf, *, one_phase: bool = False) -> float:
        return self.metrology.error(self.bias, load_a, one_phase=one_phase) + self.ills.drift

    def _split(self, counted_wh: float, draw: Draw | None) -> None:
        if not self.metrology.per_phase or draw is None or draw.kind is Kind.DC or draw.power_w <= 0:
            return
        phases_wh = self._phases(len(draw.current_a))
        for phase, power_w in enumerate(draw.phase_power_w):
            phases_wh[phase] += counted_wh * power_w / draw.power_w

    def _phases(self, count: int) -> list[float]:
        """The registers of each phase; those of a used meter have counted the same so far."""
        rest = self._more()
        if rest.phases_wh is None:
            rest.phases_wh = [self.import_wh / count] * count
        return rest.phases_wh

    # -- showing ----------------------------------------------------------------------------------------------------

    @property
    def resolution_wh(self) -> float:
        """The step of the registers as shown."""
        return self.metrology.resolution_wh

    @property
    def energy_wh(self) -> float:
        """The import register as shown."""
        return self._shown(self.import_wh if self._rest is None else self.import_wh + self._rest.faults.jump_wh)

    def reading(self, draw: Draw, *, soc_percent: float | None = None, offer: Offer | None = None) -> Reading:
        """Everything the meter shows while ``draw`` flows."""
        export_wh = self.export_wh and self._shown(self.export_wh)
        details = None if self._rest is None and self.metrology.plain else self._details(draw)
        if details is not None and details.dead:
            draw = Draw(draw.kind, (0.0,) * len(draw.current_a), 0.0, 0.0)
        return Reading(self.energy_wh, export_wh, draw, offer, soc_percent, details)

    def _details(self, draw: Draw) -> Details | None:
        rest, faults, metrology = self._rest, self.ills, self.metrology
        phases_wh = None
        if metrology.per_phase and draw.kind is Kind.AC:
            phases_wh = tuple(self._shown(wh) for wh in self._phases(len(draw.current_a)))
        load_a = max(draw.current_a, default=0.0)
        details = Details(
            error=self._error(load_a, one_phase=_on_one_phase(draw)) if load_a > 0 else 0.0,
            sign=-1 if faults.reversed else 1,
            dead=faults.dead,
            import_varh=0.0 if rest is None else self._shown(rest.import_varh),
            import_vah=None if rest is None else self._shown(self.import_wh + rest.extra_vah),
            phases_wh=phases_wh,
            between_phases=metrology.between_phases,
        )
        return None if details == NONE else details

    def _shown(self, register_wh: float) -> float:
        # Rounding first: 0.3 / 0.1 is a little less than 3, and a register must not lose a step to that.
        resolution_wh = self.metrology.resolution_wh
        steps = math.floor(round(register_wh / resolution_wh, 6))
        return round(steps * resolution_wh, 6)

    # -- what few ask for -------------------------------------------------------------------------------------------

    @property
    def faults(self) -> Faults:
        """What is wrong with it, to be set by anyone."""
        rest = self._more()
        if rest.faults is _HEALTHY:
            rest.faults = Faults()
        return rest.faults

    @property
    def ills(self) -> Faults:
        """What is wrong with it, to be read only."""
        return _HEALTHY if self._rest is None else self._rest.faults

    def spanned(self, reading: Reading, series: str) -> Reading:
        """A reading that closes the interval since the last one of its series; the first one's interval is empty."""
        marks, now = self._more().marks, reading.registers
        since, marks[series] = marks.get(series, now), now
        return reading.spanning(since)

    def page(self, reading: Reading, stamp: str, context: str, *, transaction: str | None) -> tuple[str, bool]:
        """The page of a reading that is to be signed, and whether it is the first one of its transaction.

        Pages are counted up by one, those of transactions (T) apart from others (F); the same reading asked for twice
        is the same page (OCMF 1.0, pagination).
        """
        rest = self._more()
        kind = "F" if transaction is None else "T"
        same = (kind + stamp, context, reading.registers)
        if rest.last_page is not None and rest.last_page[:3] == same:
            return rest.last_page[3], False
        rest.pages[kind] = number = rest.pages.get(kind, 0) + 1
        page = f"{kind}{number}"
        rest.last_page = (*same, page)
        first = transaction is not None and rest.key_sent_for != transaction
        if first:
            rest.key_sent_for = transaction
        return page, first

    def _more(self) -> _Rest:
        if self._rest is None:
            self._rest = _Rest()
        return self._rest


@cache
def _exact(resolution_wh: float) -> Metrology:
    return PLAIN if resolution_wh == PLAIN.resolution_wh else Metrology(resolution_wh)


def _on_one_phase(draw: Draw) -> bool:
    return len(draw.current_a) > 1 and sum(current_a > 0 for current_a in draw.current_a) == 1


def _load(energy_wh: float, draw: Draw | None, seconds: float) -> tuple[float, bool]:
    """The mean current of the most loaded phase while ``energy_wh`` flowed, and whether only one phase was loaded."""
    if draw is None:
        return math.inf, False
    if draw.power_w <= 0 or seconds <= 0:
        return math.inf, _on_one_phase(draw)
    mean_over_first = energy_wh * 3600 / seconds / draw.power_w
    return max(draw.current_a) * mean_over_first, _on_one_phase(draw)


def _amount(energy_wh: float) -> float:
    if not 0 <= energy_wh < math.inf:
        raise ValueError(f"a register takes energy of 0 Wh or more, not {energy_wh}")
    return energy_wh
