"""Operates one station line by line, from a terminal, a pipe or a file."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text

from chargebench.errors import EXIT_HELD, Failed, Unusable, one_line, printable
from chargebench.findings import show
from chargebench.reach import told
from chargebench.typed import typed_lines
from protocol.link import Ending, Lost
from scenarios.hardware import objection
from scenarios.source import scalar
from simulator import facts, faults
from simulator.clock import Clock
from simulator.diagnosis import diagnose
from simulator.ev import EV
from simulator.profile import ProfileError
from simulator.station import Station

COMMANDS = """plug [EV MODEL] [SOC %]   connect an EV (default: compact-50kwh at 40 %)
unplug                    pull the cable at the EV
present TOKEN             hold a card to the reader
stop                      press the stop button
fault [NAME] [FIELD=VALUE …]  break something (default: leakage in the station); chargebench faults lists what
mend NAME | clear         mend that | mend everything
diagnose                  test the hardware as a technician does
evse NUMBER               the commands above are about this EVSE from now on (default: 1)
off | on                  cut the mains | bring them back
wait SECONDS              let simulated time pass before the next line
status                    print the station's state
help | quit"""

STYLES = {"hardware": "yellow", "firmware": "green", "link": "magenta"}


@dataclass(slots=True)
class Desk:
    """The screen and the keyboard of one station. ``url`` is where it dials."""

    console: Console
    url: str
    retry: bool = False
    evse: int = 1
    accepted: bool = False
    failure: str | None = None
    broken: list[tuple[str, int]] = field(default_factory=list)
    """Faults, and the EVSE that has each."""
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once it is known whether the CSMS wants the station."""

    # -- the screen

    def fact(self, clock: Clock, fact: facts.Fact) -> None:
        """Show what happened; give up where the first connection fails."""
        fields = " ".join(f"{name}={value}" for name, value in fact.fields().items())
        self._print(clock, "•", f"{fact.name} {fields}", STYLES[fact.kind])
        if isinstance(fact, facts.Registered):
            self.accepted = self.accepted or fact.status == "Accepted"
            self.answered.set()
        if isinstance(fact, facts.CallFailed) and fact.action == "BootNotification":
            self.answered.set()
        if isinstance(fact, facts.Disconnected) and fact.ending != Ending.CUT and not self.accepted and not self.retry:
            self.failure = told(self.url, Lost(Ending(fact.ending), fact.code, fact.reason))
            clock.stop()

    def frame(self, clock: Clock, direction: str, text: str) -> None:
        """Show a message."""
        self._print(clock, "→" if direction == "up" else "←", text, "cyan" if direction == "up" else "blue")

    def _print(self, clock: Clock, sign: str, text: str, style: str) -> None:
        line = Text(f"{clock.stamp()[11:23]} {sign} ", style="dim")
        self.console.print(line.append(printable(text), style=style))

    # -- the keyboard

    async def run(self, clock: Clock, made: Station) -> None:
        """Switch the station on and obey until the input ends. Exceptions of the station come out here."""
        made.power_on()
        keys = asyncio.create_task(self._keys(clock, made))
        try:
            await clock.run()
        finally:
            keys.cancel()
            await asyncio.gather(keys, return_exceptions=True)
        if not keys.cancelled() and (problem := keys.exception()):
            raise problem

    def outcome(self) -> int:
        """The exit code. Raises Failed where the station was never accepted."""
        if self.failure is not None:
            raise Failed(self.failure)
        if not self.accepted:
            raise Failed(f"the CSMS at {self.url} never accepted the station")
        return EXIT_HELD

    async def _keys(self, clock: Clock, made: Station) -> None:
        """Read commands until the input ends; then switch off, though not before the CSMS has answered once."""
        lines = typed_lines()
        try:
            while line := await lines.get():
                words = line.split()
                if words[:1] == ["quit"]:
                    break
                if words:
                    await self._obey(clock, made, words)
            else:
                await self.answered.wait()
            made.power_off()
        finally:
            clock.stop()

    async def _obey(self, clock: Clock, made: Station, words: list[str]) -> None:
        name, *arguments = words
        try:
            if name == "wait":
                await _wait(clock, _seconds(arguments))
            elif name in ACTIONS:
                ACTIONS[name](self, made, arguments)
            elif name == "help":
                self.console.print(Text(COMMANDS, style="dim"))
            else:
                raise Unusable("no such command; help lists them")
        except (ValueError, ProfileError, Unusable) as problem:
            self.console.print(Text(f"{printable(name)}: {one_line(problem)}", style="red"))


