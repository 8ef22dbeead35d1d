"""The page about events: its table is the registry, and its examples run."""

import asyncio
import re
import shutil
import sys
from pathlib import Path

import pytest

from csms_reference.events.kinds import KINDS
from tests.csms_reference.events.test_kinds import session_2_0_1

PAGE = Path(__file__).parents[3] / "docs" / "events.md"
TEXT = PAGE.read_text(encoding="utf-8")


def between(begin, end):
    return TEXT.partition(begin)[2].partition(end)[0].strip()


def rows():
    for kind in KINDS.values():
        yield f"| `{kind.name}` | `{kind.scope}` | {' '.join(kind.data.__doc__.split()).replace('``', '`')} |"


def test_the_table_is_the_registry():
    assert between("<!-- kinds -->", "<!-- end -->") == "\n".join(rows())


async def lines_of(*command):
    """A running program, and what it prints."""
    program = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    return program, program.stdout


async def heard(it, out, wanted):
    """Have a station charge once somebody listens; the lines up to the one that is wanted."""
    async with asyncio.timeout(20):
        while "transaction.started" not in it.csms.bus.wanted:  # noqa: ASYNC110 -- the program tells nobody
            await asyncio.sleep(0.01)
        await session_2_0_1(await it.station("CP-1", "2.0.1"))
        found = []
        while not found or wanted not in found[-1]:
            found.append((await out.readline()).decode())
        return found


@pytest.mark.parametrize("how", ["curl", "python"])
async def test_the_examples_run(served, tmp_path, how):
    it, address = served
    if how == "curl":
        if shutil.which("curl") is None:
            pytest.skip("curl is not installed")
        query = re.search(r"curl -N 'http://127.0.0.1:9080(.*)'", TEXT)[1]
        command = ("curl", "-sN", "--noproxy", "*", f"http://{address}{query}")
    else:
        example = tmp_path / "follow.py"
        example.write_text(between("<!-- example -->\n```python", "```"), encoding="utf-8")
        command = (sys.executable, str(example), f"http://{address}")
    program, out = await lines_of(*command)
    try:
        found = await heard(it, out, "transaction.ended")
    finally:
        program.kill()
        await program.wait()
    if how == "curl":
        assert found[0] == "retry: 2000\n"
        assert sum(line.startswith("id: ") for line in found) == 3
    else:
        assert found == [
            "CP-1 transaction.started 0.0\n",
            "CP-1 transaction.updated 500.0\n",
            "CP-1 transaction.ended 1000.0\n",
        ]
