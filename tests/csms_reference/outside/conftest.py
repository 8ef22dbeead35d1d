"""A CSMS that serves on ports of this machine."""

import contextlib

import pytest

from csms_reference.server import start
from csms_reference.settings import Settings


@pytest.fixture
def serving(tmp_path):
    """Makes CSMSs in this process, each with a database in memory; ``async with serving(...) as running``."""

    @contextlib.asynccontextmanager
    async def make(**settings):
        given = {"port": 0, "api_port": 0, "database": "sqlite://", "files_folder": str(tmp_path / "files"), **settings}
        running = await start(Settings.of(given))
        try:
            yield running
        finally:
            await running.close()

    return make
