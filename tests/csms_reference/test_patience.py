"""A database that says nothing is given up, and is found again by itself."""

import asyncio

import pytest
from sqlalchemy import make_url, text

from csms_reference.store import Store, StoreError
from csms_reference.store.patience import connecting
from tests.soak.proxy import Mode, Proxy

PATIENCE_S = 0.6


@pytest.fixture
async def proxied(postgres):
    """A proxy before PostgreSQL, and a store that sees it through that."""
    url = make_url(postgres)
    async with Proxy(url.host, url.port or 5432) as proxy:
        through = url.set(port=proxy.port).render_as_string(hide_password=False)
        store = await asyncio.to_thread(Store.open, through, patience_s=PATIENCE_S)
        yield proxy, store
        proxy.become(Mode.REFUSING)
        await asyncio.to_thread(store.close)


def one(connection):
    return connection.execute(text("select 1")).scalar()


@pytest.mark.parametrize("mode", [Mode.REFUSING, Mode.SILENT])
async def test_nobody_waits_for_a_lost_database_and_it_is_found_again(proxied, mode):
    proxy, store = proxied
    ways = (store.write, store.glance, store.read)
    assert [await way(one) for way in ways] == [1, 1, 1]
    proxy.become(mode)
    async with asyncio.timeout(4):
        ends = await asyncio.gather(*(way(one) for way in ways for _ in range(20)), return_exceptions=True)
    assert {type(end) for end in ends} == {StoreError}
    proxy.become(Mode.PASSING)
    async with asyncio.timeout(4):
        for way in ways:
            while await asyncio.gather(way(one), return_exceptions=True) != [1]:
                pass


async def test_a_statement_that_takes_too_long_ends_at_the_server_too(postgres):
    store = Store.open(postgres, patience_s=PATIENCE_S)
    with pytest.raises(StoreError, match="statement timeout"):
        await store.read(lambda connection: connection.execute(text("select pg_sleep(9)")))
    store.close()


async def test_a_row_that_another_holds_is_not_waited_for_without_end(postgres):
    one_node, other = Store.open(postgres, patience_s=PATIENCE_S), Store.open(postgres)
    with other.engine.begin() as held:
        held.execute(text("lock table stations"))
        with pytest.raises(StoreError, match="lock timeout"):
            await one_node.write(lambda connection: connection.execute(text("delete from stations")))
    await one_node.write(lambda connection: connection.execute(text("delete from stations")))
    for store in (one_node, other):
        store.close()


def test_options_of_the_url_are_kept():
    asked = connecting("-csearch_path=x", 10)["options"]
    assert asked.startswith("-csearch_path=x -c lock_timeout=5000 -c statement_timeout=9000 ")
