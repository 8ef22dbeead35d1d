"""Firmware updates (2.0.1 part 2 L01, L02; 1.6 §5.19 and security whitepaper L01): two slots, of which one runs.

A new image goes into the slot that does not run. The station then restarts into it, and keeps it only if it passes
its self-test; otherwise it falls back to the firmware before. At every instant one slot holds a firmware that starts,
so that power may go at any moment.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import simpy

from protocol.x509 import Untrusted
from simulator import facts
from simulator.courier import Parcel, Undelivered, courier
from simulator.courier.destination import Destination
from simulator.courier.parcel import pause_s
from simulator.courier.trust import files_tls
from simulator.firmware.herald import Herald
from simulator.firmware.image import BadImage, Flaw, Image, parse
from simulator.firmware.memory import Bank, Order, Slot, State, Status, Step
from simulator.firmware.signature import Revoked, check_signer, is_signed
from simulator.function import Function, function
from simulator.hardware.selftest import Test
from simulator.keys.memory import Use
from simulator.keys.store import Keys
from simulator.restart import GRACE_S, SHUTDOWN_S

if TYPE_CHECKING:
    from simulator.evse import Evse
    from simulator.station import Station

MOST_BYTES = 32 * 1024 * 1024
"""What a slot holds."""

WRITE_BYTES_S = 500_000.0
"""How fast a slot is written."""

ERASE_S = 2.0
"""How long a slot takes to be erased."""

SELF_TEST_S = 10.0
"""How long a new firmware examines itself."""

RETRIES, RETRY_INTERVAL_S = 3, 60
"""Where the CSMS leaves it to the station."""

Steps = Generator[simpy.Event, Any, None]


class _Over(Exception):
    """An update has come to its end, with a failure to tell."""

    def __init__(self, status: Status, security_event: str = "") -> None:
        super().__init__(status)
        self.status, self.security_event = status, security_event


@function
class Firmware(Function):
    """The firmware of one station, and the update in hand.

    ``wears_out`` is a fault that anyone may set: the flash memory takes no new image.
    """

    memory = Bank

    __slots__ = ("_closed", "_dated", "_herald", "_idle", "_process", "wears_out")

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self._herald = Herald(station)
        self._process: simpy.Process | None = None
        self._idle: simpy.Event | None = None
        self._closed = False
        self._dated = False
        self.wears_out = False

    @property
    def bank(self) -> Bank:
        """What is kept."""
        return self.station.flash.memory(Bank)

    @property
    def closed(self) -> bool:
        """Whether no new driver may begin: the station waits to install, or installs."""
        return self._closed

    @property
    def last(self) -> tuple[str, int | None] | None:
        """The status that was reported last, with its request; None after Installed (L01.FR.25, .26)."""
        report = self.bank.last
        if report is None or report.status is Status.INSTALLED:
            return None
        return report.status.value, report.request_id

    # -- what the CSMS asks -----------------------------------------------------------------------------------------

    def order(self, order: Order) -> tuple[str, str]:
        """Begin an update: the status of the answer (UpdateFirmwareStatusEnumType), and a reason code or nothing.

        A new one takes the place of the one in hand (L01.FR.24, L02.FR.15) unless that is being started just now
        (L01.FR.27, L02.FR.18), or the station never gives one up.
        """
        station, bank = self.station, self.bank
        if (refusal := self._refusal(order)) is not None:
            return refusal
        former = bank.order
        stays = bank.step in (Step.RESTART, Step.TRIAL) or not station.profile.cancels_updates
        if former is not None and stays:
            return "Rejected", "FwUpdateInProgress"
        self._stop()
        if former is not None:
            self._abandon(former, bank.step)
        station.flash.remember(replace(self.bank.settled(), order=order))
        station.later(self._begin)
        return ("Accepted" if former is None else "AcceptedCanceled"), ""

    def _refusal(self, order: Order) -> tuple[str, str] | None:
        """L01.FR.21, .22; FR.02: and a certificate that is refused is a security event."""
        station = self.station
        protocols = station.variables.items("OCPPCommCtrlr.FileTransferProtocols")
        try:
            if Destination.of(order.location, {}).scheme.upper() not in protocols:
                return "Rejected", "InvalidURL"
        except Undelivered:
            return "Rejected", "InvalidURL"
        if not order.secure:
            unwanted = order.request_id is not None and not station.profile.unsigned_updates
            return ("Rejected", "MissingParam") if unwanted else None
        roots = station.function(Keys).roots(Use.MANUFACTURER)
        try:
            check_signer(order.certificate, roots, at=station.now, revoked=self.bank.running.revokes)
        except Revoked:
            refusal = "RevokedCertificate"
        except Untrusted:
            refusal = "InvalidCertificate"
        else:
            return None
        station.later(partial(station.security.add, "InvalidFirmwareSigningCertificate"))
        return refusal, "InvalidCertificate"

    def _abandon(self, order: Order, step: Step) -> None:
        """L01.FR.24: say what has become of an update that another one takes the place of."""
        bank = self.bank
        if bank.slots[bank.other].state is State.WRITING:
            self._keep(bank.with_slot(bank.other, Slot()))
        self._herald.say(Status.DOWNLOAD_FAILED if step is Step.DOWNLOAD else Status.INSTALLATION_FAILED, order)

    # -- what a function hears --------------------------------------------------------------------------------------

    def started(self) -> None:
        """The firmware runs: an update goes on where it was."""
        bank = self.bank
        if bank.order is None:
            return
        if bank.step is Step.TRIAL and bank.running.flaw == Flaw.NO_START:
            self._fall_back("Watchdog")
        else:
            self._begin()

    def online(self) -> None:
        """What the CSMS has not confirmed is said again."""
        self._herald.kick()

    def became_idle(self, evse: Evse) -> None:
        """Install as soon as the last transaction is over (L01.FR.06)."""
        del evse
        if self._idle is not None and not self._idle.triggered and not self._in_use():
            self._idle.succeed()

    def forbids_reset(self) -> str | None:
        """B11.FR.06, B12.FR.10: a slot is being written, or the new firmware is about to start or on trial."""
        order, step = self.bank.order, self.bank.step
        if order is None or self._process is None:
            return None
        writing = step is Step.INSTALL and self._said(order) is Status.INSTALLING
        return "FwUpdateInProgress" if writing or step in (Step.RESTART, Step.TRIAL) else None

    def at_work(self) -> bool:
        """An update that does not wait for its hour is to come to its end first: it restarts the station itself."""
        return self._process is not None and not self._dated

    def ended(self) -> None:
        """What is in hand stops where it is."""
        self._stop()

    # -- how an update goes -----------------------------------------------------------------------------------------

    def _begin(self) -> None:
        order = self.bank.order
        if order is not None and self._process is None:
            self._process = self.station.clock.process(self._run(order))

    def _stop(self) -> None:
        process, self._process = self._process, None
        self._idle = None
        self._dated = False
        self._open()
        if process is not None and process.is_alive and process is not self.station.clock.env.active_process:
            process.interrupt("stopped")

    def _run(self, order: Order) -> Steps:
        boots = self.station.flash.boots
        try:
            yield self.station.clock.timeout(0)
            while self.station.runs(boots) and (bank := self.bank).order is order:
                yield from _STEPS[bank.step](self, order)
        except simpy.Interrupt:
            return
        except _Over as end:
            self._process = None
            self._fail(order, end)

    def _fail(self, order: Order, end: _Over) -> None:
        self._herald.say(end.status, order)
        if end.security_event:
            self.station.security.add(end.security_event)
        self._keep(self.bank.settled())
        self._open()
        self.station.restarts.look()

    def _download(self, order: Order) -> Steps:
        """L01.FR.13, .14, .30: fetch the image, with retries, and verify whose it is."""
        yield from self._wait_until(order.retrieve_at, Status.DOWNLOAD_SCHEDULED, order)
        if self._goes_on == "nothing":
            yield from self._wait_for_drivers(order, Status.DOWNLOAD_SCHEDULED)
        bank = self.bank
        parcel = Parcel(list(bank.parts), bank.tag, bank.size)
        retries = RETRIES if order.retries is None else order.retries
        content = None
        while content is None:
            self._herald.say(Status.DOWNLOADING, order)
            try:
                content = yield from self._fetch(order, parcel)
            except Undelivered as problem:
                self._failed(order, problem, retries)
                yield from self._pause(order, parcel)
        self._herald.say(Status.DOWNLOADED, order)
        self._verify(order, content)
        self._keep(replace(self.bank, step=Step.INSTALL))

    def _failed(self, order: Order, problem: Undelivered, retries: int) -> None:
        self.station.tell(facts.TransferFailed(problem.why))
        self._keep(replace(self.bank, failures=self.bank.failures + 1))
        if problem.final or self.bank.failures > retries:
            raise _Over(Status.DOWNLOAD_FAILED) from None

    def _pause(self, order: Order, parcel: Parcel) -> Steps:
        """L01.FR.14: what has arrived in part waits for the next attempt."""
        if parcel.arrived:
            self._herald.say(Status.DOWNLOAD_PAUSED, order)
        yield self.station.clock.timeout(pause_s(order.retry_interval_s, RETRY_INTERVAL_S))

    def _fetch(self, order: Order, parcel: Parcel) -> Generator[simpy.Event, Any, bytes]:
        def arrived() -> None:
            self._keep(replace(self.bank, parts=tuple(parcel.parts), tag=parcel.tag, size=parcel.size))

        content: bytes = yield from courier(self.station.clock).fetch(
            self.station, order.location, parcel, tls=files_tls(self.station), most=MOST_BYTES, arrived=arrived
        )
        arrived()
        return content

    def _verify(self, order: Order, content: bytes) -> None:
        """L01.FR.03, .04, .12: whose it is; whether it fits is seen when it is installed (.29)."""
        if order.secure:
            if not is_signed(content, order.signature, order.certificate):
                raise _Over(Status.INVALID_SIGNATURE, "InvalidFirmwareSignature")
            self._herald.say(Status.SIGNATURE_VERIFIED, order)

    def _image(self, content: bytes) -> Image:
        try:
            image = parse(content)
        except BadImage as problem:
            self.station.tell(facts.TransferFailed(str(problem)))
            raise _Over(Status.INSTALL_VERIFICATION_FAILED) from None
        if image.model != self.station.profile.model:
            self.station.tell(facts.TransferFailed(f"an image for {image.model}"))
            raise _Over(Status.INSTALL_VERIFICATION_FAILED)
        return image

    def _install(self, order: Order) -> Steps:
        """L01.FR.05–.07, .16, .29, .34: write the image into the slot that does not run, once nobody charges."""
        if order.install_at is not None:
            yield from self._wait_until(order.install_at, Status.INSTALL_SCHEDULED, order)
        yield from self._wait_for_drivers(order, Status.INSTALL_SCHEDULED)
        self._close_unless_charging()
        if self._said(order) is not Status.INSTALLING:
            self._herald.say(Status.INSTALLING, order)
        bank = self.bank
        image = self._image(b"".join(bank.parts))
        self._keep(bank := self.bank.with_slot(bank.other, Slot.of(image)))
        yield self.station.clock.timeout(ERASE_S + image.size / WRITE_BYTES_S)
        if self.wears_out:
            self._keep(self.bank.with_slot(bank.other, Slot()))
            raise _Over(Status.INSTALLATION_FAILED)
        written = replace(bank.slots[bank.other], state=State.READY)
        self._keep(replace(self.bank.with_slot(bank.other, written), step=Step.RESTART, parts=()))

    def _restart(self, order: Order) -> Steps:
        """L01.FR.15, .32 a, .33: restart into the new slot when what there is to say has been said."""
        if self._goes_on == "install" and self._in_use():
            yield from self._swap()
            return
        self._close()
        while self._in_use():
            yield from self._idle_again()
        if self._said(order) is not Status.INSTALL_REBOOTING:
            self._herald.say(Status.INSTALL_REBOOTING, order)
        yield from self._until_spoken()
        self._try_other()
        self._process = None
        self.station.restart("FirmwareUpdate")

    def _swap(self) -> Steps:
        """The power path goes on while its controller changes the firmware; the CSMS sees a new connection."""
        yield from self._until_spoken()
        self._try_other()
        self.station.line.hang_up(1000, "new firmware")

    def _try_other(self) -> None:
        """The other slot is on trial from now on."""
        bank = self.bank
        trial = replace(bank.slots[bank.other], state=State.TRIAL)
        self._keep(replace(bank.with_slot(bank.other, trial), active=bank.other, step=Step.TRIAL))

    def _until_spoken(self) -> Steps:
        give_up_s = self.station.clock.now + SHUTDOWN_S
        yield self.station.clock.timeout(GRACE_S)
        while self.station.clock.now < give_up_s and not self._spoken():
            yield self.station.clock.timeout(GRACE_S)

    def _spoken(self) -> bool:
        return self._herald.done and not len(self.station.journal)

    def _trial(self, order: Order) -> Steps:
        """L01.FR.28, .31: the new firmware examines itself, and stays or goes."""
        self._close_unless_charging()
        passed = yield from self._self_test()
        bank = self.bank
        self._process = None
        if not passed:
            self._fall_back("ApplicationReset")
            return
        good = replace(bank.running, state=State.GOOD)
        self._keep(bank.with_slot(bank.active, good).settled())
        self.station.tell(facts.FirmwareChanged(good.version))
        self._herald.say(Status.INSTALLED, order)
        self.station.security.add("FirmwareUpdated")
        self._open()
        self.station.restarts.look()

    def _self_test(self) -> Generator[simpy.Event, Any, bool]:
        """Whether the new firmware works on this hardware; parts that can test themselves do."""
        station = self.station
        test = station.rig.part("SelfTester") if station.has("SelfTester") else None
        if isinstance(test, Test) and test.start():
            yield station.clock.timeout(test.kind.takes_s)
            while test.running:
                yield station.clock.timeout(GRACE_S)
            return not test.failed and self.bank.running.flaw != Flaw.SELF_TEST
        yield station.clock.timeout(SELF_TEST_S)
        return self.bank.running.flaw != Flaw.SELF_TEST

    def _fall_back(self, boot_reason: str) -> None:
        """The firmware on trial does not work: start the one before, which says so."""
        bank = self.bank
        bad = replace(bank.running, state=State.BAD)
        order = bank.order
        self._keep(replace(bank.with_slot(bank.active, bad), active=bank.other).settled())
        self.station.tell(facts.FirmwareChanged(""))
        if order is not None:
            self._herald.say(Status.INSTALLATION_FAILED, order)
        self.station.restart(boot_reason)

    # -- waiting ----------------------------------------------------------------------------------------------------

    def _wait_until(self, moment: Any, status: Status, order: Order) -> Steps:
        wait_s = (moment - self.station.now).total_seconds()
        if wait_s > 0:
            if self._said(order) is not status:
                self._herald.say(status, order)
            self._dated = True
            self.station.restarts.look()
            yield self.station.clock.timeout(wait_s)
            self._dated = False

    @property
    def _goes_on(self) -> str:
        """How far an update goes while somebody charges: nothing, download or install."""
        return self.station.profile.updates_while_charging

    def _close_unless_charging(self) -> None:
        if self._goes_on != "install" or not self._in_use():
            self._close()

    def _wait_for_drivers(self, order: Order, meanwhile: Status) -> Steps:
        """L01.FR.06, .07: meanwhile no new driver may begin, unless AllowNewSessionsPendingFirmwareUpdate says so."""
        while self._in_use() and self._goes_on != "install":
            if self._said(order) is not meanwhile:
                self._herald.say(meanwhile, order)
            if not self.station.variables.flag("ChargingStation.AllowNewSessionsPendingFirmwareUpdate"):
                self._close()
            yield from self._idle_again()

    def _idle_again(self) -> Steps:
        self._idle = self.station.clock.event()
        yield self._idle
        self._idle = None

    def _in_use(self) -> bool:
        return any(evse.tx is not None or evse.authorization is not None for evse in self.station.evses)

    def _said(self, order: Order) -> Status | None:
        """What was reported of this update last."""
        last = self.bank.last
        return last.status if last is not None and last.request_id == order.request_id else None

    # -- details ----------------------------------------------------------------------------------------------------

    def _keep(self, bank: Bank) -> None:
        self.station.flash.remember(bank)

    def _close(self) -> None:
        if not self._closed:
            self._closed = True
            self.station.statuses.report_all()

    def _open(self) -> None:
        if self._closed:
            self._closed = False
            if self.station.powered:
                self.station.statuses.report_all()


_STEPS: dict[Step, Callable[[Firmware, Order], Steps]] = {
    Step.DOWNLOAD: Firmware._download,  # noqa: SLF001
    Step.INSTALL: Firmware._install,  # noqa: SLF001
    Step.RESTART: Firmware._restart,  # noqa: SLF001
    Step.TRIAL: Firmware._trial,  # noqa: SLF001
}


def closed(station: Station, evse: Evse) -> bool:
    """L01.FR.07: whether an update keeps an EVSE closed that nobody uses."""
    firmware = station.used(Firmware)
    return firmware is not None and firmware.closed and evse.tx is None and evse.authorization is None
