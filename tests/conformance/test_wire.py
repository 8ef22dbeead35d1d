"""Attacks below OCPP, on a server that holds out and on one that does not."""

import asyncio
import contextlib

import pytest

from conformance import wire
from protocol.link import Admitted, Target
from protocol.transports.lean import serve as lean
from protocol.transports.websocket import serve as library


class Echo:
    """Answers every CALL with an empty result."""

    async def admit(self, knock):
        return Admitted("ocpp2.0.1", self.__class__())

    def opened(self, link, subprotocol):
        self.link = link

    def received(self, data):
        if isinstance(data, str):
            self.link.send(f'[3,"{data.split(chr(34))[1]}",{{}}]')

    def lost(self, why):
        pass


async def on(serve, attack, **args):
    server = await serve(Echo(), "127.0.0.1", 0, **({"compression": True} if attack == "bomb" else {}))
    try:
        target = Target(f"ws://127.0.0.1:{server.port}", "S-1", ("ocpp2.0.1",))
        return await wire.ATTACKS[attack](target, **args)
    finally:
        await server.close(1001, "over")


@pytest.mark.parametrize("serve", [lean, library])
@pytest.mark.parametrize("attack", ["heartbeat", "fragments", "slices", "pings", "lurkers"])
async def test_what_is_allowed_is_answered(serve, attack):
    outcome = await on(serve, attack)
    assert outcome.status == 101
    assert outcome.subprotocol == "ocpp2.0.1"
    assert outcome.answered == ("wire-0",)
    assert outcome.code == 0


@pytest.mark.parametrize("serve", [lean, library])
@pytest.mark.parametrize(
    ("attack", "codes"),
    [("giant", {1009}), ("bomb", {1009}), ("unmasked", {1002}), ("reserved", {1002}), ("mojibake", {1007})],
)
async def test_what_is_not_ends_the_link_by_its_code(serve, attack, codes):
    outcome = await on(serve, attack)
    assert outcome.answered == ()
    assert outcome.code in codes


@pytest.mark.parametrize("serve", [lean, library])
async def test_a_head_that_is_too_large_is_refused(serve):
    outcome = await on(serve, "headers")
    assert outcome.status != 101


async def test_a_server_that_says_nothing_is_given_up(monkeypatch):
    monkeypatch.setattr(wire, "PATIENCE_S", 0.1)
    hung_up = asyncio.Event()

    async def mute(reader, writer):
        with contextlib.suppress(OSError):
            await reader.read()
        writer.transport.abort()
        hung_up.set()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    outcome = await wire.ATTACKS["headers"](Target(f"ws://127.0.0.1:{port}", "S-1", ("ocpp2.0.1",)))
    await hung_up.wait()
    server.close()
    await server.wait_closed()
    assert (outcome.status, outcome.code) == (0, 1006)


def test_an_attack_has_one_name():
    with pytest.raises(ValueError, match="two attacks"):
        wire.attack(wire.ATTACKS["pings"])
