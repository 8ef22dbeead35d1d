"""What a user did that cannot be used, and how every such thing is said: in one line."""

from __future__ import annotations

from collections.abc import Callable

EXIT_HELD = 0
EXIT_FAILED = 1
EXIT_UNUSABLE = 2
EXIT_INTERRUPTED = 130


class Unusable(Exception):
    """Input that cannot be used; the message says what is wrong and what would be right. Exit code 2."""


class Failed(Exception):
    """What was asked for was tried and did not succeed. Exit code 1."""


def one_line(problem: BaseException) -> str:
    """An error as one line, whatever the library that raised it thinks of line breaks."""
    text = str(problem)
    if isinstance(problem, OSError) and problem.strerror:
        place = f"{problem.filename}: " if problem.filename else ""
        text = f"{place}{problem.strerror}"
    return " ".join(text.split()) or type(problem).__name__


Exits = dict[type[BaseException], int]


def exit_code(problem: BaseException, known: Callable[[], Exits]) -> int | None:
    """The exit code of a known kind of error; None for what is a bug of ours."""
    for kind, code in known().items():
        if isinstance(problem, kind):
            return code
    return None
