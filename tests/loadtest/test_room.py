import resource

import pytest

from loadtest import room
from loadtest.room import NoRoom, Room, room_for


def test_on_loopback_each_process_dials_from_addresses_of_its_own():
    found = room_for("ws://127.0.0.1:9000/", 3)
    assert all(source.startswith("127.1.") for own in found.sources for source in own)
    assert len({source for own in found.sources for source in own}) == 3 * room.LOOPBACK_SOURCES


def test_a_name_of_this_machine_is_loopback_too():
    def sources(*addresses: str) -> tuple[tuple[str, ...], ...]:
        return room_for("ws://here:9000/", 1, resolve=lambda _: addresses).sources

    assert len(sources("::1", "127.0.0.1")[0]) == room.LOOPBACK_SOURCES
    assert sources("::1") == ((),), "there is one address only"
    assert sources("127.0.0.1", "192.0.2.1") == ((),)
    assert sources("192.0.2.1") == ((),)
    assert len(room_for("ws://localhost:9000/", 1).sources[0]) == room.LOOPBACK_SOURCES


def test_a_name_that_is_not_known_is_none_of_this_machine():
    def unknown(_host: str) -> list[str]:
        raise OSError("no such name")

    assert room_for("ws://csms.example/", 1, resolve=unknown).sources == ((),)


def anything(source: str) -> None:
    """Every address is this machine's."""


def test_addresses_of_other_machines_are_refused_before_anybody_dials():
    assert room_for("wss://csms.example/", 1, ["127.9.9.9"]).sources == (("127.9.9.9",),)
    with pytest.raises(NoRoom, match=r"192\.0\.2\.77 is no address of this machine"):
        room_for("wss://csms.example/", 1, ["192.0.2.77"])


def test_elsewhere_the_system_chooses_unless_addresses_are_given():
    assert room_for("wss://csms.example/", 2, resolve=lambda _: ["192.0.2.9"]).sources == ((), ())
    given = room_for("wss://csms.example/", 2, ["192.0.2.1", "192.0.2.2", "192.0.2.3"], try_out=anything)
    assert given.sources == (("192.0.2.1", "192.0.2.3"), ("192.0.2.2",))
    shared = room_for("wss://csms.example/", 3, ["192.0.2.1", "192.0.2.2"], try_out=anything)
    assert all(shared.sources)
    with pytest.raises(NoRoom, match="no address"):
        room_for("wss://csms.example/", 1, ["eth0"])


def test_too_many_stations_for_the_files_say_how_many_shards_there_should_be():
    small = Room(2, 1_096, ((), ()), 30_000)
    small.check(2_000)
    with pytest.raises(NoRoom, match="at least 3 shards"):
        small.check(2_001)


def test_too_many_stations_for_the_ports_ask_for_more_addresses():
    few = Room(4, 100_000, ((),) * 4, 28_000)
    few.check(28_000)
    with pytest.raises(NoRoom, match="give 3 source addresses"):
        few.check(60_000)
    Room(4, 100_000, (("192.0.2.1",), ("192.0.2.2",), ("192.0.2.3",), ("192.0.2.1",)), 28_000).check(84_000)


def test_a_fleet_has_at_least_one_process():
    with pytest.raises(NoRoom):
        room_for("ws://127.0.0.1:9000/", 0)


def test_the_soft_limit_of_files_is_raised_to_the_hard_one():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        assert room_for("ws://127.0.0.1:9000/", 1).files >= 256
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == hard
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
