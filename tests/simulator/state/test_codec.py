"""Plain data survives JSON with its types; what is no such data, or does not fit, is refused."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.dialects import DIALECTS
from simulator.flash import Flash, Phase, SecurityEvent
from simulator.function import FUNCTIONS
from simulator.hardware.place import Place
from simulator.state.codec import Unreadable, class_of, decode, encode
from simulator.troubles import Raised


@dataclass(frozen=True, slots=True)
class Leaf:
    number: float
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    name: str = ""
    leaves: tuple[Leaf, ...] = ()
    phase: Phase = Phase.STARTED
    pair: tuple[int, str] = (0, "")
    places: frozenset[Place] = frozenset()
    by_phase: Mapping[Phase, tuple[float, ...]] = field(default_factory=dict)
    raw: bytes = b""
    either: Leaf | Raised | None = None


LEAVES = st.builds(Leaf, st.floats(allow_nan=False), st.none() | st.datetimes(timezones=st.just(UTC)))
TREES = st.builds(
    Tree,
    st.text(),
    st.lists(LEAVES).map(tuple),
    st.sampled_from(Phase),
    st.tuples(st.integers(), st.text()),
    st.frozensets(st.builds(Place, st.integers(), st.integers())),
    st.dictionaries(st.sampled_from(Phase), st.lists(st.floats(allow_nan=False)).map(tuple)),
    st.binary(),
    st.none() | LEAVES | st.builds(Raised, st.text(), st.builds(Place, st.integers(), st.integers())),
)


@given(TREES)
def test_what_is_read_is_what_was_written(tree: Tree) -> None:
    read = decode(Tree, json.loads(json.dumps(encode(tree))))
    assert read == tree
    assert type(read.either) is type(tree.either)
    assert all(isinstance(phase, Phase) for phase in read.by_phase)


def test_what_a_newer_version_adds_gets_its_default() -> None:
    assert decode(Tree, {"name": "old"}) == Tree("old")


@pytest.mark.parametrize(
    ("kind", "data", "why"),
    [
        (Leaf, {"number": "1"}, "'1' is no float"),
        (Leaf, [1.0], "no fields of Leaf"),
        (Leaf, {"number": 1.0, "at": "soon"}, "none of"),
        (Tree, {"phase": "Begun"}, "Begun"),
        (Tree, {"leaves": {}}, "no list"),
        (Tree, {"pair": [1]}, "2 elements"),
        (Tree, {"places": [[1]]}, "no Place"),
        (Tree, {"by_phase": [["Started"]]}, "no entry"),
        (int, True, "no int"),
        (complex, 1, "no values of complex"),
    ],
)
def test_what_does_not_fit_is_refused(kind, data, why) -> None:
    with pytest.raises(Unreadable, match=why):
        decode(kind, data)


def test_only_classes_of_the_room_are_made() -> None:
    assert class_of("simulator.flash:SecurityEvent") is SecurityEvent
    for name in ("os:_exit", "simulator.flash:Nothing", "simulator.nothing:Flash", "simulator.flash:_BLANK"):
        with pytest.raises(Unreadable):
            class_of(name)


def test_what_is_no_plain_data_is_not_written() -> None:
    with pytest.raises(TypeError, match="no plain data"):
        encode(object())


def test_numbers_beyond_json_come_back() -> None:
    assert decode(Leaf, json.loads(json.dumps(encode(Leaf(math.inf))))) == Leaf(math.inf)


assert DIALECTS  # importing them enters every function


@pytest.mark.parametrize("kind", [cls.memory for cls in FUNCTIONS if cls.memory], ids=lambda kind: kind.__name__)
def test_what_every_function_keeps_can_be_kept(kind) -> None:
    flash = Flash()
    flash.remember(kind())
    assert decode(Flash, json.loads(json.dumps(encode(flash)))) == flash
