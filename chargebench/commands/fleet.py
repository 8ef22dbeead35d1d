"""``chargebench fleet``: many stations with people who come and charge, against any CSMS."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chargebench.errors import Unusable
from chargebench.options import CaFile, Csms, Out, Seed, Speed, station_version, websocket_url, words_of
from chargebench.runs import wall
from protocol.stamps import stamp

if TYPE_CHECKING:
    from scenarios.model import Scenario

CARS = {"AC": "compact-50kwh", "DC": "sedan-77kwh"}
STAYS = {"AC": {"from": "20m", "to": "3h"}, "DC": {"from": "10m", "to": "45m"}}
"""Who comes to which kind of station, and for how long."""


def add_to(app: typer.Typer) -> None:
    """Enter the command."""
    app.command("fleet", rich_help_panel="Simulate")(fleet)


def fleet(
    csms: Csms = None,
    ca: CaFile = None,
    stations: Annotated[int, typer.Option(min=1, metavar="NUMBER", help="How many stations.")] = 10,
    profile: Annotated[
        list[str] | None, typer.Option(help="Profile; repeat it to share several out (default: ac-22kw).")
    ] = None,
    version: Annotated[
        list[str] | None, typer.Option(help="OCPP version; repeat it to share several out (default: 2.0.1).")
    ] = None,
    identity: Annotated[str, typer.Option("--id", help="Identities; {n} is the number.")] = "CP-{n:05}",
    password: Annotated[
        str | None,
        typer.Option(
            envvar="CHARGEBENCH_PASSWORD",
            show_envvar=False,
            help="HTTP Basic password of all stations (or set CHARGEBENCH_PASSWORD; default: no password).",
        ),
    ] = None,
    token: Annotated[
        list[str] | None,
        typer.Option(help="Id token that drivers carry; repeatable (default: DRIVER-001 to DRIVER-100)."),
    ] = None,
    arrivals: Annotated[float, typer.Option(min=0, metavar="NUMBER", help="Drivers per hour and station.")] = 0.5,
    duration: Annotated[str, typer.Option(help="How long, in simulated time: 90s, 10m, 24h, …")] = "10m",
    speed: Speed = None,
    seed: Seed = None,
    out: Out = None,
) -> int:
    """Run a fleet of stations, with drivers who come and charge.

    Stations boot, drivers come and go, and a report shows what the CSMS made of it.

    Tokens must be known to the CSMS, otherwise every driver is turned away (which may be what you want to see).
    Several profiles and versions are shared out evenly, every profile with every version.

    [bold]Examples[/bold]

    chargebench fleet --stations 100 --profile ac-22kw --profile dc-150kw --duration 24h

    chargebench fleet --csms ws://127.0.0.1:9000/ --stations 50 --speed 60 --duration 8h
    """
    from chargebench.play import How

    if csms is not None:
        websocket_url(csms)
    spec = _spec(stations, profile or ["ac-22kw"], version or ["2.0.1"], identity, password, arrivals, duration)
    spec["csms"] = {"tokens": [_tokens(each) for each in token or ["DRIVER-{n:03}"]]}
    if csms is not None or speed not in (None, "virtual"):
        spec["start"] = stamp(wall())
    how = How(seed, csms, speed, ca=ca, words=words_of(sys.argv[1:]))
    return how.play("fleet", _scenario(spec), out)


def _tokens(pattern: str) -> dict[str, Any]:
    return {"id": pattern} | ({"count": 100} if "{" in pattern else {})


def _scenario(spec: dict[str, Any]) -> Scenario:
    """The scenario of a specification. Raises ScenarioError."""
    import yaml

    from scenarios.reading import parse_scenario

    return parse_scenario(yaml.safe_dump(spec, sort_keys=False), "the fleet's options")


def _spec(
    stations: int,
    profiles: list[str],
    versions: list[str],
    identity: str,
    password: str | None,
    arrivals: float,
    duration: str,
) -> dict[str, Any]:
    """The scenario that the options amount to."""
    if "{" not in identity and stations > 1:
        raise Unusable(f"--id {identity} cannot name {stations} stations; put {{n}} in it")
    from simulator.profile import load_profile

    kinds = [(profile, station_version(version).name) for profile in profiles for version in versions]
    counts = [stations // len(kinds) + (index < stations % len(kinds)) for index in range(len(kinds))]
    groups, drivers = [], []
    for index, ((profile, version), count) in enumerate(zip(kinds, counts, strict=True)):
        if not count:
            continue
        pattern = identity if len(kinds) == 1 else f"{index + 1}-{identity}"
        group = {"id": pattern, "count": count, "profile": profile, "version": version, "stagger": "100ms"}
        groups.append(group | ({"password": password} if password else {}))
        if arrivals:
            kind = str(load_profile(profile).kind)
            drivers.append(
                {
                    "name": f"drivers {index + 1}",
                    "stations": f"{pattern.split('{')[0]}*" if "{" in pattern else pattern,
                    "arrivals": {"00:00-24:00": arrivals},
                    "stay": STAYS[kind],
                    "ev": CARS[kind],
                }
            )
    return {
        "scenario": f"A fleet of {stations}",
        "duration": duration,
        "fleet": groups,
        "drivers": drivers,
        "expect": [
            {"name": "every station is accepted", "seen": {"message": "boot", "reply": {"status": "Accepted"}}},
            {"name": "every call is answered", "never": {"fact": "CallFailed"}},
        ],
    }  # fmt: skip
