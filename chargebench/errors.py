"""What a user did that cannot be used, and how every such thing is said: in one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping

EXIT_HELD = 0
EXIT_FAILED = 1
EXIT_UNUSABLE = 2
EXIT_OPEN = 3
"""Nothing failed, but some of what was asked for could not be judged."""
EXIT_INTERRUPTED = 130


class Unusable(Exception):
    """Input that cannot be used; the message says what is wrong and what would be right. Exit code 2."""


class Failed(Exception):
    """What was asked for was tried and did not succeed. Exit code 1."""


def printable(text: str) -> str:
    """Text from anywhere, fit for a terminal: what is no printable character is spelt as an escape."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def one_line(problem: BaseException) -> str:
    """An error as one line, whatever the library that raised it thinks of line breaks."""
    text = str(problem)
    if isinstance(problem, OSError) and problem.strerror:
        place = f"{problem.filename}: " if problem.filename else ""
        text = f"{place}{problem.strerror}"
    return printable(" ".join(text.split())) or type(problem).__name__


Exits = Mapping[str, int]
"""Exit codes by the full names of exceptions, so that nothing has to be imported in order to know them."""


def name_of(kind: type[BaseException]) -> str:
    """The full name of a kind of exception."""
    return f"{kind.__module__}.{kind.__qualname__}"


def exit_code(problem: BaseException, known: Callable[[], Exits]) -> int | None:
    """The exit code of a known kind of error; None for what is a bug of ours."""
    exits = known()
    return next((exits[name] for kind in type(problem).__mro__ if (name := name_of(kind)) in exits), None)
