"""Whether a CSMS can be reached at all: asked before a run of minutes is begun, and said in one line."""

from __future__ import annotations

import re
import socket
import ssl
from urllib.parse import urlsplit

from chargebench.errors import Failed, one_line
from protocol.link import Ending, Lost

PORTS = {"ws": 80, "wss": 443}
KNOCK_S = 10.0


def knock(url: str, tls: ssl.SSLContext | None = None) -> None:
    """Open a connection to the URL's host and close it; no request is made. Raises Failed where that does not work."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        with socket.create_connection((host, parts.port or PORTS[parts.scheme]), timeout=KNOCK_S) as plain:
            if tls is not None:
                tls.wrap_socket(plain, server_hostname=host).close()
    except ssl.SSLError as problem:
        reason = getattr(problem, "verify_message", "") or str(problem)
        raise Failed(told(url, Lost(Ending.TLS, reason=reason))) from problem
    except OSError as problem:
        reason = f"no answer within {KNOCK_S:g} s" if isinstance(problem, TimeoutError) else one_line(problem)
        raise Failed(told(url, Lost(Ending.UNREACHABLE, reason=reason))) from problem


def told(url: str, why: Lost) -> str:
    """Why there is no connection to the CSMS at ``url``, as one sentence that says what could be done."""
    match why.ending:
        case Ending.REFUSED:
            hint = "; is the password right (--password)?" if why.code == 401 else ""
            return f"the CSMS at {url} refused the station ({why.code}): {why.reason}{hint}"
        case Ending.SUBPROTOCOL:
            return f"the CSMS at {url} does not speak the station's OCPP version (--version): {why.reason}"
        case Ending.TLS if why.reason.startswith("["):
            return f"TLS with {url} failed: {why.reason}"
        case Ending.TLS:
            return f"the certificate of {url} is not trusted: {why.reason} (--ca names the CA to trust)"
        case Ending.UNREACHABLE:
            return f"cannot reach the CSMS at {url}: {re.sub(r'^.Errno -?[0-9]+. ', '', why.reason)}"
        case _:
            return f"the CSMS at {url} closed the connection ({why.code}): {why.reason}"
