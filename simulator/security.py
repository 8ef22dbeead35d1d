"""Security events (2.0.1 part 2 A04, 1.6 whitepaper): a log of them all in flash, and what the CSMS has to know,
kept until it has confirmed it."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import simpy

from protocol.errors import Code
from protocol.events import Why
from protocol.link import Ending, Lost
from protocol.session import Answered, Dropped, Refused
from simulator import facts
from simulator.flash import SecurityEvent

if TYPE_CHECKING:
    from simulator.line import Reply
    from simulator.station import Station

STARTUPS = {"PowerUp": "StartupOfTheDevice"}
"""The security event of a start (part 2 appendix 1) by its boot reason; every other start is a reset or reboot."""

CRITICAL = frozenset({
    "FirmwareUpdated", "SettingSystemTime", "StartupOfTheDevice", "ResetOrReboot", "SecurityLogWasCleared",
    "MemoryExhaustion", "TamperDetectionActivated", "InvalidFirmwareSignature", "InvalidFirmwareSigningCertificate",
    "InvalidCsmsCertificate", "InvalidChargingStationCertificate", "InvalidTLSVersion", "InvalidTLSCipherSuite",
    "MaintenanceLoginAccepted", "MaintenanceLoginFailed",
})  # fmt: skip
"""What has to be told (A04.FR.01), by the list of 2.0.1 part 2 appendix 1."""

QUIET = frozenset({
    "FailedToAuthenticateAtCsms", "CsmsFailedToAuthenticate", "ReconfigurationOfSecurityParameters", "InvalidMessages",
    "AttemptedReplayAttacks",
})  # fmt: skip
"""What the lists of both versions do not call critical, and no requirement wants told: it stays in the log
(A04.FR.04). The rest of what 1.6 does not call critical is told because its requirements say "trigger" or "send"."""

TLS_EVENTS: tuple[tuple[tuple[str, ...], str | None], ...] = (
    (("unsupported protocol", "protocol version"), "InvalidTLSVersion"),
    (("handshake failure", "no shared cipher", "no cipher"), "InvalidTLSCipherSuite"),
    (("alert certificate", "alert bad certificate", "alert unknown ca", "certificate required", "access denied"),
     "FailedToAuthenticateAtCsms"),
    (("alert", "hung up"), None),  # the CSMS does not say what it does not like
    (("certificate",), "InvalidCsmsCertificate"),
)  # fmt: skip
"""The security event of a TLS handshake that fails, by OpenSSL's words for why; the first that fits."""

ALONG: Mapping[str, str] = MappingProxyType({"InvalidCsmsCertificate": "CsmsFailedToAuthenticate"})
"""What is in the log as well where one of these is."""

TROUBLES: Mapping[str, str] = MappingProxyType({
    "storage full": "MemoryExhaustion", "door open": "TamperDetectionActivated", "tilt": "TamperDetectionActivated",
    "shock": "TamperDetectionActivated",
})  # fmt: skip
"""Troubles of the hardware that concern security."""

UNHEARD: Mapping[Why, str] = MappingProxyType({
    Why.BINARY: "InvalidMessages", Why.MALFORMED: "InvalidMessages", Why.UNKNOWN_TYPE: "InvalidMessages",
    Why.REPEATED_REPLY: "AttemptedReplayAttacks", Why.UNKNOWN_REPLY: "AttemptedReplayAttacks",
})  # fmt: skip
"""What is to be thought of messages that changed nothing."""

UNAUTHORIZED = (401, 403)
LOG_LENGTH = 50
"""How many events the memory holds, of those that were told and of those that are to be; the oldest make room."""
LONGEST_INFO = 255


