"""A CSMS that is one of several, and tells which stations come to it and leave it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from csms_reference.connection import Connection
from csms_reference.csms import Csms
from protocol.link import Ending, Lost

log = logging.getLogger(__name__)

Moved = Callable[[str, int, bool], None]

REPLACED = Lost(Ending.CLOSED, 1008, "replaced by a newer connection")


class ObservedCsms(Csms):
    """Tells one observer which connection came (True) or left: its station, and a number that is used once."""

    def __init__(self, *what: Any, **more: Any) -> None:
        super().__init__(*what, **more)
        self._serials: dict[str, int] = {}
        self._last_serial = 0
        self._moved: Moved = lambda _station, _serial, _came: None

    def observe(self, moved: Moved) -> None:
        """From now on tell this one."""
        self._moved = moved

    def arrived(self, connection: Connection) -> None:
        super().arrived(connection)
        self._last_serial += 1
        self._serials[connection.identity] = self._last_serial
        self._moved(connection.identity, self._last_serial, True)

    def departed(self, connection: Connection, why: Lost) -> None:
        newest = self.connections.get(connection.identity) is connection
        super().departed(connection, why)
        if newest:
            self._moved(connection.identity, self._serials.pop(connection.identity), False)

    def went(self, connection: Connection, why: Lost) -> None:
        if why is not REPLACED:
            super().went(connection, why)

    def returned(self, station: str, serial: int) -> None:
        """It was told that the station is gone, as this process seemed to be: it is here."""
        if self._serials.get(station) == serial:
            self.came(self.connections[station])

    def displace(self, station: str, serial: int, where: str) -> None:
        """The station has a newer connection elsewhere: end this one, unless it is gone or replaced already."""
        if self._serials.get(station) == serial:
            log.warning("%s came again %s", station, where)
            connection = self.connections[station]
            self.departed(connection, REPLACED)
            connection.displace(where)
