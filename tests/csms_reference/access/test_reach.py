"""How far somebody gets, by the paths of an API."""

import pytest
from fastapi import APIRouter

from csms_reference.access.guard import Needs
from csms_reference.access.ownership import Mine
from csms_reference.access.principal import OPERATOR, Principal
from csms_reference.access.reach import Atlas, Operation, Reach, may_all, note, reaching
from csms_reference.access.scopes import Scope

READ, WRITE = Scope.STATIONS_READ, Scope.STATIONS_WRITE


@pytest.fixture
def atlas():
    router = APIRouter()

    @router.get("/v1/stations")
    async def mine(mine: Mine):
        return mine

    @router.get("/v1/firmware/{name:path}")
    @router.put("/v1/firmware/{name:path}")
    @router.get("/v1/firmware/newest")
    @router.delete("/v1/stations/{station}/logs/{number}")
    async def operators():
        return None

    found = Atlas()
    found.enter(router.routes, Needs(READ, WRITE))
    return found


@pytest.mark.parametrize(
    ("href", "found"),
    [
        ("/v1/stations", {"GET": Operation(READ, for_owners=True)}),
        ("/v1/stations?after=a&limit=2", {"GET": Operation(READ, for_owners=True)}),
        ("/v1/stations{?after,limit}", {"GET": Operation(READ, for_owners=True)}),
        ("/v1/stations/CP%2F1/logs/1", {"DELETE": Operation(WRITE, for_owners=True)}),
        ("/v1/stations/{station}/logs/{number}", {"DELETE": Operation(WRITE, for_owners=True)}),
        ("/v1/firmware/a.bin", {"GET": Operation(READ, for_owners=False), "PUT": Operation(WRITE, for_owners=False)}),
        ("/v1/firmware/newest", {"GET": Operation(READ, for_owners=False)}),
        ("/v1/firmware", {}),
        ("/v1/stations/CP-1", {}),
        ("/health", {}),
        ("", {}),
    ],
)
def test_operations_are_found_by_where_they_are(atlas, href, found):
    assert atlas.at(href) == found


def test_nobody_gets_to_where_they_would_be_refused(atlas):
    reader, owner = Principal("r", frozenset({READ})), Principal("o", owner="north")
    assert [Reach(who, atlas).gets_to("/v1/firmware/a.bin", "PUT") for who in (OPERATOR, reader, owner)] == [
        True, False, False,
    ]  # fmt: skip
    assert [Reach(who, atlas).gets_to("/v1/stations") for who in (OPERATOR, reader, owner)] == [True] * 3
    assert Reach(reader, atlas).gets_to("/health")


def test_what_takes_nothing_is_open_to_everybody():
    router = APIRouter()

    @router.get("/v1/")
    async def root():
        return None

    atlas = Atlas()
    atlas.enter(router.routes, None)
    assert Reach(Principal("n", frozenset(), "north"), atlas).gets_to("/v1/")


def test_who_gets_everywhere_is_not_asked(atlas):
    note(OPERATOR, atlas)
    assert (reaching(), may_all(Scope)) == (None, True)
    few = Principal("r", frozenset({READ}))
    note(few, atlas)
    assert (reaching(), may_all([READ]), may_all([READ, WRITE])) == (Reach(few, atlas), True, False)
    note(few, None)
    assert reaching() is None
