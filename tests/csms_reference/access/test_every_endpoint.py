"""Every endpoint of the description asks who is there, what they may, and whose it is."""

import re

import httpx
import pytest

from csms_reference.access import accounts, keys
from csms_reference.access.scopes import EVERY_SCOPE, Scope
from csms_reference.api import Conducted, make_app
from csms_reference.conductor import ConductedClock
from csms_reference.services import authorization, registration, rounds
from csms_reference.services.authorization import Token
from csms_reference.services.rounds import Plan, Work
from csms_reference.store import Store, round_tables
from csms_reference.store.access_tables import owners
from csms_reference.store.command_tables import commands
from csms_reference.store.reservation_tables import reservations
from csms_reference.store.round_tables import visits
from csms_reference.store.tables import orphans, transactions
from tests.csms_reference.access.oauth import bearer
from tests.csms_reference.access.test_bearer import FORGED, claims, signed
from tests.csms_reference.conftest import Bench

OPEN = {"/health", "/ready"}
"""What tells of nothing but whether the CSMS works."""

FORGERIES = ("expired", "other audience", "other issuer", "another key under this kid", "claims altered", "alg none",
             "HMAC under the public key")  # fmt: skip
EVERYTHING = " ".join(EVERY_SCOPE)
HERS, HIS = "NORTH", "SOUTH"


@pytest.fixture(scope="module")
def every():
    """Every operation that asks who is there; the description takes long to write."""
    store = Store.open(inline=True)
    it = Bench(store, auth="oauth")
    yield operations(make_app(it.front, Conducted(it.csms, ConductedClock(it.time))).openapi())
    store.close()


@pytest.fixture
async def whole(bench, every):
    """The whole API with its issuer: the bench, a client, every operation, and the key that signs."""
    it = bench(auth="oauth")
    key = await it.store.write(lambda database: keys.signing(database, it.csms.now_ms()))
    app = make_app(it.front, Conducted(it.csms, ConductedClock(it.time)))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://csms") as http:
        yield it, http, every, key


def operations(document):
    """Path, method and scopes of every operation that asks who is there."""
    found = []
    for path, methods in document["paths"].items():
        for method, about in methods.items():
            if path in OPEN:
                assert "security" not in about
                continue
            ((scheme, scopes),) = about["security"][0].items()
            assert scheme in document["components"]["securitySchemes"]
            found.append((path, method, scopes))
    assert len(found) > 60
    return found


def filled(path, **values):
    """A path with something in each place."""
    return re.sub(r"\{(\w+)\}", lambda place: str(values.get(place[1], "1")), path)


async def test_every_endpoint_refuses_who_does_not_prove_who_they_are(whole):
    _, http, every, key = whole
    for how in (None, *FORGERIES):
        headers = {} if how is None else bearer(FORGED[how](key))
        for path, method, _ in every:
            refused = await http.request(method, filled(path), headers=headers)
            assert refused.status_code == 401, (how, method, path, refused.text)
            challenge = refused.headers["www-authenticate"]
            assert challenge == "Bearer" if how is None else challenge.startswith('Bearer error="invalid_token"')


async def test_every_endpoint_refuses_who_may_not(whole):
    _, http, every, key = whole
    for path, method, scopes in every:
        others = " ".join(scope for scope in Scope if scope not in scopes)
        answer = await http.request(method, filled(path), headers=bearer(signed(key, claims(scope=others))))
        if not scopes:  # what anybody may do who has a token
            assert answer.status_code in {200, 422}
            continue
        assert answer.status_code == 403, (method, path, answer.text)
        assert answer.headers["www-authenticate"] == f'Bearer error="insufficient_scope", scope="{scopes[0]}"'


async def enter(bench, owner):
    """What belongs to an owner, with the owner's name all over it."""
    name = {"station": owner, "received_ms": 0}

    def write(database):
        accounts.add(database, owners, owner, created_ms=0)
        registration.add(database, owner, registration="Accepted", now_ms=0, owner=owner)
        authorization.put(database, Token(f"TAG-{owner}"), owner=owner)
        order = {
            "command": f"do-{owner}",
            "fields": "{}",
            "state": "failed",
            "node": "n",
            "client": owner,
            "digest": "x",
        }
        asked = commands.insert().values(station=owner, asked_ms=0, **order).returning(commands.c.id)
        number = database.execute(asked).scalar()
        database.execute(transactions.insert(), {**name, "transaction_id": "1", "version": "2.0.1", "state": "Active"})
        database.execute(
            orphans.insert(), {**name, "transaction_id": "1", "why": "no start", "digest": "x", "payload": "{}"}
        )
        database.execute(
            reservations.insert(),
            {"station": owner, "reservation_id": 1, "status": "Accepted", "id_token": f"TAG-{owner}",
             "expires_ms": 2**40, "asked_ms": 0},
        )  # fmt: skip
        rounds.begin(database, Plan(Work.LISTS, owner, owner, 1000), 0)
        return number

    return await bench.store.write(write)


