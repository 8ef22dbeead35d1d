"""The time series of a run: spilled to an Arrow stream while it runs (a cut leaves it readable), Parquet at the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

SCHEMA = pa.schema(
    [
        pa.field("t", pa.float64(), nullable=False),
        pa.field("station", pa.string(), nullable=False),
        pa.field("evse", pa.int16(), nullable=False),
        pa.field("power_w", pa.float64()),
        pa.field("energy_wh", pa.float64()),
        pa.field("current_a", pa.float64()),
        pa.field("voltage_v", pa.float64()),
        pa.field("limit_a", pa.float64()),
        pa.field("soc_percent", pa.float64()),
    ]
)
FINISHED = "samples.parquet"
SPILLED = "samples.arrows"
ROWS_PER_GROUP = 16_384

Row = tuple[
    float, str, int, float | None, float | None, float | None, float | None, float | None, float | None
]  # as SCHEMA


class SampleWriter:
    """Collects rows and spills them by the group into ``samples.arrows``; ``finish`` turns that into Parquet."""

    __slots__ = ("_directory", "_rows", "_sink", "_stream")

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._rows: list[Row] = []
        self._sink: pa.OSFile | None = None
        self._stream: pa.ipc.RecordBatchStreamWriter | None = None

    def add(self, row: Row) -> None:
        """Take one row, its values in the order of ``SCHEMA``."""
        self._rows.append(row)
        if len(self._rows) >= ROWS_PER_GROUP:
            self.spill()

    def spill(self) -> None:
        """Hand the rows collected so far to the operating system."""
        if not self._rows:
            return
        if self._stream is None:
            self._sink = pa.OSFile(str(self._directory / SPILLED), "wb")
            self._stream = pa.ipc.new_stream(self._sink, SCHEMA)
        self._stream.write_batch(_batch(self._rows))
        self._rows.clear()

    def close(self) -> None:
        """Spill and close; what was spilled stays as it is."""
        self.spill()
        if self._stream is not None and self._sink is not None:
            self._stream.close()
            self._sink.close()
        self._stream = self._sink = None

    def finish(self) -> Path:
        """Write ``samples.parquet`` and drop the spilled stream; returns the path of the former."""
        self.close()
        spilled, finished = self._directory / SPILLED, self._directory / FINISHED
        with pq.ParquetWriter(finished, SCHEMA, compression="zstd") as parquet:
            for batch in _spilled_batches(spilled):
                parquet.write_batch(batch)
        spilled.unlink(missing_ok=True)
        return finished


def read(directory: Path) -> tuple[pa.Table, str | None]:
    """The samples of a run directory, and what is missing of them: None when nothing is."""
    finished, spilled = directory / FINISHED, directory / SPILLED
    if finished.exists() and not spilled.exists():
        try:
            with pq.ParquetFile(finished) as parquet:
                return parquet.read().cast(SCHEMA), None
        except (ValueError, OSError) as wrong:
            return SCHEMA.empty_table(), f"{FINISHED} is damaged, its samples are missing: {_first_line(wrong)}"
    if spilled.exists():
        table = pa.Table.from_batches(_spilled_batches(spilled), SCHEMA)
        return table, f"{FINISHED} was never finished: {table.num_rows} samples were recovered, later ones are missing"
    return SCHEMA.empty_table(), f"{FINISHED} is missing"


def _batch(rows: list[Row]) -> pa.RecordBatch:
    columns = zip(*rows, strict=True)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)


def _spilled_batches(path: Path) -> Iterator[pa.RecordBatch]:
    """Whole batches of a stream that may have been cut anywhere."""
    if not path.exists():
        return
    with pa.OSFile(str(path), "rb") as source:
        try:
            reader = pa.ipc.open_stream(source)
        except (pa.ArrowInvalid, OSError):
            return
        while True:
            try:
                batch = reader.read_next_batch()
            except (StopIteration, pa.ArrowInvalid, OSError):
                return
            yield batch


def _first_line(wrong: BaseException) -> str:
    return (str(wrong).splitlines() or [type(wrong).__name__])[0]
