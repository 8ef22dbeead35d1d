"""Passwords are checked beside the event loop, and those of suspects so that nobody else notices."""

import asyncio
import os
import sys
import threading

import pytest

from csms_reference import admission, proving
from csms_reference.proving import Crowded, Proving
from csms_reference.store import Store
from protocol.link import Admitted, Knock, Turned
from protocol.security import hash_password

HASHED = hash_password("right", salt=b"s" * 16)


class Gate:
    """Checks nothing until it is opened; remembers in which threads it was asked."""

    def __init__(self):
        self.open, self.threads = threading.Event(), set()

    def check(self, password, hashed):
        self.threads.add(threading.current_thread().name)
        assert self.open.wait(10)
        return password == hashed


@pytest.mark.parametrize("suspect", [True, False])
async def test_right_is_right_and_wrong_is_wrong(suspect):
    judge = Proving()
    assert await judge.proves("right", HASHED, suspect=suspect)
    assert not await judge.proves("wrong", HASHED, suspect=suspect)
    assert not await judge.proves("right", None, suspect=suspect)


async def test_suspects_wait_in_one_lane_which_has_an_end_and_others_pass_them():
    gate = Gate()
    judge = Proving(gate.check)
    waiting = [asyncio.ensure_future(judge.proves("x", "x", suspect=True)) for _ in range(proving.WAITING_MOST)]
    await asyncio.sleep(0)
    with pytest.raises(Crowded):
        await judge.proves("x", "x", suspect=True)
    good = asyncio.ensure_future(judge.proves("x", "x", suspect=False))
    await asyncio.sleep(0)
    gate.open.set()
    assert await good
    assert await asyncio.gather(*waiting) == [True] * proving.WAITING_MOST
    assert len([name for name in gate.threads if name.startswith("suspects")]) == 1
    assert await judge.proves("x", "x", suspect=True)


@pytest.mark.skipif(sys.platform != "linux", reason="no other system has a priority for each thread")
async def test_the_lane_of_suspects_has_the_least_priority_and_nobody_else():
    def priority(_password, _hashed):
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    judge, own = Proving(priority), os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert await judge.proves("", None, suspect=True) == proving.LEAST_PRIORITY
    assert await judge.proves("", None, suspect=False) == own == priority("", None)


async def test_who_guesses_becomes_suspect_and_is_turned_away_unjudged_while_others_wait(bench, tmp_path, monkeypatch):
    store = Store.open(f"sqlite:///{tmp_path}/csms.sqlite")
    it = bench(store, failed_logins_burst=1, failed_logins_per_minute=0.001)
    await it.csms.register("CP-1", password="right")
    gate = Gate()
    gate.open.set()
    judge = Proving(gate.check)
    monkeypatch.setattr(it.csms._admission, "_proving", judge)
    full, plain = asyncio.Event(), judge.proves

    def counted(password, hashed, *, suspect):
        if judge._waiting == proving.WAITING_MOST - 1:
            full.set()
        return plain(password, hashed, suspect=suspect)

    monkeypatch.setattr(judge, "proves", counted)
    knock = Knock("CP-1", ("ocpp2.0.1",), user="CP-1", password="wrong", peer="192.0.2.1:1")
    assert [(await it.csms.admit(knock)).status for _ in range(2)] == [401, 429]
    gate.open.clear()
    waiting = [asyncio.ensure_future(it.csms.admit(knock)) for _ in range(proving.WAITING_MOST)]
    await full.wait()
    turned = await it.csms.admit(knock)
    assert turned == Turned(429, "too many failed logins", admission.CROWDED_S)
    gate.open.set()
    assert {(await one).status for one in waiting} == {429}
    elsewhere = Knock("CP-1", ("ocpp2.0.1",), user="CP-1", password="right", peer="192.0.2.2:1")
    monkeypatch.setattr(judge, "_check", lambda password, hashed: password == "right")
    assert isinstance(await it.csms.admit(elsewhere), Admitted)
    store.close()
