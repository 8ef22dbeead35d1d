"""SIGKILL at any moment, of the CSMS and of its database connections: what was acknowledged is kept, once.

The long version is ``make soak``.
"""

from tests.soak.kills import storm

SEED = 7


def check(outcome):
    assert outcome.faults == []
    assert outcome.acknowledged > 20
    assert outcome.unknown + outcome.repeats > 0  # the blows fell while there was something to lose


async def test_kills_lose_and_double_nothing_on_sqlite(tmp_path):
    check(await storm(tmp_path, f"sqlite:///{tmp_path}/csms.sqlite", seed=SEED, kills=2))


async def test_kills_lose_and_double_nothing_on_postgresql(tmp_path, postgres):
    url, kinds = f"{postgres}&application_name={tmp_path.name}", ("worker", "connections", "connection")
    outcome = await storm(tmp_path, url, seed=SEED, kills=8, kinds=kinds, workers=2)
    check(outcome)
    assert outcome.blows.keys() == set(kinds)


async def test_a_csms_that_acknowledges_before_the_commit_is_caught(tmp_path):
    outcome = await storm(tmp_path, f"sqlite:///{tmp_path}/csms.sqlite", seed=SEED, kills=5, module="tests.soak.early")
    assert any("was acknowledged and its event is lost" in fault for fault in outcome.faults), outcome


async def test_nodes_that_die_and_stand_still_lose_and_double_nothing(tmp_path, require_service):
    require_service("redis")
    url, kinds = f"sqlite:///{tmp_path}/csms.sqlite", ("node", "redis that is silent")
    outcome = await storm(tmp_path, url, seed=5, kills=2, kinds=kinds, nodes=2)
    check(outcome)
    assert outcome.blows.keys() == set(kinds)
