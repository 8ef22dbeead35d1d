"""Plug & Charge: what passes between an EV with certificates and the station (2.0.1 part 2 C07, M01, M02)."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import simpy
from cryptography import x509

from protocol.session import Answered
from protocol.versions import V16
from protocol.x509 import Flaw, Purpose, Untrusted, check_dates, issued, verify
from simulator import facts
from simulator.function import Function, function
from simulator.keys.controllers import NAME, Controller, controller_of
from simulator.keys.memory import Own, Use
from simulator.keys.statuses import ocsp_data, responder
from simulator.keys.store import Keys
from simulator.keys.vehicle import SCHEMA, Papers, asks, takes
from simulator.tokens import Contract, Token

if TYPE_CHECKING:
    from simulator.ev import EV
    from simulator.evse import Evse
    from simulator.station import Station

DIALOGUE_S = 3.0
"""From the plug to the EV's PaymentDetailsReq."""

ANSWER_S = 5.0
"""How long an EV waits for a contract (M01, M02, remarks: ISO 15118-2's time for the message)."""

EARLY = timedelta(days=30)
"""An EV has its contract renewed so long before it ends."""

MOST_HASHES = 4


@function
class Contracts(Function):
    """What a station with ISO 15118 does for EVs with certificates as soon as they are plugged in."""

    __slots__ = ()

    @classmethod
    def always(cls, station: Station) -> bool:
        """A station with such a controller."""
        return station.version is not V16 and station.has(NAME)

    def told(self, fact: facts.Fact) -> None:
        """An EV is there."""
        if isinstance(fact, facts.Plugged):
            station = self.station
            greet = partial(self._greet, station.evse(fact.evse), station.flash.boots)
            station.clock.after(DIALOGUE_S, greet)

    def _greet(self, evse: Evse, boots: int) -> None:
        """The dialogue has come to how the driver is to be known."""
        station, ev, controller = self.station, evse.ev, controller_of(self.station, evse.id)
        if not station.runs(boots) or ev is None or (ev.contract is None and ev.provisioning is None):
            return
        if controller is not None and self._offers(controller, evse):
            station.errand(self._dialogue(evse, ev, controller))

    def _dialogue(self, evse: Evse, ev: EV, controller: Controller) -> Generator[simpy.Event, Any, None]:
        station = self.station
        goes_on = yield from self._provide(ev, controller)
        if goes_on and ev.contract is not None and evse.ev is ev and evse.takes_driver:
            station.present(token_of(station, ev.contract, evse.id), evse.id)

    def _offers(self, controller: Controller, evse: Evse) -> bool:
        """Whether there is Plug & Charge: it is switched on, and the station has a certificate for the EV's TLS."""
        station = self.station
        part = station.kept(NAME, evse.id)
        if not station.variables.flag(f"{controller.key}.PnCEnabled") or getattr(part, "broken", False):
            return False
        mine = station.function(Keys).identity(Own.V2G, controller.secc)
        return mine is not None and _valid(mine.leaf, station)

    def _provide(self, ev: EV, controller: Controller) -> Generator[simpy.Event, Any, bool]:
        """M01: a contract for an EV that has none; M02: a new certificate for one that is about to end.

        False where it is refused: ISO 15118-2 has the EV end its session then, whatever else it could show.
        """
        station = self.station
        offered = station.variables.flag(f"{controller.key}.ContractCertificateInstallationEnabled")
        if not offered or not station.online:  # who cannot ask the CSMS does not offer it
            return True
        contract = ev.contract
        if contract is not None and station.now < contract.leaf.not_valid_after_utc - EARLY:
            return True
        usable = contract is not None and _valid(contract.leaf, station)
        shown = contract if usable else ev.provisioning
        if shown is None:
            return True
        message = station.dialect.ev_certificate(SCHEMA, "Update" if usable else "Install", asks(shown))
        reply = yield station.line.call(*message, timeout_s=ANSWER_S)
        if not isinstance(reply, Answered) or reply.payload["status"] != "Accepted":
            ev.refused = "the CSMS has no contract for this EV" if isinstance(reply, Answered) else "no answer"
            return False
        try:
            ev.contract, ev.refused = takes(reply.payload["exiResponse"], shown), ""
        except ValueError as problem:
            ev.refused = str(problem)
            return False
        return True


def token_of(station: Station, papers: Papers, evse: int = 0) -> Token:
    """The token of a contract shown at an EVSE: its eMAID, and what the CSMS needs to judge it (C07.FR.02, .06)."""
    certificates, keys = papers.certificates, station.function(Keys)
    roots = (*keys.roots(Use.MOBILITY), *keys.roots(Use.V2G))
    unknown = False
    try:
        verify(certificates[0], certificates[1:], roots, at=station.now, purpose=Purpose.CONTRACT)
        verified = True
    except Untrusted as problem:
        verified, unknown = False, problem.flaw is Flaw.UNKNOWN_ISSUER
    hashes = tuple(_hashes(certificates, roots))[:MOST_HASHES]
    return Token(papers.name, "eMAID", contract=Contract(papers.chain, hashes, verified, unknown, evse))


def _hashes(
    certificates: tuple[x509.Certificate, ...], roots: tuple[x509.Certificate, ...]
) -> Iterator[Mapping[str, str]]:
    """OCSPRequestDataType of all whose issuer is known and that name a responder (M06, remark)."""
    for each in certificates:
        issuer = next((found for found in (*certificates, *roots) if found != each and issued(each, found)), None)
        if issuer is not None and responder(each):
            yield ocsp_data(each, issuer)


def _valid(certificate: x509.Certificate, station: Station) -> bool:
    try:
        check_dates(certificate, station.now)
    except Untrusted:
        return False
    return True
