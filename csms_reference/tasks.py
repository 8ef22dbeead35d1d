"""How tasks that go on for ever come to their end."""

from __future__ import annotations

import asyncio

AGAIN_S = 0.5


async def end_tasks(*tasks: asyncio.Task[None] | None) -> None:
    """Cancel tasks and wait for their end; None is no task.

    Again and again, for Redis' client may take a cancellation for a failure of its connection that came in the same
    moment. What a task has failed with is not told: it has said so itself.
    """
    pending = {task for task in tasks if task is not None}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN_S)
