"""Whether a machine has room for a fleet: open files of each process, and ports to dial from."""

from __future__ import annotations

import ipaddress
import resource
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

FILES_RESERVED = 96
"""Files that a process of the fleet needs besides one for each connection."""

PORTS_PER_SOURCE = 14_000
"""Connections from one address to one endpoint before the kernel's search for a free port takes milliseconds."""

LOOPBACK_SOURCES = 4
"""Addresses that each process dials from where the CSMS is on this machine."""

PORT_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


class NoRoom(Exception):
    """The stations do not fit; one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Room:
    """What a fleet of ``shards`` processes has to live in.

    ``files``: open files that each may have; ``sources``: the addresses that each of them dials from, empty where the
    system chooses its own; ``ports``: connections that may start at one address.
    """

    shards: int
    files: int
    sources: tuple[tuple[str, ...], ...]
    ports: int

    @property
    def per_shard(self) -> int:
        """Stations that fit into one process."""
        return max(0, self.files - FILES_RESERVED)

    @property
    def stations(self) -> int:
        """Stations that fit in all."""
        return min(self.per_shard * self.shards, self._ports)

    @property
    def _ports(self) -> int:
        return self.ports * max(1, len({source for own in self.sources for source in own}))

    def check(self, stations: int) -> None:
        """Raise NoRoom when so many stations do not fit."""
        if stations > self.per_shard * self.shards:
            needed = f"at least {-(-stations // self.per_shard)} shards" if self.per_shard else "a higher limit"
            raise NoRoom(
                f"{stations} stations do not fit into {self.shards} shards of {self.files} open files each; "
                f"use {needed}, or raise the hard limit (ulimit -Hn)"
            )
        if stations > self._ports:
            raise NoRoom(
                f"{stations} stations need more ports than the {self._ports} of the addresses that they dial from; "
                f"give {-(-stations // self.ports)} source addresses of this machine, or spread them over machines"
            )


Resolve = Callable[[str], Iterable[str]]
"""The addresses of a host's name; raises OSError where it has none."""


def resolved(host: str) -> set[str]:
    """The addresses that the system knows of a name. Raises OSError."""
    return {str(place[0]) for *_, place in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}


TryOut = Callable[[str], None]
"""Raises OSError for an address that is not this machine's."""


def bound(source: str) -> None:
    """Bind a socket to an address for a moment. Raises OSError."""
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((source, 0))


def room_for(
    url: str, shards: int, sources: Sequence[str] = (), *, resolve: Resolve = resolved, try_out: TryOut = bound
) -> Room:
    """The room that this machine has: raises the soft limit of open files to the hard one.

    Addresses of 127.0.0.0/8 belong to nobody else, so each process gets some of its own for a CSMS that is there.
    Raises NoRoom for a number of processes or a source address that cannot be.
    """
    if shards < 1:
        raise NoRoom("a fleet needs at least one process")
    for source in sources:
        _address(source, try_out)
    if sources:
        own = tuple(tuple(sources[shard % len(sources) :: shards]) or tuple(sources) for shard in range(shards))
    elif _is_loopback(url, resolve):
        own = tuple(tuple(f"127.1.{shard + 1}.{k + 1}" for k in range(LOOPBACK_SOURCES)) for shard in range(shards))
    else:
        own = tuple(() for _ in range(shards))
    return Room(shards, raise_file_limit(), own, _ports_of_system())


def raise_file_limit() -> int:
    """Let this process, and those that it starts, have as many open files as they may; returns how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (ValueError, OSError):  # macOS: "unlimited" is refused there
            return soft
    return 1 << 20 if hard == resource.RLIM_INFINITY else hard


def _ports_of_system() -> int:
    """Ephemeral ports of one address."""
    try:
        low, high = PORT_RANGE.read_text().split()
    except OSError:
        return 16_384  # what IANA sets aside, where the system does not tell
    return int(high) - int(low) + 1


def _is_loopback(url: str, resolve: Resolve) -> bool:
    """Whether all addresses of the host are this machine's own, and one of them is of the network that we dial from."""
    host = urlsplit(url).hostname or ""
    try:
        found = [ipaddress.ip_address(address) for address in resolve(host)]
    except (ValueError, OSError):  # a name that is not known will be told as such by those who dial it
        return False
    return all(each.is_loopback for each in found) and any(each.version == 4 for each in found)


def _address(source: str, try_out: TryOut) -> None:
    try:
        ipaddress.ip_address(source)
    except ValueError:
        raise NoRoom(f"{source!r} is no address to dial from; right would be such as 192.0.2.7") from None
    try:
        try_out(source)
    except OSError as error:
        raise NoRoom(f"{source} is no address of this machine to dial from: {error.strerror}") from error
