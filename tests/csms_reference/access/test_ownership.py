"""What belongs to whom."""

from types import SimpleNamespace

import pytest
from fastapi import HTTPException
from sqlalchemy import select, update

from csms_reference.access.ownership import Belongings
from csms_reference.store.tables import stations


@pytest.fixture
async def store(bench):
    it = bench()
    for station, owner in (("CP-1", "ann"), ("CP-2", "bob"), ("CP-3", None)):
        await it.csms.register(station)
        chosen = update(stations).where(stations.c.station == station).values(owner=owner)
        await it.store.write(lambda database, chosen=chosen: database.execute(chosen))
    return it.store


@pytest.mark.parametrize(("owner", "theirs"), [("ann", ["CP-1"]), ("nobody", []), (None, ["CP-1", "CP-2", "CP-3"])])
async def test_stations(store, owner, theirs):
    mine = Belongings(owner)

    def look(database):
        own = [row.station for row in database.execute(select(stations).where(mine.own(stations.c.owner)))]
        at = [row.station for row in database.execute(select(stations).where(mine.at(stations.c.station)))]
        return own, at, [name for name in ("CP-1", "CP-2", "CP-3") if mine.has(database, name)]

    assert await store.read(look) == (theirs, theirs, theirs)


def test_what_is_anothers_is_as_if_it_were_not_there():
    passed = []
    vet = Belongings("ann").vet("token 'A'", passed.append)
    mine, others = SimpleNamespace(owner="ann"), SimpleNamespace(owner="bob")
    vet(mine)
    vet(None)
    assert passed == [mine, None]
    with pytest.raises(HTTPException) as refused:
        vet(others)
    assert (refused.value.status_code, refused.value.detail) == (404, "there is no token 'A'")
    Belongings(None).vet("token 'A'", passed.append)(others)


async def test_what_they_make_is_theirs(store):
    assert await Belongings("ann").given(store, {"text": 1}) == {"text": 1, "owner": "ann"}
    assert await Belongings(None).given(store, {"text": 1}) == {"text": 1}
    for owner, given, status in (("ann", "bob", 404), (None, "stranger", 422)):
        with pytest.raises(HTTPException) as refused:
            await Belongings(owner).given(store, {"owner": given})
        assert refused.value.status_code == status
