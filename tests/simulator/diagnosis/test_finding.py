"""How findings are written."""

import json
import math

from simulator.diagnosis.finding import Finding, Verdict, figure, span
from simulator.hardware.place import Place


def test_limits_are_written_as_people_do():
    assert span(-math.inf, 0.3, "s") == "≤ 0.3 s"
    assert span(1.0, math.inf, "MΩ") == "≥ 1 MΩ"
    assert span(11.0, 13.0, "V") == "11 … 13 V"
    assert span(13.0, 13.0, "A") == "13 A"
    assert figure(1_000_000.0) == "1000000"


def test_what_never_comes_is_said_in_words_and_in_json():
    never = Finding("RCD", "break time", Place(1), Verdict.FAIL, math.inf, "s")
    assert never.value == "never"
    assert json.loads(json.dumps(never.document(), allow_nan=False))["measured"] == "never"
    assert Finding("insulation", "to earth", Place(1), Verdict.PASS, math.inf, "MΩ").value == "beyond the scale"


def test_places_are_those_of_the_device_model():
    assert [Finding("", "", place, Verdict.PASS).where for place in (Place(), Place(1), Place(1, 2))] == [
        "",
        "1",
        "1,2",
    ]
