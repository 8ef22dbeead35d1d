"""A Redis of a test's own, so that it may be killed and stand still."""

import asyncio
import contextlib
import signal

from csms_reference.nodes.redis import failures, open_redis


class Redis:
    """A server at a port. It keeps nothing."""

    def __init__(self, program, port, folder):
        self._command = [str(program), "--port", str(port), "--save", "", "--appendonly", "no", "--dir", str(folder)]
        self.url = f"redis://127.0.0.1:{port}"
        self._process = None

    async def start(self):
        """Start, and wait until it answers."""
        self._process = await asyncio.create_subprocess_exec(*self._command, stdout=asyncio.subprocess.DEVNULL)
        client = open_redis(self.url)
        async with asyncio.timeout(10):
            while True:
                with contextlib.suppress(*failures()):
                    await client.ping()
                    break
                await asyncio.sleep(0.05)
        await client.aclose()

    @property
    def runs(self):
        """Whether it was started, and not killed since."""
        return self._process is not None and self._process.returncode is None

    def stand_still(self):
        """Say nothing, and keep every connection."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self):
        """Go on where it stood still."""
        self._process.send_signal(signal.SIGCONT)

    async def kill(self):
        """SIGKILL, unless it is dead."""
        if self.runs:
            self._process.kill()
            await self._process.wait()
