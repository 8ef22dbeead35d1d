"""Firmware that local controllers were asked to publish (L03), how that went, and what they no longer publish (L04)."""

from __future__ import annotations

from sqlalchemy import Connection, update

from csms_reference.services.progress import Progress
from csms_reference.store.log_tables import publication_statuses, publications

ENDS = frozenset({"Published", "DownloadFailed", "InvalidChecksum", "PublishFailed"})
"""Statuses after which nothing more follows (PublishFirmwareStatusEnumType)."""

progress = Progress(publications, publication_statuses, ENDS)


def unpublished(connection: Connection, station: str, checksum: str, now_ms: int) -> None:
    """A controller publishes a firmware no more, or did not (L04.FR.02, .03)."""
    table = publications
    whose = (table.c.station == station, table.c.checksum == checksum.lower(), table.c.status == "Published")
    connection.execute(
        update(table).where(*whose, table.c.unpublished_ms.is_(None)).values(unpublished_ms=now_ms, places=None)
    )
