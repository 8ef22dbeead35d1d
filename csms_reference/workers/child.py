"""One life of one worker, as its parent sees it."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable

from csms_reference.settings import Settings
from csms_reference.workers.frames import PROTOCOL, Frame
from csms_reference.workers.wire import HungUp, Wire
from csms_reference.workers.worker import plain

log = logging.getLogger(__name__)

START_S = 60.0
"""How long a worker may take from its start to its first station."""

END_S = 60.0
"""How long a worker may take to end once it was told to, or has lost its line: longer than it allows itself."""


QUESTIONS = 3
"""So many questions must stay unanswered before a worker counts as hanging."""


class StillBorn(OSError):
    """A worker did not come to serve; the message says why."""


class Child:
    """A worker's process and the line to it. ``heard`` gets what it says while it serves, ``parted`` its line's end."""

    def __init__(self, number: int, heard: Callable[[Frame], None], parted: Callable[[str], None]) -> None:
        self.number = number
        self.wire = Wire(self._take, self._parted)
        self.process: Process | None = None
        self._heard = heard
        self._tell_parted = parted
        self._ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @property
    def pid(self) -> int | None:
        """Its process id, once it has one."""
        return None if self.process is None else self.process.pid

    async def start(self, settings: Settings) -> int:
        """Start the process and return the port at which it serves. Raises StillBorn, OSError."""
        await self._spawn()
        level = logging.getLogger().getEffectiveLevel()
        self.wire.send("serve", content={"settings": plain(settings), "log_level": level})
        try:
            async with asyncio.timeout(START_S):
                return await self._ready
        except TimeoutError:
            self._kill()
            raise StillBorn(f"worker {self.number} did not serve within {START_S:g} s") from None

    async def _spawn(self) -> None:
        ours, its = socket.socketpair()
        try:
            with its:
                # A session of its own: Ctrl-C reaches the parent alone, which ends its workers in order.
                self.process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "csms_reference.workers", str(its.fileno())),
                    stdin=DEVNULL,
                    stdout=DEVNULL,
                    pass_fds=(its.fileno(),),
                    start_new_session=True,
                )
            await asyncio.get_running_loop().create_unix_connection(lambda: self.wire, sock=ours)
        except BaseException:
            ours.close()
            raise

    async def falls_silent(self, after_s: float) -> bool:
        """Wait until it has not answered for so long (True), or its line has ended.

        Several questions in a row must stay open: a single one does when this process, or the machine, stood still.
        """
        unanswered = 0
        while unanswered < QUESTIONS:
            try:
                async with asyncio.timeout(after_s / QUESTIONS):
                    await self.wire.ask("alive", {})
            except HungUp:
                return False
            except TimeoutError:
                unanswered += 1
            else:
                unanswered = 0
                await asyncio.sleep(after_s / QUESTIONS)
        return True

    def give_up(self, why: str) -> None:
        """Kill it, and wait for no answer any more."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
        self.wire.cut(why)

    async def ended(self) -> str:
        """Wait for the end of the process; returns how it ended, in words."""
        if self.process is None:
            return "was not started"
        code = await self.process.wait()
        if code < 0:
            return f"was killed by {signal.Signals(-code).name}"
        return f"ended with exit code {code}"

    async def end(self) -> None:
        """Ask it to end, and see to it."""
        self.wire.send("end")
        await self.outlive()

    async def outlive(self) -> None:
        """Wait for its end, and bring that about where it takes too long."""
        if self.process is None:
            return
        try:
            async with asyncio.timeout(END_S):
                await self.process.wait()
        except TimeoutError:
            self._kill()
            await self.process.wait()

    def _kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            log.error("worker %d takes too long and is killed", self.number)
            self.process.kill()

    # -- the line -------------------------------------------------------------------------------------------------

    def _take(self, frame: Frame) -> None:
        take = TAKES.get(frame.kind)
        if take is None:
            self._heard(frame)
        else:
            take(self, frame)

    def _hello(self, frame: Frame) -> None:
        if frame.number != PROTOCOL:
            self._failed(f"worker {self.number} speaks version {frame.number} of the line's protocol, not {PROTOCOL}")
            self.wire.hang_up("another version")

    def _serves(self, frame: Frame) -> None:
        if not self._ready.done():
            self._ready.set_result(frame.number)

    def _unusable(self, frame: Frame) -> None:
        self._failed(frame.content)

    def _logs(self, frame: Frame) -> None:
        name, text, trace, about = frame.content
        logger = logging.getLogger(name)
        if logger.isEnabledFor(frame.number):
            said = f"worker {self.number}: {text}"
            record = logging.LogRecord(name, frame.number, "", 0, said, None, None)
            record.exc_text, record.about, record.worker = trace, about, self.number
            logger.handle(record)

    def _failed(self, why: str) -> None:
        if not self._ready.done():
            self._ready.set_exception(StillBorn(why))

    def _parted(self, why: str) -> None:
        self._failed(f"worker {self.number} ended before it served ({why})")
        asyncio.get_running_loop().call_later(END_S, self._kill)  # without a line it ends by itself, or should
        self._tell_parted(why)


TAKES: dict[str, Callable[[Child, Frame], None]] = {
    "hello": Child._hello,  # noqa: SLF001 -- its own table
    "ready": Child._serves,  # noqa: SLF001
    "unusable": Child._unusable,  # noqa: SLF001
    "log": Child._logs,  # noqa: SLF001
}
"""What a worker says to the one who started it; the rest is about stations."""
