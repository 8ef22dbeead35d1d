"""Passwords are checked beside the event loop, and those of suspects so that nobody else notices."""

import asyncio
import itertools
import threading

import pytest

from csms_reference import admission, proving
from csms_reference.proving import Crowded, Proving
from csms_reference.store import Store
from protocol.link import Admitted, Knock, Turned
from protocol.security import hash_password

HASHED = hash_password("right", salt=b"s" * 16)


class Gate:
    """Checks nothing until it is opened; remembers how many it checked at the same time."""

    def __init__(self):
        self.open, self.both = threading.Event(), threading.Event()
        self.lock, self.inside, self.most = threading.Lock(), 0, 0

    def check(self, password, hashed):
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
            if self.inside == 2:
                self.both.set()
        assert self.open.wait(10)
        with self.lock:
            self.inside -= 1
        return password == hashed


@pytest.mark.parametrize("suspect", [True, False])
async def test_right_is_right_and_wrong_is_wrong(suspect):
    judge = Proving()
    assert await judge.proves("right", HASHED, suspect=suspect)
    assert not await judge.proves("wrong", HASHED, suspect=suspect)
    assert not await judge.proves("right", None, suspect=suspect)


@pytest.mark.parametrize(("workers", "most"), [(1, proving.WAITING_MOST), (4, proving.WAITING_MOST // 4), (99, 1)])
async def test_suspects_wait_in_one_lane_which_has_an_end_and_others_pass_them(workers, most):
    gate = Gate()
    judge = Proving(gate.check, workers=workers)
    waiting = [asyncio.ensure_future(judge.proves("x", "x", suspect=True)) for _ in range(most)]
    await asyncio.sleep(0)
    with pytest.raises(Crowded):
        await judge.proves("x", "x", suspect=True)
    good = asyncio.ensure_future(judge.proves("x", "x", suspect=False))
    assert await asyncio.to_thread(gate.both.wait, 10)
    gate.open.set()
    assert await good
    assert await asyncio.gather(*waiting) == [True] * most
    assert gate.most == 2  # a suspect, and the good one
    assert await judge.proves("x", "x", suspect=True)


@pytest.mark.parametrize("workers", [1, 4])
async def test_suspects_take_their_share_of_a_processor_and_others_as_much_as_it_takes(monkeypatch, workers):
    clock, rests = itertools.count(step=0.05), []  # each check takes 50 ms
    judge = Proving(lambda *_: True, workers=workers, clock=lambda: next(clock))
    now_s = asyncio.get_running_loop().time()
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now_s)

    async def rest(for_s):
        rests.append(for_s)

    monkeypatch.setattr(proving.asyncio, "sleep", rest)
    for suspect in (True, False, True, True):
        await judge.proves("", None, suspect=suspect)
    assert rests[0] < 0
    assert rests[1:] == pytest.approx([0.05 * workers / proving.SHARE - 0.05] * 2)


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


async def test_a_check_that_nobody_waits_for_any_more_takes_its_turn_all_the_same():
    gate = Gate()
    judge = Proving(gate.check)
    for _ in range(proving.WAITING_MOST):
        asking = asyncio.ensure_future(judge.proves("x", "x", suspect=True))
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])
    with pytest.raises(Crowded):
        await judge.proves("x", "x", suspect=True)
    gate.open.set()
    assert len(judge._checks) == proving.WAITING_MOST
    assert await asyncio.gather(*judge._checks) == [True] * proving.WAITING_MOST
    assert gate.most == 1
