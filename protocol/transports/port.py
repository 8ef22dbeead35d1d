"""A TCP port that somebody else has."""

from __future__ import annotations

import errno


class PortTaken(OSError):
    """Somebody else listens at this host and port already."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(errno.EADDRINUSE, f"port {port} on {host} is already in use")
        self.host = host
        self.port = port
