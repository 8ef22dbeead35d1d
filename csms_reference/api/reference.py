"""What the API says of itself: the OpenAPI document, and the same as a page, without scripts and from nowhere else.

Writing the document takes most of a second, so that a thread does it, when it is asked for the first time.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, select_autoescape

from csms_reference.api.allowed import METHODS
from csms_reference.api.hal import PREFIX

PAGE = Environment(
    loader=PackageLoader("csms_reference.api"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
)
ALONE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter or a field of a body, as the page shows it. ``place``: path, query, header or body."""

    name: str
    place: str
    kind: str
    required: bool
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An operation as the page shows it."""

    method: str
    path: str
    text: str
    scopes: list[str]
    fields: list[Field]
    statuses: list[str] = field(default_factory=list)


def reference(app: FastAPI) -> APIRouter:
    """Where the API describes itself: ``/v1/openapi.json`` and ``/docs``."""
    router = APIRouter(include_in_schema=False)
    written = Written(app.openapi)

    @router.get(f"{PREFIX}/openapi.json")
    async def get_openapi() -> Response:
        return Response(await asyncio.to_thread(written.document), media_type="application/json")

    @router.get("/docs")
    async def get_docs() -> HTMLResponse:
        return HTMLResponse(await asyncio.to_thread(written.page), headers=ALONE)

    return router


class Written:
    """The document and the page, each written once, in whichever thread asks first."""

    def __init__(self, describe: Callable[[], dict[str, Any]]) -> None:
        self._describe = describe
        self._lock = Lock()

    def document(self) -> bytes:
        """The document as JSON."""
        with self._lock:
            return self._document

    def page(self) -> str:
        """The page."""
        with self._lock:
            return self._page

    @cached_property
    def _document(self) -> bytes:
        return json.dumps(self._describe(), ensure_ascii=False, separators=(",", ":")).encode()

    @cached_property
    def _page(self) -> str:
        told = self._describe()
        tags = {tag["name"]: tag.get("description", "") for tag in told.get("tags", ())}
        parts: defaultdict[str, list[Shown]] = defaultdict(list)
        for tag, shown in operations(told):
            parts[tag].append(shown)
        ordered = [
            (tag, tags.get(tag, ""), parts[tag]) for tag in [*tags, *(parts.keys() - tags.keys())] if tag in parts
        ]
        return PAGE.get_template("reference.html").render(info=told["info"], parts=ordered)


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, Shown]]:
    """Every operation of a document, and the tag that it is under."""
    schemas = document.get("components", {}).get("schemas", {})
    for path, methods in document["paths"].items():
        for method, about in methods.items():
            if method not in METHODS:
                continue
            scopes = [scope for need in about.get("security", ()) for each in need.values() for scope in each]
            text = about.get("description") or about.get("summary", "")
            fields = [_parameter(each, schemas) for each in about.get("parameters", ())]
            fields += _body(about.get("requestBody", {}), schemas)
            shown = Shown(method.upper(), path, text, scopes, fields, sorted(about.get("responses", ())))
            yield about.get("tags", ["others"])[0], shown


def _parameter(each: Mapping[str, Any], schemas: Mapping[str, Any]) -> Field:
    schema = each.get("schema", {})
    text = each.get("description") or schema.get("description", "")
    return Field(each["name"], each["in"], kind_of(schema, schemas), each.get("required", False), text)


def _body(body: Mapping[str, Any], schemas: Mapping[str, Any]) -> list[Field]:
    found = []
    for media, content in body.get("content", {}).items():
        schema = _resolved(content.get("schema", {}), schemas)
        if "properties" not in schema:
            found.append(Field("", "body", media, body.get("required", False), schema.get("description", "")))
        for name, each in schema.get("properties", {}).items():
            needed = name in schema.get("required", ())
            found.append(Field(name, "body", kind_of(each, schemas), needed, each.get("description", "")))
    return found


def kind_of(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    """What a schema takes, in a few words."""
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(kind_of(each, schemas) for each in schema["anyOf"]))
    if "$ref" in schema:
        target = _resolved(schema, schemas)
        return kind_of(target, schemas) if "enum" in target else str(target.get("title", "object"))
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {kind_of(schema.get('items', {}), schemas)}"
    kind = str(schema.get("format") or schema.get("type", "anything"))
    least, most = schema.get("minimum"), schema.get("maximum")
    return kind if least is None and most is None else f"{kind}, {_bound(least)} to {_bound(most)}"


def _bound(number: float | None) -> str:
    return "any" if number is None else f"{number:g}" if abs(number) < 1e6 else str(int(number))


def _resolved(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    return schema
