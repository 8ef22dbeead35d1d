"""A station's state file: what it holds, when it is written, and what becomes of a station that goes on from it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from protocol.versions import V16, V201, Version
from simulator.state.keeper import Keeper, StateError
from tests.simulator.csms import BOTH, World, car

versions = pytest.mark.parametrize("version", BOTH, ids=lambda version: version.name)


async def kept(path: Path, version: Version = V201) -> World:
    """A world whose station goes on from a file, and keeps it."""
    keeper = Keeper(path, durable=False)
    world = World(version, flash=keeper.load("CP-1"))
    keeper.follow(world.station)
    return world


@versions
async def test_a_process_that_is_gone_ends_its_transaction_and_tells_what_it_owed(version, tmp_path) -> None:
    path = tmp_path / "state.json"
    world = await kept(path, version)
    await world.boot()
    await world.do(lambda: world.station.plug(car()))
    await world.do(lambda: world.station.present("CARD"), 600)
    world.csms.down()
    world.station.line.sever()
    await world.do(lambda: None, 900)
    tx = world.station.flash.running[0]
    world.station.evse(1).circuit.settle()
    energy_wh = world.station.evse(1).meter.energy_wh
    waiting = len(world.station.flash.journal)
    world.station.tell(world.facts[0][1])  # whatever happens: the file follows
    await world.do(lambda: None, 1)

    again = await kept(path, version)  # and nothing of the world before is there any more
    assert again.station.evse(1).meter.energy_wh == pytest.approx(energy_wh, abs=5)
    assert [each.id for each in again.station.flash.running] == [tx.id]
    assert len(again.station.flash.journal) >= waiting
    assert all(event.tx.id == tx.id for event in again.station.flash.journal)
    await again.boot()
    await again.run(again.clock.now + 60)
    if version is V201:
        ended = again.events()[-1]
        assert (ended["eventType"], ended["transactionInfo"]["stoppedReason"]) == ("Ended", "PowerLoss")
        assert ended["transactionInfo"]["transactionId"] == tx.id
        assert all(event["offline"] for event in again.events())
    else:
        assert again.csms.of("StopTransaction")[-1]["reason"] == "PowerLoss"
    assert again.station.flash.running == ()
    assert not again.station.flash.journal


async def test_messages_and_their_transaction_are_about_the_same_thing(tmp_path) -> None:
    world = await kept(tmp_path / "state.json", V16)
    await world.boot()
    world.csms.down()
    world.station.line.sever()
    await world.do(lambda: world.station.flash.changed.update({"AuthCtrlr.OfflineTxForUnknownIdEnabled": "true"}))
    await world.do(lambda: world.station.plug(car()))
    await world.do(lambda: world.station.present("CARD"), 60)
    flash = Keeper(tmp_path / "state.json").load("CP-1")
    assert flash is not None
    assert flash.journal
    assert all(event.tx is flash.running[0] for event in flash.journal)


async def test_it_is_written_before_a_message_leaves(tmp_path) -> None:
    path = tmp_path / "state.json"
    world = await kept(path)
    seen: list[bool] = []

    def tap(_station: str, direction: str, text: str) -> None:
        frame = json.loads(text)
        if direction == "up" and frame[0] == 2 and frame[2] == "TransactionEvent":
            id_ = frame[3]["transactionInfo"]["transactionId"]
            seen.append(id_ in path.read_text())

    world.station.tap = tap
    await world.boot()
    await world.do(lambda: world.station.plug(car()))
    await world.do(lambda: world.station.present("CARD"), 60)
    assert seen
    assert all(seen)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "cut short .*starts afresh"),
        ('{"format": 1, "sta', "cut short"),
        ("[]", "format 1"),
        ('{"format": 2}', "format 1"),
        ('{"format": 1, "station": "CP-2"}', "of CP-2, not of CP-1"),
        ('{"format": 1, "station": "CP-1", "flash": {"boots": "x"}, "meters": []}', "'x' is no int"),
        ('{"format": 1, "station": "CP-1", "flash": {}}', "meters"),
        ("[" * 100_000, "state.json"),
    ],
)
def test_a_file_that_is_no_state_is_refused_and_left_alone(tmp_path, text, why) -> None:
    path = tmp_path / "state.json"
    path.write_text(text)
    with pytest.raises(StateError, match=why):
        Keeper(path).load("CP-1")
    assert path.read_text() == text


async def test_a_disk_that_does_not_take_it_is_told(tmp_path) -> None:
    keeper = Keeper(tmp_path / "gone" / "state.json")
    with pytest.raises(StateError, match="No such file"):
        keeper.follow(World().station)


def test_there_may_be_no_file_yet(tmp_path) -> None:
    assert Keeper(tmp_path / "state.json").load("CP-1") is None
