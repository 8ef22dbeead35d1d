"""Where in a station something is."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """Where something is: (0, 0) the station, (e, 0) an EVSE, (e, c) a connector of it."""

    evse: int = 0
    connector: int = 0


STATION = Place()
"""The station as a whole."""
