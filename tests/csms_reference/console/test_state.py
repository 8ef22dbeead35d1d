"""Words and their tones."""

import pytest

from csms_reference.console.state import TONES, tone
from csms_reference.services.commands import State


def test_a_word_has_one_tone():
    found = [word for words in TONES.values() for word in words.split()]
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("word", "its"), [("Available", "good"), ("Charging", "busy"), ("Faulted", "bad"), ("<b>", "off"), (None, "off")]
)
def test_tones(word, its):
    assert tone(word) == its


def test_every_state_of_a_command_has_a_tone():
    assert {tone(state) for state in State} == {"wait", "busy", "good", "bad"}
