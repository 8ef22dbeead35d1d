"""What a local controller publishes no more."""

from csms_reference.services.publications import progress, unpublished
from csms_reference.store import Store


async def test_only_what_is_published_can_end():
    """L04.FR.02, .03."""
    store = Store.open(inline=True)
    what = {"location": "http://x/a", "checksum": "ab" * 16, "answer": "Accepted"}

    def write(database):
        for number, status in ((1, "DownloadFailed"), (2, "Published")):
            progress.asked(database, "CP-1", what | {"request_id": number}, number)
            progress.reported(database, "CP-1", number, status, now_ms=10, places='["http://y/a"]')
        unpublished(database, "CP-1", "AB" * 16, 20)
        unpublished(database, "CP-1", "ab" * 16, 30)
        return [row for row, _ in progress.page(database, "CP-1", 0, 10)]

    failed, ended = await store.write(write)
    assert failed.unpublished_ms is None
    assert (ended.unpublished_ms, ended.places, ended.status) == (20, None, "Published")
    store.close()
