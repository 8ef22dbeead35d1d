"""``chargebench station``: one charging station against any CSMS, operated from the keyboard or a pipe."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from chargebench.errors import EXIT_HELD, Failed, Unusable, one_line
from chargebench.options import (
    CaFile,
    Password,
    ProfileName,
    SpokenVersion,
    StationId,
    station_version,
    trust,
    websocket_url,
)
from protocol.link import Ending
from protocol.transports.websocket import WebSocketDialer
from simulator import facts
from simulator.clock import Clock, Scaled
from simulator.ev import EV
from simulator.profile import load_profile
from simulator.station import Station

COMMANDS = """plug [EV MODEL] [SOC %]   connect an EV (default: compact-50kwh at 40 %)
unplug                    pull the cable at the EV
present TOKEN             hold a card to the reader
stop                      press the stop button
fault CODE | clear        make the connector faulty (1.6 error code) | mend it
off | on                  cut the mains | bring them back
wait SECONDS              let simulated time pass before the next line
status                    print the station's state
help | quit"""

STYLES = {"hardware": "yellow", "firmware": "green", "link": "magenta"}


def add_to(app: typer.Typer) -> None:
    """Enter the command."""
    app.command("station", rich_help_panel="Simulate")(station)


def station(
    url: Annotated[str, typer.Argument(help="The CSMS's address without the identity: ws://HOST:PORT/PATH or wss://…")],
    identity: StationId = "CP-001",
    profile: ProfileName = "ac-22kw",
    version: SpokenVersion = "2.0.1",
    password: Password = None,
    ca: CaFile = None,
    seed: Annotated[int, typer.Option(help="Seed of everything random in the station.")] = 1,
    speed: Annotated[float, typer.Option(min=0.001, help="Simulated seconds per second.")] = 1.0,
    frames: Annotated[bool, typer.Option("--frames/--no-frames", help="Print every OCPP message.")] = True,
    retry: Annotated[bool, typer.Option("--retry", help="Keep on trying if the first connection fails.")] = False,
) -> int:
    """Run one charging station and operate it.

    Commands come from the keyboard or a pipe, one a line; [bold]help[/bold] lists them. The station is switched on at
    once; at the end of the input (or [bold]quit[/bold]) it is switched off.

    [bold]Example[/bold]  printf 'wait 20\\nplug\\npresent CARD-1\\nwait 60\\npresent CARD-1\\nwait 5\\n' |
    chargebench station ws://127.0.0.1:9000/ --speed 10
    """
    loaded = load_profile(profile)
    spoken = station_version(version)
    bench = _Bench(Console(highlight=False, soft_wrap=True), retry)
    clock = Clock(datetime.now(UTC), Scaled(speed))
    made = Station(
        identity,
        loaded,
        spoken,
        clock,
        WebSocketDialer(),
        url=websocket_url(url),
        seed=seed,
        password=password,
        tls=trust(url, ca),
        on_fact=lambda _station, fact: bench.fact(clock, fact),
        tap=(lambda _station, direction, text: bench.frame(clock, direction, text)) if frames else None,
    )
    asyncio.run(bench.run(clock, made))
    return bench.outcome()


@dataclass(slots=True)
class _Bench:
    """The screen and the keyboard of one station."""

    console: Console
    retry: bool
    accepted: bool = False
    failure: str | None = None

    def fact(self, clock: Clock, fact: facts.Fact) -> None:
        fields = " ".join(f"{name}={value}" for name, value in fact.fields().items())
        self._print(clock, "•", f"{fact.name} {fields}", STYLES[fact.kind])
        if isinstance(fact, facts.Registered) and fact.status == "Accepted":
            self.accepted = True
        if isinstance(fact, facts.Disconnected) and fact.ending != Ending.CUT and not self.accepted and not self.retry:
            self.failure = f"{fact.ending}: {fact.reason or fact.code}"
            clock.stop()

    def frame(self, clock: Clock, direction: str, text: str) -> None:
        self._print(clock, "→" if direction == "up" else "←", text, "cyan" if direction == "up" else "blue")

    def _print(self, clock: Clock, sign: str, text: str, style: str) -> None:
        line = Text(f"{clock.stamp()[11:23]} {sign} ", style="dim")
        self.console.print(line.append(text, style=style))

    async def run(self, clock: Clock, made: Station) -> None:
        made.power_on()
        keys = asyncio.create_task(self._keys(clock, made))
        try:
            await clock.run()
        finally:
            keys.cancel()
            await asyncio.gather(keys, return_exceptions=True)
        if keys.done() and not keys.cancelled() and (problem := keys.exception()):
            raise problem

    def outcome(self) -> int:
        if self.failure is not None:
            raise Failed(f"could not connect ({self.failure})")
        if not self.accepted:
            raise Failed("the CSMS never accepted the station")
        return EXIT_HELD

    async def _keys(self, clock: Clock, made: Station) -> None:
        """Read commands until the input ends; then switch off."""
        lines = _lines()
        while line := await lines.get():
            words = line.split()
            if words[:1] == ["quit"]:
                break
            if words:
                await self._obey(clock, made, words)
        made.power_off()
        clock.stop()

    async def _obey(self, clock: Clock, made: Station, words: list[str]) -> None:
        name, *arguments = words
        if name == "wait":
            due = asyncio.Event()
            clock.soon(lambda: _later(clock, float(arguments[0]) if arguments else 1.0, due))
            await due.wait()
            return
        action = ACTIONS.get(name)
        if action is None:
            self.console.print(COMMANDS, style="dim")
            return
        try:
            action(self.console, made, arguments)
        except (ValueError, IndexError, Unusable) as problem:
            self.console.print(f"{name}: {one_line(problem)}", style="red")


def _later(clock: Clock, seconds: float, due: asyncio.Event) -> None:
    clock.after(seconds, due.set)


def _plug(_console: Console, made: Station, arguments: list[str]) -> None:
    model = arguments[0] if arguments else "compact-50kwh"
    soc = float(arguments[1].rstrip("%")) / 100 if len(arguments) > 1 else 0.4
    made.plug(EV.of(model, soc=soc))


def _unplug(made: Station) -> None:
    made.unplug()


def _status(console: Console, made: Station, _arguments: list[str]) -> None:
    console.print_json(data=made.snapshot())


ACTIONS: dict[str, Callable[[Console, Station, list[str]], None]] = {
    "plug": _plug,
    "unplug": lambda _console, made, _arguments: _unplug(made),
    "present": lambda _console, made, arguments: made.present(arguments[0]),
    "stop": lambda _console, made, _arguments: made.press_stop(),
    "fault": lambda _console, made, arguments: made.fault(arguments[0] if arguments else "OtherError"),
    "clear": lambda _console, made, _arguments: made.clear_fault(),
    "off": lambda _console, made, _arguments: made.power_off(),
    "on": lambda _console, made, _arguments: made.power_on(),
    "status": _status,
}


def _lines() -> asyncio.Queue[str]:
    """Standard input, line by line; the empty string is its end. A thread reads, as no other way works for terminal,
    pipe and file alike."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(queue.put_nowait, line if line.strip() else "\n")
        loop.call_soon_threadsafe(queue.put_nowait, "")

    threading.Thread(target=read, name="standard input", daemon=True).start()
    return queue
