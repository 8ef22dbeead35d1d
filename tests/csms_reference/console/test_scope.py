"""Whose stations somebody may see."""

import pytest
from sqlalchemy import insert, select
from starlette.exceptions import HTTPException

from csms_reference.access.principal import OPERATOR, Principal
from csms_reference.console.scope import at_own, own, station_of
from csms_reference.store.tables import connectors, stations

ANN = Principal("ann", owner="Ann")


@pytest.fixture
def database(bench):
    with bench().store.engine.begin() as connection:
        for name, owner in (("A", "Ann"), ("B", "Ben"), ("C", None)):
            row = {"station": name, "owner": owner, "registration": "Accepted", "created_ms": 0}
            connection.execute(insert(stations), row)
            place = {"station": name, "evse": 1, "connector": 1, "status": "Available", "received_ms": 0}
            connection.execute(insert(connectors), place)
        yield connection


def test_owners_have_their_own_and_operators_every_one(database):
    for who, theirs in ((ANN, ["A"]), (OPERATOR, ["A", "B", "C"])):
        assert list(database.execute(select(stations.c.station).where(own(who))).scalars()) == theirs
        chosen = select(connectors.c.station).where(at_own(who, connectors.c.station))
        assert list(database.execute(chosen).scalars()) == theirs


def test_somebody_else_s_is_as_if_it_were_not_there(database):
    assert station_of(database, ANN, "A").station == "A"
    for name in ("B", "C", "D"):
        with pytest.raises(HTTPException, match=f"There is no station '{name}'."):
            station_of(database, ANN, name)
