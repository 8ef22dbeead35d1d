"""Where and as whom a station dials: its network connection profiles, in which order it tries them, and what comes of
a connection (2.0.1 part 2 A05, B09, B10; 1.6 security whitepaper A05).

Slot 1 holds what the station was commissioned with until a CSMS stores something else there. A station whose CSMS
never asks for another address keeps nothing of all this.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

from protocol.link import Target
from protocol.versions import V16, V21
from simulator import facts
from simulator.devicemodel.network import PRIORITY, SLOTS
from simulator.function import Function, function
from simulator.keys.memory import Kept, Own
from simulator.keys.store import Keys

if TYPE_CHECKING:
    from simulator.station import Station

COMMISSIONED = 1
"""The slot of what the station was commissioned with."""

PASSWORD = "SecurityCtrlr.BasicAuthPassword"
INVALID, DOWNGRADE, NO_SLOT = "InvalidNetworkConf", "NoSecurityDowngrade", "InvalidConfSlot"
"""The reason codes of B09 (errata 2025-09 §2.11, §2.12)."""


@dataclass(frozen=True, slots=True)
class NetworkProfile:
    """How to reach one CSMS (NetworkConnectionProfileType).

    ``url``: without the identity. ``timeout_s``: how long a CALL waits for its answer over this connection; None as
    the firmware has it. ``identity`` and ``password``: those of this CSMS (2.1); None for the station's own.
    """

    url: str
    security_profile: int
    timeout_s: int | None = None
    interface: str = "Any"
    apn: str | None = None
    identity: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def secure(self) -> bool:
        """Whether it dials with TLS."""
        return self.url.startswith("wss")


@dataclass(frozen=True, slots=True)
class Slots:
    """What a station remembers of its CSMSs.

    ``profiles``: what was stored, by slot; ``commissioned``: slot 1 still holds what the station came with, unless
    something is stored there. ``active``: the slot of the last connection that stood, ``proven``: the profile as it
    was then, None for the commissioned one.
    """

    profiles: Mapping[int, NetworkProfile] = field(default_factory=dict)
    commissioned: bool = True
    active: int = COMMISSIONED
    proven: NetworkProfile | None = None


class Route(NamedTuple):
    """A profile and the slot that it was taken from."""

    slot: int
    profile: NetworkProfile


@function
class Addressing(Function):
    """The profiles of one station beside the commissioned one. ``route``: the one that is dialled, or that stands.

    ``held``: the one in use, where its slot holds another by now that waits for the next start (B09, remark).
    """

    memory = Slots

    __slots__ = ("held", "route")

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self.route = _proven(station)
        self.held: Route | None = None


# -- what there is


def _slots(station: Station) -> Slots:
    return station.flash.memory(Slots)


def commissioned(station: Station) -> NetworkProfile:
    """What the station was made with."""
    return NetworkProfile(station.url, _security_of(station))


def _security_of(station: Station) -> int:
    """Part 2 A00: 1 is a password without TLS, 2 a password with it, 3 a certificate of its own."""
    if (said := station.flash.changed.get("SecurityCtrlr.SecurityProfile")) is not None:
        return int(said)  # as it was commissioned
    secure = station.url.startswith("wss")
    if station.flash.changed.get(PASSWORD) is not None:
        return 2 if secure else 1
    kept = station.flash.memories.get(Kept)
    return 3 if secure and kept is not None and kept.identity(Own.STATION) is not None else 0


def profile_in(station: Station, slot: int) -> NetworkProfile | None:
    """What a slot holds; None where it is empty."""
    slots = _slots(station)
    if slot in slots.profiles:
        return slots.profiles[slot]
    return commissioned(station) if slot == COMMISSIONED and slots.commissioned else None


def _proven(station: Station) -> Route:
    slots = _slots(station)
    return Route(slots.active, slots.proven or commissioned(station))


def route(station: Station) -> Route:
    """The way that is taken: of the connection that stands or is being made."""
    used = station.used(Addressing)
    return Route(COMMISSIONED, commissioned(station)) if used is None else used.route


def shown(station: Station, slot: int) -> Mapping[str, str]:
    """What a slot holds, by the variables of NetworkConfiguration (2.1, B09.FR.08–.13); none where it is empty."""
    profile = profile_in(station, slot)
    if profile is None:
        return {"ApnEnabled": "false", "VpnEnabled": "false"}
    return {
        "OcppCsmsUrl": profile.url,
        "OcppInterface": profile.interface,
        "OcppTransport": "JSON",
        "OcppVersion": f"OCPP{station.version.name.replace('.', '')[:2]}",
        "MessageTimeout": str(profile.timeout_s or station.variables.number("OCPPCommCtrlr.MessageTimeout.Default")),
        "SecurityProfile": str(profile.security_profile),
        "Identity": profile.identity or station.identity,
        "ApnEnabled": "false" if profile.apn is None else "true",
        "Apn": profile.apn or "",
        "VpnEnabled": "false",
    }


def security_profile(station: Station) -> int:
    """The security profile in use: that of the last connection that stood."""
    return _proven(station).profile.security_profile


def active(station: Station) -> int:
    """The slot in use: that of the last connection that stood."""
    return _slots(station).active


def timeout_s(station: Station) -> float:
    """How long a CALL waits for its answer over the connection that stands."""
    own = route(station).profile.timeout_s
    return station.variables.number("OCPPCommCtrlr.MessageTimeout.Default") if own is None else own


# -- dialling


def target(station: Station) -> Target:
    """Where and as whom the station dials now."""
    slot, profile = route(station)
    password = profile.password or station.flash.changed.get(PASSWORD)
    stored = slot != COMMISSIONED or slot in _slots(station).profiles
    if stored and profile.security_profile not in (1, 2):
        password = None
    tls = _tls(station, profile)
    return Target(profile.url, profile.identity or station.identity, (station.version.subprotocol,), password, tls)


def _tls(station: Station, profile: NetworkProfile) -> ssl.SSLContext | None:
    if not profile.secure or (Kept not in station.flash.memories and station.used(Keys) is None):
        return station.outer_tls
    level = max(2, profile.security_profile)
    return station.function(Keys).tls(level, migrating=profile.url != _proven(station).profile.url)


def attempts(station: Station) -> Iterator[Route]:
    """The way to take at each attempt, without end: every entry of the priority list so often as
    NetworkProfileConnectionAttempts says (B10.FR.03), then the last one that stood as often (B10.FR.07), then all
    over again (B10.FR.08)."""
    while True:
        choice = _choice(station)
        times = station.variables.number("OCPPCommCtrlr.NetworkProfileConnectionAttempts")
        for each in choice:
            for way in repeat(each, times):
                _take(station, way)
                yield way


def _choice(station: Station) -> list[Route]:
    last, used = _proven(station), station.used(Addressing)
    held = None if used is None else used.held
    ways = []
    for slot in map(int, station.variables.items(PRIORITY)):
        profile = held.profile if held is not None and held.slot == slot else profile_in(station, slot)
        if profile is not None:
            ways.append(Route(slot, profile))
    return ways if last in ways else [*ways, last]


def _take(station: Station, way: Route) -> None:
    used = station.used(Addressing)
    if used is None and way.slot != COMMISSIONED:
        used = station.function(Addressing)
    if used is not None and used.route != way:
        used.route = way
        station.tell(facts.NetworkProfileTried(way.slot, way.profile.url))


def connected(station: Station) -> None:
    """The link stands: the way that led there is the one to come back to, and less secure ones are gone (A05.FR.06)."""
    used = station.used(Addressing)
    if used is None:
        return
    if used.route == _proven(station):
        _came_back(station, used)
        return
    way = used.route
    slots = replace(_slots(station), active=way.slot, proven=way.profile)
    station.flash.remember(slots)
    _drop(station, slots, way.profile.security_profile)
    _wear(station, way)
    station.tell(facts.NetworkProfileActivated(way.slot, way.profile.security_profile))
    station.life.moved()


def _came_back(station: Station, used: Addressing) -> None:
    """The station is where it was. What else its slot held did not lead anywhere; nor did what 1.6 was to try."""
    slots, (slot, profile) = _slots(station), used.route
    if used.held is None and slots.profiles.get(slot, profile) != profile:
        station.flash.remember(replace(slots, profiles={**slots.profiles, slot: profile}))
    if station.version is V16:
        station.variables.set(PRIORITY, str(slot))


def _drop(station: Station, slots: Slots, least: int) -> None:
    """A05.FR.06: forget profiles with a lower security profile, and take them off the list."""
    held = {slot: profile for slot in map(int, SLOTS) if (profile := profile_in(station, slot)) is not None}
    gone = {slot for slot, profile in held.items() if profile.security_profile < least} - {slots.active}
    if not gone:
        return
    kept = {slot: profile for slot, profile in slots.profiles.items() if slot not in gone}
    station.flash.remember(replace(slots, profiles=kept, commissioned=slots.commissioned and COMMISSIONED not in gone))
    left = [slot for slot in station.variables.items(PRIORITY) if int(slot) not in gone]
    station.variables.set(PRIORITY, ",".join(left or [str(slots.active)]))


def _wear(station: Station, way: Route) -> None:
    """B09.FR.28 (2.1): the station's own password becomes that of the profile; the others keep what they had."""
    new, old = way.profile.password, station.flash.changed.get(PASSWORD)
    if new is None or new == old:
        return
    if old is not None:
        slots = _slots(station)
        others = {slot: profile_in(station, slot) for slot in map(int, SLOTS) if slot != way.slot}
        passed = {
            slot: replace(profile, password=old)
            for slot, profile in others.items()
            if profile is not None and profile.password is None and profile.security_profile in (1, 2)
        }
        station.flash.remember(replace(slots, profiles={**slots.profiles, **passed}))
    station.variables.set(PASSWORD, new)


