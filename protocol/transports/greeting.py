"""A TLS handshake without a wire: both ends in this process, each with its real context."""

from __future__ import annotations

import contextlib
import ssl

ROUNDS = 16
"""No handshake takes so many turns; one that does hangs."""


def greet(client: ssl.SSLContext, server: ssl.SSLContext, host: str) -> ssl.SSLObject:
    """Shake hands as over a socket, and return the server's end, which knows what was agreed and what was shown.

    Raises ssl.SSLError as the client sees it: its own reason, or the alert that the server sent. The server hears of
    the client's refusal as it would over a socket.
    """
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(down, up, server_hostname=host)
    far = server.wrap_bio(up, down, server_side=True)
    near_done = far_done = False
    for _ in range(ROUNDS):
        try:
            near_done = near_done or _step(near)
        except ssl.SSLError:
            _tell(far, up, done=far_done)
            raise
        try:
            far_done = far_done or _step(far)
        except ssl.SSLError as error:
            raise _alert(near, done=near_done) or error from error
        if near_done and far_done:
            return far
    raise ssl.SSLError("the TLS handshake does not come to an end")


def _step(end: ssl.SSLObject) -> bool:
    """Whether this end is through; False while it waits for the other."""
    try:
        end.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True


def _tell(far: ssl.SSLObject, up: ssl.MemoryBIO, *, done: bool) -> None:
    """Let the server hear that the client will not go on; what it makes of that is its own business."""
    if not done:
        up.write_eof()
        with contextlib.suppress(ssl.SSLError):
            far.do_handshake()


def _alert(near: ssl.SSLObject, *, done: bool) -> ssl.SSLError | None:
    """What the client learns of the server's refusal, which in TLS 1.3 comes when it thinks that all is well."""
    try:
        if done:
            near.read(1)
        else:
            near.do_handshake()
    except ssl.SSLWantReadError:
        return None
    except ssl.SSLError as error:
        return error
    return None


def reason_of(error: ssl.SSLError) -> str:
    """Why a handshake failed, in words."""
    return getattr(error, "verify_message", "") or str(error)
