"""What is typed, or comes through a pipe: standard input, while an event loop runs."""

from __future__ import annotations

import asyncio
import os
import threading


def typed_lines() -> asyncio.Queue[str]:
    """Standard input, line by line; the empty string is its end.

    A thread reads, as no other way works for terminal, pipe and file alike; and it reads past Python's buffer, whose
    lock would keep the interpreter from ending while the thread waits.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        rest = b""
        try:
            while chunk := os.read(0, 65536):
                *whole, rest = (rest + chunk).split(b"\n")
                for line in whole:
                    loop.call_soon_threadsafe(queue.put_nowait, line.decode(errors="replace") + "\n")
            if rest:
                loop.call_soon_threadsafe(queue.put_nowait, rest.decode(errors="replace"))
            loop.call_soon_threadsafe(queue.put_nowait, "")
        except RuntimeError:  # the loop has ended before the input did
            return

    threading.Thread(target=read, name="standard input", daemon=True).start()
    return queue
