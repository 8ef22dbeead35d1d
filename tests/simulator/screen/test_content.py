"""What people read of a text, and in which language."""

import pytest

from simulator.screen.content import Content, chosen


@pytest.mark.parametrize(
    ("content", "read"),
    [
        (Content("UTF8", "Grüße <b>"), "Grüße <b>"),
        (Content("HTML", "<h1>Hello</h1><p>It is <b>free</b></p><script>x()</script>"), "Hello\nIt is free"),
        (Content("HTML", "5 &euro;<br>per kWh"), "5 €\nper kWh"),
        (Content("URI", "https://example.com/x"), "https://example.com/x"),
    ],
)
def test_what_people_read(content, read):
    assert content.plain == read


def test_ascii_is_printable_ascii():
    assert Content("ASCII", "Hi ~").fault is None
    assert "'ü'" in (Content("ASCII", "Grüße").fault or "")
    assert Content("ASCII", "\x07").fault
    assert Content("UTF8", "Grüße").fault is None


@pytest.mark.parametrize(
    ("languages", "text"),
    [
        (("de",), "Hallo"),
        (("DE-ch",), "Hallo"),  # the same language of another country
        (("fr", "de"), "Hallo"),
        (("fr",), "Hello"),  # O01.FR.09
        ((), "Hello"),
        (("en-US", "en"), "Howdy"),
    ],
)
def test_the_language(languages, text):
    texts = (
        Content("UTF8", "Hoi", "nl"),
        Content("UTF8", "Hello", "en"),
        Content("UTF8", "Howdy", "en-US"),
        Content("UTF8", "Hallo", "de"),
    )
    assert chosen(texts, languages).text == text


def test_what_has_no_language_is_better_than_nothing():
    assert chosen((Content("UTF8", "one"), Content("UTF8", "zwei", "de")), ("fr",)).text == "one"
