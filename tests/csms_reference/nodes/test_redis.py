"""How Redis is reached, and what nodes call their keys there."""

import pytest

from csms_reference.nodes.redis import Pauses, failures, keys_of, open_redis
from csms_reference.settings import Settings, SettingsError


def test_nodes_with_the_same_database_are_one_cluster(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one = keys_of(Settings(database="sqlite:///csms.sqlite"))
    assert one == keys_of(Settings(database=f"sqlite:///{tmp_path}/csms.sqlite"))
    assert one != keys_of(Settings(database="sqlite:///other.sqlite"))
    server = keys_of(Settings(database="postgresql://me:secret@db/csms"))
    assert server == keys_of(Settings(database="postgresql+psycopg://you:other@db/csms"))
    assert server != keys_of(Settings(database="postgresql://me:secret@db/csms?options=-csearch_path%3Dtwo"))


def test_a_cluster_has_the_name_it_is_given_and_one_place_in_a_redis_cluster():
    keys = keys_of(Settings(cluster="north"))
    names = [keys.nodes, keys.stations, keys.events, keys.node("a"), keys.inbox("1")]
    assert all(name.startswith("{csms:north}:") for name in names)
    assert len(set(names)) == len(names)


def test_pauses_grow_to_a_second_and_begin_anew():
    pauses = Pauses()
    assert [pauses.failed() for _ in range(7)] == [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    pauses.succeeded()
    assert pauses.failed() == 0.05


async def test_nobody_there_is_a_failure_at_once(unused_tcp_port):
    client = open_redis(f"redis://127.0.0.1:{unused_tcp_port}")
    with pytest.raises(failures()):
        await client.ping()
    await client.aclose()


def test_what_is_no_url_is_said():
    with pytest.raises(SettingsError, match="redis: "):
        open_redis("http://127.0.0.1")
