from dataclasses import replace

from simulator.event import Event, Origin, Trigger
from simulator.hardware.place import Place

TRIPPED = Event("RCD", "Tripped", "true", Place(1), severity=0)


def test_a_trouble_and_its_end_have_the_same_subject():
    assert replace(TRIPPED, value="false", cleared=True).subject == TRIPPED.subject


def test_other_places_variables_and_monitors_are_other_subjects():
    others = {"place": Place(2), "variable": "Problem", "instance": "B", "variable_instance": "L1", "monitor": 3}
    subjects = {replace(TRIPPED, **{name: value}).subject for name, value in others.items()}
    assert len(subjects) == len(others)
    assert TRIPPED.subject not in subjects


def test_what_nobody_asked_for_is_a_hard_wired_alert():
    assert (TRIPPED.trigger, TRIPPED.origin) == (Trigger.ALERTING, Origin.HARD_WIRED_NOTIFICATION)
