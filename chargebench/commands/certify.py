"""``chargebench certify``: conformance cases against a station or a CSMS."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chargebench.options import CaFile, Out, spoken_version

CaseIds = Annotated[list[str] | None, typer.Option("--case", help="Only this case; repeatable (default: all).")]
Blocks = Annotated[
    list[str] | None, typer.Option("--block", help="Only this functional block, such as B; repeatable (default: all).")
]
Profiles = Annotated[
    list[str] | None,
    typer.Option(
        "--profile", help="Only cases of this certification profile, such as Core; repeatable (default: all)."
    ),
]
OcppVersion = Annotated[str, typer.Option("--version", help="The OCPP version to judge by: 1.6 or 2.0.1.")]
Features = Annotated[
    Path | None,
    typer.Option(
        help="YAML file with what is declared of the system: profiles, features, agreed values (default: all applies)."
    ),
]
List = Annotated[bool, typer.Option("--list", help="List the cases that would run, and run none.")]
SelfCheck = Annotated[
    bool, typer.Option("--self-check", help="Run each case on a sound system and on faulty ones: can it fail?")
]

app = typer.Typer(
    name="certify",
    no_args_is_help=True,
    help="""Judge a charging station or a CSMS by conformance cases of OCPP 1.6 and 2.0.1.

    Verdicts are judged on the recorded text of the messages, against the official schemas and the requirement that
    each case names. Without an address the system under test is this project's own, in virtual time.

    [bold]Examples[/bold]

    chargebench certify station --list

    chargebench certify csms --target ws://10.0.0.5:9000/ocpp --block B""",
)


def add_to(parent: typer.Typer) -> None:
    """Enter the commands."""
    parent.add_typer(app, rich_help_panel="Test")


@app.command("station")
def station(
    listen: Annotated[
        str | None,
        typer.Option(help="HOST:PORT to listen at for a station of yours, port 0 for a free one (default: our own)."),
    ] = None,
    identity: Annotated[
        str | None, typer.Option("--id", help="The identity your station connects with (default: BENCH-1).")
    ] = None,
    cert: Annotated[
        Path | None, typer.Option(help="PEM certificate: listen with TLS (with --key; default: no TLS).")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="PEM private key of --cert.")] = None,
    version: OcppVersion = "2.0.1",
    case: CaseIds = None,
    block: Blocks = None,
    profile: Profiles = None,
    features: Features = None,
    list_only: List = False,
    check: SelfCheck = False,
    out: Out = None,
) -> int:
    """Judge a charging station.

    Without [bold]--listen[/bold] our own is judged, in virtual time. Your station dials in there with its identity,
    and time is real. What a case needs done at the station by hand (a cable plugged in, a card presented) cannot be
    done from here; such cases are inconclusive.

    [bold]Examples[/bold]

    chargebench certify station --case TC_B_01_CS

    chargebench certify station --listen 0.0.0.0:9000 --id MY-STATION --features mine.yaml
    """
    from chargebench import certification

    name = spoken_version(version).name
    wanted = certification.Wanted("station", name, case, block, profile, features, out, identity)
    if list_only or check:
        return (certification.list_cases if list_only else certification.check_cases)(wanted)
    return certification.judge_station(wanted, listen, cert, key)


@app.command("csms")
def csms(
    target: Annotated[
        str | None,
        typer.Option(help="ws:// or wss:// address of your CSMS, without the identity (default: our own)."),
    ] = None,
    ca: CaFile = None,
    api: Annotated[
        str | None,
        typer.Option(help="HTTP API of a reference CSMS at --target, to make it send commands (default: none)."),
    ] = None,
    api_key: Annotated[
        str | None,
        typer.Option(
            envvar="CHARGEBENCH_API_KEY",
            show_envvar=False,
            help="Key of --api (or set CHARGEBENCH_API_KEY; default: no key).",
        ),
    ] = None,
    identity: Annotated[
        str | None, typer.Option("--id", help="The identity that the bench connects with (default: BENCH-1).")
    ] = None,
    version: OcppVersion = "2.0.1",
    case: CaseIds = None,
    block: Blocks = None,
    profile: Profiles = None,
    features: Features = None,
    list_only: List = False,
    check: SelfCheck = False,
    out: Out = None,
) -> int:
    """Judge a CSMS.

    Without [bold]--target[/bold] our own is judged, in virtual time; with it yours, over a socket and in real time.
    What a case needs done at the CSMS (a command sent, a token entered) cannot be done at a foreign one; such cases
    are inconclusive. The station's password, if your CSMS wants one, stands in [bold]--features[/bold].

    [bold]Examples[/bold]

    chargebench certify csms

    chargebench certify csms --target wss://10.0.0.5/ocpp --ca ca.pem --id BENCH-1 --features mine.yaml
    """
    from chargebench import certification

    name = spoken_version(version).name
    wanted = certification.Wanted("csms", name, case, block, profile, features, out, identity)
    if list_only or check:
        return (certification.list_cases if list_only else certification.check_cases)(wanted)
    return certification.judge_csms(wanted, target, api, api_key, ca)
