"""The CSMS as a program: it ends with whoever started it."""

import asyncio
import json
import sys
from pathlib import Path

import yaml


async def started(tmp_path: Path, *words: str) -> asyncio.subprocess.Process:
    settings = tmp_path / "settings.yaml"
    settings.write_text(yaml.safe_dump({"port": 0, "api_port": 0, "database": f"sqlite:///{tmp_path / 'csms.sqlite'}"}))
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "csms_reference", *words, str(settings), stdin=pipe, stdout=pipe
    )
    assert child.stdout is not None
    assert json.loads(await child.stdout.readline())["ocpp"] > 0
    return child


async def test_it_ends_properly_when_its_parent_is_gone(tmp_path):
    child = await started(tmp_path, "--with-parent")
    child.stdin.close()
    async with asyncio.timeout(30):
        assert await child.wait() == 0
    assert not (tmp_path / "csms.sqlite-wal").exists()


async def test_it_stays_when_input_ends_unless_it_was_told(tmp_path):
    child = await started(tmp_path)
    child.stdin.close()
    try:
        async with asyncio.timeout(1):
            await child.wait()
    except TimeoutError:
        child.terminate()
    async with asyncio.timeout(30):
        assert await child.wait() == 0
