"""The command line: joins the command groups of ``chargebench.commands`` and reports errors."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import traceback
from typing import Annotated

import typer
from typer.exceptions import TyperException

from chargebench import errors, log
from chargebench.commands import (
    accounts,
    bench,
    capacity,
    certify,
    csms,
    demo,
    diagnose,
    faults,
    firmware,
    fleet,
    load,
    report,
    run,
    send,
    station,
)
from chargebench.errors import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_UNUSABLE, Exits

app = typer.Typer(
    name="chargebench",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    help="""Simulate charging stations, be the CSMS they talk to, and judge whether either conforms to OCPP.

    Start with [bold]chargebench demo[/bold]: a whole day of charging in a few seconds, and a report of it.
    [bold]chargebench COMMAND --help[/bold] is the manual of a command, with examples.

    [bold]Exit codes[/bold]  0: everything held. 1: something failed. 2: the input cannot be used.
    3: nothing failed, but not everything could be judged. 130: interrupted.""",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"chargebench {version('chargebench')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the program's version.")
    ] = False,
) -> None:
    log.set_up()


COMMANDS = (demo, run, csms, station, send, diagnose, faults, firmware, fleet, certify, load, capacity, report, bench)

for group in COMMANDS:
    group.add_to(app)


def manual(text: str) -> str:
    """A docstring as help: line breaks within a paragraph are the editor's, not the reader's."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


for info in (app.info, certify.app.info, report.app.info, csms.group.info):
    info.help = manual(info.help or "")
for grouped in (app, certify.app, csms.group, *accounts.GROUPS, diagnose.app, report.app):
    for command in grouped.registered_commands:
        command.help = manual(command.callback.__doc__ or "")


def known() -> Exits:
    """The errors that are the user's or the world's, not ours, with their exit codes."""
    from chargebench.known import KNOWN

    return KNOWN


def main() -> None:
    """Run the command line; always ends the process with one of the documented exit codes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that lacks a character gets its number
            stream.reconfigure(errors="backslashreplace")
    sys.exit(_run())


def _run() -> int:
    try:
        result = app(standalone_mode=False)
    except typer.Exit as end:
        return end.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # whoever read our output has seen enough
        _give_up_output()
        return EXIT_FAILED
    except TyperException as problem:
        return _say(errors.printable(problem.format_message()), EXIT_UNUSABLE)
    except Exception as problem:  # noqa: BLE001  # the outermost shell: whatever it is, the user gets one line
        return _report(problem)
    return result if isinstance(result, int) else 0


def _give_up_output() -> None:
    """Keep the interpreter from complaining, at its end, of what it could not write."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _report(problem: Exception) -> int:
    if os.environ.get(log.DEBUG):
        traceback.print_exception(problem)
    code = errors.exit_code(problem, known)
    if code is not None:
        return _say(errors.one_line(problem), code)
    what = f"{type(problem).__name__}: {errors.one_line(problem)}"
    return _say(f"internal error: {what} ({log.DEBUG}=1 shows where)", EXIT_FAILED)


def _say(text: str, code: int) -> int:
    typer.secho(f"chargebench: {' '.join(text.split())}", fg=typer.colors.RED, err=True)
    return code
