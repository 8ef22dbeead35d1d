"""When stations were last heard of that have left is written, and for many at once."""

import pytest

from csms_reference.farewells import EVERY_S
from csms_reference.store.tables import stations

pytestmark = pytest.mark.one_node("each node notes its own")


async def test_stations_that_leave_together_are_noted_together(bench):
    """A network that fails takes thousands with it, and several processes may share the database."""
    it = bench()
    there = [await it.station(f"CP-{n}") for n in range(30)]
    await it.quiet()
    writes = it.csms.store.figures()["store_writes"]
    for station in there:
        station.link.abort()
    await it.quiet()
    assert it.csms.store.figures()["store_writes"] - writes <= 2
    assert {row["last_seen_ms"] for row in await it.rows(stations)} == {it.csms.now_ms()}


async def test_stations_that_leave_soon_after_others_are_noted_together(bench):
    it = bench()
    there = [await it.station(f"CP-{n}") for n in range(4)]
    it.forward(60)
    heard_ms = it.csms.now_ms()
    for station in there:
        await station.ask("Heartbeat", {})

    async def noted():
        await it.quiet()
        return {row["station"] for row in await it.rows(stations) if row["last_seen_ms"] == heard_ms}

    for station in there[:3]:
        station.link.abort()
        await it.quiet()
    assert await noted() == {"CP-0"}
    it.forward(EVERY_S)
    assert await noted() == {"CP-0", "CP-1", "CP-2"}
    there[3].link.abort()
    assert await noted() == {"CP-0", "CP-1", "CP-2"}
    await it.csms.close()  # nobody waits then
    assert len(await noted()) == 4
