"""Which moments a window has."""

from datetime import UTC, datetime, timedelta

import pytest

from simulator.logs.memory import Window

AT = datetime(2025, 6, 2, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("window", "has"),
    [
        (Window(), True),
        (Window(oldest=AT), True),
        (Window(latest=AT), True),
        (Window(oldest=AT + HOUR), False),
        (Window(latest=AT - HOUR), False),
        (Window(AT - HOUR, AT + HOUR), True),
    ],
)
def test_a_window(window, has):
    """N01: both ends belong to it."""
    assert window.has(AT) is has
