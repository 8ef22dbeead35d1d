"""Two stations of one clock: one with a local controller, and one behind it, each with a CSMS of its own."""

import hashlib

from protocol.transports.memory import MemoryNetwork
from tests.simulator.csms import Csms, World
from tests.simulator.firmware.maker import URL, image, shelf

CONTROLLER = {"LocalController.Available": True}
CONTENT = image()
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()


class Neighbour(World):
    """A station in the clock of another one's world."""

    def __init__(self, world, **options):
        super().__init__(**options)
        self.clock = world.clock
        self.network = MemoryNetwork(self.clock.soon, self.clock.busy)
        self.csms = Csms(self.clock, self.network)
        self.station = self.build()


async def controller(port, **options):
    """The world of a station with a local controller that finds files at a port."""
    world = World(config=CONTROLLER, **options)
    shelf(world, port)
    world.clock._patience_s = 10
    await world.boot()
    return world


def publication(number=1, *, checksum=MD5, location=URL, **more):
    """A PublishFirmwareRequest."""
    return {"requestId": number, "checksum": checksum, "location": location, **more}


def told(world):
    return [(ask["status"], ask.get("requestId")) for ask in world.csms.of("PublishFirmwareStatusNotification")]


def words(world):
    return [status for status, _ in told(world)]


def places(world):
    """Where what was published last can be fetched."""
    return [ask["location"] for ask in world.csms.of("PublishFirmwareStatusNotification") if "location" in ask][-1]
