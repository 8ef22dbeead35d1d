"""What all transports share: how they call a receiver, what a link may cost, whose a port is."""

import errno

import pytest

from protocol.transports import lean, websocket
from protocol.transports.limits import DIAL_LIMITS, SERVE_LIMITS, Limits
from protocol.transports.port import PortTaken
from protocol.transports.receiver import tell


def test_a_receiver_that_fails_is_logged_and_told_of(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[str] = []
    assert tell(heard.append, "hello")
    assert heard == ["hello"]
    assert not tell(int, "no number")
    assert "the receiver failed" in caplog.text


@pytest.mark.parametrize("transport", [lean, websocket])
def test_limits_and_errors_are_the_same_for_every_transport(transport: object) -> None:
    shared = {"Limits": Limits, "DIAL_LIMITS": DIAL_LIMITS, "SERVE_LIMITS": SERVE_LIMITS, "PortTaken": PortTaken}
    assert {name: getattr(transport, name) for name in shared} == shared


def test_a_taken_port_is_named() -> None:
    taken = PortTaken("127.0.0.1", 9000)
    assert (taken.errno, taken.host, taken.port) == (errno.EADDRINUSE, "127.0.0.1", 9000)
    assert "port 9000 on 127.0.0.1 is already in use" in str(taken)


def test_a_csms_pings_and_a_station_leaves_it_to_it() -> None:
    assert DIAL_LIMITS.ping_interval_s is None
    assert SERVE_LIMITS.ping_interval_s is not None
