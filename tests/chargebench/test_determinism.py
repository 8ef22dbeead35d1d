"""The same seed gives the same run, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios import library
from scenarios.runner import run


async def messages(name: str, seed: int, out: Path) -> bytes:
    """The recorded frames of one run in process."""
    await run(library.load(name), out=out, seed=seed)
    return (out / "messages.jsonl").read_bytes()


@pytest.mark.parametrize("name", ["cable-first", "charging-day"])
async def test_the_same_seed_gives_the_same_bytes_and_another_does_not(name: str, tmp_path: Path) -> None:
    first = await messages(name, 7, tmp_path / "first")
    again = await messages(name, 7, tmp_path / "again")
    other = await messages(name, 8, tmp_path / "other")
    assert len(first) > 1_000
    assert first == again
    assert first != other
