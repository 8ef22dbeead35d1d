"""Whom a station believes to be a file server: those that its CSMS roots vouch for."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from simulator.keys.memory import Use
from simulator.keys.store import held
from simulator.keys.trust import trust

if TYPE_CHECKING:
    from simulator.station import Station


def files_tls(station: Station) -> ssl.SSLContext | None:
    """The TLS for files: the roots installed for the CSMS, else what the station was commissioned with; None: those of
    the operating system. Dates are compared with the station's clock.
    """
    roots = held(station).of(Use.CSMS)
    if not roots:
        return station.outer_tls
    return trust([root.certificate for root in roots], lambda: station.now, lambda _chain: None)
