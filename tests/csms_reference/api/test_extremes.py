"""Numbers and instants beyond what databases and calendars hold: refused, or kept, and never an error of ours."""

import json
import re

import httpx
import pytest

from csms_reference.api import make_app
from csms_reference.store.tables import tokens
from tests.csms_reference.api.test_crawl import lived_in
from tests.csms_reference.files.conftest import Desk

WHOLE = ("-1", "0", "2147483647", "2147483648", "-2147483649", "9007199254740993", "9223372036854775807",
         "9223372036854775808", "-9223372036854775809", "1" + "0" * 30, "1e400")  # fmt: skip
NUMBERS = (*WHOLE, "-1e400", "NaN", "Infinity", "-Infinity", "1e308", "1e-400", "0.1")
"""As they are written in a query or in JSON; Python's own reader takes those that JSON does not have, too."""

INSTANTS = (
    *("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59"),
    *("1969-12-31T23:59:59Z", "10000-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "1e20", "99999999999999999999", "now"),
)
INSTANT = re.compile(r"(^|_)(expires|since|until|from|to|at|before|after|start|end|time|moment)($|_)")
SAMPLES = {"string": "x", "boolean": True, "array": [], "object": {}, "integer": 1, "number": 1.5, "null": None}


class Description:
    """An OpenAPI document as this test needs it."""

    def __init__(self, document):
        self._schemas = document["components"]["schemas"]
        self.operations = [
            (method.upper(), path, about)
            for path, methods in document["paths"].items()
            for method, about in methods.items()
            if path != "/conductor"
        ]

    def plain(self, schema):
        """Without references; of several kinds the first."""
        while "$ref" in schema or "anyOf" in schema or "allOf" in schema:
            if "$ref" in schema:
                schema = self._schemas[schema["$ref"].rpartition("/")[2]]
            else:
                schema = (schema.get("anyOf") or schema["allOf"])[0]
        return schema

    def sample(self, schema, depth=0):
        """Something that fits, as far as a schema can say."""
        schema = self.plain(schema)
        for name in ("examples", "enum"):
            if schema.get(name):
                return schema[name][0]
        if "const" in schema or "default" in schema:
            return schema.get("const", schema.get("default"))
        kind = schema.get("type")
        if kind == "object":
            return {name: self.sample(schema["properties"][name], depth + 1) for name in schema.get("required", ())}
        if kind == "array":
            return [self.sample(schema["items"], depth + 1)] * schema.get("minItems", 0)
        if kind in {"integer", "number"}:
            return schema.get("minimum", 1)
        return SAMPLES.get(kind, "x") if schema.get("pattern") != "^[A-Z]{3}$" else "EUR"

    def extremes(self, name, schema):
        """What to try for a field, each as it is written."""
        kinds = {self.plain(each).get("type") for each in schema.get("anyOf", [schema])}
        if kinds & {"integer", "number"}:
            return NUMBERS if "number" in kinds else WHOLE
        if "string" in kinds and (schema.get("format") == "date-time" or INSTANT.search(name)):
            return tuple(json.dumps(each) for each in INSTANTS)
        return ()

    def body_of(self, about):
        content = about.get("requestBody", {}).get("content", {})
        return next((self.plain(each["schema"]) for kind, each in content.items() if kind.endswith("json")), None)

    def requests(self):
        """Every request with one extreme in it: method, path, query, body as text."""
        for method, path, about in self.operations:
            parameters = about.get("parameters", ())
            body = self.body_of(about)
            whole = None if body is None else self.sample(body)
            text = None if whole is None else json.dumps(whole)
            for each in parameters:
                for written in self.extremes(each["name"], each["schema"]):
                    value = json.loads(written) if written.startswith('"') else written
                    if each["in"] == "path":
                        yield method, path.replace(f"{{{each['name']}}}", value), {}, text
                    elif each["in"] == "query":
                        yield method, path, {each["name"]: value}, text
            for name, schema in (body or {}).get("properties", {}).items():
                for written in self.extremes(name, schema):
                    yield method, path, {}, with_field(whole, name, written)


def with_field(whole, name, written):
    """A body with one field as it is written, be it JSON or not."""
    mark = "\u0001"
    return json.dumps({**whole, name: mark}).replace(json.dumps(mark), written)


def filled(path):
    """A path with what there is in each place."""
    there = {"station": "CP%201%23%C3%A4", "transaction_id": "T%2F1", "id_token": "A%2FB%3F", "name": "a.bin"}
    return re.sub(r"\{(\w+)\}", lambda place: there.get(place[1], "1"), path)


@pytest.fixture
async def lived(bench, tmp_path):
    """A CSMS in which there is something of everything, a client of it, and what it says of itself."""
    it = bench(files_folder=str(tmp_path / "files"), files_url="http://files.example", files_most_bytes=200_000)
    desk = Desk(it, it.front)
    await lived_in(desk)
    await desk.api.aclose()
    await desk.public.aclose()
    app = make_app(it.front)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://csms") as http:
        yield it, http, Description(app.openapi())


async def test_no_number_and_no_instant_is_too_much(lived):
    _, http, description = lived
    headers = {"Content-Type": "application/json", "Prefer": "respond-async"}
    failed, tried = [], 0
    for method, path, query, body in description.requests():
        answer = await http.request(method, filled(path), params=query, content=body, headers=headers)
        tried += 1
        if answer.status_code >= 500:
            failed.append((method, path, query, body, answer.text[:200]))
    assert failed == []
    assert tried > 500


async def test_no_field_of_a_command_is_too_much(lived):
    it, http, _ = lived
    await it.station("CP-16", "1.6")
    headers = {"Content-Type": "application/json", "Prefer": "respond-async"}
    for station in ("CP%201%23%C3%A4", "CP-16"):
        shown = (await http.get(f"/v1/stations/{station}")).json()["_templates"]
        for form in shown.values():
            given = {each["name"]: each.get("value", "x") for each in form["properties"] if each["required"]}
            for each in form["properties"]:
                extremes = NUMBERS if each["type"] == "number" else ()
                if each["type"] == "text" and INSTANT.search(each["name"]):
                    extremes = [json.dumps(instant) for instant in INSTANTS]
                if form["method"] == "POST" and form["target"].endswith("/commands"):
                    for written in extremes:
                        body = with_field(given, each["name"], written)
                        answer = await http.post(form["target"], content=body, headers=headers)
                        assert answer.status_code < 500, (body, answer.text)
    await it.quiet()
    assert (await http.get("/v1/commands")).status_code == 200


async def test_what_is_true_is_no_number(lived):
    """Pydantic would take it for 1."""
    _, http, description = lived
    taken, tried = [], 0
    for method, path, about in description.operations:
        body = description.body_of(about) or {}
        for name, schema in body.get("properties", {}).items():
            kinds = {description.plain(each).get("type") for each in schema.get("anyOf", [schema])}
            if kinds & {"integer", "number"} and "boolean" not in kinds:
                content = with_field(description.sample(body), name, "true")
                headers = {"Content-Type": "application/json", "Prefer": "respond-async"}
                answer = await http.request(method, filled(path), content=content, headers=headers)
                told = answer.json().get("errors", [{}])
                tried += 1
                if answer.status_code != 422 or not any(name in each.get("field", "") for each in told):
                    taken.append((method, path, name, answer.status_code))
    assert taken == []
    assert tried > 20


@pytest.mark.parametrize("instant_ms", [2**50, -(2**50), 2**63 - 1, -(2**63)])
async def test_an_instant_that_no_calendar_has_is_told_all_the_same(lived, instant_ms):
    it, http, _ = lived
    await it.store.write(lambda database: database.execute(tokens.update().values(expires_ms=instant_ms)))
    told = (await http.get("/v1/tokens")).json()["_embedded"]["item"][0]["expires"]
    assert told == ("9999-12-31T23:59:59.999Z" if instant_ms > 0 else "0001-01-01T00:00:00.000Z")
