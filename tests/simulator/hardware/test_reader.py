"""The card reader: what it does not read, nobody learns of."""

from __future__ import annotations

import pytest

from simulator.tokens import Token
from tests.simulator.csms import BOTH, car
from tests.simulator.hardware.lab import broken, lab, troubles, value


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_a_broken_reader_reads_no_card(version) -> None:
    world = lab(version=version)
    await world.boot()
    broken(world, "TokenReader")
    assert "reader failure" in troubles(world)
    await world.do(lambda: world.station.present("TAG", 1))
    assert world.csms.of("Authorize") == []
    broken(world, "TokenReader", to=False)
    assert "reader failure" not in troubles(world)
    await world.do(lambda: world.station.present("TAG", 1))
    assert len(world.csms.of("Authorize")) == 1


async def test_it_shows_what_it_read_last_until_power_goes() -> None:
    world = lab()
    await world.boot()
    assert (value(world, "TokenReader", "Token"), value(world, "TokenReader", "TokenType")) == ("", "")
    world.station.present(Token("TAG", "ISO15693"), 1)
    assert (value(world, "TokenReader", "Token"), value(world, "TokenReader", "TokenType")) == ("TAG", "ISO15693")
    world.station.power_off()
    world.station.power_on()
    assert value(world, "TokenReader", "Token") == ""


async def test_a_reader_that_is_switched_off_reads_nothing() -> None:
    world = lab()
    await world.boot()
    await world.set(TokenReader__Enabled="false")
    await world.do(lambda: world.station.present("TAG", 1))
    assert world.csms.of("Authorize") == []


async def test_a_code_needs_no_reader() -> None:
    world = lab()
    await world.boot()
    broken(world, "TokenReader")
    await world.do(lambda: world.station.present(Token("1234", "KeyCode"), 1))
    assert len(world.csms.of("Authorize")) == 1


async def test_some_cards_are_not_made_out() -> None:
    world = lab(TokenReader={"misread": 0.5})
    await world.boot()
    station = world.station
    read = 0
    for number in range(200):
        station.present(Token(f"TAG{number}"), 1)
        read += value(world, "TokenReader", "Token") == f"TAG{number}"
    assert 70 < read < 130


async def test_a_station_without_a_reader_of_its_own_reads_all() -> None:
    world = lab(without=("TokenReader",))
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("TAG", 1))
    assert len(world.csms.of("Authorize")) == 1
