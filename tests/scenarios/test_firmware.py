"""Block L with both ends: our CSMS publishes, signs and serves an image; our station fetches and installs it."""

import asyncio
import itertools
import socket
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from csms_reference.api.hal import items_of
from csms_reference.api.public import make_public
from csms_reference.csms import Csms
from csms_reference.files.ftp import Account, FtpServer
from csms_reference.files.room import Room
from csms_reference.files.signing import AUTHORITY
from csms_reference.front import Alone
from csms_reference.pki.hierarchy import Hierarchy
from csms_reference.server import Api
from csms_reference.settings import Settings
from csms_reference.store import Store
from protocol.security import client_tls
from protocol.transports.memory import MemoryNetwork
from protocol.versions import V16, V21, V201
from protocol.x509 import pem
from simulator.clock import VIRTUAL, Clock
from simulator.courier import courier
from simulator.firmware.image import build
from simulator.firmware.memory import running_version
from simulator.keys.memory import Kept, Root, Use
from simulator.profile import load_profile
from simulator.station import Station
from tests.certificates import Authority
from tests.csms_reference.clients import client_of
from tests.simulator.csms import START

PAYLOAD = bytes(range(256)) * 8_000
SECURE = ["Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting", "Installed"]


class Both:
    """One CSMS with its API and its public application on a real port, one station, one clock."""

    def __init__(self, version, folder, start=START, **settings):
        self.clock = Clock(start, VIRTUAL, patience_s=20)
        self.store = Store.open(inline=True)
        numbers = itertools.count(1)
        chosen = Settings(files_folder=str(folder), files_url="http://files.example", **settings)
        self.csms = Csms(
            self.store,
            now=lambda: self.clock.utc,
            busy=self.clock.busy,
            settings=chosen,
            ids=lambda: f"csms-{next(numbers)}",
            monotonic=lambda: self.clock.now,
            call_at=lambda when_s, callback: self.clock.at(when_s, callback).cancel,
        )
        network = MemoryNetwork(self.clock.soon, self.clock.busy)
        network.serve(self.csms)
        self.station = Station(
            "CP-1", load_profile("ac-22kw"), version, self.clock, network.dialer(), url="ws://csms", seed=3
        )  # fmt: skip
        front = Alone(self.csms)
        self.public = make_public(front)
        self.api = client_of(front)

    async def run(self, for_s):
        await self.clock.run(self.clock.now + for_s)

    async def trust(self):
        """The manufacturer's root is in the station when it is delivered."""
        hierarchy = Hierarchy.of(self.csms.settings)
        root = await self.store.write(lambda database: hierarchy.root(database, AUTHORITY, self.clock.utc))
        self.station.flash.remember(Kept(roots=(Root(Use.MANUFACTURER, pem(root)),)))

    async def publish(self, name="ac22-2.0.0.bin", **more):
        answer = await self.api.put(
            f"/firmware/{name}", content=build("AC22", "2.0.0", PAYLOAD, **more), params={"version": "2.0.0"}
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def order(self, **wish):
        """Ask for an update over the API; simulated time goes on meanwhile."""
        return await self.post("/stations/CP-1/firmware", {"image": "ac22-2.0.0.bin", **wish})

    async def command(self, **fields):
        return await self.post("/stations/CP-1/commands", {"command": "update_firmware", **fields})

    async def post(self, path, content):
        asking = asyncio.create_task(self.api.post(path, json=content))
        while not asking.done():
            await self.run(0.1)
            await asyncio.sleep(0.01)
        return asking.result().json()

    async def updates(self):
        return items_of((await self.api.get("/stations/CP-1/firmware")).json())


@asynccontextmanager
async def both(version, folder, *, tls=None, **settings):
    found = Both(version, folder, **settings)
    at = socket.create_server(("127.0.0.1", 0))
    server = Api(found.public, at, tls)
    courier(found.clock).hosts["files.example"] = at.getsockname()
    await found.trust()
    found.station.power_on()
    await found.run(30)
    try:
        yield found
    finally:
        await courier(found.clock).close()
        await server.close()
        await found.api.aclose()
        await found.csms.close()
        found.store.close()


@pytest.mark.parametrize("version", [V16, V201, V21], ids=lambda version: version.name)
async def test_a_signed_image_from_our_csms_is_installed(version, tmp_path):
    async with both(version, tmp_path) as it:
        await it.publish()
        assert (await it.order(request_id=7, retries=1))["status"] == "Accepted"
        await it.run(120)
        (update,) = await it.updates()
        assert [each["status"] for each in update["history"]] == SECURE
        assert (update["answer"], update["status"], update["over"], update["signed"]) == (
            "Accepted",
            "Installed",
            True,
            True,
        )
        assert running_version(it.station) == "2.0.0"
        shown = (await it.api.get("/stations/CP-1")).json()
        assert shown["firmware"] == "2.0.0"


@pytest.mark.parametrize("version", [V16, V201], ids=lambda version: version.name)
async def test_an_unsigned_one_too(version, tmp_path):
    async with both(version, tmp_path) as it:
        await it.publish()
        await it.order(secure=False)
        await it.run(120)
        (update,) = await it.updates()
        said = [each["status"] for each in update["history"]]
        assert said[0] == "Downloading"
        assert said[-1] == "Installed"
        assert "SignatureVerified" not in said


async def test_what_breaks_off_is_resumed_from_our_counter(tmp_path):
    async with both(V201, tmp_path) as it:
        await it.publish()
        it.clock.after(1.6, lambda: it.station.network.cut(for_s=5))
        await it.order(request_id=1, retry_interval=10)
        await it.run(180)
        (update,) = await it.updates()
        said = [each["status"] for each in update["history"]]
        assert said[-1] == "Installed"
        assert "DownloadPaused" in said
        carried = courier(it.clock).carried
        assert carried < 1.6 * len(PAYLOAD)  # not twice the whole


async def test_a_withdrawn_image_and_a_bad_one(tmp_path):
    async with both(V201, tmp_path) as it:
        await it.publish(flaw="self-test")
        await it.order(request_id=1)
        await it.run(200)
        await it.order(request_id=2, retrieve="2025-06-02T07:00:00Z", retries=0)
        assert (await it.api.delete("/firmware/ac22-2.0.0.bin")).status_code == 204
        await it.run(7200)
        first, second = await it.updates()
        assert (first["status"], second["status"]) == ("InstallationFailed", "DownloadFailed")
        assert [each["status"] for each in second["history"]] == ["DownloadScheduled", "Downloading", "DownloadFailed"]
        assert running_version(it.station) == "1.4.2"


@pytest.mark.parametrize("start", [datetime.now(UTC), START], ids=["now", "before the certificate"])
async def test_over_https_by_the_dates_of_the_simulation(tmp_path, start):
    authority = Authority(tmp_path)
    pair = authority.issue(names=("files.example",))
    async with both(V201, tmp_path / "files", tls=(str(pair.cert), str(pair.key)), start=start) as it:
        await it.publish()
        it.station._tls = client_tls(authority.cert)
        await it.command(location="https://files.example/firmware/ac22-2.0.0.bin", retries=0)
        await it.run(120)
        (update,) = await it.updates()
        assert update["status"] == ("DownloadFailed" if start is START else "Installed")


async def test_over_ftp(tmp_path):
    async with both(V201, tmp_path) as it:
        await it.publish()
        server = FtpServer(Room(tmp_path).shared, Account("station", "secret"), host="127.0.0.1", port=0)
        try:
            courier(it.clock).hosts["ftp.example"] = ("127.0.0.1", server.port)
            await it.command(location="ftp://station:secret@ftp.example/firmware/ac22-2.0.0.bin")
            await it.run(120)
        finally:
            await server.close()
        (update,) = await it.updates()
        assert update["status"] == "Installed"
