"""Security events on their way to the CSMS (2.0.1 part 2 A04): kept in flash until it has confirmed them."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import simpy

from protocol.session import Answered, Dropped
from simulator import facts
from simulator.flash import SecurityEvent

if TYPE_CHECKING:
    from simulator.station import Station

STARTUPS = {"PowerUp": "StartupOfTheDevice"}
"""The security event of a start (part 2 appendix 1) by its boot reason; every other start is a reset or reboot."""

TLS_EVENTS: tuple[tuple[tuple[str, ...], str | None], ...] = (
    (("unsupported protocol", "protocol version"), "InvalidTLSVersion"),
    (("handshake failure", "no shared cipher", "no cipher"), "InvalidTLSCipherSuite"),
    (("alert", "hung up"), None),  # the CSMS does not like the station's certificate, or does not say what it is
    (("certificate",), "InvalidCsmsCertificate"),
)
"""The security event of a TLS handshake that fails, by OpenSSL's words for why; the first that fits."""

LOG_LENGTH = 50
"""How many events the memory holds; the oldest make room."""


class SecurityLog:
    """One station's queue of security events; the events themselves lie in its Flash."""

    __slots__ = ("_sending", "_station")

    def __init__(self, station: Station) -> None:
        self._station = station
        self._sending = False

    def started(self, boot_reason: str) -> None:
        """The firmware has started."""
        self.add(STARTUPS.get(boot_reason, "ResetOrReboot"))

    def add(self, kind: str) -> None:
        """Keep an event and let the CSMS know (A04.FR.01, A04.FR.02). Nothing happens in a version without them."""
        station = self._station
        if not station.dialect.tells_security_events:
            return
        station.tell(facts.SecurityEventRaised(kind))
        event = SecurityEvent(kind, station.stamp())
        station.flash.security_events = (*station.flash.security_events, event)[-LOG_LENGTH:]
        self.kick()

    def tls_failed(self, reason: str) -> None:
        """A TLS handshake has failed: tell if the CSMS's side is to blame (A00.FR.310, A00.FR.316 and A00.FR.323; in
        profile 3 A00.FR.413, A00.FR.419 and A00.FR.426), once for attempts in a row (A00.FR.316, note)."""
        kind = next((kind for words, kind in TLS_EVENTS if any(word in reason.lower() for word in words)), None)
        events = self._station.flash.security_events
        if kind is not None and not (events and events[-1].kind == kind):
            self.add(kind)

    def kick(self) -> None:
        """Start to send if there is something and somebody to send to."""
        if not self._sending and self._station.online and self._station.flash.security_events:
            self._sending = True
            self._station.clock.process(self._send(self._station.flash.boots))

    def _send(self, boots: int) -> Generator[simpy.Event, Any, None]:
        station = self._station
        while station.flash.security_events and station.online and station.runs(boots):
            event = station.flash.security_events[0]
            payload = {"type": event.kind, "timestamp": event.stamp}
            reply = yield station.line.call("SecurityEventNotification", payload)
            if isinstance(reply, Dropped) or not station.runs(boots):
                break
            if not isinstance(reply, Answered):
                break  # asked again when the line comes back, or with the next event
            self._confirmed(event)
        self._sending = False

    def _confirmed(self, event: SecurityEvent) -> None:
        """The CSMS has it. Meanwhile newer ones may have pushed it out."""
        flash = self._station.flash
        flash.security_events = tuple(other for other in flash.security_events if other is not event)
