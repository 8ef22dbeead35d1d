"""How a station gets certificates of its own signed, and renews them (2.0.1 part 2 A02, A03; the same of 1.6's
whitepaper)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from cryptography import x509

from protocol.session import Answered, Dropped, Refused
from protocol.x509 import Purpose, Untrusted, common_name, load_chain, organisation, pem, verify
from simulator import facts
from simulator.clock import Timer
from simulator.function import Function, function
from simulator.keys.controllers import Controller, controllers
from simulator.keys.memory import Identity, Kept, Own, Request, Use
from simulator.keys.outcome import ACCEPTED, Outcome, invalid
from simulator.keys.request import belongs, new_key, request
from simulator.keys.statuses import Statuses
from simulator.keys.store import Keys

if TYPE_CHECKING:
    from simulator.line import Reply
    from simulator.station import Station

EARLY = timedelta(days=30)
"""A certificate is renewed one month before it ends (A03.FR.02)."""

ROOTS: Mapping[Own, tuple[Use, ...]] = MappingProxyType(
    {Own.STATION: (Use.CSMS,), Own.V2G: (Use.V2G,), Own.V2G20: (Use.V2G,)}
)
PURPOSES: Mapping[Own, Purpose] = MappingProxyType(
    {Own.STATION: Purpose.CLIENT, Own.V2G: Purpose.CHARGER, Own.V2G20: Purpose.CHARGER}
)
WAIT, REPEATS = "SecurityCtrlr.CertSigningWaitMinimum", "SecurityCtrlr.CertSigningRepeatTimes"


@function
class Signing(Function):
    """The CSRs of one station that wait for a certificate, and the ends of those that it has."""

    __slots__ = ("_due_s", "_ends", "_waiting")

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self._ends: Timer | None = None
        self._due_s = 0.0
        self._waiting: dict[int, Timer] = {}

    @classmethod
    def always(cls, station: Station) -> bool:
        """A station with certificates has them to renew."""
        return Kept in station.flash.memories

    @property
    def keys(self) -> Keys:
        """The key store."""
        return self.station.function(Keys)

    def started(self) -> None:
        """The firmware runs."""
        kept = self.station.flash.memory(Kept)
        for variable in kept.forgone:
            self.station.variables.set(variable, "true")
        if kept.forgone:
            self.keys.keep(replace(kept, forgone=()))
        self._watch()

    def told(self, fact: facts.Fact) -> None:
        """The clock shows another time: what was to be renewed then is to be renewed at another instant."""
        if isinstance(fact, facts.ClockSet):
            self._watch()

    def online(self) -> None:
        """What could not be asked is asked now."""
        for each in self.station.flash.memory(Kept).requests:
            if not each.dormant and each.id not in self._waiting:
                self._send(each)
        self._watch()

    def ended(self) -> None:
        """The power is gone."""
        for timer in (*self._waiting.values(), *([self._ends] if self._ends else [])):
            timer.cancel()

    # -- asking -----------------------------------------------------------------------------------------------------

    def ask(self, own: Own, controller: Controller | None = None, *, combined: bool = False) -> None:
        """Make a new key pair and have the CSMS get it signed (A02.FR.02, .03); a CSR for the same is given up.

        ``controller``: the ISO 15118 controller that a V2G certificate is for. ``combined``: the station's own is to
        serve towards EVs as well.
        """
        variables = self.station.variables
        key, kept = new_key(variables.text("SecurityCtrlr.KeyType")), self.station.flash.memory(Kept)
        if controller is None:
            name = self.station.profile.serial_number(self.station.identity)
            csr = request(key, name=name, organisation=variables.text("SecurityCtrlr.OrganizationName"))
        else:
            csr = request(
                key,
                name=controller.secc,
                organisation=controller.organisation,
                country=controller.country,
                domain="CPO",
            )
        secc = "" if controller is None else controller.secc
        new = Request(own, key, csr, kept.named + 1, secc, combined)
        for old in kept.requests:
            if old.place == new.place:
                self._stop(old)
        self.keys.keep(replace(kept.with_request(new), named=new.id))
        self._send(new)

    def _send(self, asked: Request) -> None:
        if self.station.online:
            message = self.station.dialect.sign_certificate(
                asked.csr, None if asked.combined else asked.own.value, asked.id
            )
            self.station.line.ask(*message, partial(self._answered, asked.id))

    def _answered(self, number: int, reply: Reply) -> None:
        asked = self._find(number)
        if asked is None or asked.dormant or isinstance(reply, Dropped):
            return  # a connection that went: asked again over the next one
        no = isinstance(reply, Answered) and reply.payload["status"] != "Accepted"
        if no or isinstance(reply, Refused):
            self._sleep(asked)
            if asked.own is not Own.STATION:
                self._forgo()
            return
        asked = replace(asked, sent=asked.sent + 1)
        self._replace(asked)
        self._wait(asked)

    def _wait(self, asked: Request) -> None:
        """A02.FR.17, .18: again after the wait, which doubles every time."""
        wait_s = self.station.variables.number(WAIT) * 2 ** (asked.sent - 1)
        self._waiting[asked.id] = self.station.clock.after(wait_s, partial(self._due, asked.id))

    def _due(self, number: int) -> None:
        del self._waiting[number]
        asked = self._find(number)
        if asked is None or asked.dormant:
            return
        if asked.sent > self.station.variables.number(REPEATS) + 1:  # it counts how often the wait is doubled
            self._sleep(asked)  # A02.FR.19
        else:
            self._send(asked)

    def _sleep(self, asked: Request) -> None:
        """It is not sent again until the CSMS wants another (A02.FR.19, .20); the key stays for a late certificate."""
        self._stop(asked)
        self._replace(replace(asked, dormant=True))

    def _stop(self, asked: Request) -> None:
        if (timer := self._waiting.pop(asked.id, None)) is not None:
            timer.cancel()

    def _find(self, number: int) -> Request | None:
        return next((each for each in self.station.flash.memory(Kept).requests if each.id == number), None)

    def _replace(self, asked: Request) -> None:
        self.keys.keep(self.station.flash.memory(Kept).with_request(asked))

    def _forgo(self) -> None:
        """A02.FR.21: without a V2G certificate there is no Plug & Charge until the next start."""
        variables = self.station.variables
        switches = [f"{each.key}.PnCEnabled" for each in controllers(self.station)]
        forgone = tuple(switch for switch in switches if variables.flag(switch))
        for switch in forgone:
            variables.set(switch, "false")
        kept = self.station.flash.memory(Kept)
        self.keys.keep(replace(kept, forgone=(*kept.forgone, *forgone)))

    # -- what comes back --------------------------------------------------------------------------------------------

    def signed(self, chain: str, own: Own | None = None, number: int | None = None) -> Outcome:
        """Check a certificate that the CSMS sends, and use it from now on (A02.FR.06–.08, .16).

        ``own`` and ``number`` say which CSR it is for, where the CSMS does. One that is no good is discarded, and no
        CSR is sent again by itself.
        """
        longest = self.station.variables.number("SecurityCtrlr.MaxCertificateChainSize")
        if len(chain) > longest:
            self._came(own, number)
            return Outcome("Rejected", "TooLargeElement", f"more than {longest} characters")
        try:
            certificates = load_chain(chain)
            asked = self._asked(certificates[0], own, number)
            self._check(asked, certificates)
        except (ValueError, Untrusted) as problem:
            return self._refuse(own, number, str(problem))
        if self.keys.jammed:
            return Outcome("Rejected", "InternalError", "the secure element does not answer")
        self._stop(asked)
        self._use(asked, Identity(asked.own, asked.key, pem(*certificates), asked.secc, asked.combined))
        return ACCEPTED

    def _asked(self, leaf: x509.Certificate, own: Own | None, number: int | None) -> Request:
        """The CSR that it is for, by its key. Raises Untrusted."""
        for each in self.station.flash.memory(Kept).requests:
            if belongs(leaf, each.key) and own in (None, each.own) and number in (None, each.id):
                return each
        raise Untrusted("nobody here has asked for this certificate")

    def _check(self, asked: Request, certificates: list[x509.Certificate]) -> None:
        """The path to a root of ours now, and the properties of §1.4.1. Raises Untrusted."""
        uses = (Use.CSMS, Use.V2G) if asked.combined else ROOTS[asked.own]
        roots = [root for use in uses for root in self.keys.roots(use)]
        leaf, *others = certificates
        verify(leaf, others, roots, at=self.station.now, purpose=PURPOSES[asked.own])
        wanted = asked.secc or self.station.profile.serial_number(self.station.identity)
        if common_name(leaf.subject) != wanted:
            raise Untrusted(f"commonName is {common_name(leaf.subject)!r}, not {wanted!r}")
        if not organisation(leaf.subject):
            raise Untrusted("no organizationName")

    def _refuse(self, own: Own | None, number: int | None, why: str) -> Outcome:
        """A02.FR.07, .20."""
        self._came(own, number)
        self.station.security.add("InvalidChargingStationCertificate", why)
        return invalid(why)

    def _came(self, own: Own | None, number: int | None) -> None:
        """A02.FR.17, .20: something came for a CSR, so that it is not sent again."""
        for each in self.station.flash.memory(Kept).requests:
            if own in (None, each.own) and number in (None, each.id):
                self._sleep(each)

    def _use(self, asked: Request, new: Identity) -> None:
        station, keys = self.station, self.keys
        kept = station.flash.memory(Kept)
        if new.own is Own.STATION and keys.security_profile == 3:
            former = kept.former if kept.unproven else kept.identity(Own.STATION)
            kept = replace(kept, former=former, unproven=True, prefers_former=False)
            station.later(partial(station.line.hang_up, 1000, "new certificate"))  # A02.FR.08
        keys.keep(kept.with_identity(new).without_request(asked))
        station.security.add("ReconfigurationOfSecurityParameters", f"{new.own} {new.leaf.serial_number:x}")
        if new.own is not Own.STATION or new.combined:
            station.later(station.function(Statuses).refresh)  # M06.FR.07
        self._watch()

    # -- renewal ----------------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        """Be there when the next certificate is to be renewed; what is due is asked for at once, if that can be."""
        if self._ends is not None:
            self._ends.cancel()
            self._ends = None
        kept, now = self.station.flash.memory(Kept), self.station.now
        pending = {each.place for each in kept.requests}
        for mine in kept.own:
            if (mine.own, mine.secc) in pending or not self._renewable(mine):
                continue
            left_s = (mine.leaf.not_valid_after_utc - EARLY - now).total_seconds()
            if left_s <= 0:
                if self.station.online:
                    self._renew(mine)
            elif self._ends is None or left_s < self._due_s:
                self._ends = self.station.clock.after(left_s, self._watch)
                self._due_s = left_s

    def _renewable(self, mine: Identity) -> bool:
        return mine.own is Own.STATION or any(
            each.secc == mine.secc and each.renews for each in controllers(self.station)
        )

    def _renew(self, mine: Identity) -> None:
        found = next((each for each in controllers(self.station) if each.secc == mine.secc), None)
        self.ask(mine.own, found if mine.secc else None, combined=mine.combined)
