"""Texts for drivers on the wire."""

from simulator.dialects.contents201 import languages, read_content, read_words, write_content
from simulator.tokens import Words


def test_there_and_back():
    for said in ({"format": "UTF8", "content": "Hi"}, {"format": "HTML", "content": "<b>", "language": "en"}):
        assert write_content(read_content(said)) == said
    assert read_words({"format": "UTF8", "content": "Hi"}) == Words("Hi")


def test_languages():
    assert languages({"language1": "de", "language2": "en"}) == ("de", "en")
    assert languages({}) == ()
