"""Runs one scenario for a command: in process or against a CSMS, with progress and verdicts on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from chargebench import runs
from chargebench.keyring import Keyring
from chargebench.options import pace_of, station_version, trust, websocket_url
from chargebench.progress import Display
from chargebench.reach import knock
from protocol.transports.websocket import WebSocketDialer
from scenarios.access import CsmsAccess, Foreign
from scenarios.model import Scenario
from scenarios.runner import Result
from scenarios.runner import run as run_scenario


@dataclass(frozen=True, slots=True)
class How:
    """How to run a scenario: the command's options."""

    seed: int | None = None
    csms: str | None = None
    speed: str | None = None
    stations: int | None = None
    version: str | None = None
    force_virtual: bool = False
    ca: Path | None = None
    password: str | None = None
    words: Sequence[str] | None = None  # the command's own words, where they say more than a scenario's name

    def play(self, name: str, scenario: Scenario, out: Path | None) -> int:
        """Run one scenario, show how it goes and what came of it; return the exit code."""
        console = Console(highlight=False)
        seed = scenario.seed if self.seed is None else self.seed
        pace = pace_of(self.speed or ("real" if self.csms else "virtual"))
        access = self._access(knocks=not pace.virtual or self.force_virtual)
        options: dict[str, Any] = {
            "seed": seed,
            "pace": pace,
            "csms": access,
            "stations": self.stations,
            "version": station_version(self.version) if self.version else None,
            "force_virtual": self.force_virtual,
            "command": self.command(name, seed),
        }
        return perform(console, scenario, runs.folder(out, Path(name).stem), **options)

    def _access(self, *, knocks: bool) -> CsmsAccess | None:
        """The way to the CSMS; None for the reference CSMS in process. Raises Failed where nobody answers."""
        if self.csms is None:
            return None
        tls = trust(websocket_url(self.csms), self.ca)
        if knocks:
            knock(self.csms, tls)
        return Foreign(self.csms, dialer=Keyring(WebSocketDialer(), tls, self.password))

    def command(self, name: str, seed: int) -> list[str]:
        """The command that does the same again; a password is left to the environment."""
        if self.words is not None:
            return ["chargebench", *self.words, *(["--seed", str(seed)] if "--seed" not in self.words else [])]
        words = ["chargebench", "run", name, "--seed", str(seed)]
        given = {"--csms": self.csms, "--ca": self.ca, "--speed": self.speed, "--stations": self.stations}
        for option, value in (given | {"--version": self.version}).items():
            words += [option, str(value)] if value is not None else []
        return words + (["--force-virtual"] if self.force_virtual else [])


def perform(console: Console, scenario: Scenario, folder: Path, **options: Any) -> int:
    """Run a scenario into a folder and show it; return the exit code. ``options`` are those of ``run_scenario``."""
    with runs.recording(folder), Display(console, scenario.title, scenario.start) as display:
        result: Result = asyncio.run(
            run_scenario(scenario, out=folder, on_progress=display.show, wall=runs.wall, **options)
        )
        display.done(f"{result.messages:,} messages")
    return runs.tell(console, result.judgements, result.verdict, result.path)
