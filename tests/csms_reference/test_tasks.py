"""The end of tasks that go on for ever."""

import asyncio
import contextlib

from csms_reference import tasks
from csms_reference.tasks import end_tasks


async def stubborn(times):
    """Takes so many cancellations for something else."""
    for _ in range(times):
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
    await asyncio.Event().wait()


async def test_a_task_that_takes_its_end_for_something_else_ends_all_the_same(monkeypatch):
    monkeypatch.setattr(tasks, "AGAIN_S", 0)
    running = [asyncio.create_task(stubborn(times)) for times in (0, 2)]
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await end_tasks(*running, None)
    assert all(task.cancelled() for task in running)


async def test_what_is_over_or_has_failed_keeps_nobody():
    async def fails():
        raise ValueError("it has said so")

    failed = asyncio.create_task(fails())
    await asyncio.wait([failed])
    await end_tasks(failed)
    await end_tasks()
    assert isinstance(failed.exception(), ValueError)
