"""A server for logs, and a reader of what has come to it."""

import gzip
import io
import json
import tarfile

from simulator.courier import courier
from simulator.courier.shelf import Shelf
from tests.simulator.csms import World

PLACE = "http://files.example/logs/"


async def booted(**options):
    world = World(**options)
    await world.boot()
    return world


def slowly(world, bytes_s=200.0):
    """From now on files take their time."""
    world.station.network.bandwidth_bytes_s = bytes_s


def served(world, port):
    """Let the station find the server."""
    courier(world.clock).hosts["files.example"] = ("127.0.0.1", port)
    world.clock._patience_s = 10


def logs():
    return Shelf(writable=("/logs/",))


def order(number=1, kind="DiagnosticsLog", location=PLACE, *, oldest=None, latest=None, **more):
    """A GetLogRequest."""
    log = {"remoteLocation": location}
    log |= {"oldestTimestamp": oldest} if oldest else {}
    log |= {"latestTimestamp": latest} if latest else {}
    return {"logType": kind, "requestId": number, "log": log, **more}


def statuses(world, action="LogStatusNotification"):
    return [(ask["status"], ask.get("requestId")) for ask in world.csms.of(action)]


def opened(content):
    """The files in an archive by their names; JSON and lines of JSON as what they say."""
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(content))) as archive:
        names = archive.getnames()
        texts = {name: archive.extractfile(name).read().decode() for name in names}
    return {name: _read(name, text) for name, text in texts.items()}


def _read(name, text):
    return [json.loads(line) for line in text.splitlines()] if name.endswith(".jsonl") else json.loads(text)


__all__ = ["PLACE", "Shelf", "booted", "logs", "opened", "order", "served", "slowly", "statuses"]
