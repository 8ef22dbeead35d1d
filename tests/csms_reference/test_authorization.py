"""Who may charge where and when, and what stations are told of it (2.0.1 part 2 C01–C09, E05)."""

import pytest

from csms_reference.services.authorization import (
    FREE,
    Standing,
    Terms,
    TokenPolicy,
    find,
    judge,
    remove,
    terms_of,
    within,
)
from csms_reference.store.tables import variables
from csms_reference.store.token_tables import token_terms
from protocol.stamps import parse

NOW_MS = int(parse("2026-03-01T08:00:00Z").timestamp() * 1000)


@pytest.fixture
def it(bench):
    return bench()


async def authorize(station, id_token="TAG", kind="ISO14443"):
    return (await station.ask("Authorize", {"idToken": {"idToken": id_token, "type": kind}}))["idTokenInfo"]


def event(kind="Started", seq=0, trigger="Authorized", token="TAG", **more):
    ask = {
        "eventType": kind,
        "timestamp": "2026-03-01T08:00:00Z",
        "triggerReason": trigger,
        "seqNo": seq,
        "transactionInfo": {"transactionId": "T1"},
        **more,
    }
    return ask | ({"idToken": {"idToken": token, "type": "ISO14443"}} if token else {})


@pytest.mark.proves("csms", "Authorize", "2.0.1 2.1")
async def test_everything_that_is_known_of_a_driver(it):
    """C01.FR.06, C09.FR.09: IdTokenInfoType in full; C01.FR.10, .11: languages."""
    terms = Terms(("de", "en-US"), "Guten Tag", "de", 3, {"CP-1": (1, 2)})
    await it.token(group_id="G", terms=terms)
    assert await authorize(await it.station()) == {
        "status": "Accepted",
        "groupIdToken": {"idToken": "G", "type": "Central"},
        "evseId": [1, 2],
        "language1": "de",
        "language2": "en-US",
        "personalMessage": {"format": "UTF8", "language": "de", "content": "Guten Tag"},
        "chargingPriority": 3,
    }


async def test_one_language_twice_is_one(it):
    """C01.FR.11."""
    await it.token(terms=Terms(("de", "de")))
    info = await authorize(await it.station())
    assert info == {"status": "Accepted", "language1": "de"}


@pytest.mark.parametrize(
    ("places", "said"),
    [
        (None, {"status": "Accepted"}),  # C01.FR.19
        ({"CP-1": ()}, {"status": "Accepted"}),
        ({"CP-1": (2,)}, {"status": "Accepted", "evseId": [2]}),  # C01.FR.20
        ({"CP-2": ()}, {"status": "NotAtThisLocation"}),  # C01.FR.22
        ({}, {"status": "NotAtThisLocation"}),
    ],
)
async def test_where_a_token_may_charge(it, places, said):
    await it.token(terms=Terms(places=places))
    assert await authorize(await it.station()) == said


@pytest.mark.parametrize(
    ("types", "said"),
    [
        (("cType2", "cCCS2"), {"status": "Accepted"}),
        (("cCCS2",), {"status": "Accepted", "evseId": [2]}),
        (("cG105",), {"status": "NotAllowedTypeEVSE"}),  # C01.FR.18
    ],
)
async def test_at_which_connectors_a_token_may_charge(it, types, said):
    """By what the station has reported of its connectors."""
    await it.token(terms=Terms(connector_types=types))
    station = await it.station()
    for evse, kind in ((1, "cType2"), (2, "cCCS2")):
        row = {
            "station": "CP-1", "component": "Connector", "component_instance": "", "evse": evse, "connector": 1,
            "variable": "ConnectorType", "variable_instance": "", "attribute": "Actual", "value": kind,
            "request_id": 1, "reported_ms": 0,
        }  # fmt: skip
        await it.store.write(lambda database, row=row: database.execute(variables.insert(), row))
    assert await authorize(station) == said


async def test_a_station_that_has_reported_nothing_is_not_held_against_a_driver(it):
    await it.token(terms=Terms(connector_types=("cCCS2",)))
    assert await authorize(await it.station()) == {"status": "Accepted"}


