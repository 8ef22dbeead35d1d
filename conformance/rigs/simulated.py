"""Our own station on the stand: in this process, over a memory pipe, in virtual time, a new one for each case."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from conformance.hands import bay, outside, vehicle  # noqa: F401  (what the last two can do is the bay's too)
from conformance.hands.bay import Bay
from conformance.hands.depot import depot, packed_up
from conformance.rigs import PASSWORD, PASSWORD_PROFILES, Doorway, Hands, Mounted
from conformance.rigs.equipment import EQUIPMENT, USUAL
from conformance.timing import ClockTime
from conformance.vocabulary import CERTIFIED, SECURED, Subject
from protocol.link import Dialer, Ending, Lost, Receiver, Target
from protocol.transports.memory import MemoryNetwork
from protocol.versions import by_name
from simulator.clock import VIRTUAL, Clock, Pace
from simulator.flash import Flash
from simulator.keys.commissioning import commissioned
from simulator.keys.memory import Kept
from simulator.profile import load_profile
from simulator.station import Station

HOSTS = ("csms.bench.invalid", "csms-2.bench.invalid")
"""The names by which the station reaches the bench: one for each of its addresses."""


CERTIFIABLE: Mapping[str, Any] = {"unsigned_updates": False}
"""What a profile of ours leaves open and the published cases do not (TC_L_18_CS)."""


@dataclass(frozen=True, slots=True)
class SimulatedStation:
    """Mounts a station of this project. ``config`` are settings at commissioning, over the stand's own.

    ``traits`` are values of the profile's own keys, in the place of those that it has.
    """

    start: datetime
    profile: str = "ac-22kw"
    ev: str = "sedan-77kwh"
    seed: int = 1
    clock_pace: Pace = VIRTUAL
    config: Mapping[str, object] = field(default_factory=dict)
    traits: Mapping[str, Any] = field(default_factory=lambda: CERTIFIABLE)
    security_profile: int = 0
    name: str = "simulated"

    @property
    def pace(self) -> str:
        """How time passes on the stand."""
        return str(self.clock_pace)

    def describe(self, subject: Subject) -> Subject:
        """The subject with the EVSEs that this profile has, and how it reaches the bench."""
        profile, level = load_profile(self.profile), self.security_profile
        return replace(
            subject,
            evses=tuple(len(evse.connectors) for evse in profile.evses),
            serial_number=profile.serial_number(subject.identity),
            security_profile=level,
            password=subject.password or (PASSWORD if level in PASSWORD_PROFILES else None),
            urls=tuple(f"ws://{host}" for host in HOSTS),
            secure_urls=tuple(f"wss://{host}" for host in HOSTS),
        )

    def fitted(self, case: str) -> SimulatedStation:
        """The station that this case wants, see ``conformance.rigs.equipment``."""
        wants = EQUIPMENT.get(case, USUAL)
        return replace(
            self,
            profile=wants.profile or self.profile,
            ev=wants.ev or self.ev,
            config={**self.config, **wants.config},
            security_profile=wants.security_profile,
            traits={**self.traits, **wants.traits},
        )

    def has(self, operation: str) -> bool:
        """Whether the bay can do it."""
        return operation in bay.skill.acts

    def delivered(self, subject: Subject, clock: Clock, dialer: Dialer) -> Station:
        """A station fresh from the factory, switched off, which will dial the first address of the subject."""
        return Station(
            subject.identity,
            replace(load_profile(self.profile), **self.traits),
            by_name(subject.version),
            clock,
            dialer,
            url=(subject.secure_urls if subject.security_profile >= SECURED else subject.urls)[0],
            seed=self.seed,
            password=subject.password if subject.security_profile != CERTIFIED else None,
            flash=_flash(subject),
            config=self.config,
        )

    @asynccontextmanager
    async def mount(self, subject: Subject, doorway: Doorway) -> AsyncIterator[Mounted]:
        """The station, and the bench's addresses in its network."""
        clock = Clock(self.start, self.clock_pace)
        networks = {host: MemoryNetwork(clock.soon, clock.busy) for host in HOSTS}
        for at, network in enumerate(networks.values()):
            entrance = doorway.entrance(at)
            network.serve(entrance, tls=entrance.tls)
        dialer = Hosts({host: network.dialer() for host, network in networks.items()})
        station = self.delivered(subject, clock, dialer)
        files = depot(station, clock, subject)
        bay = Bay(station, clock, subject.version, self.ev, files=files)
        try:
            yield Mounted(in_turn(bay, clock), ClockTime(clock))
        finally:
            station.power_off()
            await packed_up(clock, files)
            for network in networks.values():
                network.serve(None)


def in_turn(bay: Bay, clock: Clock) -> Hands:
    """The bay as a clock at this pace wants it: where time follows the wall, it is later than the last event tells."""
    return bay if clock.pace.virtual else _Patient(bay, clock)


@dataclass(frozen=True, slots=True)
class _Patient:
    """The bay, at which everything is done as an event of its clock."""

    bay: Bay
    clock: Clock

    def find(self, name: str) -> Callable[..., Any] | None:
        """What does the operation of that name."""
        act = self.bay.find(name)
        return None if act is None else partial(self._do, act)

    async def _do(self, act: Callable[..., Any], **given: Any) -> Any:
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.clock.soon(partial(_told, done, partial(act, **given)))
        result = await done
        return await result if inspect.isawaitable(result) else result


def _told(done: asyncio.Future[Any], act: Callable[[], Any]) -> None:
    try:
        done.set_result(act())
    except Exception as problem:  # noqa: BLE001  # raised where somebody waits for it
        done.set_exception(problem)


def _flash(subject: Subject) -> Flash:
    """What the station is delivered with: the bench's root from security profile 2 on, in 3 a certificate too."""
    if subject.security_profile < SECURED:
        return Flash()
    roots = subject.pki.csms.pem
    if subject.security_profile == SECURED:
        return Flash(memories={Kept: commissioned(csms_roots=roots)})
    own = subject.pki.station(subject.serial_number)
    return Flash(memories={Kept: commissioned(csms_roots=roots, certificate=own.chain, key=own.key)})


@dataclass(slots=True)
class Hosts:
    """A dialer that knows a few hosts."""

    dialers: Mapping[str, Dialer]
    remote: bool = False

    def dial(self, target: Target, receiver: Receiver) -> None:
        """As the dialer of the host; there is nobody at any other."""
        host = urlsplit(target.url).hostname or ""
        if host in self.dialers:
            self.dialers[host].dial(target, receiver)
        else:
            receiver.lost(Lost(Ending.UNREACHABLE, reason=f"no such host: {host}"))
