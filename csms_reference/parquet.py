"""Meter values as a Parquet file, written page by page."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from csms_reference.services import readings
from csms_reference.services.readings import Choice
from csms_reference.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS: dict[str, tuple[str, str]] = {
    "station": ("string", "the station's identity"),
    "transaction_id": ("string", "null outside of transactions"),
    "evse": ("int32", "0 is the station's main meter"),
    "connector": ("int32", "null where the station does not say"),
    "timestamp": ("instant", "by the station's clock; null where what it wrote is no instant"),
    "received": ("instant", "when the CSMS received it; null for values of older versions"),
    "measurand": ("string", "as in OCPP, such as Energy.Active.Import.Register"),
    "context": ("string", "as in OCPP, such as Sample.Periodic"),
    "phase": ("string", "as in OCPP; null over all phases"),
    "location": ("string", "as in OCPP, such as Outlet"),
    "unit": ("string", "of the value: Wh, W, A, V, Percent …; k prefixes and multipliers are resolved"),
    "value": ("double", "in the unit; null where what came is no finite number"),
    "text": ("string", "what came where that is no finite number"),
}
"""The file's columns: their types, and what they hold."""


def schema() -> pa.Schema:
    """The file's schema; each column's ``description`` is in its metadata."""
    import pyarrow as pa  # noqa: PLC0415 -- takes 50 MB, which a CSMS that exports nothing does not need

    types = {
        "string": pa.string(),
        "int32": pa.int32(),
        "double": pa.float64(),
        "instant": pa.timestamp("ms", tz="UTC"),
    }
    return pa.schema(
        [pa.field(name, types[kind], metadata={"description": told}) for name, (kind, told) in COLUMNS.items()]
    )


async def export(store: Store, chosen: Choice, to: Path | IO[bytes]) -> int:
    """Write the chosen meter values to a file; how many there were. Memory holds one page.

    Raises StoreError, OSError.
    """
    from pyarrow import parquet  # noqa: PLC0415 -- as above

    after, last = await store.read(readings.bounds)
    found = 0
    with parquet.ParquetWriter(to, layout := schema(), compression="zstd") as writer:
        while after < last:
            rows = await store.read(partial(readings.page, chosen=chosen, after=after))
            after += readings.SPAN
            found += len(rows)
            if rows:
                await asyncio.to_thread(writer.write_table, _table(rows, layout))
    return found


def _table(rows: Sequence[Any], layout: pa.Schema) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 -- as above

    kept = {"timestamp": "timestamp_ms", "received": "received_ms"}
    columns = {name: [getattr(row, kept.get(name, name)) for row in rows] for name in COLUMNS}
    return pa.table(columns, schema=layout)
