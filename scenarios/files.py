"""Files in a scenario: images that the CSMS offers, places to upload to, and the host where stations find them."""

from __future__ import annotations

import socket
import tempfile
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

from csms_reference.front import Alone
from scenarios.model import CsmsSettings, Image
from simulator.clock import Clock
from simulator.courier import courier
from simulator.firmware.image import build

if TYPE_CHECKING:
    import httpx

    from csms_reference.csms import Csms
    from csms_reference.server import Api

HOST = "files.example"
"""Where URLs in messages lead, so that they are the same in each run."""

URL = f"http://{HOST}"


def made(image: Image) -> bytes:
    """The file of an image; the same in each run."""
    return build(image.model, image.version, bytes(islice(cycle(range(251)), image.size)), flaw=image.flaw)


async def set_up(client: httpx.AsyncClient, settings: CsmsSettings) -> None:
    """Publish the images over a CSMS's API, and make the addresses for uploads. Raises httpx.HTTPStatusError."""
    for image in settings.images:
        query = {"version": image.version, "model": image.model, "sign_with": image.sign}
        (await client.put(f"/firmware/{image.name}", params=query, content=made(image))).raise_for_status()
    for address in settings.uploads:
        (await client.post("/uploads", json={"address": address})).raise_for_status()


def settings_for(scenario: CsmsSettings, folder: str) -> dict[str, Any]:
    """What the CSMS's own settings say of files; nothing where the scenario has none."""
    return {"files_folder": folder, "files_url": URL} if scenario.has_files else {}


def show_the_way(clock: Clock, at: tuple[str, int] | None) -> None:
    """Let stations find the files of the run's CSMS."""
    if at is not None:
        courier(clock).hosts[HOST] = at


class Counter:
    """Serves what is public of a CSMS in this process, on a port of its own."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="chargebench-files-")
        self._api: Api | None = None

    def open(self, csms: Csms) -> tuple[str, int]:
        """Serve; returns where."""
        from csms_reference.api.public import make_public  # noqa: PLC0415 -- takes half a second, for few scenarios
        from csms_reference.server import Api  # noqa: PLC0415

        at = socket.create_server(("127.0.0.1", 0))
        self._api = Api(make_public(Alone(csms)), at)
        host, port = at.getsockname()
        return str(host), int(port)

    async def close(self) -> None:
        """End, and throw the files away."""
        if self._api is not None:
            await self._api.close()
        self.folder.cleanup()