@pytest.mark.parametrize(
    ("hours", "now", "inside"),
    [
        ("07:00-09:00", "08:00", True),
        ("07:00-08:00", "08:00", False),
        ("08:00-09:00", "08:00", True),
        ("22:00-06:00", "23:30", True),
        ("22:00-06:00", "05:59", True),
        ("22:00-06:00", "12:00", False),
    ],
)
def test_hours(hours, now, inside):
    assert within(hours, int(parse(f"2026-03-01T{now}:00Z").timestamp() * 1000)) is inside


async def test_when_a_token_may_charge(it):
    """AuthorizationStatusEnumType NotAtThisTime."""
    await it.token(terms=Terms(hours="09:00-17:00"))
    assert await authorize(await it.station()) == {"status": "NotAtThisTime"}


@pytest.mark.parametrize("status", ["Blocked", "NoCredit", "NotAllowedTypeEVSE", "NotAtThisLocation", "NotAtThisTime"])
async def test_words_that_16_does_not_have(it, status):
    """1.6 §7.2 knows Accepted, Blocked, Expired, Invalid and ConcurrentTx."""
    await it.token(status=Standing(status))
    assert (await authorize(await it.station("CP-2")))["status"] == status
    old = await it.station("CP-1", "1.6")
    assert await old.ask("Authorize", {"idTag": "TAG"}) == {"idTagInfo": {"status": "Blocked"}}


async def test_a_key_code_nobody_has_is_invalid(it):
    """C04.FR.01; C02.FR.02 for a start button."""
    station = await it.station()
    assert await authorize(station, "0000", "KeyCode") == {"status": "Invalid"}
    assert await authorize(station, "0000") == {"status": "Unknown"}
    assert await authorize(station, "", "NoAuthorization") == {"status": "Accepted"}


@pytest.mark.proves("csms", "TransactionEvent", "2.0.1 2.1")
async def test_a_running_transaction_of_a_token_that_was_blocked(it):
    """E05.FR.01: the station is told with the next answer, and nothing is said while all is well."""
    await it.token()
    station = await it.station()
    assert (await station.ask("TransactionEvent", event()))["idTokenInfo"]["status"] == "Accepted"
    assert await station.ask("TransactionEvent", event("Updated", 1, "MeterValuePeriodic", None)) == {}
    await it.token(status=Standing.BLOCKED)
    answer = await station.ask("TransactionEvent", event("Updated", 2, "MeterValuePeriodic", None))
    assert answer == {"idTokenInfo": {"status": "Blocked"}}
    assert await station.ask("TransactionEvent", event("Ended", 3, "Deauthorized", None)) == {}


async def test_a_token_that_expires_while_charging(it):
    await it.token(expires_ms=NOW_MS + 60_000)
    station = await it.station()
    assert (await station.ask("TransactionEvent", event()))["idTokenInfo"]["status"] == "Accepted"
    it.forward(61)
    answer = await station.ask("TransactionEvent", event("Updated", 1, "MeterValuePeriodic", None))
    assert answer["idTokenInfo"]["status"] == "Expired"


async def test_terms_go_with_their_token(it):
    await it.token(terms=Terms(priority=1))
    await it.token(terms=Terms(priority=2))
    row = await it.store.read(lambda database: find(database, "tag"))
    assert terms_of(row._mapping) == Terms(priority=2)
    await it.token()
    row = await it.store.read(lambda database: find(database, "tag"))
    assert terms_of(row._mapping) is FREE
    await it.token(terms=Terms(priority=2))
    assert await it.store.write(lambda database: remove(database, "TAG"))
    assert not await it.rows(token_terms)


async def test_one_transaction_at_a_time(it):
    await it.token()
    station = await it.station()
    await station.ask("TransactionEvent", event())
    policy = TokenPolicy(refuse_concurrent=True)
    asks = {"now_ms": NOW_MS, "policy": policy}
    for at, starting, standing in (
        ("CP-1", "T1", Standing.ACCEPTED),
        ("CP-1", "T2", Standing.CONCURRENT),
        ("CP-2", "T1", Standing.CONCURRENT),  # stations number their transactions as they like
        ("CP-1", None, Standing.ACCEPTED),
    ):
        where = {"starting": starting, "station": at}
        verdict = await it.store.read(lambda db, where=where: judge(db, "tag", "ISO14443", **where, **asks))
        assert verdict.standing is standing
