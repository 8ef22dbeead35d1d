"""Reading YAML by tables of keys: every reader takes what it says and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import document
from simulator.document import Key, ProfileError, Reader, Spot, boolean, items, number, one_of, suggest, text


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.yaml"


def spot(path: Path, words: str) -> Spot:
    path.write_text(words)
    return document.load(path, "file")


@pytest.mark.parametrize(
    ("reader", "words", "value"),
    [
        (text(5), "abc", "abc"),
        (text(10), "2026-03-01", "2026-03-01"),
        (number(above=0), "5", 5.0),
        (number(at_least=0, at_most=1), "0", 0.0),
        (number(), "-1.5", -1.5),
        (boolean(), "false", False),
        (one_of(1, 3), "3", 3),
        (one_of("AC", "DC"), "DC", "DC"),
        (items(number(), "numbers"), "[1, 2]", (1.0, 2.0)),
    ],
)
def test_readers_take_what_they_say(path: Path, reader: Reader[Any], words: str, value: object) -> None:
    assert reader.read(spot(path, words)) == value


@pytest.mark.parametrize(
    ("reader", "words"),
    [
        (text(5), "abcdef"),
        (text(5), '"a\\nb"'),
        (text(5), "12"),
        (text(5), "~"),
        (number(above=0), "0"),
        (number(at_least=0, at_most=1), "1.1"),
        (number(), "yes"),
        (number(), "'5'"),
        (number(), "[5]"),
        (boolean(), "1"),
        (one_of(1, 3), "true"),
        (one_of(1, 3), "'1'"),
        (items(number(), "numbers"), "[]"),
        (items(number(), "numbers"), "5"),
    ],
)
def test_readers_take_nothing_else(path: Path, reader: Reader[Any], words: str) -> None:
    with pytest.raises(ProfileError, match=r"^file:1:1: "):
        reader.read(spot(path, words))


def test_error_in_a_list_points_at_its_entry(path: Path) -> None:
    with pytest.raises(ProfileError) as caught:
        items(number(), "numbers").read(spot(path, "- 1\n- two\n"))
    assert (caught.value.line, caught.value.column, caught.value.where) == (2, 3, "file")


def test_fields_leave_out_what_is_absent(path: Path) -> None:
    keys = (Key("a", number(), "a number"), Key("b", number(), "another"))
    assert document.fields(spot(path, "a: 1\n"), keys, "it") == {"a": 1.0}


def test_suggestions() -> None:
    assert suggest("ac", ["AC", "DC"]) == "did you mean 'AC'? Known: AC, DC"
    assert suggest("zzz", ["AC", "DC"]) == "Known: AC, DC"
    many = suggest("name7", [f"name{index}" for index in range(50)])
    assert many.startswith("did you mean 'name7'? Nearest: name7, ")
    assert many.count(",") == 4


@given(words=st.text(max_size=60))
def test_any_text_is_read_or_refused_in_one_line(tmp_path_factory: pytest.TempPathFactory, words: str) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_text(words, encoding="utf-8", errors="replace")
    keys = (Key("a", items(text(5), "texts"), "texts"), Key("b", number(), "a number"))
    try:
        document.fields(document.load(file), keys, "it")
        message = ""
    except ProfileError as error:
        message = str(error)
    assert message.isprintable()


def test_a_file_cannot_command_the_terminal(path: Path) -> None:
    with pytest.raises(ProfileError) as caught:
        document.fields(spot(path, r'"\e[2J\nok": 1'), (), "it")
    assert str(caught.value).isprintable()
