"""The command line: joins the command groups of ``chargebench.commands`` and reports errors."""

from __future__ import annotations

import os
import sys
import traceback

import typer
from typer.exceptions import TyperException

from chargebench import errors
from chargebench.commands import bench, certify, csms, demo, fleet, report, run, station
from chargebench.errors import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_UNUSABLE, Exits, Failed, Unusable

app = typer.Typer(
    name="chargebench",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    help="""Simulate charging stations, be the CSMS they talk to, and judge whether either conforms to OCPP.

    Start with [bold]chargebench demo[/bold]: a whole day of charging in a few seconds, and a report of it.

    [bold]Exit codes[/bold]  0: everything held. 1: something failed. 2: the input cannot be used.""",
)
for group in (demo, run, csms, station, fleet, certify, report, bench):
    group.add_to(app)


def known() -> Exits:
    """The errors that are the user's or the world's, not ours, with their exit codes."""
    from chargebench.known import KNOWN

    return KNOWN | {Unusable: EXIT_UNUSABLE, Failed: EXIT_FAILED}


def main() -> None:
    """Run the command line; always ends the process with one of the documented exit codes."""
    sys.exit(_run())


def _run() -> int:
    try:
        result = app(standalone_mode=False)
    except typer.Exit as end:
        return end.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return EXIT_INTERRUPTED
    except TyperException as problem:
        return _report(Unusable(problem.format_message()))
    except Exception as problem:  # noqa: BLE001  # the outermost shell: whatever it is, the user gets one line
        return _report(problem)
    return result if isinstance(result, int) else 0


def _report(problem: Exception) -> int:
    code = errors.exit_code(problem, known)
    if os.environ.get("CHARGEBENCH_DEBUG"):
        traceback.print_exception(problem)
    if code is None:
        text = f"internal error: {type(problem).__name__}: {errors.one_line(problem)} (CHARGEBENCH_DEBUG=1 shows where)"
        code = EXIT_FAILED
    else:
        text = errors.one_line(problem)
    typer.secho(f"chargebench: {text}", fg=typer.colors.RED, err=True)
    return code
