"""``chargebench certify``: conformance cases against a station or a CSMS."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from chargebench.options import CaFile, Out, spoken_version


class Open(StrEnum):
    """Verdicts that are worth another run."""

    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"


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
RigFile = Annotated[
    Path | None,
    typer.Option(
        help="YAML file of who operates the system (docs/rigs.md), or by-hand, lab, reference-api (default: nobody)."
    ),
]
Again = Annotated[
    Path | None,
    typer.Option(help="Only what failed, was inconclusive or broke in this earlier run (a folder; default: all)."),
]
Only = Annotated[
    list[Open] | None,
    typer.Option("--only", help="With --again: only these verdicts; repeatable (default: all three)."),
]
Extras = Annotated[bool, typer.Option("--extras", help="Run the cases that no certification profile lists, too.")]
Tolerance = Annotated[
    float | None,
    typer.Option(
        min=0, help="Slack on every duration, in seconds (default: that of --features, or 4).", show_default=False
    ),
]
List = Annotated[bool, typer.Option("--list", help="List the cases that would run, and run none.")]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Say which cases would run and which not, and why; connect to nothing."),
]
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
        typer.Option(
            help="HOST:PORT or wss://HOST:PORT to listen at for your station, port 0: a free one (default: our own)."
        ),
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
    rig: RigFile = None,
    again: Again = None,
    only: Only = None,
    extras: Extras = False,
    tolerance: Tolerance = None,
    list_only: List = False,
    dry: DryRun = False,
    check: SelfCheck = False,
    out: Out = None,
) -> int:
    """Judge a charging station.

    Without [bold]--listen[/bold] our own is judged, in virtual time. Your station dials in there with its identity,
    and time is real. What a case needs done at the station (a cable plugged in, a card presented) is done as
    [bold]--rig[/bold] says: by requests to a lab, by a person who is asked. Cases that need more are inconclusive, and
    the run says what a better rig would unlock.

    Exit code 3: nothing failed, but not everything could be judged.

    [bold]Examples[/bold]

    chargebench certify station --case TC_B_01_CS

    chargebench certify station --listen 0.0.0.0:9000 --id MY-STATION --features mine.yaml --rig by-hand

    chargebench certify station --listen 0.0.0.0:9000 --id MY-STATION --rig lab.yaml --again runs/yesterday --only fail
    """
    from chargebench import certification

    name = spoken_version(version).name
    wanted = certification.Wanted(
        "station", name, case, block, profile, features, out, identity, rig, extras, again, only, tolerance
    )
    certification.fitting(wanted)
    if list_only or check:
        return (certification.list_cases if list_only else certification.check_cases)(wanted)
    stage = certification.station_stage(wanted, listen, cert, key)
    return (certification.dry_run if dry else certification.judge)(wanted, stage)


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
    rig: RigFile = None,
    again: Again = None,
    only: Only = None,
    extras: Extras = False,
    tolerance: Tolerance = None,
    list_only: List = False,
    dry: DryRun = False,
    check: SelfCheck = False,
    out: Out = None,
) -> int:
    """Judge a CSMS.

    Without [bold]--target[/bold] our own is judged, in virtual time; with it yours, over a socket and in real time.
    What a case needs done at the CSMS (a command sent, a token entered) is done as [bold]--rig[/bold] says; cases that
    need more are inconclusive. The station's password, if your CSMS wants one, stands in [bold]--features[/bold].

    Exit code 3: nothing failed, but not everything could be judged.

    [bold]Examples[/bold]

    chargebench certify csms

    chargebench certify csms --target wss://10.0.0.5/ocpp --ca ca.pem --features mine.yaml --rig api.yaml

    chargebench certify csms --target wss://10.0.0.5/ocpp --features mine.yaml --rig api.yaml --dry-run
    """
    from chargebench import certification

    name = spoken_version(version).name
    wanted = certification.Wanted(
        "csms", name, case, block, profile, features, out, identity, rig, extras, again, only, tolerance
    )
    certification.fitting(wanted)
    if list_only or check:
        return (certification.list_cases if list_only else certification.check_cases)(wanted)
    stage = certification.csms_stage(wanted, target, api, api_key, ca)
    return (certification.dry_run if dry else certification.judge)(wanted, stage)
