"""The OCSP status of the station's V2G certificates, which EVs want to see and which only the CSMS can get (M06)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import simpy
from cryptography import x509
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from protocol.session import Answered
from protocol.versions import V16
from protocol.x509 import hash_data, issued
from simulator.clock import Timer
from simulator.function import Function, function
from simulator.keys.memory import Kept, Own, Status, Use
from simulator.keys.store import Keys

if TYPE_CHECKING:
    from simulator.station import Station

WEEK = timedelta(days=7)
"""M06.FR.10."""

SOON = timedelta(hours=6)
"""When one is asked for again that the CSMS could not tell."""


@function
class Statuses(Function):
    """The cache of OCSP answers of one station, and when it is filled anew."""

    __slots__ = ("_next",)

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self._next: Timer | None = None

    @classmethod
    def always(cls, station: Station) -> bool:
        """A station with V2G certificates has them to ask for; 1.6 has no message for it."""
        return station.version is not V16 and any(
            each.own is not Own.STATION or each.combined for each in station.flash.memory(Kept).own
        )

    def online(self) -> None:
        """What is older than a week is asked for."""
        self._look()

    def ended(self) -> None:
        """The power is gone."""
        if self._next is not None:
            self._next.cancel()

    def of(self, certificate: x509.Certificate) -> str | None:
        """What an EV is shown of a certificate: an OCSPResponse of the last week, DER in base64; None without one."""
        found = self._known(certificate)
        return found.response if found is not None and self.station.now < found.since + WEEK else None

    def refresh(self) -> None:
        """Ask for all of them (M06.FR.07)."""
        self.station.errand(self._ask(list(self._certificates())))

    # -- inside -----------------------------------------------------------------------------------------------------

    def _certificates(self) -> Iterator[tuple[x509.Certificate, x509.Certificate]]:
        """Each V2G certificate and sub-CA that has a responder, and who issued it."""
        keys = self.station.function(Keys)
        for mine in keys.kept.own:
            if mine.own is Own.STATION and not mine.combined:
                continue
            above = (*mine.certificates, *keys.roots(Use.V2G), *keys.roots(Use.CSMS))
            for each in mine.certificates:
                issuer = next((found for found in above if found != each and issued(each, found)), None)
                if issuer is not None and responder(each):
                    yield each, issuer

    def _known(self, certificate: x509.Certificate) -> Status | None:
        number = f"{certificate.serial_number:x}"
        return next((each for each in self.station.flash.memory(Kept).statuses if each.serial == number), None)

    def _look(self) -> None:
        """Ask for what is due, and be there when the next is."""
        if not self.station.online:
            return
        now, due = self.station.now, []
        for pair in self._certificates():
            known = self._known(pair[0])
            if known is None or now >= known.since + WEEK:
                due.append(pair)
        if due:
            self.station.errand(self._ask(due))
        else:
            self._wait()

    def _wait(self) -> None:
        if self._next is not None:
            self._next.cancel()
            self._next = None
        ends = [self._due(certificate) for certificate, _ in self._certificates()]
        if ends:
            self._next = self.station.clock.after(max(1.0, min(ends)), self._look)

    def _due(self, certificate: x509.Certificate) -> float:
        known = self._known(certificate)
        left = SOON if known is None else known.since + WEEK - self.station.now
        return (left if left > timedelta() else SOON).total_seconds()

    def _ask(self, wanted: list[tuple[x509.Certificate, x509.Certificate]]) -> Generator[simpy.Event, Any, None]:
        """One after the other: OCPP has one certificate per request."""
        station = self.station
        for certificate, issuer in wanted:
            data = ocsp_data(certificate, issuer)
            reply = yield station.line.call(*station.dialect.certificate_status(data))
            if isinstance(reply, Answered) and reply.payload["status"] == "Accepted":
                self._take_in(certificate, reply.payload.get("ocspResult", ""))
        self._wait()

    def _take_in(self, certificate: x509.Certificate, response: str) -> None:
        if not _tells(response, certificate):
            return
        station, number = self.station, f"{certificate.serial_number:x}"
        kept = station.flash.memory(Kept)
        there = {f"{each.serial_number:x}" for each, _ in self._certificates()}
        others = tuple(each for each in kept.statuses if each.serial != number and each.serial in there)
        station.function(Keys).keep(replace(kept, statuses=(*others, Status(number, response, station.now))))


def ocsp_data(certificate: x509.Certificate, issuer: x509.Certificate) -> Mapping[str, str]:
    """OCSPRequestDataType of a certificate."""
    return {**hash_data(certificate, issuer), "responderURL": responder(certificate)}


def responder(certificate: x509.Certificate) -> str:
    """Where a certificate's status is known (authorityInfoAccess); empty where it does not say."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, ValueError):
        return ""
    urls = (each.access_location.value for each in access if each.access_method == AuthorityInformationAccessOID.OCSP)
    return str(next(urls, ""))


def _tells(response: str, certificate: x509.Certificate) -> bool:
    """Whether a response is one, and about this certificate (M06.FR.08, .09)."""
    try:
        found = ocsp.load_der_ocsp_response(base64.b64decode(response, validate=True))
        return found.serial_number == certificate.serial_number
    except (binascii.Error, ValueError):
        return False
