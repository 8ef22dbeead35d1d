"""The database fails for some seconds under load. The long version is ``make soak``."""

import pytest

from tests.soak.outage import locked, outage, proxied
from tests.soak.proxy import Mode

SEED = 7
SHORT = {"seed": SEED, "out_s": 2.5, "patience_s": 0.6, "attempt_s": 0.5}


def check(outcome):
    assert outcome.faults == []
    assert outcome.heartbeats >= 8
    assert outcome.acknowledged > 16


@pytest.mark.parametrize("mode", [Mode.REFUSING, Mode.SILENT])
async def test_postgresql_is_lost_and_found(tmp_path, postgres, mode):
    check(await outage(tmp_path, postgres, proxied(postgres, mode), **SHORT))


async def test_an_sqlite_file_that_somebody_locks(tmp_path):
    url = f"sqlite:///{tmp_path}/csms.sqlite"
    check(await outage(tmp_path, url, locked(url), **SHORT))
