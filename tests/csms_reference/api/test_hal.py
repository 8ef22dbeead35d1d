"""Resources, links and forms."""

from enum import StrEnum
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from csms_reference.api.hal import Link, Page, Resource, form, items_of, link, page_of, path, properties_of


class Colour(StrEnum):
    RED = "red"


class Lamp(BaseModel):
    name: str = Field(max_length=5, pattern="^[a-z]+$", description="Who it is")
    watts: Annotated[int, Field(ge=1, le=100)] | None = None
    colour: Colour = Colour.RED
    state: Literal["on", "off"] | None = None
    rooms: list[str] = []
    lit: bool = False


class LampOut(Resource):
    name: str


def told(resource):
    return resource.model_dump(mode="json", by_alias=True)


def test_segments_are_quoted():
    assert path("stations", "ä/b c", 3) == "/v1/stations/%C3%A4%2Fb%20c/3"


def test_a_link_says_only_what_it_has():
    assert told(link("stations")) == {"href": "/v1/stations"}
    assert told(link("stations", query="after,limit", title="All")) == {
        "href": "/v1/stations{?after,limit}",
        "templated": True,
        "title": "All",
    }


def test_a_form_says_what_its_body_may_be():
    made = told(form("POST", path("lamps"), Lamp, "Add a lamp"))
    assert (made["method"], made["target"], made["contentType"]) == ("POST", "/v1/lamps", "application/json")
    assert made["properties"] == [
        {"name": "name", "required": True, "type": "text", "prompt": "Who it is", "regex": "^[a-z]+$", "maxLength": 5},
        {"name": "watts", "required": False, "type": "number", "min": 1.0, "max": 100.0},
        {"name": "colour", "required": False, "type": "text", "options": {"inline": ["red"]}},
        {"name": "state", "required": False, "type": "text", "options": {"inline": ["on", "off"]}},
        {"name": "rooms", "required": False, "type": "list"},
        {"name": "lit", "required": False, "type": "checkbox"},
    ]
    assert properties_of({}) == []


@pytest.mark.parametrize(("count", "goes_on"), [(2, True), (1, False), (0, False)])
def test_a_full_page_says_where_it_goes_on(count, goes_on):
    items = [LampOut(name=f"L{number}", links={"self": Link(href=f"/v1/lamps/L{number}")}) for number in range(count)]
    last = items[-1].name if items else None
    page: Page[LampOut] = page_of(items, path("lamps"), limit=2, last=last, query={"room": "hall", "colour": None})
    shown = told(page)
    assert shown["_links"]["self"]["href"] == "/v1/lamps?room=hall&limit=2"
    assert ("next" in shown["_links"]) is goes_on
    if goes_on:
        assert shown["_links"]["next"]["href"] == "/v1/lamps?room=hall&after=L1&limit=2"
    assert [item["name"] for item in items_of(shown)] == ["L0", "L1"][:count]
    assert "_templates" not in shown


def test_what_is_no_page_stays_as_it_is():
    assert items_of([1]) == [1]
    assert items_of({"a": 1}) == {"a": 1}
