"""The manual: every command's --help, and docs/cli.md against the commands that are registered."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from chargebench.cli import app, manual
from chargebench.keyboard import COMMANDS

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()
GROUPS: dict[str, tuple[str, ...]] = {
    "csms": ("", "client add", "export", "owner add", "rekey", "user add"),
    "certify": ("station", "csms"),
    "diagnose": ("station",),
    "report": ("write", "sign", "verify"),
}
JARGON = ("sans-I/O", "simpy", "Judgement", "the rig", "dataclass", "None", "doorway")


def commands() -> list[tuple[str, ...]]:
    """Every command, by its words."""
    root = get_command(app)
    names: list[str] = list(root.commands)  # type: ignore[attr-defined]
    return [(name, *more.split()) for name in names for more in GROUPS.get(name, ("",))]


def help_of(*words: str) -> str:
    """What --help prints at 100 columns."""
    done = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "100", "TERMINAL_WIDTH": "100"})
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_help_reads_like_a_manual(words: tuple[str, ...]) -> None:
    text = help_of(*words)
    assert re.search(r"Examples?\s*\n\s*\n chargebench " + " ".join(words), text), text
    assert max(map(len, text.splitlines())) <= 100
    assert not [word for word in JARGON if word in text]
    assert "[bold]" not in text


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_option_with_a_value_says_its_default(words: tuple[str, ...]) -> None:
    command = get_command(app)
    for name in words:
        command = command.commands[name]  # type: ignore[attr-defined]
    silent = []
    for option in command.params:
        if option.param_type_name != "option" or option.required or getattr(option, "is_flag", False):
            continue
        told = getattr(option, "help", None) or ""
        if "default" not in told and "of --cert" not in told and option.default is None:
            silent.append(option.name)
    assert silent == []


def test_a_paragraph_is_one_line() -> None:
    assert manual("One\n    line.\n\n    [bold]Two[/bold]\n  words") == "One line.\n\n[bold]Two[/bold] words"


def test_the_page_has_every_command_and_no_other() -> None:
    headed = re.findall(r"^## chargebench (.+)$", PAGE, flags=re.MULTILINE)
    assert sorted(headed) == sorted(" ".join(words) for words in commands())
    assert re.findall(r"^\| \[`chargebench (.+?)`\]", PAGE, flags=re.MULTILINE) == headed


def examples() -> list[str]:
    """Every command line of the page and of the manuals."""
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL))
    return re.findall(r"chargebench (.+)$", blocks, flags=re.MULTILINE)


@pytest.mark.parametrize("line", examples())
def test_every_example_can_be_parsed(line: str) -> None:
    words = shlex.split(line)
    command = get_command(app)
    while words and words[0] in getattr(command, "commands", ()):
        command = command.commands[words.pop(0)]  # type: ignore[attr-defined]
    command.make_context("chargebench", words, resilient_parsing=False)


def test_the_page_lists_what_a_station_understands() -> None:
    assert f"```text\n{COMMANDS}\n```" in PAGE
