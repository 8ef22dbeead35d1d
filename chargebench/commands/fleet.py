"""``chargebench fleet``: many stations with people who come and charge, against any CSMS."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
import yaml

from chargebench.commands.run import How
from chargebench.errors import Unusable
from chargebench.options import Out, Seed, station_version, websocket_url
from chargebench.runs import wall
from protocol.stamps import stamp
from scenarios.model import Scenario
from scenarios.reading import parse_scenario
from simulator.electrical import Kind
from simulator.profile import load_profile

CARS = {Kind.AC: "compact-50kwh", Kind.DC: "sedan-77kwh"}
STAYS = {Kind.AC: {"from": "20m", "to": "3h"}, Kind.DC: {"from": "10m", "to": "45m"}}
"""Who comes to which kind of station, and for how long."""


def add_to(app: typer.Typer) -> None:
    """Enter the command."""
    app.command("fleet", rich_help_panel="Simulate")(fleet)


def fleet(
    csms: Annotated[
        str | None, typer.Option(help="ws:// or wss:// address of a CSMS; without it the reference CSMS, in process.")
    ] = None,
    stations: Annotated[int, typer.Option(min=1, help="How many stations.")] = 10,
    profile: Annotated[list[str] | None, typer.Option(help="Profiles to share out (default ac-22kw).")] = None,
    version: Annotated[list[str] | None, typer.Option(help="OCPP versions to share out (default 2.0.1).")] = None,
    identity: Annotated[str, typer.Option("--id", help="Identities; {n} is the number.")] = "CP-{n:05}",
    password: Annotated[str | None, typer.Option(envvar="CHARGEBENCH_PASSWORD", help="Basic password of all.")] = None,
    token: Annotated[
        list[str] | None, typer.Option(help="Id tokens that drivers carry (default DRIVER-001 … 100).")
    ] = None,
    arrivals: Annotated[float, typer.Option(min=0, help="Drivers per hour and station.")] = 0.5,
    duration: Annotated[str, typer.Option(help="How long, in simulated time: 90s, 10m, 24h, …")] = "10m",
    speed: Annotated[
        str | None, typer.Option(help="virtual, real, or simulated seconds per second (virtual; real with --csms).")
    ] = None,
    seed: Seed = None,
    out: Out = None,
) -> int:
    """Run a fleet: stations boot, drivers come and charge, and a report shows what the CSMS made of it.

    Tokens must be known to the CSMS, otherwise every driver is turned away (which may be what you want to see).

    [bold]Example[/bold]  chargebench fleet --csms ws://127.0.0.1:9000/ --stations 50 --speed 60 --duration 8h
    """
    if csms is not None:
        websocket_url(csms)
    tokens = token or ["DRIVER-{n:03}"]
    real = csms is not None or speed not in (None, "virtual")
    spec = _spec(stations, profile or ["ac-22kw"], version or ["2.0.1"], identity, password, arrivals, duration)
    spec["csms"] = {"tokens": [{"id": each, **({"count": 100} if "{" in each else {})} for each in tokens]}
    if real:
        spec["start"] = stamp(wall())
    scenario: Scenario = parse_scenario(yaml.safe_dump(spec, sort_keys=False), "the fleet's options")
    return How(seed, csms, speed, words=sys.argv[1:]).play("fleet", scenario, out)


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
            kind = load_profile(profile).kind
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
