"""Resources with links (HAL, draft-kelly-json-hal) and with forms that say what can be done (HAL-FORMS).

Whoever starts at the root and follows links and templates needs to know no URL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, Generic, Literal, TypeVar
from urllib.parse import quote, urlencode

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, field_serializer

from csms_reference.access.reach import reaching

PREFIX = "/v1"
"""Where this version of the API is."""

T = TypeVar("T")


class HalResponse(JSONResponse):
    """JSON with links."""

    media_type = "application/hal+json"


def _unsaid(value: Any) -> bool:
    return value is None


def _unused(forms: dict[str, Template]) -> bool:
    return not _reached(forms)


class Link(BaseModel):
    """Where something else is; with ``templated`` the href is a URI template (RFC 6570)."""

    model_config = ConfigDict(extra="forbid")
    href: str
    title: str | None = Field(default=None, exclude_if=_unsaid)
    templated: bool | None = Field(default=None, exclude_if=_unsaid)
    type: str | None = Field(default=None, exclude_if=_unsaid)


class Property(BaseModel):
    """A field of a form. ``value`` is what it has unless something else is filled in; ``read_only``: in any case."""

    name: str
    required: bool = False
    type: str = "text"
    value: Any = Field(default=None, exclude_if=_unsaid)
    read_only: bool | None = Field(default=None, serialization_alias="readOnly", exclude_if=_unsaid)
    prompt: str | None = Field(default=None, exclude_if=_unsaid)
    options: dict[str, list[str]] | None = Field(default=None, exclude_if=_unsaid)
    regex: str | None = Field(default=None, exclude_if=_unsaid)
    min: float | None = Field(default=None, exclude_if=_unsaid)
    max: float | None = Field(default=None, exclude_if=_unsaid)
    max_length: int | None = Field(default=None, serialization_alias="maxLength", exclude_if=_unsaid)


class Template(BaseModel):
    """A form: a request that can be made here."""

    title: str | None = None
    method: Literal["POST", "PUT", "PATCH", "DELETE"]
    target: str
    content_type: str = Field(default="application/json", serialization_alias="contentType")
    properties: list[Property] = []


class Resource(BaseModel):
    """Something with links. ``links`` by relation (RFC 8288, or a word of docs/api.md); ``templates`` by name."""

    LIVE: ClassVar[frozenset[str]] = frozenset()
    """Fields that say how it is just now: they change without anybody having changed it."""

    links: dict[str, Link] = Field(default={}, serialization_alias="_links")
    templates: dict[str, Template] = Field(default={}, serialization_alias="_templates", exclude_if=_unused)

    @field_serializer("links")
    def _links_for(self, links: dict[str, Link]) -> dict[str, Link]:
        """Those that lead whoever asks to where they may go."""
        reach = reaching()
        return links if reach is None else {name: each for name, each in links.items() if reach.gets_to(each.href)}

    @field_serializer("templates")
    def _templates_for(self, templates: dict[str, Template]) -> dict[str, Template]:
        """Those that whoever asks may send."""
        return _reached(templates)


def _reached(forms: dict[str, Template]) -> dict[str, Template]:
    reach = reaching()
    if reach is None:
        return forms
    return {name: each for name, each in forms.items() if reach.gets_to(each.target, each.method)}


class Embedded(BaseModel, Generic[T]):
    """What a collection holds."""

    item: list[T]


class Page(Resource, Generic[T]):
    """A part of a collection; ``next`` among its links is where it goes on, and is missing at the end."""

    embedded: Embedded[T] = Field(serialization_alias="_embedded")


def items_of(told: Any) -> Any:
    """What a page of a collection holds; anything else as it is."""
    return told["_embedded"]["item"] if isinstance(told, dict) and "_embedded" in told else told


def path(*segments: str | int) -> str:
    """The path of something in this version of the API, its segments quoted."""
    return "/".join((PREFIX, *(quote(str(segment), safe="") for segment in segments)))


def link(*segments: str | int, title: str | None = None, query: str | None = None) -> Link:
    """A link to something in the API. ``query``: names of the query's parameters, for a template such as ``{?a,b}``."""
    where = path(*segments)
    if query is None:
        return Link(href=where, title=title)
    return Link(href=f"{where}{{?{query}}}", title=title, templated=True)


