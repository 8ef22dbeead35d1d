"""The gate: who is let in, and what is told of those who are not."""

import ssl

import pytest

from conformance.gate import GREETED_S, Gate
from conformance.handshakes import Shaken
from conformance.mutants import Guise
from conformance.timing import JumpingTime
from conformance.vocabulary import STATION, V201, Doors, Manners, Subject
from protocol.link import Admitted, Knock


def gate(**more):
    """A gate, and everybody who came to it."""
    came, guise = [], more.pop("guise", Guise())
    timing = JumpingTime()
    made = Gate(Subject(STATION, V201, **more), timing, arrived=came.append, receive=lambda who: who, guise=guise)
    return made, came, timing


def knock(*offers, **more):
    return Knock(more.pop("identity", "BENCH-1"), offers or ("ocpp2.0.1",), **more)


async def test_only_the_station_under_test_comes_in():
    here, came, _ = gate(password="secret")
    assert (await here.admit(knock(identity="SOMEBODY"))).status == 404
    assert came == []
    assert (await here.admit(knock(password="wrong"))).status == 401
    assert (await here.admit(knock("ocpp1.6", password="secret"))).status == 101
    assert [each.ending for each in came] == ["wrong password", "only ocpp2.0.1 is under test"]
    admitted = await here.admit(knock("ocpp1.6", "ocpp2.0.1", password="secret"))
    assert admitted.subprotocol == "ocpp2.0.1"
    here.closed = True
    assert (await here.admit(knock(password="secret"))).status == 404


async def test_doors_are_closed_one_by_one_and_open_to_another_password():
    here, came, _ = gate()
    here.move(Doors(open=False, at=1, secure=False))
    assert (await here.admit(knock(), 1)).status == 503
    assert (came[0].at, came[0].ending) == (1, "shut out")
    assert isinstance(await here.admit(knock(), 0), Admitted)
    assert isinstance(await here.admit(knock(secure=True), 1), Admitted)
    here.move(Doors(open=True, password="new"))
    assert (await here.admit(knock(), 1)).status == 401
    assert isinstance(await here.admit(knock(password="new"), 1), Admitted)


async def test_a_mutant_comes_in_its_guise():
    here, came, _ = gate(password="secret", guise=Guise(arrives={"password": "wrong"}))
    assert (await here.admit(knock(password="secret"))).status == 401
    assert came[0].password == "wrong"


@pytest.mark.parametrize(("behaves", "told"), [(False, ["it went without a word"]), (True, [])])
async def test_who_shakes_hands_and_says_nothing_has_gone_again(behaves, told):
    """Unless the case wants another handshake meanwhile."""
    here, came, timing = gate()
    end = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="x")
    here._shaken(0, Shaken(end, begun=True))
    if behaves:
        here.behave(Manners())
    timing.at(GREETED_S + 1, timing.stop)
    await timing.run()
    assert [each.why for each in came] == told


def test_a_station_that_takes_any_certificate_is_shown_a_good_one():
    honest, credulous = gate()[0], gate(guise=Guise(credulous=True))[0]
    for each, same in ((honest, False), (credulous, True)):
        before = each.hand(0)
        each.behave(Manners(certificate="expired"))
        assert (each.hand(0) is before) is same
