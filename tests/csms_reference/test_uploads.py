"""Addresses for uploads: one file, once."""

from csms_reference.services import uploads
from csms_reference.store import Store


async def test_only_the_first_file_counts():
    store = Store.open(inline=True)
    number = await store.write(
        lambda database: uploads.offer(database, "a", station="CP-1", most_bytes=10, now_ms=1, expires_ms=100)
    )
    await store.write(lambda database: uploads.attempted(database, number))

    def come(database):
        return uploads.received(database, number, name="x", size=3, sha256="aa", now_ms=5)

    assert await store.write(come)
    assert not await store.write(come)
    found = await store.read(lambda database: uploads.find(database, "a"))
    assert (found.received_ms, found.name, found.attempts) == (5, "x", 1)
    assert await store.read(lambda database: uploads.find(database, "b")) is None
    assert len(await store.read(lambda database: uploads.page(database, None, 0, 10))) == 1
    assert await store.read(lambda database: uploads.page(database, "CP-2", 0, 10)) == []
    store.close()
