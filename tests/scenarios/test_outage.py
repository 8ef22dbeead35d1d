from datetime import UTC, datetime

from protocol.link import Ending, Lost, Target
from scenarios.outage import OutageDialer
from simulator.clock import Clock

TARGET = Target("ws://x/", "CP-1", ("ocpp1.6",))


class Ear:
    def __init__(self) -> None:
        self.heard: list[object] = []

    def opened(self, link: object, subprotocol: str) -> None:
        self.heard.append(subprotocol)

    def received(self, data: object) -> None:
        self.heard.append(data)

    def lost(self, why: Lost) -> None:
        self.heard.append(why.ending)


class Wire:
    """A dialer whose links open at once; aborting one tells its receiver."""

    remote = False

    def __init__(self) -> None:
        self.receivers: list[object] = []

    def dial(self, target: Target, receiver: object) -> None:
        self.receivers.append(receiver)
        receiver.opened(self.Link(receiver), "ocpp1.6")  # type: ignore[attr-defined]

    class Link:
        def __init__(self, receiver: object) -> None:
            self.receiver = receiver

        def abort(self) -> None:
            self.receiver.lost(Lost(Ending.CUT))  # type: ignore[attr-defined]


def made() -> tuple[Clock, Wire, OutageDialer]:
    clock, wire = Clock(datetime(2026, 3, 2, tzinfo=UTC)), Wire()
    return clock, wire, OutageDialer(wire, clock)  # type: ignore[arg-type]


async def test_everything_passes_when_nothing_is_wrong() -> None:
    _, wire, dialer = made()
    ear = Ear()
    dialer.dial(TARGET, ear)
    wire.receivers[0].received("text")  # type: ignore[attr-defined]
    assert ear.heard == ["ocpp1.6", "text"]


async def test_a_cut_breaks_one_link_and_keeps_it_away_for_a_while() -> None:
    clock, _, dialer = made()
    ear, other, again, later = Ear(), Ear(), Ear(), Ear()
    dialer.dial(TARGET, ear)
    dialer.dial(Target("ws://x/", "CP-2", ("ocpp1.6",)), other)
    dialer.cut("CP-1", 60)
    dialer.dial(TARGET, again)
    await clock.run(59)
    assert ear.heard == ["ocpp1.6", Ending.CUT]
    assert other.heard == ["ocpp1.6"]
    assert again.heard == [Ending.UNREACHABLE]
    await clock.run(60)
    dialer.dial(TARGET, later)
    assert later.heard == ["ocpp1.6"]


async def test_an_outage_is_everybodys() -> None:
    clock, _, dialer = made()
    ears = [Ear(), Ear(), Ear()]
    dialer.dial(TARGET, ears[0])
    dialer.dial(Target("ws://x/", "CP-2", ("ocpp1.6",)), ears[1])
    dialer.cut_all(10)
    dialer.dial(TARGET, ears[2])
    await clock.run(1)
    assert [ear.heard[-1] for ear in ears] == [Ending.CUT, Ending.CUT, Ending.UNREACHABLE]
