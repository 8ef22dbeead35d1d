"""The caller: where it dials, as whom and with what, and what it cannot do."""

import ssl

import pytest

from conformance.caller import Caller
from conformance.handshakes import OLD
from conformance.mutants import NO_GUISE, Guise
from conformance.rigs.polite import ATTEMPTS, MOST_S
from conformance.vocabulary import CSMS, V201, Connect, Subject
from protocol.link import Admitted, Turned
from protocol.transports.lean import serve


class Phone:
    """A dialer that notes what is dialled."""

    remote = False

    def __init__(self):
        self.dialled = []

    def dial(self, target, receiver):
        self.dialled.append(target)


def caller(*, guise=NO_GUISE, url="", **more):
    phone = Phone()
    return Caller(Subject(CSMS, V201, **more), phone, url, guise), phone


def test_what_an_order_leaves_open_is_as_the_station_does_it():
    made, phone = caller(urls=("ws://csms",), secure_urls=("wss://csms",), password="secret", security_profile=1)
    for order in (Connect(), Connect(identity="CP-2", password="", offers=("ocpp1.6",), security_profile=2)):
        made.call(order, None, print)
    usual, other = phone.dialled
    assert (usual.url, usual.identity, usual.offers, usual.password) == (
        "ws://csms",
        "BENCH-1",
        ("ocpp2.0.1",),
        "secret",
    )
    assert usual.tls is None
    assert (other.url, other.identity, other.offers, other.password) == ("wss://csms", "CP-2", ("ocpp1.6",), None)
    assert other.tls is not None


def test_a_certificate_takes_the_place_of_the_password():
    made, phone = caller(secure_urls=("wss://csms",), password="secret", security_profile=3)
    made.call(Connect(), None, print)
    assert phone.dialled[0].password is None


def test_what_hinders_a_call():
    made, _ = caller()
    assert made.hindrance(Connect()) == ""
    assert Caller(Subject(CSMS, V201), None, "ws://x").hindrance(Connect()) == "nobody to dial"
    assert made.hindrance(Connect(at_most=OLD[0])) == ("" if ssl.HAS_TLSv1_1 else "no TLS 1.1 in this OpenSSL")


def test_attacks_need_a_socket():
    assert caller(url="ws://csms")[0].attacks("real")
    assert not caller(url="ws://csms")[0].attacks("virtual")
    assert not caller()[0].attacks("real")


async def test_an_attack_on_nobody_ends_as_if_the_link_was_cut():
    made, _ = caller(url="ws://127.0.0.1:9")
    assert (await made.attack("pings")).code == 1006
    disguised, _ = caller(url="ws://127.0.0.1:9", guise=Guise(on_wire={"code": 1000}))
    assert (await disguised.attack("pings")).code == 1000


def test_a_mutant_is_connected_in_its_guise():
    assert caller()[0].connected("ocpp2.0.1", None).subprotocol == "ocpp2.0.1"
    assert caller(guise=Guise(connects={"subprotocol": "x"}))[0].connected("ocpp2.0.1", None).subprotocol == "x"


class Busy:
    """A CSMS that turns away the first so many, and then answers."""

    def __init__(self, *turned):
        self.turned = list(turned)

    async def admit(self, knock):
        return self.turned.pop(0) if self.turned else Admitted("ocpp2.0.1", self)

    def opened(self, link, subprotocol):
        self.link = link

    def received(self, data):
        self.link.send(f'[3,"{data.split(chr(34))[1]}",{{}}]')

    def lost(self, why):
        pass


async def attacked(*turned):
    server = await serve(Busy(*turned), "127.0.0.1", 0)
    try:
        return await caller(url=f"ws://127.0.0.1:{server.port}")[0].attack("heartbeat")
    finally:
        await server.close(1001, "over")


@pytest.mark.parametrize("status", [429, 503])
async def test_an_attack_that_is_to_come_later_comes_later(status):
    outcome = await attacked(*[Turned(status, "later", 0)] * (ATTEMPTS - 1))
    assert (outcome.status, outcome.answered) == (101, ("wire-0",))


async def test_who_is_told_to_come_later_again_and_again_has_that_for_an_answer():
    outcome = await attacked(*[Turned(429, "later", 0)] * ATTEMPTS)
    assert (outcome.status, outcome.retry_after_s) == (429, 0)


@pytest.mark.parametrize("turned", [Turned(401, "no", 1), Turned(503, "later", int(MOST_S) + 1)])
async def test_no_other_refusal_is_waited_for(turned):
    assert (await attacked(turned)).status == turned.status
