"""Everything that a CSMS can say in 2.1 with the messages of 2.0.1, each enum value and each optional field once: a
station answers each of them as the schema wants, or with a CALLERROR, and goes on."""

import pytest

from protocol.versions import V21, V201, Side
from tests.simulator.csms import World
from tests.variants import variants

SHARED = sorted(V201.calls[Side.CSMS] & V21.calls[Side.CSMS])


@pytest.mark.parametrize("version", [V201, V21], ids=str)
@pytest.mark.parametrize("action", SHARED)
async def test_it_survives_everything(action, version):
    world = World(version)
    world.csms.answers["SignCertificate"] = {"status": "Accepted"}
    await world.boot()
    for payload in variants(action, version):
        if action == "Reset":
            await world.run(world.clock.now + 40)
        answer = await world.ask(action, payload, 0.2)
        assert isinstance(answer, dict | str), payload
        assert world.station.powered
    await world.run(world.clock.now + 300)
    assert world.station.powered
