"""Prepared statements do what Core does."""

import pytest
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError, ProgrammingError

from csms_reference.store import Store
from csms_reference.store.access_tables import users
from csms_reference.store.prepared import Prepared, Rows, together
from csms_reference.store.tables import meter_values, tokens
from csms_reference.store.tariff_tables import tariffs

ADD = Prepared(insert(tokens), ("token_key", "id_token", "status"))
FIND = Prepared(
    select(tokens.c.id_token).where(tokens.c.token_key == bindparam("k")).where(tokens.c.status == "Accepted").limit(1)
)
CHANGE = Prepared(update(tokens).where(tokens.c.token_key == bindparam("k")).values(status=bindparam("new")))

TELL = Rows(meter_values, ("station", "received_ms", "measurand", "context", "value"))
TOLD = [meter_values.c[name] for name in ("station", "received_ms", "measurand", "context", "value")]


@pytest.fixture
def connection():
    store = Store.open(inline=True)
    with store.engine.begin() as opened:
        yield opened
    store.close()


def test_one_row_many_rows_and_fixed_values(connection):
    ADD(connection, {"token_key": "a", "id_token": "A", "status": "Accepted"})
    ADD(connection, [{"token_key": key, "id_token": key, "status": "Blocked"} for key in "bc"])
    assert FIND(connection, {"k": "a"}).scalar() == "A"
    assert FIND(connection, {"k": "b"}).scalar() is None
    assert CHANGE(connection, {"k": "b", "new": "Accepted"}).rowcount == 1
    assert FIND(connection, {"k": "b"}).mapping() == {"id_token": "b"}


def test_a_missing_value_is_an_error(connection):
    with pytest.raises((KeyError, ProgrammingError)):
        ADD(connection, {"token_key": "a", "id_token": "A"})


def test_the_drivers_errors_are_those_of_core(connection):
    row = {"token_key": "a", "id_token": "A", "status": "Accepted"}
    ADD(connection, row)
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        ADD(connection, row)


def told(count):
    return [("CP-1", number, "Voltage", "Sample.Periodic", number / 2) for number in range(count)]


@pytest.mark.parametrize("count", range(101))
def test_so_many_rows_are_inserted_in_order(connection, count):
    TELL(connection, told(count))
    assert connection.execute(select(*TOLD).order_by(meter_values.c.id)).all() == told(count)


@pytest.mark.in_memory
@pytest.mark.parametrize("count", [0, 1, 31, 32, 40, 100, 1000])
def test_many_rows_take_few_statements(connection, count):
    statements, driver = [], connection.connection.dbapi_connection
    driver.set_trace_callback(statements.append)
    TELL(connection, told(count))
    driver.set_trace_callback(None)
    assert len(statements) <= count // 32 + 6


def test_rows_may_not_have_what_is_sealed():
    with pytest.raises(TypeError, match="sealed"):
        Rows(users, ("email",))


@pytest.mark.parametrize("count", [1, 9])
def test_the_drivers_errors_about_rows_are_those_of_core(connection, count):
    with pytest.raises(IntegrityError, match=r"(?i)not.null") as problem:
        TELL(connection, [(None, 1, "Voltage", "Sample.Periodic", 1.0)] * count)
    assert "INSERT INTO meter_values" in problem.value.statement


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request, tmp_path):
    url = f"sqlite:///{tmp_path}/csms.sqlite" if request.param == "sqlite" else request.getfixturevalue("postgres")
    store = Store.open(url)
    with store.engine.connect() as opened:
        yield opened
    store.close()


OFFER = Prepared(insert(tariffs), ("tariff", "currency", "terms", "changed_ms", "dynamic"))


@pytest.mark.parametrize("count", [0, 1, 3, 31, 200])
def test_writes_together_are_those_one_after_the_other(either, count):
    """Some are hashed, and some are more rows than one statement takes, which keep their order."""
    ADD(either, {"token_key": "a", "id_token": "A", "status": "Accepted"})
    offered = {"tariff": "100 %", "currency": "EUR", "terms": "{}", "changed_ms": 1, "dynamic": True}
    together(either, (CHANGE, {"k": "a", "new": "Blocked"}), (OFFER, offered), (TELL, told(count)))
    assert either.execute(select(tokens.c.id_token, tokens.c.status)).all() == [("A", "Blocked")]
    assert dict(either.execute(select(tariffs)).mappings().one()).items() >= offered.items()
    assert either.execute(select(*TOLD).order_by(meter_values.c.id)).all() == told(count)


def test_a_server_is_told_together_at_once(either):
    said = []
    writes = [(ADD, {"token_key": "a", "id_token": "A", "status": "Accepted"}), (TELL, told(1))]
    driver = either.connection.dbapi_connection
    if either.dialect.name == "sqlite":
        driver.set_trace_callback(said.append)
    else:
        driver.cursor_factory = noting(driver.cursor_factory, said)
    together(either, *writes)
    assert len([one for one in said if "INSERT" in one]) == (2 if either.dialect.name == "sqlite" else 1)


def noting(kind, said):
    """Cursors that tell what is executed."""

    class Noting(kind):
        def execute(self, query, *values, **named):
            said.append(query)
            return super().execute(query, *values, **named)

    return Noting


def test_what_is_wrong_with_one_of_them_is_told_as_core_does(either):
    row = {"token_key": "a", "id_token": "A", "status": "Accepted"}
    ADD(either, row)
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        together(either, (TELL, told(2)), (ADD, row))
