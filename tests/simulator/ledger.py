"""What must hold of any run, checked on facts and received messages."""

from collections import defaultdict

from protocol.versions import V16
from simulator.facts import CallFailed, ContactorClosed, ContactorOpened, TransactionEnded, TransactionStarted
from tests.simulator.csms import World


def check(world: World, *, over: bool = True, dated: bool = True) -> None:
    """Transactions begin and end once and do not overlap; energy flows only in them; the CSMS learns it all in order.

    ``over``: every transaction has ended and every message was delivered. ``dated``: the station's clock was right.
    """
    check_facts(world, over=over)
    (check_16 if world.version is V16 else check_201)(world, over=over, dated=dated)


def check_facts(world: World, *, over: bool) -> None:
    running: dict[int, str] = {}
    seen: set[str] = set()
    register: dict[int, float] = defaultdict(float)
    for _, fact in world.facts:
        if isinstance(fact, TransactionStarted):
            assert fact.evse not in running
            assert fact.transaction not in seen
            running[fact.evse] = fact.transaction
            seen.add(fact.transaction)
        elif isinstance(fact, TransactionEnded):
            assert running.pop(fact.evse) == fact.transaction
            assert fact.energy_wh >= 0
        if isinstance(fact, TransactionStarted | ContactorOpened):
            assert fact.energy_wh >= register[fact.evse]
            register[fact.evse] = fact.energy_wh
    if over:
        assert not running
    closed: set[int] = set()
    for _, fact in world.facts:
        if isinstance(fact, ContactorClosed):
            assert fact.evse not in closed
            closed.add(fact.evse)
        elif isinstance(fact, ContactorOpened):
            closed.remove(fact.evse)


def check_201(world: World, *, over: bool, dated: bool) -> None:
    by_id = defaultdict(list)
    late = any(isinstance(fact, CallFailed) and fact.how == "TimedOut" for _, fact in world.facts)
    order: list[str] = []
    for event in world.events():
        key = event["transactionInfo"]["transactionId"]
        if by_id[key] and {**by_id[key][-1], "offline": True} == {**event, "offline": True}:
            assert event.get("offline") or late  # sent again because the answer was lost (E11.FR.07)
        else:
            by_id[key].append(event)
        order.append(key)
    for events in by_id.values():
        assert [event["seqNo"] for event in events] == list(range(len(events)))
        assert events[0]["eventType"] == "Started"
        assert all(event["eventType"] == "Updated" for event in events[1:-1])
        if over:
            assert len(events) > 1
            assert events[-1]["eventType"] == "Ended"
        stamps = [event["timestamp"] for event in events]
        assert stamps == sorted(stamps) or not dated
        starting = [
            e["idToken"]["idToken"] for e in events if "idToken" in e and e["triggerReason"] != "StopAuthorized"
        ]
        assert len(set(starting)) <= 1
        if any(event["transactionInfo"].get("chargingState") == "Charging" for event in events):
            assert starting
        registers = [
            value["value"]
            for event in events
            for sample in event.get("meterValue", ())
            for value in sample["sampledValue"]
            if value.get("measurand") == "Energy.Active.Import.Register" and event["eventType"] != "Ended"
        ]
        assert registers == sorted(registers)


def check_16(world: World, *, over: bool, dated: bool) -> None:
    started: dict[int, dict] = {}
    number, last = 0, None
    for _, action, ask in world.csms.got:
        if action not in ("StartTransaction", "StopTransaction", "MeterValues"):
            continue
        if ask == last:
            continue  # sent again because the answer was lost
        last = ask
        if action == "StartTransaction":
            number += 1
            started[number] = ask
        elif action == "StopTransaction":
            begun = started.pop(ask["transactionId"])
            assert ask["meterStop"] >= begun["meterStart"]
            assert ask["timestamp"] >= begun["timestamp"] or not dated
        elif action == "MeterValues" and "transactionId" in ask:
            assert ask["transactionId"] in started
    if over:
        assert not started
