"""What somebody finds who gets hold of the database: after a day of charging, and of what an operator keeps in it."""

import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import create_engine, inspect, make_url, text

from csms_reference.outcome import Outcome
from csms_reference.pki.authority import distinguished
from csms_reference.pki.hierarchy import Hierarchy
from csms_reference.pki.issuing import issue
from csms_reference.services import authorization, certificates, commands, sessions, tariff, vendors
from csms_reference.services.authorization import Token
from csms_reference.services.commands import Order
from csms_reference.services.pricing import Terms
from csms_reference.services.retention import ALL
from csms_reference.services.sessions import Begun, Request
from csms_reference.services.tariff import Tariff
from csms_reference.settings import Settings
from csms_reference.store import Store
from csms_reference.store.access_tables import users
from scenarios import library
from scenarios.own import ReferenceInProcess
from scenarios.runner import run
from tests.csms_reference.conftest import NOW

DAY_MS = 1_767_225_600_000


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    sqlite = request.param == "sqlite"
    return f"sqlite:///{tmp_path}/csms.sqlite" if sqlite else request.getfixturevalue("postgres")


def at_rest(url):
    """Every byte of an SQLite file and what lies beside it; of a server every value, as its SQL gives them."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        folder, name = parsed.database.rsplit("/", 1)
        return b"".join(path.read_bytes() for path in Path(folder).glob(f"{name}*"))
    engine = create_engine(parsed.set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        found = [str(connection.execute(text(f'select * from "{name}"')).all()) for name in tables(connection)]
    engine.dispose()
    return "\n".join(found).encode()


def tables(connection):
    return inspect(connection).get_table_names()


async def test_a_day_of_charging_names_no_token(url, tmp_path):
    result = await run(library.load("charging-day"), out=tmp_path / "run", csms=ReferenceInProcess(url), stations=4)
    assert result.messages > 1000
    kept = at_rest(url)
    said = (tmp_path / "run" / "messages.jsonl").read_bytes()
    assert len(set(re.findall(rb"DRIVER-\d+", said))) > 10
    assert b"AC16-01" in kept
    assert re.findall(rb"(?i)driver-\d+|lost-card", kept) == []


SECRETS = (
    "CARD-77",
    "FLEET-9",
    "b4sic-s3cret",
    "eve@example.org",
    "vendor-s3cret",
    "BEGIN PRIVATE",
    "n0tice-s3cret",
    "DE8ACC12E46L89",
    "0NCE0NCE0NCE0NCE0NCE",
    "gu3st-s3cret",
    "s3ss10n-digest",
)


GUEST = Request(
    station="CP", evse=1, begun=Begun.GUEST, username=None, client="kiosk", id_token="0NCE0NCE0NCE0NCE0NCE",
    one_time=True, digest="s3ss10n-digest", key="gu3st-s3cret", key_hash="x",
)  # fmt: skip


def keep_secrets(connection):
    """One of each, by the ways that the CSMS has for them."""
    sessions.take(connection, GUEST, DAY_MS)
    authorization.put(connection, Token("CARD-77", group_id="FLEET-9"))
    tariff.put(connection, Tariff("basic", "EUR", Terms(), changed_ms=1))
    tariff.assign(connection, "token", "CARD-77", "basic")
    tariff.assign(connection, "group", "FLEET-9", "basic")
    vendors.put(connection, "acme", "", "Accepted", {"key": "vendor-s3cret"})
    fields = {"password": "b4sic-s3cret", "id_token": "CARD-77"}
    row, _ = commands.take(connection, Order("CP", "set_password", fields, "me", "here", "CARD-77 plain"), DAY_MS, ALL)
    commands.ended(connection, row.id, Outcome("Accepted", answer={"data": "b4sic-s3cret"}), DAY_MS)
    Hierarchy.of(Settings()).authority(connection, "cso", NOW)
    certificates.put_contract(connection, "DE8ACC12E46L89", "PCID-1", DAY_MS)
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    issue(connection, Hierarchy.of(Settings()), "contract", distinguished("DE8ACC12E46L89", "Acme"), key, at=NOW)
    account = {"username": "eve", "email": "eve@example.org", "password_hash": "x", "scopes": "", "active": True}
    connection.execute(users.insert(), {**account, "created_ms": DAY_MS, "mark": "x"})


async def test_what_an_operator_keeps_is_found_by_who_has_the_keys_alone(bench, url):
    store = Store.open(url)
    it = bench(store)
    await store.write(keep_secrets)
    station = await it.station("CP", "1.6")
    await station.ask("Authorize", {"idTag": "card-77"})
    start = {"connectorId": 1, "idTag": "CARD-77", "meterStart": 0, "timestamp": "2026-03-01T08:00:00Z"}
    begun = await station.ask("StartTransaction", start)
    assert begun["idTagInfo"] == {"status": "Accepted", "parentIdTag": "FLEET-9"}
    stop = {
        "transactionId": begun["transactionId"],
        "idTag": "CARD-77",
        "meterStop": 1,
        "timestamp": start["timestamp"],
    }
    await station.ask("StopTransaction", stop)
    await station.ask("StopTransaction", stop | {"transactionId": 1})
    await station.ask("DataTransfer", {"vendorId": "acme", "data": "CARD-77 n0tice-s3cret"})
    await it.quiet()
    kept = at_rest(url).lower()
    assert b"starttransaction" not in kept
    assert [secret for secret in SECRETS if secret.lower().encode() in kept] == []
    store.close()
    again = Store.open(url)
    assert (await again.read(lambda c: authorization.find(c, "card-77"))).group_id == "FLEET-9"
    assert [row.who for row in await again.read(tariff.assignments)] == ["fleet-9", "card-77"]
    (command,) = await again.read(lambda c: commands.page(c, 0, 10))
    assert "b4sic-s3cret" in command.fields
    assert await again.read(lambda c: certificates.contract_of(c, "PCID-1")) == "DE8ACC12E46L89"
    assert [row.emaid for row in await again.read(lambda c: certificates.contracts_page(c, "", 9))] == [
        "DE8ACC12E46L89"
    ]
    assert await again.read(lambda c: certificates.contracts_page(c, "de8acc12e46l89", 9)) == []
    assert await again.read(lambda c: certificates.remove_contract(c, "de8ACC12E46L89"))
    assert await again.read(lambda c: tariff.unassign(c, "token", "card-77"))
    again.close()
