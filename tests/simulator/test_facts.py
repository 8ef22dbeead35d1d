"""What goes to the record."""

import inspect
from dataclasses import is_dataclass

from simulator import facts


def kinds() -> list[type[facts.Fact]]:
    return [
        kind
        for name, kind in inspect.getmembers(facts, inspect.isclass)
        if issubclass(kind, facts.Fact) and not name.startswith("_") and kind is not facts.Fact
    ]


def test_every_fact_is_a_frozen_slotted_dataclass_that_knows_its_kind():
    assert len(kinds()) > 25
    for kind in kinds():
        assert is_dataclass(kind)
        assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
        fact = kind(*[0] * len(inspect.signature(kind).parameters))
        assert not hasattr(fact, "__dict__")
        assert fact.kind in ("hardware", "firmware", "link")
        assert fact.name == kind.__name__


def test_fields():
    assert facts.Plugged(1, 2).fields() == {"evse": 1, "connector": 2}
    assert facts.Plugged(1, 2).kind == "hardware"
    assert facts.Connected("ocpp1.6").kind == "link"
    assert facts.Registered("Accepted", 60).kind == "firmware"
    assert facts.MessageGivenUp("t", None, 1).fields() == {"transaction": "t", "attempts": 1}  # type: ignore[arg-type]