class SecurityLog:
    """One station's queue of security events; the events themselves lie in its Flash."""

    __slots__ = ("_deaf", "_said", "_sending", "_station")

    def __init__(self, station: Station) -> None:
        self._station = station
        self._sending = self._deaf = False
        self._said: frozenset[str] = frozenset()

    @property
    def log(self) -> tuple[SecurityEvent, ...]:
        """The rolling log, the newest event last (A04.FR.04)."""
        return self._station.flash.security_log

    def clear(self) -> None:
        """Somebody has emptied the log; that much it says."""
        self._station.flash.security_log = ()
        self.add("SecurityLogWasCleared")

    def logged_in(self, user: str, origin: str, *, accepted: bool) -> None:
        """Somebody was let in at the maintenance interface, or tried to get in. ``origin``: where from."""
        info = f"{{'user': '{user}', 'origin': '{origin}'}}"  # the form that the list of events asks for
        self.add("MaintenanceLoginAccepted" if accepted else "MaintenanceLoginFailed", info)

    def started(self, boot_reason: str) -> None:
        """The firmware has started."""
        self.add(STARTUPS.get(boot_reason, "ResetOrReboot"))

    def add(self, kind: str, tech_info: str | None = None) -> None:
        """Write an event into the log, and let the CSMS know unless it is none of its business (A04.FR.01, .02, .04).

        ``kind`` is 2.0.1's name; ``tech_info`` says more, at most 255 characters are kept.
        """
        station = self._station
        station.tell(facts.SecurityEventRaised(kind))
        event = SecurityEvent(kind, station.stamp(), tech_info and tech_info[:LONGEST_INFO])
        flash = station.flash
        flash.security_log = (*flash.security_log, event)[-LOG_LENGTH:]
        if kind not in QUIET and not self._deaf:
            flash.security_events = (*flash.security_events, event)[-LOG_LENGTH:]
            self.kick()

    # -- what others notice -----------------------------------------------------------------------------------------

    def connected(self) -> None:
        """The link stands: what goes wrong from now on is new, and the CSMS may be another one."""
        self._said = frozenset()
        self._deaf = False

    def lost(self, why: Lost) -> None:
        """An attempt to connect has led nowhere: tell if somebody's credentials are to blame."""
        if why.ending is Ending.TLS:
            self.tls_failed(why.reason)
        elif why.ending is Ending.REFUSED and why.code in UNAUTHORIZED:
            self._once("FailedToAuthenticateAtCsms", f"HTTP {why.code}")

    def tls_failed(self, reason: str) -> None:
        """A TLS handshake has failed: tell if the CSMS's side is to blame (A00.FR.310, A00.FR.316 and A00.FR.323; in
        profile 3 A00.FR.413, A00.FR.419 and A00.FR.426), once for attempts in a row (A00.FR.316, note)."""
        heard = reason.lower().replace("_", " ")
        kind = next((kind for words, kind in TLS_EVENTS if any(word in heard for word in words)), None)
        if kind is not None:
            if kind in ALONG:
                self._once(ALONG[kind], reason)
            self._once(kind, reason)

    def unheard(self, why: Why, detail: str) -> None:
        """Something has arrived that changes nothing."""
        if (kind := UNHEARD.get(why)) is not None:
            self._once(kind, detail)

    def turned_away(self, detail: str) -> None:
        """A call has arrived that is no message of OCPP."""
        self._once("InvalidMessages", detail)

    def troubled(self, trouble: str, info: str) -> None:
        """The hardware is in trouble."""
        if (kind := TROUBLES.get(trouble)) is not None:
            self.add(kind, f"{trouble}: {info}" if info else trouble)

    def _once(self, kind: str, tech_info: str) -> None:
        """Add what has not been said since the link stood last."""
        if kind not in self._said:
            self._said |= {kind}
            self.add(kind, tech_info)

    # -- on their way to the CSMS -----------------------------------------------------------------------------------

    def kick(self) -> None:
        """Start to send if there is something and somebody to send to."""
        if not self._sending and self._station.online and self._station.flash.security_events:
            self._sending = True
            self._station.clock.process(self._send(self._station.flash.boots))

    def _send(self, boots: int) -> Generator[simpy.Event, Any, None]:
        station = self._station
        while station.flash.security_events and station.online and station.runs(boots):
            event = station.flash.security_events[0]
            payload = {"type": station.dialect.security_kind(event.kind), "timestamp": event.stamp}
            if event.tech_info is not None:
                payload["techInfo"] = event.tech_info
            reply = yield station.line.call("SecurityEventNotification", payload)
            if isinstance(reply, Dropped) or not station.runs(boots):
                break
            if _unknown(reply):
                self._deaf, station.flash.security_events = True, ()
                break
            if not isinstance(reply, Answered):
                break  # asked again when the line comes back, or with the next event
            self._confirmed(event)
        self._sending = False

    def _confirmed(self, event: SecurityEvent) -> None:
        """The CSMS has it. Meanwhile newer ones may have pushed it out."""
        flash = self._station.flash
        flash.security_events = tuple(other for other in flash.security_events if other is not event)


def _unknown(reply: Reply) -> bool:
    """Whether the CSMS has no such message, as one of 1.6 without the whitepaper: then there is nobody to tell."""
    return isinstance(reply, Refused) and reply.code in (Code.NOT_IMPLEMENTED, Code.NOT_SUPPORTED)
