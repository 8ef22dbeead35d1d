"""What only the lean dialer offers: to wait for goodbyes without cutting anybody off."""

from protocol.link import Admitted, Knock, Target
from protocol.transports.lean import LeanDialer, serve
from tests.protocol.ends import OFFERS, End


class Door:
    def __init__(self) -> None:
        self.end = End()

    async def admit(self, knock: Knock) -> Admitted:
        return Admitted(OFFERS[0], self.end)


async def test_a_dialer_is_drained_once_both_sides_have_said_goodbye():
    door, here, dialer = Door(), End(), LeanDialer()
    await dialer.drained()  # nobody was ever there
    server = await serve(door, "127.0.0.1", 0)
    try:
        dialer.dial(Target(f"ws://127.0.0.1:{server.port}", "CP-1", OFFERS), here)
        while here.link is None:
            await here._changed.wait()
        here.link.close(1001, "bye")
        assert here.why is None
        await dialer.drained()
        assert here.why is not None
        assert here.why.code == 1001
    finally:
        await dialer.close()
        await server.close()
