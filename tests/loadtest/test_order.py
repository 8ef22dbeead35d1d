from pathlib import Path

import pytest

from loadtest.draft import identities_of, plan_of
from loadtest.identities import CsvFile, Pattern
from loadtest.order import STATIONS_PER_SHARD, Order
from loadtest.plan import PlanError

URL = "ws://127.0.0.1:9000/ocpp"


def test_an_order_is_taken_from_what_a_program_was_given():
    order = Order.of({"url": URL, "config": ["HeartbeatInterval=60"], "seed": None, "verbose": True})
    assert (order.url, order.config, order.seed) == (URL, ("HeartbeatInterval=60",), Order().seed)


def test_what_is_told_of_an_order_leaves_secrets_and_the_usual_out():
    order = Order(url=URL, password="secret", seed=9)
    assert order.told() == {"url": URL, "seed": 9}


def test_a_plan_is_drafted_from_an_order(tmp_path: Path):
    order = Order(
        url="wss://csms.example/ocpp", version="1.6", seed=3, config=("HeartbeatInterval=60",), ca="ca.pem",
        back_off="none", recorded=2,
    )  # fmt: skip
    plan = plan_of(order, run="r")
    assert (plan.version, plan.seed, plan.back_off, plan.recorded, plan.run) == ("1.6", 3, "none", 2, "r")
    assert plan.config == {"HeartbeatInterval": "60"}
    assert plan.tls is not None
    assert plan.tls.ca == "ca.pem"
    assert plan_of(Order(url=URL), run="r").tls is None


@pytest.mark.parametrize("setting", ["HeartbeatInterval", "=60", ""])
def test_what_is_no_setting_says_so(setting: str):
    with pytest.raises(PlanError, match="right would be such as HeartbeatInterval=300"):
        plan_of(Order(url=URL, config=(setting,)), run="r")


def test_identities_come_from_a_pattern_or_a_file(tmp_path: Path):
    file = tmp_path / "stations.csv"
    file.write_text("identity,password\nCP-1,one\n")
    found = identities_of(Order(identities=str(file)))
    assert isinstance(found, CsvFile)
    assert found.of(0).password == "one"
    assert identities_of(Order(identities="S-{n}", password="p-{n}")) == Pattern("S-{n}", "p-{n}")


def test_shards_follow_from_the_stations():
    assert Order(shards=5).shards_for(1, 2) == 5
    assert Order().shards_for(10, 2) == 1
    assert Order().shards_for(5000, 2) == 2
    assert Order().shards_for(4 * STATIONS_PER_SHARD, 2) == 4


def test_only_a_shape_that_seeks_the_limit_may_miss_the_target():
    assert Order(shape="find-the-knee").seeks
    assert not Order(shape="steps").seeks


def test_the_shape_has_what_was_ordered():
    phases = list(Order(shape="ramp", hold_s=5.0).phases(10, 2.0))
    assert [phase.users for phase in phases] == [10, 10]
    assert phases[1].for_s == 5.0