def password_set(station: Station) -> None:
    """B09.FR.27 (2.1 errata): a password that is set for the station counts, not that of the profile in use."""
    if Slots not in station.flash.memories:
        return
    slots = _slots(station)
    if slots.proven is not None:
        plain = replace(slots.proven, password=None)
        stored = {slots.active: plain} if slots.profiles.get(slots.active) == slots.proven else {}
        station.flash.remember(replace(slots, proven=plain, profiles={**slots.profiles, **stored}))
        station.function(Addressing).route = Route(slots.active, plain)


# -- what a CSMS may change


def store(station: Station, slot: int, profile: NetworkProfile) -> str | None:
    """B09.FR.01: keep a profile, which is used when the list is gone through next time. Returns why not: the reason
    code of a slot that is not there (B09.FR.05) or of lower security (B09.FR.04, .31); None where it is kept."""
    if str(slot) not in SLOTS:
        return NO_SLOT
    if _lowers(station, profile):
        return DOWNGRADE
    used = station.function(Addressing)  # first: the way in use stays what it is
    slots = _slots(station)
    if slot == slots.active and station.version is not V21:  # which takes it up when it reconnects
        used.held = used.held or _proven(station)
    proven = slots.proven or (commissioned(station) if slots.active == slot else None)
    station.flash.remember(replace(slots, profiles={**slots.profiles, slot: profile}, proven=proven))
    return None


