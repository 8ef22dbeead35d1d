"""The API describes itself to programs and to people, without anything from elsewhere."""

import re
import threading

import pytest

from csms_reference.api.reference import Written, kind_of
from tests.csms_reference.clients import client_of

HOSTILE = "<script>alert(1)</script>"
DOCUMENT = {
    "info": {"title": "T", "description": HOSTILE},
    "tags": [{"name": "a b", "description": "About"}, {"name": "unused"}],
    "paths": {
        "/v1/{x}": {
            "parameters": [],
            "post": {
                "tags": ["a b"],
                "description": HOSTILE,
                "security": [{"oauth": ["tokens:write"]}],
                "parameters": [
                    {"name": "x", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
                ],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/In"}}}},
                "responses": {"201": {}, "422": {}},
            },
        },
        "/file": {"put": {"requestBody": {"content": {"application/octet-stream": {"schema": {}}}}}},
    },
    "components": {
        "schemas": {"In": {"properties": {"kind": {"description": HOSTILE, "enum": ["a", "b"]}}, "required": ["kind"]}}
    },
}


def test_the_page_says_what_the_document_says():
    page = Written(lambda: DOCUMENT).page()
    for words in ("POST</span> <code>/v1/{x}", "tokens:write", "integer, 1 to any", "a, b", "201, 422", "About",
                  "application/octet-stream", 'id="a-b"', 'href="#a-b"'):  # fmt: skip
        assert words in page
    assert "unused" not in page


def test_nothing_of_it_becomes_markup():
    page = Written(lambda: DOCUMENT).page()
    assert HOSTILE not in page
    assert page.count("&lt;script&gt;") == 3


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
        ({"type": "array", "items": {"format": "date-time", "type": "string"}}, "list of date-time"),
        ({"$ref": "#/components/schemas/E"}, "x, y"),
        ({"$ref": "#/components/schemas/O"}, "Thing"),
        ({"type": "integer", "minimum": 0, "maximum": 2**63 - 1}, f"integer, 0 to {2**63 - 1}"),
        ({"const": None}, "null"),
        ({}, "anything"),
    ],
)
def test_a_schema_in_a_few_words(schema, words):
    assert kind_of(schema, {"E": {"enum": ["x", "y"]}, "O": {"title": "Thing"}}) == words


def test_it_is_written_once_whoever_asks():
    written, begun, go = [], threading.Event(), threading.Event()

    def describe():
        begun.set()
        assert go.wait(10)
        written.append(1)
        return DOCUMENT

    it = Written(describe)
    threads = [threading.Thread(target=it.document) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert begun.wait(10)
    go.set()
    for thread in threads:
        thread.join(10)
    assert (written, it.document()[:9]) == ([1], b'{"info":{')


async def test_people_and_programs_find_it(bench, monkeypatch):
    monkeypatch.setattr("csms_reference.api.app.PARTS", ())  # a document of little is written in no time
    async with client_of(bench(auth="oauth").front) as http:
        document = await http.get("/openapi.json")
        assert (document.headers["content-type"], document.json()["openapi"][:2]) == ("application/json", "3.")
        page = await http.get("http://csms/docs")
        assert (page.status_code, "/v1/</code>" in page.text) == (200, True)
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
        assert re.findall(r'(?:src|href|url)\s*[=(]\s*["\']?(?![#"])([^"\'> ]+)', page.text) == [
            "/v1/openapi.json", "/v1/asyncapi.json", "/v1/",
        ]  # fmt: skip
        assert "<script" not in page.text
        assert (await http.get("http://csms/redoc")).status_code == 404
