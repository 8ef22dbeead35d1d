"""The register of firmware: images, updates, and which status belongs to which."""

import pytest

from csms_reference.services import firmware
from csms_reference.services.firmware import ENDS, Image, Update
from csms_reference.services.retention import Kept
from csms_reference.store import Store
from csms_reference.store.firmware_tables import firmware_statuses, firmware_updates


@pytest.fixture
def database():
    store = Store.open(inline=True)

    async def write(work):
        return await store.write(work)

    yield write
    store.close()


def wanted(number, answer="Accepted"):
    return Update(number, "http://files.example/a.bin", signed=False, retrieve_ms=0, install_ms=None, answer=answer)


async def test_an_image_takes_the_place_of_its_namesake(database):
    for version in ("1", "2"):
        image = Image("a.bin", 3, "aa", "bb", version)
        await database(lambda connection, image=image: firmware.publish(connection, image, 1))
    (row,) = await database(lambda connection: firmware.images(connection, 0, 10))
    assert (row.id, row.version) == (1, "2")
    assert await database(lambda connection: firmware.withdraw(connection, "a.bin"))
    assert not await database(lambda connection: firmware.withdraw(connection, "a.bin"))


async def test_a_status_that_was_quicker_than_the_answer_counts(database):
    await database(lambda connection: firmware.reported(connection, "CP-1", 7, "Downloading", now_ms=105))
    await database(lambda connection: firmware.asked(connection, "CP-1", wanted(7), 100))
    ((row, history),) = await database(lambda connection: firmware.updates(connection, "CP-1", 0, 10))
    assert (row.status, row.status_ms, [each.status for each in history]) == ("Downloading", 105, ["Downloading"])


async def test_updates_without_numbers_are_told_apart_by_time(database):
    for asked_ms, status in ((100, "DownloadFailed"), (200, "Installed")):
        await database(lambda connection, at=asked_ms: firmware.asked(connection, "CP-1", wanted(None), at))
        await database(
            lambda connection, at=asked_ms, status=status: firmware.reported(
                connection, "CP-1", None, status, now_ms=at + 50
            )
        )
    rows = await database(lambda connection: firmware.updates(connection, "CP-1", 0, 10))
    assert [(row.status, len(history)) for row, history in rows] == [("DownloadFailed", 1), ("Installed", 1)]


async def test_a_refused_update_gets_no_status(database):
    await database(lambda connection: firmware.asked(connection, "CP-1", wanted(7, "Rejected"), 100))
    await database(lambda connection: firmware.reported(connection, "CP-1", 7, "Downloading", now_ms=150))
    ((row, _),) = await database(lambda connection: firmware.updates(connection, "CP-1", 0, 10))
    assert row.status is None


async def test_old_lines_give_way(database):
    kept = Kept(notices=10)
    for number in range(400):
        await database(lambda connection, n=number: firmware.asked(connection, "CP-1", wanted(n), n, kept))
        await database(
            lambda connection, n=number: firmware.reported(connection, "CP-1", n, "Downloading", now_ms=n, kept=kept)
        )
    for table in (firmware_statuses, firmware_updates):
        rows = await database(lambda connection, table=table: list(connection.execute(table.select())))
        assert 10 <= len(rows) < 200


def test_ends():
    assert "Installed" in ENDS
    assert "Installing" not in ENDS
