"""Distributions: what falls where."""

from hypothesis import given
from hypothesis import strategies as st

from csms_reference.operations.measures import HANDLING_S, Distribution, Measures


@given(st.lists(st.floats(0, 100)))
def test_a_value_is_counted_below_the_first_bound_that_holds_it(values):
    bounds = (0.5, 1.0, 30.0)
    subject = Distribution(bounds)
    for value in values:
        subject.note(value)
    total, *counts = subject.plain()
    assert total == sum(values)
    at_most = [sum(counts[: index + 1]) for index in range(len(bounds))]
    assert at_most == [sum(value <= bound for value in values) for bound in bounds]
    assert sum(counts) == len(values)


async def test_calls_and_errors_are_measured_by_action_and_code(bench):
    it = bench()
    station = await it.station()
    await station.ask("Heartbeat", {})
    await station.refusal("Heartbeat", {"colour": "red"}, validate=False)
    told = it.csms.measures.plain()
    counts = {action: sum(plain[1:]) for action, plain in told["handling"].items()}
    assert counts == {"BootNotification": 1, "Heartbeat": 1}
    assert told["errors"] == {"FormatViolation": 1}
    it = bench(unknown_stations="pending")
    await (await it.dial()).refusal("Heartbeat", {})
    assert it.csms.measures.plain()["errors"] == {"SecurityError": 1}


async def test_handling_is_timed_from_the_call_to_its_end(bench):
    it = bench(calls_per_s=1, calls_burst=1)
    station = await it.station()
    asked = station.session.call("Heartbeat", {}, 0.0)
    station._flush()
    await it.quiet()
    it.forward(1)
    await it.quiet()
    assert asked == "CP-1-2"
    assert it.csms.measures.plain()["handling"]["Heartbeat"][0] == 1.0


def test_a_process_hands_over_plain_lists():
    subject = Measures()
    subject.handled("Heartbeat", 0.0005)
    assert subject.plain() == {"handling": {"Heartbeat": [0.0005, 1, *[0] * len(HANDLING_S)]}, "errors": {}}
