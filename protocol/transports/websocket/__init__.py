"""Links over real sockets: the ``websockets`` library, where every corner of the RFC matters and links are hundreds.

One task reads each link. For many thousands of links per process there is ``protocol.transports.lean``, which needs no
task per connection and has the same two ways in.
"""

from protocol.transports.websocket.dialer import WebSocketDialer
from protocol.transports.websocket.link import DIAL_LIMITS, SERVE_LIMITS, Limits, SocketLink
from protocol.transports.websocket.server import PortTaken, Server, serve

__all__ = ["DIAL_LIMITS", "SERVE_LIMITS", "Limits", "PortTaken", "Server", "SocketLink", "WebSocketDialer", "serve"]
