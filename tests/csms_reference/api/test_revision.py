"""Tags of things, and what requests say of them."""

from typing import ClassVar

import pytest
from fastapi import HTTPException, Response

from csms_reference.api.hal import Resource, link
from csms_reference.api.revision import Revision, tag_of


class Lamp(Resource):
    LIVE: ClassVar[frozenset[str]] = frozenset({"warm"})
    colour: str = "red"
    warm: bool = False


class Plain(Resource):
    name: str = "a"


def asked(method="GET", *, match=None, none_match=None):
    return Revision(method, match, none_match, Response())


def refused(revision, thing):
    with pytest.raises(HTTPException) as found:
        revision.expected(thing)
    return found.value.status_code


def test_a_tag_follows_what_is_said_and_not_the_links():
    assert tag_of(Plain()) == tag_of(Plain(links={"self": link("x")}))
    assert tag_of(Plain()) != tag_of(Plain(name="b"))
    assert "." not in tag_of(Plain())


def test_what_is_live_has_a_part_of_its_own():
    cold, warm = tag_of(Lamp()).split("."), tag_of(Lamp(warm=True)).split(".")
    assert (cold[0] == warm[0], cold[1] == warm[1]) == (True, False)
    assert tag_of(Lamp(colour="blue")).split(".")[1] == cold[1]


def test_what_is_shown_bears_its_tag():
    revision = asked()
    assert revision.shown(Lamp()).colour == "red"
    assert revision.answer.headers["ETag"] == f'"{tag_of(Lamp())}"'


@pytest.mark.parametrize("told", ['"{}"', 'W/"{}"', '"other", "{}"', "*", " * "])
def test_what_the_client_has_is_not_sent_again(told):
    with pytest.raises(HTTPException) as found:
        asked(none_match=told.format(tag_of(Lamp()))).shown(Lamp())
    assert (found.value.status_code, found.value.headers) == (304, {"ETag": f'"{tag_of(Lamp())}"'})


@pytest.mark.parametrize("told", ['"other"', "", tag_of(Lamp()), f'"{tag_of(Lamp(warm=True))}"'])
def test_what_it_does_not_have_is(told):
    assert asked(none_match=told).shown(Lamp())


def test_the_answer_to_a_change_is_sent_in_any_case():
    assert asked("PUT", none_match=f'"{tag_of(Lamp())}"').shown(Lamp())


@pytest.mark.parametrize(
    "told", ["*", f'"{tag_of(Lamp())}"', f'"x", "{tag_of(Lamp())}"', f'"{tag_of(Lamp(warm=True))}"']
)
def test_a_change_of_what_was_seen_is_made(told):
    asked("PUT", match=told).expected(Lamp())


@pytest.mark.parametrize(
    ("told", "thing"),
    [('"other"', Lamp()), ("", Lamp()), (f'"{tag_of(Lamp())}"', Lamp(colour="blue")), ("*", None), ('"other"', None)],
)
def test_a_change_of_something_else_is_refused(told, thing):
    assert refused(asked("PUT", match=told), thing) == 412


def test_a_weak_tag_matches_no_change():
    """RFC 9110 §13.1.1: If-Match compares strongly (§8.8.3.2)."""
    assert refused(asked("PUT", match=f'W/"{tag_of(Lamp())}"'), Lamp()) == 412


def test_only_what_is_not_there_is_made():
    asked("PUT", none_match="*").expected(None)
    assert refused(asked("PUT", none_match="*"), Lamp()) == 412
    asked("PUT").expected(Lamp())
    asked("PUT").expected(None)