def narrowed(where: str, title: str | None = None, **query: Any) -> Link:
    """A link to the part of a collection that a query chooses."""
    return Link(href=_with(where, query), title=title)


def form(method: Literal["POST", "PUT", "PATCH", "DELETE"], target: str, body: type[BaseModel] | None = None,
         title: str | None = None) -> Template:  # fmt: skip
    """The form of a request whose body is such a model."""
    return Template(title=title, method=method, target=target, properties=[] if body is None else fields_of(body))


@cache
def fields_of(body: type[BaseModel]) -> list[Property]:
    """The fields of a model, as a form has them."""
    return properties_of(body.model_json_schema())


def properties_of(schema: Mapping[str, Any]) -> list[Property]:
    """The fields of a JSON schema of an object, as a form has them."""
    required = frozenset(schema.get("required", ()))
    return [
        _property(name, _plain(each, schema.get("$defs", {})), required=name in required)
        for name, each in schema.get("properties", {}).items()
    ]


def filled(fields: Iterable[Property], values: Mapping[str, Any]) -> list[Property]:
    """The fields of a form with what is there now."""
    return [field.model_copy(update={"value": values.get(field.name)}) for field in fields]


def page_of(
    items: Sequence[T],
    where: str,
    *,
    limit: int,
    last: str | int | None,
    query: Mapping[str, Any] | None = None,
    templates: dict[str, Template] | None = None,
    links: Mapping[str, Link] | None = None,
) -> Page[T]:
    """One page of the collection at the path ``where``. ``last`` names its last item, after which the next begins;
    ``query`` is what narrowed it. A page that is not full is the last."""
    chosen = {name: _written(value) for name, value in (query or {}).items() if value is not None}
    found = {"self": Link(href=_with(where, {**chosen, "limit": limit}))}
    if len(items) == limit and last is not None:
        found["next"] = Link(href=_with(where, {**chosen, "after": last, "limit": limit}))
    return Page[Any](embedded=Embedded(item=list(items)), links={**found, **(links or {})}, templates=templates or {})


def whole_page(
    items: Iterable[T],
    where: str,
    key: Callable[[T], str],
    *,
    after: str,
    limit: int,
    query: Mapping[str, Any] | None = None,
    templates: dict[str, Template] | None = None,
    links: Mapping[str, Link] | None = None,
) -> Page[T]:
    """As ``page_of``, from all there are: for what is never much. ``key`` names an item and says where it stands."""
    chosen = sorted((item for item in items if not after or key(item) > after), key=key)[:limit]
    last = key(chosen[-1]) if chosen else None
    return page_of(chosen, where, limit=limit, last=last, query=query, templates=templates, links=links)


def rank(number: int) -> str:
    """A number as a part of a key: sorted as text it stands where it belongs."""
    return f"{number:010d}"


def _written(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _with(where: str, query: Mapping[str, Any]) -> str:
    return f"{where}?{urlencode(query)}" if query else where


def _plain(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """A schema without references, and of ``this or null`` only this."""
    if "$ref" in schema:
        return {**_plain(definitions[schema["$ref"].rpartition("/")[2]], definitions), **_but(schema, "$ref")}
    kinds = [kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"]
    if len(kinds) == 1:
        return {**_plain(kinds[0], definitions), **_but(schema, "anyOf")}
    return dict(schema)


def _but(schema: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name not in names}


def _kind(schema: Mapping[str, Any]) -> str:
    """What to fill in; of several kinds the one that has most in it."""
    kinds = [schema.get("type"), *(each.get("type") for each in schema.get("anyOf", ()))]
    return next((KINDS[kind] for kind in KINDS if kind in kinds), "text")


KINDS = {"array": "list", "object": "object", "integer": "number", "number": "number", "boolean": "checkbox"}


def _property(name: str, schema: Mapping[str, Any], *, required: bool) -> Property:
    choices: Iterable[Any] | None = schema.get("enum")
    return Property(
        name=name,
        required=required,
        type=_kind(schema),
        prompt=schema.get("description"),
        options=None if choices is None else {"inline": [str(choice) for choice in choices if choice is not None]},
        regex=schema.get("pattern"),
        min=schema.get("minimum"),
        max=schema.get("maximum"),
        max_length=schema.get("maxLength"),
    )
