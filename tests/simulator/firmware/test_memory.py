"""What is kept of the firmware is plain data, and two slots are never both empty."""

import json
from dataclasses import is_dataclass

from simulator.firmware.memory import Bank, Order, Report, Slot, State, Status, Step
from simulator.state.codec import decode, encode
from tests.simulator.csms import START


def test_a_new_bank_runs_what_was_delivered():
    bank = Bank()
    assert (bank.running.state, bank.running.version, bank.other) == (State.GOOD, "", 1)
    assert bank.slots[1].state is State.EMPTY


def test_slots_are_replaced_one_by_one():
    bank = Bank().with_slot(1, Slot(State.READY, "2.0.0"))
    assert bank.slots[1].version == "2.0.0"
    assert bank.slots[0] == Bank().slots[0]
    assert bank.with_slot(0, Slot()).slots[1] == bank.slots[1]


def test_what_is_settled_keeps_slots_and_reports():
    report = Report(Status.INSTALLED, 1)
    order = Order(1, "http://files.example/x", START)
    bank = Bank(order=order, step=Step.TRIAL, parts=(b"x",), tag="t", size=1, failures=2, last=report, unsaid=(report,))
    assert bank.settled() == Bank(last=report, unsaid=(report,))
    assert is_dataclass(bank)
    assert not order.secure


def test_it_can_be_written_to_disk():
    order = Order(1, "http://files.example/x", START, START, 2, 30, "PEM", "c2ln")
    bank = Bank(
        slots=(Slot(State.GOOD, "2.0.0", "AC22", "aa", 3, ("bb",), "self-test"), Slot(State.WRITING)),
        active=1, order=order, step=Step.INSTALL, parts=(b"\x00\xff", b"x"), tag='"t"', size=3, failures=1,
        last=Report(Status.DOWNLOADED, None), unsaid=(Report(Status.DOWNLOADED, 1),),
    )  # fmt: skip
    written = json.loads(json.dumps(encode(bank)))
    assert decode(Bank, written) == bank
    assert decode(Bank, json.loads(json.dumps(encode(Bank())))) == Bank()