async def _wait(clock: Clock, seconds: float) -> None:
    due = asyncio.Event()
    clock.soon(lambda: _later(clock, seconds, due))
    await due.wait()


def _later(clock: Clock, seconds: float, due: asyncio.Event) -> None:
    clock.after(seconds, due.set)


def _seconds(arguments: list[str]) -> float:
    text = _at_most(arguments, 1, "wait SECONDS")[0] if arguments else "1"
    try:
        seconds = float(text.removesuffix("s"))
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise Unusable(f"{text!r} is no number of seconds")
    return seconds


def _at_most(arguments: list[str], number: int, usage: str) -> list[str]:
    if len(arguments) > number:
        raise Unusable(f"too many words; right would be {usage}")
    return arguments


def _plug(desk: Desk, made: Station, arguments: list[str]) -> None:
    usage = "plug [EV MODEL] [SOC %]"
    model = _at_most(arguments, 2, usage)[0] if arguments else "compact-50kwh"
    try:
        soc = float(arguments[1].rstrip("%")) / 100 if len(arguments) > 1 else 0.4
    except ValueError:
        soc = math.nan
    if not 0 <= soc <= 1:
        raise Unusable(f"{arguments[1]!r} is no state of charge; right would be 0 to 100")
    made.plug(EV.of(model, soc=soc), desk.evse)


def _unplug(desk: Desk, made: Station, arguments: list[str]) -> None:
    _at_most(arguments, 0, "unplug")
    made.unplug(desk.evse)


def _present(desk: Desk, made: Station, arguments: list[str]) -> None:
    if len(arguments) != 1:
        raise Unusable("whose card? right would be present TOKEN")
    made.present(arguments[0], desk.evse if len(made.evses) > 1 else None)


def _stop(desk: Desk, made: Station, arguments: list[str]) -> None:
    _at_most(arguments, 0, "stop")
    made.press_stop(desk.evse)


def _fault(desk: Desk, made: Station, arguments: list[str]) -> None:
    words = [each for each in arguments if "=" not in each]
    name = " ".join(words) or "leakage in the station"
    fields = dict(each.split("=", 1) for each in arguments if "=" in each)
    values = {key: scalar(value) for key, value in fields.items()}
    if wrong := objection({"name": name, **values}):
        raise Unusable(wrong[1])
    faults.inject(made, name, desk.evse, **values)
    desk.broken.append((name, desk.evse))


def _mend(desk: Desk, made: Station, arguments: list[str]) -> None:
    if not arguments:
        raise Unusable("what? right would be mend NAME")
    name = " ".join(arguments)
    faults.clear(made, name, desk.evse)
    desk.broken = [each for each in desk.broken if each != (name, desk.evse)]


def _clear(desk: Desk, made: Station, arguments: list[str]) -> None:
    _at_most(arguments, 0, "clear")
    while desk.broken:
        faults.clear(made, *desk.broken.pop())


def _diagnose(desk: Desk, made: Station, arguments: list[str]) -> None:
    _at_most(arguments, 0, "diagnose")
    incidents = made.flash.incidents
    show(desk.console, diagnose(made), incidents)


def _evse(desk: Desk, made: Station, arguments: list[str]) -> None:
    if len(arguments) != 1 or not arguments[0].isdecimal():
        raise Unusable("which one? right would be evse NUMBER")
    desk.evse = made.evse(int(arguments[0])).id


def _off(_desk: Desk, made: Station, arguments: list[str]) -> None:
    _at_most(arguments, 0, "off")
    made.power_off()


def _on(_desk: Desk, made: Station, arguments: list[str]) -> None:
    _at_most(arguments, 0, "on")
    made.power_on()


def _status(desk: Desk, made: Station, arguments: list[str]) -> None:
    _at_most(arguments, 0, "status")
    desk.console.print_json(data=made.snapshot(), ensure_ascii=True)


ACTIONS: dict[str, Callable[[Desk, Station, list[str]], None]] = {
    "plug": _plug,
    "unplug": _unplug,
    "present": _present,
    "stop": _stop,
    "fault": _fault,
    "mend": _mend,
    "clear": _clear,
    "diagnose": _diagnose,
    "evse": _evse,
    "off": _off,
    "on": _on,
    "status": _status,
}
