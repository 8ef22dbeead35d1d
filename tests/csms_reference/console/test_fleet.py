"""The fleet's page."""

import pytest
from sqlalchemy import insert

from csms_reference.access.principal import Principal
from csms_reference.console import gate
from csms_reference.store.tables import connectors, stations, transactions


def station(name, **more):
    return {"station": name, "registration": "Accepted", "created_ms": 0, **more}


async def fill(it, table, rows):
    names = {name for row in rows for name in row}
    whole = [{name: row.get(name) for name in names} for row in rows]
    await it.store.write(lambda database: database.execute(insert(table), whole))


def names(page):
    return [link.rpartition("/")[2] for link in page.links() if link.startswith("/console/stations/")]


@pytest.fixture
async def fleet(desk):
    it, console = desk
    await fill(it, stations, [station(f"CP-{n:03}", version="1.6", vendor=f"Maker{n % 3}") for n in range(120)])
    return it, console


async def test_an_empty_fleet_says_what_to_do(desk):
    _, console = desk
    assert "No station has come yet" in (await console.page("/")).text


@pytest.mark.one_node("a node tells the others how many stations it has with its next sign of life")
async def test_a_fleet_in_figures(fleet):
    it, console = fleet
    await it.station("CP-001", "1.6")
    await fill(
        it, connectors, [{"station": "CP-002", "evse": 1, "connector": 1, "status": "Faulted", "received_ms": 0}]
    )
    charging = {"station": "CP-003", "transaction_id": "T", "version": "1.6", "state": "Active", "received_ms": 0}
    defaults = {"offline": False, "has_start": True, "has_end": False, "complete": False}
    await fill(
        it, transactions, [charging | defaults | dict.fromkeys(("seen", "gaps", "flags"), "[]") | {"ranks": "{}"}]
    )
    text = (await console.page("/")).text
    for told in ("Stations 120", "Connected 1 1 % of the fleet", "Charging 1 ", "Faulted 1 "):
        assert told in text
    assert names(await console.page("/?state=fault")) == ["CP-002"]
    assert names(await console.page("/?state=charging")) == ["CP-003"]
    assert names(await console.page("/?link=on")) == ["CP-001"]
    assert "CP-001" not in names(await console.page("/?link=off"))


async def test_pages_go_on_and_back_and_no_station_is_lost(fleet):
    _, console = fleet
    seen, where = [], "/"
    while where:
        page = await console.page(where)
        seen.append(names(page))
        where = next((link["href"].removeprefix("/console") for link in page.all("a", rel="next")), None)
    assert [len(each) for each in seen] == [50, 50, 20]
    assert [name for each in seen for name in each] == [f"CP-{n:03}" for n in range(120)]
    back = page.all("a", rel="prev")[0]["href"].removeprefix("/console")
    assert names(await console.page(back)) == seen[1]


async def test_a_page_keeps_its_filters(fleet):
    _, console = fleet
    page = await console.page("/?text=maker1&version=1.6")
    assert names(page) == [f"CP-{n:03}" for n in range(120) if n % 3 == 1]
    await_more = await console.page("/?text=cp-0&version=1.6")
    assert "text=cp-0&version=1.6" in await_more.all("a", rel="next")[0]["href"]
    assert "No station fits" in (await console.page("/?text=100%25")).text


async def test_who_owns_some_stations_sees_no_others(fleet, monkeypatch):
    it, console = fleet
    await it.store.write(
        lambda database: database.execute(stations.update().where(stations.c.vendor == "Maker1").values(owner="Ann"))
    )

    async def ann(_request):
        return Principal("ann", owner="Ann")

    monkeypatch.setattr(gate, "principal_of", ann)
    page = await console.page("/")
    assert names(page) == [f"CP-{n:03}" for n in range(120) if n % 3 == 1]
    assert "Stations 40" in page.text
    assert (await console.client.get("/console/stations/CP-001")).status_code == 200
    for rest in ("", "/commands", "/messages", "/device", "/security"):
        assert (await console.client.get(f"/console/stations/CP-000{rest}")).status_code == 404
    assert (await console.client.get("/console/live?station=CP-000")).status_code == 404
