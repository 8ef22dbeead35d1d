"""Rows are rewritten batch by batch, each once, whatever their keys are made of."""

import pytest
import sqlalchemy as sa

from csms_reference.sealing import rewriting
from csms_reference.sealing.rewriting import Rows, rewrite
from csms_reference.store.database import make_engine, parse_url

SQUARE = [(first, second) for first in "abc" for second in "xyz"]


@pytest.fixture
def connection():
    engine = make_engine(parse_url("sqlite://"))
    with engine.begin() as open_connection:
        yield open_connection
    engine.dispose()


@pytest.mark.parametrize("batch", [1, 2, 4, 100])
@pytest.mark.parametrize("key", [("one",), ("one", "two")], ids=len)
def test_each_row_is_rewritten_once(connection, monkeypatch, key, batch):
    monkeypatch.setattr(rewriting, "BATCH", batch)
    keys = [(first + second, "-") for first, second in SQUARE] if len(key) == 1 else SQUARE
    connection.execute(sa.text("create table t (one text, two text, said text)"))
    for one, two in keys:
        connection.execute(sa.text("insert into t values (:one, :two, '')"), {"one": one, "two": two})
    seen = []

    def renew(row):
        seen.append((row["one"], row.get("two", "-")))
        return {"said": row["said"] + "!"}

    rewrite(connection, Rows("t", key, ("said",)), renew)
    assert seen == keys
    assert list(connection.execute(sa.text("select one, two, said from t"))) == [(*each, "!") for each in keys]


def test_rows_with_nothing_new_stay_as_they_are(connection):
    connection.execute(sa.text("create table t (one text, said text)"))
    connection.execute(sa.text("insert into t values ('a', 'x'), ('b', 'y')"))
    rewrite(connection, Rows("t", ("one",), ("said",)), lambda row: {"said": "new"} if row["one"] == "b" else {})
    assert list(connection.execute(sa.text("select * from t"))) == [("a", "x"), ("b", "new")]
