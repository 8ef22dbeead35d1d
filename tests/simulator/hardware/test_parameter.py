"""Fields of a component as keys of a profile: types, bounds, meanings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

import pytest

from simulator.document import ProfileError, fields, load
from simulator.hardware.parameter import keys_of, made, parameter, unit


class Tone(StrEnum):
    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Bell:
    rings_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Siren:
    """Wails, where ``loud``, for all to hear.

    ``on_s``: before it wails. ``off_s``, ``rest_s``: afterwards, and
    between. ``level_percent``: how loud (e.g. 50). ``tone``: high or low
    """

    on_s: float = 0.5
    off_s: float = 1.0
    rest_s: float | None = None
    level_percent: float = 80.0
    ambient_c: float = -10.0
    power_w: float = parameter(5.0, "what it takes", above=0, at_most=100)
    times: int = parameter(3, at_least=1)
    tone: Tone = Tone.LOW
    mode: Literal["AC", "DC"] = "AC"
    loud: bool = True
    steps: tuple[float, ...] = (1.0, 2.0)
    points: tuple[tuple[float, float], ...] = ()
    bell: Bell = field(default_factory=Bell)
    secret: object = None

    def __post_init__(self) -> None:
        if self.on_s > self.off_s:
            raise ValueError("on_s must not be above off_s")


Read = Callable[[str], Siren]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reading(text: str) -> Siren:
        path = tmp_path / "siren.yaml"
        path.write_text(text)
        spot = load(path)
        siren: Siren = made(spot, Siren, fields(spot, keys_of(Siren), "Siren"))
        return siren

    return reading


def test_values_of_every_type(read: Read) -> None:
    siren = read(
        "{on_s: 0.1, rest_s: 3, tone: high, mode: DC, loud: false, times: 7, steps: [], points: [[1, 2], [3, 4]],"
        " bell: {rings_s: 9}, ambient_c: -40}"
    )
    assert (siren.on_s, siren.rest_s, siren.tone, siren.mode, siren.loud) == (0.1, 3.0, Tone.HIGH, "DC", False)
    assert (siren.times, siren.steps, siren.points, siren.bell) == (7, (), ((1.0, 2.0), (3.0, 4.0)), Bell(9.0))
    assert (siren.ambient_c, siren.off_s) == (-40.0, 1.0)
    assert hash(siren) == hash(read("{on_s: 0.1, rest_s: 3, tone: high, mode: DC, loud: false, times: 7, steps: [],"
                                    " points: [[1, 2], [3, 4]], bell: {rings_s: 9}, ambient_c: -40}"))  # fmt: skip
    assert read("{rest_s: null}").rest_s is None


MISTAKES = [
    ("{on_s: -1}", "at least 0, not '-1'"),
    ("{level_percent: 101}", "at least 0 and at most 100, not '101'"),
    ("{ambient_c: -300}", "at least -273.15, not '-300'"),
    ("{power_w: 0}", "above 0 and at most 100, not '0'"),
    ("{power_w: 101}", "above 0 and at most 100, not '101'"),
    ("{times: 0}", "a whole number at least 1, not '0'"),
    ("{times: 1.5}", "a whole number at least 1, not '1.5'"),
    ("{times: true}", "a whole number at least 1"),
    ("{tone: hihg}", "did you mean 'high'?"),
    ("{mode: ac}", "did you mean 'AC'?"),
    ("{loud: 1}", "must be true or false, not '1'"),
    ("{steps: 1}", "a list of values"),
    ("{steps: [-a]}", "must be a number"),
    ("{points: [[1]]}", "must be a list of 2 values"),
    ("{bell: {ring_s: 1}}", "Bell has no key 'ring_s'; did you mean 'rings_s'?"),
    ("{rest_s: often}", "a number at least 0"),
    ("{secret: 1}", "Siren has no key 'secret'"),
    ("{on_s: 5}", "Siren: on_s must not be above off_s"),
]


@pytest.mark.parametrize(("text", "expected"), MISTAKES)
def test_mistakes(read: Read, text: str, expected: str) -> None:
    with pytest.raises(ProfileError) as caught:
        read(text)
    assert expected in str(caught.value)


def test_meanings_come_from_the_field_or_from_the_docstring() -> None:
    meanings = {key.name: key.meaning for key in keys_of(Siren)}
    assert meanings["on_s"] == "before it wails"
    assert meanings["off_s"] == meanings["rest_s"] == "afterwards, and between"
    assert meanings["level_percent"] == "how loud (e.g. 50)"
    assert meanings["tone"] == "high or low"
    assert meanings["power_w"] == "what it takes"
    assert meanings["loud"] == "Wails, where loud, for all to hear"


def test_defaults_as_a_profile_would_write_them() -> None:
    defaults = {key.name: key.default for key in keys_of(Siren)}
    assert (defaults["on_s"], defaults["loud"], defaults["steps"], defaults["rest_s"]) == (
        "0.5",
        "true",
        "[1, 2]",
        "none",
    )


def test_units_stand_last() -> None:
    assert [unit(name) for name in ("on_s", "level_percent", "ambient_c", "signal_dbm", "rows")] == [
        "s", "%", "°C", "dBm", "",
    ]  # fmt: skip


def test_what_is_no_component() -> None:
    class Plain:
        pass

    @dataclass
    class Thawed:
        on_s: float = 1.0

    @dataclass(frozen=True)
    class Odd:
        anything: object

    @dataclass(frozen=True)
    class Lost:
        anything: Nowhere = None  # type: ignore[name-defined]  # noqa: F821

    for kind, expected in (
        (Plain, "frozen"),
        (Thawed, "frozen"),
        (Odd, "type that a profile"),
        (Lost, "cannot be found"),
    ):
        thing: Any = kind
        with pytest.raises(TypeError, match=expected):
            keys_of(thing)
