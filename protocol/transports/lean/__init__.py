"""Links over real sockets by the ten thousand: a WebSocket of our own on the event loop's transports.

No task, future, timer or buffer belongs to an idle link. The same ways in as ``protocol.transports.websocket``.
"""

from protocol.transports.lean.dialer import LeanDialer
from protocol.transports.lean.link import LeanLink
from protocol.transports.lean.server import Server, serve
from protocol.transports.limits import DIAL_LIMITS, SERVE_LIMITS, Limits
from protocol.transports.port import PortTaken

__all__ = ["DIAL_LIMITS", "SERVE_LIMITS", "LeanDialer", "LeanLink", "Limits", "PortTaken", "Server", "serve"]
