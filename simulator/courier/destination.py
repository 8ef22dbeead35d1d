"""Where a URL leads: scheme, host, port, path and who asks."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from simulator.courier.parcel import Undelivered

PORTS = {"http": 80, "https": 443, "ftp": 21, "ftps": 21}
"""The schemes that are spoken, with their ports. ``ftps`` begins as FTP and becomes secure by AUTH TLS (RFC 4217)."""

SCHEMES = tuple(PORTS)


@dataclass(frozen=True, slots=True)
class Destination:
    """A file on a server. ``at`` is where the host's name leads; ``path`` is as it stands in the URL, with its query.

    ``user`` and ``password`` are those in the URL; None without.
    """

    scheme: str
    host: str
    port: int
    at: tuple[str, int]
    path: str
    user: str | None = None
    password: str | None = None

    @classmethod
    def of(cls, url: str, hosts: dict[str, tuple[str, int]]) -> Destination:
        """Read a URL. ``hosts``: where names lead, beside DNS. Raises Undelivered for one that cannot be reached."""
        try:
            parts = urlsplit(url.strip())
            host, port = parts.hostname, parts.port
        except ValueError:  # neither it nor what is wrong with it is shown: there may be a password in it
            raise Undelivered("the location is no URL", final=True) from None
        scheme = parts.scheme.lower()
        if scheme not in PORTS:
            spoken = ", ".join(SCHEMES)
            raise Undelivered(f"{scheme or 'nothing'!r} is not spoken here, but {spoken}", final=True)
        if not host:
            raise Undelivered("the location names no host", final=True)
        port = port or PORTS[scheme]
        user = None if parts.username is None else unquote(parts.username)
        password = None if parts.password is None else unquote(parts.password)
        return cls(scheme, host, port, hosts.get(host, (host, port)), _path(parts), user, password)

    @property
    def secure(self) -> bool:
        """Whether it takes TLS."""
        return self.scheme in ("https", "ftps")

    @property
    def authority(self) -> str:
        """Host and port as HTTP's Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def file(self) -> str:
        """The path as FTP has it: below the folder where a user begins (RFC 1738 §3.2.2), without escapes."""
        return unquote(self.path.partition("?")[0]).lstrip("/")

    def below(self, name: str) -> Destination:
        """A file of that name in the folder that this leads to; itself where it names a file already."""
        if not self.path.endswith("/"):
            return self
        return Destination(
            self.scheme, self.host, self.port, self.at, self.path + name, self.user, self.password
        )  # fmt: skip


def _path(parts: SplitResult) -> str:
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path
