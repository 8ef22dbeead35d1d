"""Meter values as a Parquet file: over the API, from the command line, and as the manual says."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from pyarrow import parquet as files
from sqlalchemy import insert, update
from typer.testing import CliRunner

from chargebench.cli import app
from csms_reference import parquet as subject
from csms_reference.api.exports import MEDIA_TYPE
from csms_reference.services import metering, readings, registration
from csms_reference.services.metering import Reading
from csms_reference.services.readings import Choice
from csms_reference.services.registration import Registration
from csms_reference.store import Store
from csms_reference.store.tables import stations
from tests.csms_reference.clients import client_of, problem

DOCS = Path(__file__).parents[2] / "docs" / "durability.md"
HOUR = {"from": "2026-03-01T08:00:00Z", "to": "2026-03-01T09:00:00Z"}
BEGIN = int(datetime(2026, 3, 1, 8, tzinfo=UTC).timestamp() * 1000)
MINUTE = 60_000


async def keep(store, station, *values, received_ms=BEGIN):
    await store.write(
        lambda database: metering.keep(
            database, station, values, transaction_id="T", evse=1, connector=None, received_ms=received_ms
        )
    )


def names(content):
    table = files.read_table(BytesIO(content))
    return list(zip(table["station"].to_pylist(), table["value"].to_pylist(), strict=True))


async def test_the_api_gives_those_of_a_time(bench):
    it = bench()
    await keep(it.store, "CP-1", Reading(BEGIN - 1, 1.0), Reading(BEGIN, 2.0), Reading(BEGIN + 60 * MINUTE, 3.0))
    await keep(it.store, "CP-2", Reading(None, None, text="lots"), received_ms=BEGIN + MINUTE)
    async with client_of(it.front) as client:
        whole = await client.get("/meter-values.parquet", params=HOUR)
        assert (whole.status_code, names(whole.content)) == (200, [("CP-1", 2.0), ("CP-2", None)])
        assert whole.headers["content-type"] == MEDIA_TYPE
        one = await client.get("/meter-values.parquet", params={**HOUR, "station": "CP-2"})
        assert names(one.content) == [("CP-2", None)]
        every = await client.get("/meter-values.parquet")
        assert len(names(every.content)) == 4
        none = await client.get("/meter-values.parquet", params={"from": HOUR["to"], "to": HOUR["from"]})
        assert names(none.content) == []
        problem(await client.get("/meter-values.parquet", params={"from": "yesterday"}), 422, "from")


async def test_an_owner_gets_those_of_their_stations(bench):
    it = bench()
    for name in ("CP-1", "CP-2"):
        await it.store.write(lambda c, name=name: registration.take_in(c, name, Registration.ACCEPTED, 1))
        await keep(it.store, name, Reading(BEGIN, 2.0))
    await it.store.write(lambda c: c.execute(update(stations).where(stations.c.station == "CP-2").values(owner="ann")))
    chosen = Choice(0, BEGIN + 1, owner="ann")
    rows = await it.store.read(lambda database: readings.page(database, chosen, 0))
    assert [row.station for row in rows] == ["CP-2"]


async def test_many_pages_are_one_file(bench, tmp_path, monkeypatch):
    monkeypatch.setattr(readings, "SPAN", 10)
    it = bench()
    await keep(it.store, "CP-1", *(Reading(BEGIN + number, float(number)) for number in range(35)))
    path = tmp_path / "all.parquet"
    assert await subject.export(it.store, Choice(BEGIN, BEGIN + 30), path) == 30
    table = files.read_table(path)
    assert table["value"].to_pylist() == [float(number) for number in range(30)]
    assert table["timestamp"][5].as_py() == datetime(2026, 3, 1, 8, 0, 0, 5000, tzinfo=UTC)
    assert table["received"][5].as_py() == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert files.ParquetFile(path).num_row_groups == 3


def test_the_command_line_writes_it_too(tmp_path):
    database, path = tmp_path / "csms.sqlite", tmp_path / "day.parquet"
    store = Store.open(f"sqlite:///{database}", inline=True)
    with store.engine.begin() as connection:
        row = {"station": "CP-1", "measurand": "m", "context": "c", "timestamp_ms": BEGIN, "value": 5.0}
        connection.execute(insert(readings.meter_values), row)
    store.close()
    day = ["--from", "2026-03-01", "--to", "2026-03-02"]
    done = CliRunner().invoke(app, ["csms", "export", *day, "--database", str(database), str(path)])
    assert (done.exit_code, done.output.split()[0]) == (0, "1"), done.output
    assert files.read_table(path)["value"].to_pylist() == [5.0]


@pytest.mark.parametrize("name", subject.COLUMNS)
def test_the_manual_and_the_file_say_the_same(name):
    kind, told = subject.COLUMNS[name]
    assert f"| `{name}` | {kind} | {told} |" in DOCS.read_text(encoding="utf-8")
    assert subject.schema().field(name).metadata[b"description"].decode() == told