def _lowers(station: Station, profile: NetworkProfile) -> bool:
    """B09.FR.04, B09.FR.31, A05.FR.08–.10: only from 3 to 2, where AllowSecurityProfileDowngrade says so."""
    now, then = security_profile(station), profile.security_profile
    if then >= now:
        return False
    return then < 2 or not station.variables.flag("SecurityCtrlr.AllowSecurityProfileDowngrade")


def objection(station: Station, value: str) -> str | None:
    """Why a priority list cannot be taken: a reason code (B10.FR.02, A05.FR.02, .03, .10); None where it can."""
    slots = [slot.strip() for slot in value.split(",")]
    if len(set(slots)) != len(slots):
        return INVALID
    for slot in slots:
        profile = profile_in(station, int(slot))
        if profile is None:
            return INVALID
        if _lowers(station, profile):
            return DOWNGRADE
        if profile.security_profile > security_profile(station) and not _fits(station, profile.security_profile):
            return INVALID
    return None


def _fits(station: Station, level: int) -> bool:
    return level < 2 or station.function(Keys).fits(level)


def upgrade(station: Station, level: int) -> bool:
    """1.6 whitepaper A05: dial the same address with a higher security profile, and come back to the present one where
    that fails; False where something is missing (A05.FR.01–.04)."""
    if not security_profile(station) < level <= 3 or not _fits(station, level):
        return False
    if level < 3 and station.flash.changed.get(PASSWORD) is None:
        return False
    present = _proven(station)
    scheme = "wss" if level >= 2 else "ws"
    better = replace(present.profile, url=f"{scheme}:{present.profile.url.partition(':')[2]}", security_profile=level)
    slot = next(number for number in map(int, SLOTS) if number != present.slot)
    store(station, slot, better)
    station.variables.set(PRIORITY, f"{slot},{present.slot}")
    station.later(lambda: station.line.hang_up(1000, "new security profile"))
    return True