COLLECTIONS = (
    *("stations", "tokens", "commands", "transactions", "orphans", "reservations", "local-list-synchronisations"),
    *("sessions", "places"),
)


async def test_every_endpoint_shows_owners_what_is_theirs_alone(whole):
    it, http, every, key = whole
    await enter(it, HIS)
    foreign = {"station": HERS, "id_token": f"TAG-{HERS}", "number": await enter(it, HERS), "transaction_id": "1"}
    foreign["session"] = next(f"t{row['id']}" for row in await it.rows(transactions) if row["station"] == HERS)
    headers = bearer(signed(key, claims(scope=EVERYTHING, owner=HIS)))
    bodies = {
        "/v1/stations": {"id": HERS},
        "/v1/sessions": {"station": HERS},
        "/v1/tokens": {"id_token": f"TAG-{HERS}"},
        "/v1/tokens/{id_token}": {"id_token": f"TAG-{HERS}"},
        "/v1/users": {"username": "eve", "scopes": [], "owner": HERS},
        "/v1/clients": {"client": "eve", "scopes": [], "owner": HERS},
        "/v1/campaigns/{number}": {"name": HERS, "actions": [{"command": "clear_cache"}]},
    }
    before = await everything(it)
    for path, method, _ in every:
        body = bodies.get(path, {}) if method in {"post", "put", "patch"} else None
        answer = await http.request(method, filled(path, **foreign), headers=headers, json=body)
        refused = answer.status_code in {403, 404}
        harmless = (answer.is_success or answer.status_code == 422) and "{" not in path and HERS not in answer.text
        assert refused or harmless, (method, path, answer.text)
        if "{station}" in path:
            assert answer.status_code == 404, (method, path, answer.text)
    assert await everything(it) == before
    begun = {row["id"]: row["owner"] for row in await it.rows(round_tables.rounds)}
    assert {begun[row["round"]] for row in await it.rows(visits) if row["station"] == HERS} == {HERS}
    for name in COLLECTIONS:
        told = (await http.get(f"/v1/{name}", headers=headers)).text
        assert HIS in told, name
        assert HERS in (await http.get(f"/v1/{name}", headers=bearer(signed(key, claims(scope=EVERYTHING))))).text


async def everything(bench):
    """All rows of what could have been changed."""
    tables = registration.stations.metadata.sorted_tables
    made = {"signing_keys", "rounds", "visits"}  # owners may have their own stations asked
    return {table.name: await bench.rows(table) for table in tables if table.name not in made}


async def test_what_an_owner_makes_is_theirs_and_stays_so(whole):
    it, http, _, key = whole
    await enter(it, HIS)
    await enter(it, HERS)
    his, all_of_it = (bearer(signed(key, claims(scope=EVERYTHING, owner=owner))) for owner in (HIS, None))
    made = await http.post("/v1/stations", headers=his, json={"id": "CP-9"})
    assert (made.status_code, made.json()["owner"]) == (201, HIS)
    assert (await http.post("/v1/tokens", headers=his, json={"id_token": "NEW"})).json()["owner"] == HIS
    for body in ({"owner": HERS}, {"owner": None}):
        assert (await http.patch("/v1/stations/CP-9", headers=his, json=body)).status_code == 404
        assert (await http.post("/v1/tokens", headers=his, json={"id_token": "NEW", **body})).status_code == 404
        assert (await http.post("/v1/stations", headers=his, json={"id": "CP-10", **body})).status_code == 404
    moved = await http.patch("/v1/stations/CP-9", headers=all_of_it, json={"owner": HERS})
    assert moved.json()["owner"] == HERS
    assert (await http.get("/v1/stations/CP-9", headers=his)).status_code == 404
    nobody = await http.patch("/v1/stations/CP-9", headers=all_of_it, json={"owner": "nobody"})
    assert nobody.status_code == 422
