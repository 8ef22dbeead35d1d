"""Whether a browser sends something because one of our own pages asked it to (CSRF)."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from csms_reference.settings import Settings, is_loopback


def is_own(connection: HTTPConnection, settings: Settings) -> bool:
    """Whether a page of ours made the request, as the browser says: ``Sec-Fetch-Site``, or else ``Origin``."""
    if connection.headers.get("sec-fetch-site") == "same-origin":
        return True
    origin = connection.headers.get("origin")
    if origin is None:
        return False
    return origin == settings.api_base or urlsplit(origin).netloc == connection.headers.get("host")


def is_foreign(connection: HTTPConnection, settings: Settings) -> bool:
    """Whether some other page made a request that nothing but the address protects.

    Who has a name of their own lead to this machine (DNS rebinding) has a page of the same origin, and is foreign, too.
    """
    if "origin" not in connection.headers:
        return False  # no browser, or a request that only reads and whose answer others do not see
    host = urlsplit(f"//{connection.headers.get('host', '')}").hostname or ""
    return not (is_own(connection, settings) and is_loopback(host))
