"""A local controller's work (2.0.1 part 2 L03, L04): fetch a firmware once, check it, serve it to many.

It serves over HTTP at a name of its own, which the courier of its stations knows; files lie in flash, and are served
again after each start. FTP and HTTPS it does not serve.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import simpy

from simulator import facts
from simulator.backlog import Backlog
from simulator.courier import Parcel, Undelivered, courier
from simulator.courier.destination import Destination
from simulator.courier.parcel import pause_s
from simulator.courier.shelf import Shelf
from simulator.courier.trust import files_tls
from simulator.function import Function, function
from simulator.publishing.memory import Library, Order, Publication, Report, Status

if TYPE_CHECKING:
    from simulator.station import Station

MOST_BYTES = 64 * 1024 * 1024
"""What the controller's storage holds."""

RETRIES, RETRY_INTERVAL_S = 3, 60
"""Where the CSMS leaves it to the controller."""

Steps = Generator[simpy.Event, Any, None]


class _Over(Exception):
    """A publication has come to its end, with a failure to tell."""

    def __init__(self, status: Status) -> None:
        super().__init__(status)
        self.status = status


def controls(station: Station) -> bool:
    """Whether a station has a local controller: its profile or its commissioning says so."""
    return station.variables.flag("LocalController.Available")


@function
class Publisher(Function):
    """One local controller. ``mute`` is a fault that anyone may set: its server cannot be opened."""

    memory = Library

    __slots__ = ("_process", "_serving", "_shelf", "mute")

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self._process: simpy.Process | None = None
        self._shelf = Shelf()
        self._serving = False
        self.mute = False

    @property
    def stock(self) -> Library:
        """What is kept."""
        return self.station.flash.memory(Library)

    @property
    def host(self) -> str:
        """The name of its server."""
        return re.sub(r"[^a-z0-9-]", "-", self.station.identity.lower()).strip("-") + ".controller.example"

    @property
    def last(self) -> Report | None:
        """What was told last; None after Published, or where there was nothing yet (L03.FR.10, .11)."""
        last = self.stock.last
        return None if last is None or last.status is Status.PUBLISHED else last

    def url(self, publication: Publication) -> str:
        """Where stations fetch it (L03.FR.04)."""
        return f"http://{self.host}{publication.path}"

    # -- what the CSMS asks -----------------------------------------------------------------------------------------

    def order(self, order: Order) -> None:
        """L03.FR.05: begin with a publication, or let it wait for those before it."""
        waits = bool(self.stock.orders)
        self._keep(replace(self.stock, orders=(*self.stock.orders, order)))
        if waits:
            self._say(Status.DOWNLOAD_SCHEDULED, order)
        self._begin()

    def withdraw(self, checksum: str) -> str:
        """L04.FR.01–.04: the status of the answer (UnpublishFirmwareStatusEnumType).

        DownloadOngoing while a station fetches the file, or this controller itself does.
        """
        stock = self.stock
        if any(order.checksum == checksum.lower() for order in stock.orders):
            return "DownloadOngoing"
        if (publication := stock.of(checksum)) is None:
            return "NoFirmware"
        if courier(self.station.clock).fetched[self.url(publication)]:
            return "DownloadOngoing"
        self._shelf.files.pop(publication.path, None)
        self._keep(replace(stock, published=stock.without(checksum)))
        self.station.tell(facts.PublicationStatusChanged("Unpublished", None))
        if not self.stock.published:
            self._close()
        return "Unpublished"

    # -- what a function hears --------------------------------------------------------------------------------------

    def started(self) -> None:
        """The firmware runs: what was published is so again, and what was to be fetched is fetched."""
        for publication in self.stock.published:
            self._shelf.files[publication.path] = publication.content
        if self.stock.published or self.stock.orders:
            self._begin()

    def at_work(self) -> bool:
        """A reset on idle waits for a download."""
        return bool(self.stock.orders)

    def ended(self) -> None:
        """Without power nothing is served."""
        process, self._process = self._process, None
        if process is not None and process.is_alive:
            process.interrupt("stopped")
        self._close()

    # -- how a publication goes -------------------------------------------------------------------------------------

    def _begin(self) -> None:
        if self._process is None:
            self._process = self.station.clock.process(self._run())

    def _run(self) -> Steps:
        try:
            yield self.station.clock.timeout(0)  # the answer in hand leaves first
            if self.stock.published:
                yield from self._open()
            while orders := self.stock.orders:
                end = yield from self._publish(orders[0])
                self._keep(self.stock.settled())
                self._say(end, orders[0])
        except simpy.Interrupt:
            return
        self._process = None
        self.station.restarts.look()

    def _publish(self, order: Order) -> Generator[simpy.Event, Any, Status]:
        """L03.FR.01, .02, .06–.09."""
        try:
            content = yield from self._download(order)
            self._say(Status.DOWNLOADED, order)
            if hashlib.md5(content, usedforsecurity=False).hexdigest() != order.checksum:
                return Status.INVALID_CHECKSUM
            self._say(Status.CHECKSUM_VERIFIED, order)
            stock = self.stock
            publication = Publication(order.checksum, _file_of(order.location), content)
            kept = replace(stock, published=(*stock.without(order.checksum), publication))
            if kept.stored > MOST_BYTES or not (yield from self._open()):
                return Status.PUBLISH_FAILED
        except _Over as end:
            return end.status
        if (former := stock.of(order.checksum)) is not None:
            self._shelf.files.pop(former.path, None)
        self._shelf.files[publication.path] = content
        self._keep(kept)
        return Status.PUBLISHED

    def _download(self, order: Order) -> Generator[simpy.Event, Any, bytes]:
        """L03.FR.06: with retries; what has arrived in part waits for the next attempt."""
        stock, station = self.stock, self.station
        parcel = Parcel(list(stock.parts), stock.tag, stock.size)
        retries = RETRIES if order.retries is None else order.retries
        wait_s = pause_s(order.retry_interval_s, RETRY_INTERVAL_S)

        def arrived() -> None:
            self._keep(replace(self.stock, parts=tuple(parcel.parts), tag=parcel.tag, size=parcel.size))

        while True:
            self._say(Status.DOWNLOADING, order)
            try:
                content: bytes = yield from courier(station.clock).fetch(
                    station, order.location, parcel, tls=files_tls(station), most=MOST_BYTES, arrived=arrived
                )
                return content
            except Undelivered as problem:
                station.tell(facts.TransferFailed(problem.why))
                self._keep(replace(self.stock, failures=self.stock.failures + 1))
                if problem.final or self.stock.failures > retries:
                    raise _Over(Status.DOWNLOAD_FAILED) from None
            if parcel.arrived:
                self._say(Status.DOWNLOAD_PAUSED, order)
            yield station.clock.timeout(wait_s)

    # -- details ----------------------------------------------------------------------------------------------------

    def _open(self) -> Generator[simpy.Event, Any, bool]:
        """L03.FR.03: see that the server runs."""
        if self._serving and not self.mute:
            return True
        if self.mute:
            return False
        self._serving = True
        try:
            yield from courier(self.station.clock).open_stall(self.host, self._shelf)
        except Undelivered as problem:
            self._serving = False
            self.station.tell(facts.TransferFailed(problem.why))
        return self._serving

    def _close(self) -> None:
        if self._serving:
            self._serving = False
            courier(self.station.clock).close_stall(self.host)

    def _keep(self, stock: Library) -> None:
        self.station.flash.remember(stock)

    def _say(self, status: Status, order: Order) -> None:
        """L03.FR.01, .04: tell a new status; what is published with where it is."""
        self._keep(replace(self.stock, last=Report(status, order.request_id)))
        self.station.tell(facts.PublicationStatusChanged(status.value, order.request_id))
        payload: dict[str, Any] = {"status": status.value, "requestId": order.request_id}
        if status is Status.PUBLISHED and (publication := self.stock.of(order.checksum)) is not None:
            payload["location"] = [self.url(publication)]
        self.station.function(Backlog).tell("PublishFirmwareStatusNotification", payload)


def _file_of(location: str) -> str:
    """The name of the file in a URL, as one path segment."""
    name = Destination.of(location, {}).path.partition("?")[0].rpartition("/")[2]
    return re.sub(r"[^A-Za-z0-9._-]", "-", name)[-128:] or "firmware"
