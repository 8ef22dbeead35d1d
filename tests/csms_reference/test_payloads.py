"""What the dialects share."""

from csms_reference.dialects.payloads import readings, text
from csms_reference.services.metering import Reading


def test_the_same_content_is_the_same_text():
    assert text({"b": 1, "a": {"d": "ü", "c": None}}) == text({"a": {"c": None, "d": "ü"}, "b": 1})
    assert text({"a": 1}) != text({"a": 2})


def test_every_sampled_value_has_the_time_of_its_meter_value():
    values = [
        {"timestamp": "1970-01-01T00:00:01Z", "sampledValue": [{"value": 1}, {"value": 2}]},
        {"timestamp": "1970-01-01T00:00:02Z", "sampledValue": [{"value": 3}]},
    ]
    found = readings(values, lambda sampled, at_ms: Reading(at_ms, sampled["value"]))
    assert [(each.timestamp_ms, each.value) for each in found] == [(1000, 1), (1000, 2), (2000, 3)]
