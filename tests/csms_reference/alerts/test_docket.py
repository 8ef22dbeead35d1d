"""What rules find is written once, a little at a time, and told."""

from csms_reference.alerts.condition import Condition, Kind, Severity
from csms_reference.events.event import Filter
from csms_reference.events.kinds import kinds_of

REASONS = ("A", "B")


def condition(station, reason="A", **more):
    return Condition(kind=Kind.SESSION, reason=reason, severity=Severity.MINOR, station=station, since_ms=0, **more)


async def test_what_holds_is_raised_and_what_does_not_is_cleared(watch):
    on = watch()
    await on.docket.settle(Kind.SESSION, REASONS, [condition("1"), condition("2", "B")])
    await on.docket.settle(Kind.SESSION, REASONS, [condition("2", "B"), condition("3")])
    assert await on.alerts("station", "state") == [("1", "Cleared"), ("2", "Raised"), ("3", "Raised")]


async def test_other_reasons_are_left_alone(watch):
    on = watch()
    await on.docket.settle(Kind.SESSION, ["A"], [condition("1")])
    await on.docket.settle(Kind.SESSION, ["B"], [])
    await on.docket.settle(Kind.FAULT, ["A"], [])
    assert await on.alerts("state") == [("Raised",)]


async def test_what_is_as_it_was_is_not_written(watch, monkeypatch):
    on = watch()
    await on.docket.settle(Kind.SESSION, REASONS, [condition("1")])
    monkeypatch.setattr(on.it.front.store, "write", None)
    await on.docket.settle(Kind.SESSION, REASONS, [condition("1")])


async def test_it_is_told(watch):
    on = watch()
    heard = on.it.front.bus.subscribe(Filter(kinds_of(["alert.*"])))
    await on.docket.settle(Kind.SESSION, REASONS, [condition("1", evse=2)])
    await on.docket.settle(Kind.SESSION, REASONS, [condition("1", evse=2, details={"worse": True})])
    await on.docket.settle(Kind.SESSION, REASONS, [])
    told = [await heard.next() for _ in range(3)]
    assert [each.kind for each in told] == ["alert.raised", "alert.changed", "alert.cleared"]
    assert [each.station for each in told] == ["1"] * 3
    assert (told[0].data["alert"], told[0].data["reason"], told[0].data["evse"]) == ("SessionStuck", "A", 2)
    heard.close()


async def test_a_storm_is_written_in_parts(watch, monkeypatch):
    monkeypatch.setattr("csms_reference.alerts.docket.PAUSE_S", 0)
    on = watch()
    written = on.it.front.store.figures()["store_writes"]
    await on.docket.note([condition(str(number)) for number in range(1001)])
    assert on.it.front.store.figures()["store_writes"] - written == 11
    assert len(await on.open()) == 1001
