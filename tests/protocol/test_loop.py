"""Which event loop runs, and that it can be told."""

import asyncio

import pytest

from protocol.transports import loop


@pytest.mark.parametrize("name", dict.fromkeys([loop.ASYNCIO, loop.installed()]))
def test_a_loop_runs_under_its_name(name: str) -> None:
    async def main() -> str:
        return loop.in_use()

    assert loop.run(main(), name=name) == name


def test_the_best_installed_loop_is_the_default_and_plain_asyncio_always_there(monkeypatch: pytest.MonkeyPatch) -> None:
    made = loop.factory()()
    assert loop.in_use(made) == loop.installed()
    made.close()
    monkeypatch.setattr(loop, "new_uvloop", None)
    assert loop.installed() == loop.ASYNCIO
    assert loop.factory() is asyncio.new_event_loop


def test_a_loop_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "new_uvloop", None)
    with pytest.raises(ValueError, match="no event loop 'uvloop' here; there is asyncio"):
        loop.factory(loop.UVLOOP)
