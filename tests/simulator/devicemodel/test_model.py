"""The variables of a kind of station."""

import pytest

from simulator.devicemodel.model import Model
from simulator.devicemodel.variable import DataType, Variable
from simulator.hardware.place import Place


def test_names_are_unique_whatever_their_case():
    with pytest.raises(ValueError, match=r"two variables a\.b"):
        Model([Variable("A", "B", ""), Variable("a", "b", "")])


def test_components_stand_together():
    here, there = Place(1), Place(2)
    model = Model(Variable("A", name, "", place=place) for place in (here, there) for name in "xy")
    assert [[variable.key for variable in component] for component in model.components()] == [
        ["A(1).x", "A(1).y"],
        ["A(2).x", "A(2).y"],
    ]
    assert model.component("a", place=there) == (model["A(2).x"], model["A(2).y"])
    assert model.component("A") == ()


def test_settings_are_checked():
    model = Model([Variable("A", "n", "1", DataType.INTEGER), Variable("A", "b", "true", DataType.BOOLEAN)])
    assert list(model.checked({"A.n": 5, "A.b": False})) == [("A.n", "5"), ("A.b", "false")]
    with pytest.raises(ValueError, match=r"A\.c is not a variable"):
        list(model.checked({"A.c": 5}))
    with pytest.raises(ValueError, match=r"A\.n: 'x' is not an integer"):
        list(model.checked({"A.n": "x"}))
    assert model.with_defaults({"A.n": 7})["A.n"].default == "7"
    assert model["A.n"].default == "1"
