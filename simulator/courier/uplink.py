"""What a station's way to file servers is like at a moment: how fast, whether anything passes, and where names lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.courier.destination import Destination
from simulator.courier.parcel import Undelivered
from simulator.network import CERTIFICATES, RESOLVER_S, kept
from simulator.stream import PATIENCE_S

if TYPE_CHECKING:
    from simulator.station import Station

SLICE_S = 1.0
"""How much simulated time a piece of a file takes at most."""

LEAST, MOST = 1024, 1_048_576
"""Bytes of a piece: not less, and not more."""


class Uplink:
    """One station's way, looked at anew before each piece: what is wrong with its network concerns files as well."""

    def __init__(self, station: Station) -> None:
        self._station = station

    @property
    def rate_bytes_s(self) -> float:
        """How much passes in a second."""
        network = kept(self._station)
        own = self._station.profile.uplink_bytes_s
        return own if network is None else min(own, network.bandwidth_bytes_s)

    @property
    def piece(self) -> int:
        """Bytes to carry in one go."""
        return int(min(MOST, max(LEAST, self.rate_bytes_s * SLICE_S)))

    @property
    def silent(self) -> bool:
        """Whether nothing passes, and nobody is told."""
        network = kept(self._station)
        return network is not None and network.silent

    @property
    def patience_s(self) -> float:
        """How long the station waits for anything to pass."""
        network = kept(self._station)
        return PATIENCE_S if network is None else network.patience_s

    def hindrance(self, to: Destination) -> tuple[float, Undelivered] | None:
        """Why a connection cannot be made just now, and after how long that shows."""
        network = kept(self._station)
        if network is None:
            return None
        if network.name_unknown:
            return RESOLVER_S, Undelivered(f"{to.host}: Name or service not known")
        if to.secure and network.certificate:
            return 0.0, Undelivered(CERTIFICATES[network.certificate])
        if network.refusal and to.scheme == "http":
            return 0.0, Undelivered(f"HTTP {network.refusal} not from the server")
        return self.broken()

    def broken(self) -> tuple[float, Undelivered] | None:
        """Why a connection that stands is no more."""
        network = kept(self._station)
        if network is not None and self._station.clock.now < network.closed_until_s:
            return 0.0, Undelivered("no route to the server")
        return None
