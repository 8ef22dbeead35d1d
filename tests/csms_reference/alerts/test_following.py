"""Reading a table as it grows: nothing twice, or nothing missed."""

from sqlalchemy import delete, insert, select

from csms_reference.alerts.following import Follower
from csms_reference.store.tables import notices

AGAIN = Follower("again", notices, select(notices.c.id, notices.c.received_ms), 2)
ONCE = Follower("once", notices, select(notices.c.id, notices.c.received_ms), 2, once=True)


async def put(on, *numbers, age_s=0):
    at_ms = on.docket.now_ms - age_s * 1000
    rows = [{"id": each, "station": "CP-1", "kind": "K", "received_ms": at_ms, "payload": "{}"} for each in numbers]
    await on.it.store.write(lambda database: database.execute(insert(notices), rows))


async def read(on, follower):
    return [[row.id for row in rows] async for rows in follower.parts(on.docket)]


async def test_young_rows_are_shown_again_until_they_are_settled(watch):
    on = watch()
    assert await read(on, AGAIN) == []
    await put(on, 1, 2, 4)
    assert await read(on, AGAIN) == [[1, 2], [4]]
    on.it.forward(50)
    await put(on, 3, 5)  # 3 was begun before 4, and ended after it
    assert await read(on, AGAIN) == [[1, 2], [3, 4], [5]]
    on.it.forward(20)
    assert await read(on, AGAIN) == [[1, 2], [3, 4], [5]]
    assert await read(on, AGAIN) == [[3, 4], [5]]
    on.it.forward(60)
    await read(on, AGAIN)
    assert await read(on, AGAIN) == []


async def test_once_is_once_and_late(watch):
    on = watch()
    assert await read(on, ONCE) == []
    await put(on, 1, 2, 3)
    on.it.forward(9)
    assert await read(on, ONCE) == []
    on.it.forward(1)
    await put(on, 4)
    assert await read(on, ONCE) == [[1, 2], [3]]
    assert await read(on, ONCE) == []
    on.it.forward(10)
    assert await read(on, ONCE) == [[4]]


async def test_a_new_one_begins_with_the_last_minute(watch):
    on = watch()
    await put(on, 1, 2, age_s=61)
    await put(on, 3, age_s=59)
    assert await read(on, AGAIN) == [[3]]


async def test_a_part_that_was_not_looked_at_comes_again(watch):
    on = watch()
    await read(on, ONCE)
    await put(on, 1, 2, 3)
    on.it.forward(10)
    async for rows in ONCE.parts(on.docket):
        assert len(rows) == 2
        break
    assert await read(on, ONCE) == [[1, 2], [3]]


async def test_rows_that_are_kept_no_longer_are_no_hindrance(watch):
    on = watch()
    await put(on, 1, 2, 3)
    await read(on, AGAIN)
    await on.it.store.write(lambda database: database.execute(delete(notices)))
    await put(on, 7)
    assert await read(on, AGAIN) == [[7]]
