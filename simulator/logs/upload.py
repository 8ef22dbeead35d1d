"""Uploads of logs (2.0.1 part 2 N01; 1.6 §4.4, §5.9 and security whitepaper N01): put together, carried, and told."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import simpy

from simulator import facts
from simulator.backlog import Backlog
from simulator.courier import Undelivered, courier
from simulator.courier.destination import Destination
from simulator.courier.parcel import pause_s
from simulator.courier.trust import files_tls
from simulator.function import Function, function
from simulator.logs.archive import available, built, name_of
from simulator.logs.memory import Desk, Order, Status

if TYPE_CHECKING:
    from simulator.station import Station

ASSEMBLY_S = 1.0
"""How long the station takes to put a log together."""

RETRIES, RETRY_INTERVAL_S = 3, 60
"""Where the CSMS leaves it to the station."""

REFUSALS: dict[int, Status] = {
    **dict.fromkeys((400, 411, 415, 422, 501, 503), Status.BAD_MESSAGE),  # FTP 501, 503: syntax, sequence
    **dict.fromkeys((401, 403, 407, 530, 532, 550, 552, 553), Status.PERMISSION_DENIED),
    **dict.fromkeys((405, 500, 502, 504), Status.NOT_SUPPORTED_OPERATION),  # FTP: command unknown, or not for this
}
"""What a server's no means (UploadLogStatusEnumType), by the reply code of FTP (RFC 959 §4.2) or the status of HTTP."""

WEB_REFUSALS = REFUSALS | {
    500: Status.UPLOAD_FAILURE,
    501: Status.NOT_SUPPORTED_OPERATION,
    502: Status.UPLOAD_FAILURE,
    503: Status.UPLOAD_FAILURE,
    504: Status.UPLOAD_FAILURE,
}
"""HTTP gives some of the codes another meaning (RFC 9110 §15.6): the server is in trouble."""

Steps = Generator[simpy.Event, Any, None]


@function
class Logs(Function):
    """One station's uploads, one at a time."""

    memory = Desk

    __slots__ = ("_process", "_uploading")

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self._process: simpy.Process | None = None
        self._uploading = False

    @property
    def uploading(self) -> Order | None:
        """What is being brought to a server just now (F06.FR.14, .15)."""
        return self.station.flash.memory(Desk).order if self._uploading else None

    # -- what the CSMS asks -----------------------------------------------------------------------------------------

    def order(self, order: Order) -> tuple[str, str]:
        """Begin an upload: the status of the answer (LogStatusEnumType), and the file's name; none if there is no such
        log (N01.FR.01, .05). A new one takes the place of the one in hand (N01.FR.12, .20)."""
        station = self.station
        if not available(station, order):
            return "Rejected", ""
        former = station.flash.memory(Desk).order
        self._stop()
        if former is not None:
            self._say(Status.ACCEPTED_CANCELED, former)
        station.flash.remember(Desk(order))
        self._process = station.clock.process(self._run(order, name_of(station, order)))
        return ("Accepted" if former is None else "AcceptedCanceled"), name_of(station, order)

    # -- what a function hears --------------------------------------------------------------------------------------

    def started(self) -> None:
        """What was in hand when the power went is lost, and that is told (N01.FR.10)."""
        if (order := self.station.flash.memory(Desk).order) is not None and self._process is None:
            self._over(Status.UPLOAD_FAILURE, order)

    def at_work(self) -> bool:
        """B11, remark: a reset on idle waits for an upload."""
        return self._process is not None

    def ended(self) -> None:
        """The power is gone."""
        self._stop()

    # -- how an upload goes -----------------------------------------------------------------------------------------

    def _stop(self) -> None:
        process, self._process = self._process, None
        self._uploading = False
        if process is not None and process.is_alive:
            process.interrupt("stopped")

    def _run(self, order: Order, name: str) -> Steps:
        try:
            yield self.station.clock.timeout(ASSEMBLY_S)
            end = yield from self._upload(order, name, built(self.station, order))
        except simpy.Interrupt:
            return
        self._process = None
        self._uploading = False
        self._over(end, order)
        self.station.restarts.look()

    def _upload(self, order: Order, name: str, content: bytes) -> Generator[simpy.Event, Any, Status]:
        """N01.FR.02, .08, .10: as often as the CSMS wants; every attempt is told."""
        attempts = 1 + (RETRIES if order.retries is None else max(0, order.retries))
        wait_s = pause_s(order.retry_interval_s, RETRY_INTERVAL_S)
        gone = 0

        def left(count: int) -> None:
            nonlocal gone
            gone = max(gone, count)

        while True:
            self._uploading = True
            self._say(Status.UPLOADING, order)
            try:
                yield from courier(self.station.clock).send(
                    self.station, order.location, content, name, tls=files_tls(self.station),
                    content_type="application/gzip", sent=gone, left=left,
                )  # fmt: skip
            except Undelivered as problem:
                self.station.tell(facts.TransferFailed(problem.why))
                attempts -= 1
                if problem.final or attempts <= 0:
                    return failure(order.location, problem)
            else:
                return Status.UPLOADED
            yield self.station.clock.timeout(wait_s)

    def _over(self, status: Status, order: Order) -> None:
        self.station.flash.remember(Desk())
        self._say(status, order)

    def _say(self, status: Status, order: Order) -> None:
        """N01.FR.07: under the number of the request; kept until the CSMS can be reached."""
        station = self.station
        station.tell(facts.LogStatusChanged(status.value, order.request_id))
        if (message := station.dialect.log_status(status.value, order.request_id)) is not None:
            station.function(Backlog).tell(*message)


def failure(location: str, problem: Undelivered) -> Status:
    """N01.FR.10: how an upload that failed is told."""
    try:
        scheme = Destination.of(location, {}).scheme
    except Undelivered:
        return Status.NOT_SUPPORTED_OPERATION  # of nobody: the station does not speak to such servers
    codes = WEB_REFUSALS if scheme in ("http", "https") else REFUSALS
    return Status.UPLOAD_FAILURE if problem.code is None else codes.get(problem.code, Status.UPLOAD_FAILURE)
