"""Several CSMSs at addresses of their own, and one station that can find them all."""

from collections.abc import Callable
from urllib.parse import urlsplit

from protocol.link import Ending, Lost, Receiver, Target
from protocol.transports.memory import MemoryNetwork
from protocol.versions import V201, Version
from simulator.station import Station
from tests.simulator.csms import Csms, Payload, World, profile

OLD, NEW = "ws://old.example/ocpp", "ws://new.example/ocpp"


class Roads:
    """Dials whoever lives at an address."""

    remote = False

    def __init__(self, towns: dict[str, MemoryNetwork]) -> None:
        self.towns = towns
        self.dialled: list[Target] = []
        self.closed: Callable[[Target], bool] = lambda _target: False

    def dial(self, target: Target, receiver: Receiver) -> None:
        self.dialled.append(target)
        if self.closed(target):
            receiver.lost(Lost(Ending.UNREACHABLE))
            return
        self.towns[urlsplit(target.url).hostname].dialer().dial(target, receiver)


class Towns(World):
    """A station commissioned at ``old.example``; ``world.csms`` is there, ``world.other`` at ``new.example``."""

    def __init__(self, version: Version = V201, url: str = OLD, **options: object) -> None:
        super().__init__(version, url=url, **options)

    def build(self) -> Station:
        far = MemoryNetwork(self.clock.soon, self.clock.busy)
        self.other = Csms(self.clock, far)
        self.roads = Roads({"old.example": self.network, "new.example": far})
        return Station(
            "CP-1",
            profile("ac-22kw"),
            self.version,
            self.clock,
            self.roads,
            on_fact=self._note,
            **self._options,
        )

    async def at_other(self, action: str, payload: Payload | None = None, then_s: float = 1) -> object:
        """Call the station from ``new.example``."""
        message_id = self.other.call(action, payload)
        await self.run(self.clock.now + then_s)
        return self.other.replies[message_id]

    async def run(self, until_s: float) -> None:
        await super().run(until_s)
        assert not self.other.bad, self.other.bad

    def hosts(self) -> list[str]:
        """Where the station has dialled, in order."""
        return [urlsplit(target.url).hostname.partition(".")[0] for target in self.roads.dialled]

    async def store(self, slot: int = 2, **changes: object) -> Payload:
        """SetNetworkProfile; returns the answer."""
        return await self.ask("SetNetworkProfile", {"configurationSlot": slot, "connectionData": data(**changes)})

    async def prefer(self, order: str) -> Payload:
        """Set NetworkConfigurationPriority; returns the result."""
        variable = {
            "component": {"name": "OCPPCommCtrlr"},
            "variable": {"name": "NetworkConfigurationPriority"},
            "attributeValue": order,
        }
        return (await self.ask("SetVariables", {"setVariableData": [variable]}))["setVariableResult"][0]

    async def restart(self, then_s: float = 30) -> None:
        """Have the CSMS restart the station."""
        await self.ask("Reset", {"type": "Immediate"}, then_s)


def data(**changes: object) -> Payload:
    """A connectionData that can be accepted."""
    return {
        "ocppVersion": "OCPP20",
        "ocppTransport": "JSON",
        "ocppCsmsUrl": NEW,
        "messageTimeout": 20,
        "securityProfile": 0,
        "ocppInterface": "Wired0",
        **changes,
    }
