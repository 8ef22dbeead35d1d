"""The stand: that a late word of an old link changes nothing, and what a case does without hands or a dialler."""

import json

from conformance import vocabulary as say
from conformance.findings import Record
from conformance.rigs import Table
from conformance.runner import START
from conformance.stand import Stand
from conformance.timing import JumpingTime
from protocol.link import Ending, Knock, Lost, Target
from protocol.transports.memory import MemoryNetwork
from reports.verdict import Verdict


def stand(script, role=say.STATION, *, timing=None, hands=None, dialer=None):
    case = say.Case("TC_X", "t", ("R",), role, (say.V201,), (), script)
    subject = say.Subject(role, say.V201)
    numbers = iter(range(1, 100))
    return Stand(
        case,
        subject,
        hands,
        timing or JumpingTime(),
        start=START,
        record=Record(),
        ids=lambda: f"b{next(numbers)}",
        dialer=dialer,
        url="ws://csms",
    )


def quiet(station):
    yield say.let_pass(5)


class Wire:
    def __init__(self):
        self.sent = []
        self.aborted = False

    def send(self, text):
        self.sent.append(json.loads(text))

    def close(self, code=1000, reason=""):
        self.aborted = True

    def abort(self):
        self.aborted = True


async def test_a_newer_link_replaces_the_older_one():
    here = stand(quiet)
    here.bench.start(0.0)
    old, new = Wire(), Wire()
    first = (await here.gate.admit(Knock("BENCH-1", ("ocpp2.0.1",)))).receiver
    first.opened(old, "ocpp2.0.1")
    second = (await here.gate.admit(Knock("BENCH-1", ("ocpp2.0.1",)))).receiver
    second.opened(new, "ocpp2.0.1")
    assert old.aborted
    first.received('[2,"1","Heartbeat",{}]')  # of a link that is no more
    first.lost(Lost(Ending.CLOSED, 1006))
    second.received('[2,"2","Heartbeat",{}]')
    assert old.sent == []
    assert new.sent == [[3, "2", {"currentTime": "2026-03-02T08:00:00.000Z"}]]


async def test_a_case_without_a_system_comes_to_its_end():
    verdict = await stand(quiet).run()
    assert (verdict.verdict, verdict.rule, verdict.station) == (Verdict.PASS, "R", "BENCH-1")


async def test_hands_may_take_their_time():
    async def switch():
        return "done"

    def script(station):
        result = yield say.power_on(station)
        yield say.check(result == "done", "done", result)

    assert (await stand(script, hands=Table({"power_on": switch})).run()).verdict is Verdict.PASS


async def test_always_on_checks_are_part_of_the_verdict():
    timing = JumpingTime()
    here = stand(quiet, timing=timing)

    class Station:
        def opened(self, link, subprotocol):
            link.send("garbage")

        def received(self, data):
            raise AssertionError(data)

        def lost(self, why):
            pass

    network = MemoryNetwork(timing.deliver, timing.busy)
    network.serve(here.gate)
    network.dialer().dial(Target("ws://x", "BENCH-1", ("ocpp2.0.1",)), Station())
    verdict = await here.run()
    assert verdict.verdict is Verdict.FAIL
    assert "not JSON" in verdict.actual
    assert verdict.frames == (1,)


async def test_a_csms_without_a_dialler_cannot_be_judged():
    def script(csms):
        yield say.connect(csms)

    verdict = await stand(script, say.CSMS).run()
    assert (verdict.verdict, verdict.reason) == (Verdict.INCONCLUSIVE, "nobody to dial")


class Phones:
    """Dials: the first link comes to be, every other is refused."""

    remote = False

    def __init__(self, timing):
        self.timing = timing
        self.wires = []

    def dial(self, target, receiver):
        if self.wires:
            self.timing.deliver(lambda: receiver.lost(Lost(Ending.REFUSED, 409)))
            return
        self.wires.append(Wire())
        self.timing.deliver(lambda: receiver.opened(self.wires[0], "ocpp2.0.1"))


async def test_a_second_link_that_is_refused_leaves_the_first():
    def script(csms):
        yield say.connect(csms)
        second = yield say.connect(csms, beside=True, having={"ending": say.one_of("", "refused")})
        yield say.check((second.ending, second.code) == ("refused", 409), "refused", second)
        yield say.say('["still here"]')
        yield say.check((yield say.linked()), "the first link", "none")

    timing = JumpingTime()
    phones = Phones(timing)
    here = stand(script, say.CSMS, timing=timing, dialer=phones)
    verdict = await here.run()
    assert verdict.verdict is Verdict.PASS, verdict
    assert phones.wires[0].sent == [["still here"]]


async def test_bare_sockets_need_real_time():
    def script(csms):
        yield say.on_the_wire(csms, "pings")

    verdict = await stand(script, say.CSMS).run()
    assert (verdict.verdict, verdict.reason) == (Verdict.INCONCLUSIVE, "this needs real sockets")
