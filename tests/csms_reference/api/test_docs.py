"""The requests in docs/api.md, sent in their order."""

import json
import re
from pathlib import Path

from csms_reference.api import make_app
from tests.csms_reference.clients import client_of

TEXT = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```http\n(.*?)```", TEXT, re.DOTALL)
EXCHANGE = re.compile(
    r"(?P<method>\w+) (?P<path>\S+)\n(?P<headers>(?:[\w-]+: [^\n]*\n)*)(?P<body>.*?)\n?\n"
    r"(?P<status>\d{3})\n(?P<told>.*)",
    re.DOTALL,
)


def missing(expected, told, where=""):
    """Where what is told lacks something that is expected; lists are compared from their beginning."""
    if isinstance(expected, dict) and isinstance(told, dict):
        return [gap for name in expected for gap in missing(expected[name], told.get(name, ...), f"{where}.{name}")]
    if isinstance(expected, list) and isinstance(told, list):
        told = told + [...] * len(expected)
        return [gap for i, each in enumerate(expected) for gap in missing(each, told[i], f"{where}[{i}]")]
    return [] if expected == told else [f"{where}: {expected!r} is {told!r}"]


async def test_the_examples_are_true(bench):
    it = bench()
    station = await it.station("CP-1")
    station.replies = {"ClearCache": {"status": "Accepted"}}
    assert len(EXAMPLES) > 10
    async with client_of(it.front) as client:
        del client.headers["Prefer"]
        tag = None
        for example in EXAMPLES:
            found = EXCHANGE.fullmatch(example)
            assert found, example
            headers = dict(line.split(": ", 1) for line in found["headers"].splitlines())
            headers = {name: tag if value == "<ETag>" else value for name, value in headers.items()}
            body = json.loads(found["body"]) if found["body"].strip() else None
            answer = await client.request(found["method"], f"http://csms{found['path']}", json=body, headers=headers)
            assert answer.status_code == int(found["status"]), (example, answer.text)
            tag = answer.headers.get("etag", tag)
            if found["told"].strip():
                assert missing(json.loads(found["told"]), answer.json()) == [], example
            await it.quiet()


def test_what_is_missing_is_found():
    assert missing({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2, "c": 3}, 4], "d": 5}) == []
    assert missing({"a": [{"b": 2}]}, {"a": []}) == [".a[0]: {'b': 2} is Ellipsis"]
    assert missing({"a": None}, {}) == [".a: None is Ellipsis"]


async def test_every_collection_of_the_root_is_described_with_what_narrows_it(bench):
    """A link's template names parameters that there are."""
    front = bench().front
    paths = make_app(front).openapi()["paths"]
    async with client_of(front) as client:
        links = (await client.get("/")).json()["_links"].values()
    for link in links:
        path, _, query = link["href"].partition("{?")
        if path in paths:
            known = {each["name"] for each in paths[path]["get"].get("parameters", ()) if each["in"] == "query"}
            assert set(filter(None, query.rstrip("}").split(","))) == known, path
