"""A dialer that knows the CSMS's names alone, some of which may be down."""

from __future__ import annotations

from typing import Any

import pytest

from protocol.link import Ending, Lost, Target
from scenarios.addresses import HOSTS, Addresses


class Line:
    """Notes who was dialled, and how a connection ended."""

    remote = False

    def __init__(self) -> None:
        self.dialled: list[str] = []
        self.ended: list[Lost] = []

    def dial(self, target: Target, receiver: Any) -> None:
        self.dialled.append(target.url)

    def lost(self, why: Lost) -> None:
        self.ended.append(why)


@pytest.fixture
def line() -> Line:
    return Line()


def dial(addresses: Addresses, host: str, line: Any) -> None:
    addresses.dial(Target(f"ws://{host}/ocpp", "CP-1", ("ocpp2.0.1",), None), line)


@pytest.mark.parametrize("host", HOSTS)
def test_the_csms_is_at_its_names(line: Line, host: str) -> None:
    dial(Addresses(line), host, line)
    assert (line.dialled, line.ended) == ([f"ws://{host}/ocpp"], [])


def test_nobody_is_anywhere_else(line: Line) -> None:
    dial(Addresses(line), "elsewhere.invalid", line)
    assert line.dialled == []
    assert [(each.ending, each.reason) for each in line.ended] == [
        (Ending.UNREACHABLE, "no such host: elsewhere.invalid")
    ]


def test_one_name_goes_down_and_the_other_stays(line: Line) -> None:
    addresses = Addresses(line)
    addresses.down.add(HOSTS[0])
    for host in HOSTS:
        dial(addresses, host, line)
    assert line.dialled == [f"ws://{HOSTS[1]}/ocpp"]
    assert [(each.ending, each.reason) for each in line.ended] == [(Ending.UNREACHABLE, f"{HOSTS[0]} does not answer")]
