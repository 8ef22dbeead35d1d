"""YAML read by libyaml is what PyYAML reads, in nodes, places and errors."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from protocol import documents
from protocol.documents import compose

ROOT = Path(__file__).parents[2]
FILES = (
    *sorted((ROOT / "simulator" / "profiles").glob("*.yaml")),
    *sorted((ROOT / "scenarios/library").glob("*.yaml")),
)

TEXTS = {
    "quoted": "a: ''\nb: \"\\u00e9\"\nc: 'x'",
    "blocks": "a: |\n  x\n   y\nb: >-\n  z\n  w",
    "flow": "{a: 1, b: [x, y], http: http://x:80/}",
    "aliases": "a: &x {b: 1}\nc: *x",
    "tags": "a: !!str 1\nb: !mine 2",
    "breaks": "a: 1\rb: 2\r\nc: 'x\u2028y'",
    "wide": "a: é😀\nb: ü: c".replace("ü: ", "ü "),
}
WRONG = {
    "unclosed": "a: [1",
    "tabs": "a:\n\t- b",
    "reserved": "a: @x",
    "twice": "a: 1\n---\nb: 2",
    "unknown alias": "a: *b",
    "control character": "a: \x00",
    "lone surrogate": "a: \ud800",
    "colons": "a: b: c",
}


def told(node: yaml.Node) -> Iterator[tuple[object, ...]]:
    """Everything that readers look at; of an empty value not its column, which is the space's or the one behind it."""
    mark = node.start_mark
    plain = isinstance(node, yaml.ScalarNode)
    empty = plain and not node.value and not node.style
    yield type(node), node.tag, mark.line, empty or mark.column, plain and (node.style or None), plain and node.value
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from told(key)
            yield from told(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from told(value)


def outcome(text: str, loader: object = None) -> object:
    try:
        node = compose(text) if loader is None else yaml.compose(text, Loader=loader)
    except yaml.YAMLError as wrong:
        return type(wrong), str(wrong)
    return node and list(told(node))


def test_files_are_read_as_pyyaml_reads_them():
    assert len(FILES) > 30
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        assert outcome(text) == outcome(text, yaml.SafeLoader), path


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_form_is_read_as_pyyaml_reads_it(text):
    found = outcome(text)
    assert isinstance(found, list)
    assert found == outcome(text, yaml.SafeLoader)


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_errors_are_told_in_pyyamls_words(text):
    found = outcome(text)
    assert isinstance(found, tuple)
    assert found == outcome(text, yaml.SafeLoader)


@given(st.text(alphabet="ab1:-[]{},'\"#&*|>\n \té", max_size=30))
def test_whatever_people_write(text):
    if isinstance(expected := outcome(text, yaml.SafeLoader), list):
        assert outcome(text) == expected


def test_what_is_empty_has_no_node():
    assert compose("") is None
    assert compose("# a remark\n") is None


@pytest.mark.parametrize("text", ["[" * 100_000, "[" * 5_000 + "]" * 5_000], ids=["open", "closed"])
def test_brackets_without_end_are_an_error(text):
    with pytest.raises((RecursionError, yaml.YAMLError)):
        compose(text)


def test_libyaml_is_used_where_it_is_there():
    assert issubclass(documents.LOADER, yaml.CSafeLoader)


def test_without_libyaml_pyyaml_reads_alone(monkeypatch):
    monkeypatch.delattr(yaml, "CSafeLoader")
    try:
        importlib.reload(documents)
        assert documents.LOADER is yaml.SafeLoader
        assert list(told(documents.compose("a: 1"))) == outcome("a: 1")
    finally:
        monkeypatch.undo()
        importlib.reload(documents)
