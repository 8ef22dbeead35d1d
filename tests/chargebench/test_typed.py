"""Standard input as lines, while an event loop runs."""

from __future__ import annotations

import asyncio
import os

import pytest

from chargebench.typed import typed_lines


@pytest.mark.parametrize(("given", "lines"), [(b"a\nb", ["a\n", "b", ""]), (b"\n", ["\n", ""]), (b"", [""])])
async def test_lines_come_one_by_one_and_then_the_end(given: bytes, lines: list[str]) -> None:
    out, into = os.pipe()
    kept = os.dup(0)
    os.dup2(out, 0)
    try:
        queue = typed_lines()
        os.write(into, given)
        os.close(into)
        async with asyncio.timeout(5):
            assert [await queue.get() for _ in lines] == lines
    finally:
        os.dup2(kept, 0)
        os.close(kept)
        os.close(out)
