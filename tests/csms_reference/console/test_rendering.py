"""Templates: nothing gets into a page but as text that can be seen."""

import pytest
from jinja2 import UndefinedError

from csms_reference.console.rendering import at, render, templates
from csms_reference.console.text import visible
from tests.csms_reference.console.hostile import HOSTILE, UNSEEN


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_escaped_and_can_be_seen(words):
    shown = templates().from_string('<p title="{{ words }}">{{ words }}</p>').render(words=words)
    assert shown.count("<") == 2
    assert shown.count('"') == 2
    assert not set(shown) & set(UNSEEN)


def test_what_cannot_be_seen_is_told_by_its_number():
    assert visible("a\u202eb\x00\U000e0041") == "a\\u202eb\\u0000\\ue0041"
    assert visible("\ud800") == "\\ud800"
    assert [visible(each) for each in ("two\nlines", None, 5)] == ["two\nlines", "", 5]


def test_addresses_are_quoted():
    assert at("stations", "a/b?c#d e", "commands") == "/console/stations/a%2Fb%3Fc%23d%20e/commands"
    assert at("tokens", text="a&b", after=None, before="") == "/console/tokens?text=a%26b"


def test_what_a_template_lacks_is_an_error():
    with pytest.raises(UndefinedError):
        render("error.html.j2", title="x")
