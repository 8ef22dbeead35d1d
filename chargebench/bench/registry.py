"""What a benchmark is: a name, a function that returns figures, and the aims that the figures should reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Figures = dict[str, float]
"""What was measured: the label, with its unit, and the value; NaN where the label says why there is none."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line may choose; None leaves it to the benchmark."""

    stations: int | None = None
    shards: int | None = None
    workers: int | None = None
    hold_s: float | None = None
    postgresql: str | None = None
    redis: str | None = None
    hostile: int | None = None
    rate: float | None = None

    @property
    def given(self) -> tuple[str, ...]:
        """The names of those that were chosen."""
        return tuple(name for name in self.__slots__ if getattr(self, name) is not None)


@dataclass(frozen=True, slots=True)
class Aim:
    """Where a figure should be: at least or at most so much."""

    least: float | None = None
    most: float | None = None

    def reached(self, value: float) -> bool:
        """Whether a value is where it should be."""
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def __str__(self) -> str:
        return f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"


Measure = Callable[[Options], Figures]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One entry of the registry. ``takes``: which options it knows."""

    name: str
    measure: Measure
    takes: frozenset[str] = frozenset()
    aims: Mapping[str, Aim] = field(default_factory=dict)


BENCHES: dict[str, Benchmark] = {}


def benchmark(*takes: str, aims: Mapping[str, Aim] | None = None) -> Callable[[Measure], Measure]:
    """Enter a benchmark under its function's name. Raises ValueError if the name is taken."""

    def enter(measure: Measure) -> Measure:
        name = measure.__name__
        if name in BENCHES:
            raise ValueError(f"two benchmarks called {name}")
        BENCHES[name] = Benchmark(name, measure, frozenset(takes), aims or {})
        return measure

    return enter
