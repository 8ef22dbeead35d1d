"""What is told, and that nothing is made where nobody listens."""

from types import SimpleNamespace

from csms_reference.events import news


class Recording:
    """A bus that keeps what is published."""

    def __init__(self, *wanted):
        self.wanted = frozenset(wanted)
        self.told = []

    def publish(self, kind, station, at_ms, data):
        self.told.append((kind, station, at_ms, data))


def test_who_comes_and_goes():
    bus = Recording("station.connected", "station.disconnected")
    news.connected(bus, "CP-1", 5, version="2.0.1", peer="127.0.0.1")
    news.disconnected(bus, "CP-1", 9, code=1000, reason="")
    assert [(kind, station, at) for kind, station, at, _ in bus.told] == [
        ("station.connected", "CP-1", 5),
        ("station.disconnected", "CP-1", 9),
    ]
    assert (bus.told[0][3].version, bus.told[1][3].code) == ("2.0.1", 1000)


def test_nothing_is_made_that_nobody_wants():
    bus = Recording()
    unreadable = SimpleNamespace()  # whoever looked at it would fail
    news.connected(bus, "CP-1", 5, version="2.0.1", peer="")
    news.booted(bus, "CP-1", 5, unreadable, told=unreadable, version="2.0.1")
    assert bus.told == []
