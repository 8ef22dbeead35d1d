"""Stations in either kind of database: looked for, and removed."""

from sqlalchemy import select

from csms_reference.services import registration, status
from csms_reference.services.registration import Registration
from csms_reference.services.status import ConnectorStatus
from csms_reference.store.tables import connectors, stations

ADDED = {"registration": Registration.ACCEPTED, "now_ms": 1}


async def test_stations_are_looked_for_by_any_part_of_what_they_are_called(either):
    def fill(database):
        registration.add(database, "A_1", vendor="Acme", serial="S/100%", **ADDED)
        registration.add(database, "B-1", vendor="acme Ltd.", **ADDED)
        registration.add(database, "C-1", vendor="Other", **ADDED | {"registration": Registration.REJECTED})

    await either.write(fill)

    async def found(after="", **where):
        rows = await either.read(lambda database: registration.page(database, after, 10, **where))
        return [row.station for row in rows]

    assert await found() == ["A_1", "B-1", "C-1"]
    assert await found(text="ACME") == ["A_1", "B-1"]
    assert await found(text="acme", vendor="Acme") == ["A_1"]
    assert await found(text="0%") == ["A_1"]
    assert await found(text="_") == ["A_1"]
    assert await found(registration=Registration.REJECTED) == ["C-1"]
    assert await found(after="A_1", text="acme", registration=None) == ["B-1"]


async def test_when_a_station_was_last_heard_of_does_not_go_back(either):
    def told(*instants):
        def tell(database):
            for at_ms in instants:
                registration.seen(database, "A", at_ms)
            return database.execute(select(stations.c.last_seen_ms)).scalar_one()

        return tell

    await either.write(lambda database: registration.add(database, "A", **ADDED))
    assert await either.write(told(5)) == 5
    assert await either.write(told(7, 6)) == 7


async def test_a_station_goes_with_its_connectors(either):
    def fill(database):
        for name in ("A", "B"):
            registration.add(database, name, **ADDED)
            status.changed(database, name, ConnectorStatus(1, 1, "Available", None), 1)

    def left(database):
        return [list(database.execute(table.select())) for table in (stations, connectors)]

    await either.write(fill)
    assert await either.write(lambda database: registration.remove(database, "A"))
    assert [[row.station for row in rows] for rows in await either.read(left)] == [["B"], ["B"]]
    assert not await either.write(lambda database: registration.remove(database, "A"))
