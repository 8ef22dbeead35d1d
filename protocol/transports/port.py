"""A TCP port: ours to listen at, or somebody else's."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket

BACKLOG = 4096
"""So many callers may wait to be accepted."""

OUT_OF_FILES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""What the operating system says when a connection finds no room in this process, or in any."""


class PortTaken(OSError):
    """Somebody else listens at this host and port already."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(errno.EADDRINUSE, f"port {port} on {host} is already in use")
        self.host = host
        self.port = port


async def listening(
    host: str, port: int, *, reuse_port: bool, kind: type[socket.socket] = socket.socket
) -> list[socket.socket]:
    """Return a listening socket of this kind for each address of a host. Raises PortTaken, OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    with contextlib.ExitStack() as opened:
        sockets = []
        for family, _, _, _, address in dict.fromkeys(found):
            sock = opened.enter_context(kind(family, socket.SOCK_STREAM))
            sockets.append(sock)
            _bind(sock, (host, port), address, reuse_port=reuse_port)
        opened.pop_all()
    return sockets


def _bind(sock: socket.socket, place: tuple[str, int], address: tuple[object, ...], *, reuse_port: bool) -> None:
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if reuse_port:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        sock.bind(address)
        sock.listen(BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(*place) from error
        raise
