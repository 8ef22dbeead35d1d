"""``chargebench report``: documents of a finished run, from its folder alone, and its signature."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text
from typer.core import TyperGroup

from chargebench.errors import EXIT_FAILED, EXIT_HELD, printable

if TYPE_CHECKING:
    from reports.signature import Verification

WRITE = "write"
Folder = Annotated[Path, typer.Argument(metavar="RUN", help="The run's folder, as in runs/….")]


class Writing(TyperGroup):
    """A group in which a folder instead of a command means to write that run's report."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As any group, with ``write`` in front of what names no command."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = [WRITE, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    name="report",
    cls=Writing,
    no_args_is_help=True,
    help="""Write the report of a run, sign a run, verify a signed one.

    [bold]Examples[/bold]

    chargebench report runs/20260302-080000-demo

    chargebench report verify runs/20260302-080000-certify-station""",
)


def add_to(parent: typer.Typer) -> None:
    """Enter the commands."""
    parent.add_typer(app, rich_help_panel="Look")


@app.command(WRITE)
def write(
    run: Folder,
    against: Annotated[
        Path | None,
        typer.Option(
            help="An earlier run of load or conformance: comparison.html sets both side by side (default: none)."
        ),
    ] = None,
) -> None:
    """Write (or rewrite) report.html and junit.xml of a run.

    Of a load run also its numbers as CSV and Parquet, of a certification also certificate.json. A report is a function
    of the run's folder: the same folder gives the same bytes, on any machine and at any time. A run that was cut off
    is shown as far as it was recorded, and marked as incomplete. The word write may be left out.

    [bold]Examples[/bold]

    chargebench report write runs/20260302-080000-demo

    chargebench report runs/today --against runs/yesterday
    """
    from reports import render
    from reports.recording import Run

    console = Console(highlight=False, soft_wrap=True)
    recording = Run.open(run)
    for path in render(recording, against):
        console.print(Text(str(path)))
    for gap in recording.gaps:
        console.print(Text(f"incomplete: {gap}", style="yellow"))


@app.command("sign")
def sign(
    run: Folder,
    key: Annotated[Path, typer.Option(help="PEM file with your Ed25519 private key; there is no default.")],
    new: Annotated[bool, typer.Option("--new", help="Make the key, in a file that is not there yet.")] = False,
    passphrase: Annotated[
        str | None,
        typer.Option(
            envvar="CHARGEBENCH_KEY_PASSPHRASE",
            show_envvar=False,
            help="Passphrase of the key (or set CHARGEBENCH_KEY_PASSPHRASE; default: it has none).",
        ),
    ] = None,
) -> None:
    """Sign a finished run, so that you can hand it to somebody.

    Every file in the folder is signed, by its SHA-256, in signature.json. Give whoever shall verify it your public
    key, which openssl pkey -in KEY -pubout prints, on another way than the run.

    [bold]Example[/bold]

    chargebench report sign runs/20260302-080000-certify-station --key mine.pem --new
    """
    from reports import signature

    signer = signature.make_key(key) if new else signature.private_key(key, passphrase)
    path = signature.sign(run, signer)
    typer.echo(f"{path}: signed by {signature.fingerprint(signer.public_key())}")


@app.command("verify")
def verify(
    run: Folder,
    key: Annotated[
        Path | None, typer.Option(help="PEM file with the signer's public key (default: whoever signed it).")
    ] = None,
) -> int:
    """Tell whether a signed run is still what was signed, and by whom.

    Without [bold]--key[/bold] anybody may have signed it: compare the fingerprint. Exit code 1: it was changed, or
    another key signed it. Files that came later are named and prove nothing.

    [bold]Example[/bold]

    chargebench report verify runs/20260302-080000-certify-station --key theirs.pem
    """
    from reports import signature

    found = signature.verify(run, None if key is None else signature.public_key(key))
    for line in _told(found):
        typer.echo(printable(line))
    return EXIT_HELD if found.holds else EXIT_FAILED


def _told(found: Verification) -> list[str]:
    lines = [f"signed by {found.signer}"]
    lines += [f"changed since: {name}" for name in found.changed]
    lines += [f"gone since: {name}" for name in found.missing]
    if not found.genuine:
        lines.append("the signature is not genuine: what it lists is not what was signed")
    if found.trusted is False:
        lines.append("another key signed it than the one given")
    lines += [f"not signed: {name}" for name in found.unsigned]
    if found.holds:
        lines.append("it is what was signed" + ("" if found.trusted else "; whose key that is, only you can tell"))
    return lines
