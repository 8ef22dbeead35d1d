"""A bench that is told to come later comes later, and only then."""

import asyncio

import pytest

from conformance.rigs import polite
from conformance.rigs.polite import Polite
from protocol.link import Ending, Lost, Target

TARGET = Target("ws://x", "CP", ("ocpp2.0.1",))


class Csms:
    """Answers each dial with the next of what it is told to."""

    remote = True

    def __init__(self, *answers):
        self.answers, self.dialled = list(answers), []

    def dial(self, target, receiver):
        self.dialled.append(target)
        answer = self.answers.pop(0)
        receiver.opened(None, answer) if isinstance(answer, str) else receiver.lost(answer)


class Bench:
    def __init__(self):
        self.told, self.knows = [], asyncio.Event()

    def opened(self, link, subprotocol):
        self.lost(subprotocol)

    def lost(self, why):
        self.told.append(why)
        self.knows.set()


def busy(code=429, wait_s=0):
    return Lost(Ending.REFUSED, code, "busy", wait_s)


async def dialled(*answers):
    csms, bench = Csms(*answers), Bench()
    Polite(csms).dial(TARGET, bench)
    async with asyncio.timeout(5):
        await bench.knows.wait()
    return len(csms.dialled), bench.told


async def test_busy_is_waited_for():
    assert await dialled(busy(), busy(503), "ocpp2.0.1") == (3, ["ocpp2.0.1"])


@pytest.mark.parametrize(
    "why",
    [Lost(Ending.REFUSED, 401), Lost(Ending.UNREACHABLE, 429), busy(wait_s=61), Lost(Ending.CLOSED, 1000)],
    ids=str,
)
async def test_everything_else_is_the_answer(why):
    assert await dialled(why) == (1, [why])


async def test_patience_ends():
    assert await dialled(*[busy()] * polite.ATTEMPTS) == (polite.ATTEMPTS, [busy()])


async def test_nobody_dials_after_the_case():
    csms, bench = Csms(busy(wait_s=1), "late"), Bench()
    dialer = Polite(csms)
    dialer.dial(TARGET, bench)
    dialer.close()
    await asyncio.sleep(0)
    assert (len(csms.dialled), bench.told, dialer._waiting) == (1, [], set())
