"""Everything that a station can say in 2.1 with the messages of 2.0.1, each enum value and each optional field once:
the CSMS answers each of them as the schema wants, or with a CALLERROR that says why, and goes on."""

import pytest

from protocol.errors import Code
from protocol.session import Answered, Refused
from protocol.versions import V21, V201, Side
from tests.variants import variants

SHARED = sorted(V201.calls[Side.STATION] & V21.calls[Side.STATION])


@pytest.mark.parametrize("version", [V201, V21], ids=str)
@pytest.mark.parametrize("action", SHARED)
async def test_it_survives_everything(bench, action, version):
    it = bench()
    station = await it.station("CP-1", version.name)
    for payload in variants(action, version):
        event = await station.event(action, payload)
        assert isinstance(event, Answered | Refused), (payload, event)
        assert not isinstance(event, Refused) or event.code is not Code.INTERNAL_ERROR, (payload, event)
    assert "currentTime" in await station.ask("Heartbeat", {})
