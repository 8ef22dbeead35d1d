"""Links are tested on every event loop that is installed."""

from protocol.transports import loop

LOOPS = dict.fromkeys([loop.ASYNCIO, loop.installed()])


def pytest_asyncio_loop_factories(config, item):
    return {name: loop.factory(name) for name in LOOPS}
