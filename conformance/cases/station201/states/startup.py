"""A 2.0.1 station is up, with nothing left of what was before."""

from __future__ import annotations

from conformance.cases.station201.idle import idle
from conformance.cases.station201.states.connectors import all_connectors_are, connectors_since
from conformance.vocabulary import Operate, Received, Script, Subject, ask, expect, one_of


def told_of_startup(station: Subject) -> Script:
    """The security event that a start of the station is."""
    startup = {"type": one_of("StartupOfTheDevice", "ResetOrReboot")}
    yield expect("SecurityEventNotification", station.message_s, where=startup, rule="A04.FR.02")


def ready(station: Subject) -> Script:
    """The station is up, accepted and idle; one that was not switched on by the rig is taken to be."""
    boots = yield Operate("ready")
    if boots:
        yield expect("BootNotification", station.boot_s)
    if boots and station.past is None:
        yield from all_connectors_are(station, "Available")
    else:
        yield from idle(station)


def booted(station: Subject) -> Script:
    """Booted: the station was reset, and has told of itself anew."""
    yield ask("Reset", {"type": "Immediate"}, having={"status": "Accepted"})
    boot: Received = yield expect("BootNotification", station.boot_s)
    yield from connectors_since(boot, station)
