"""Where stations find the reference CSMS of a run: the names that it has, some of which may be down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from protocol.link import Dialer, Ending, Lost, Receiver, Target

HOSTS = ("csms.invalid", "csms-2.invalid")
"""The names by which stations reach the reference CSMS in process; nobody is at any other."""

NOTHING: Mapping[type, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Commission:
    """What a station is delivered with: where it dials, and what its functions keep."""

    url: str
    memories: Mapping[type, Any] = field(default_factory=lambda: NOTHING)


class Addresses:
    """A dialer that knows a few hosts, some of which may be down."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        self.remote = dialer.remote
        self.down: set[str] = set()

    def dial(self, target: Target, receiver: Receiver) -> None:
        """As the dialer behind it, where the host is known and up."""
        host = urlsplit(target.url).hostname or ""
        if host not in HOSTS:
            receiver.lost(Lost(Ending.UNREACHABLE, reason=f"no such host: {host}"))
        elif host in self.down:
            receiver.lost(Lost(Ending.UNREACHABLE, reason=f"{host} does not answer"))
        else:
            self._dialer.dial(target, receiver)
