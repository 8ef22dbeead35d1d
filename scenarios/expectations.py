"""Judges an expectation on a record: one function per verb, each yielding what it found about one subject.

A subject is one station, or several that are judged together. A finding is a verdict with its evidence; the worst
finding of all subjects is the expectation's judgement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from reports.verdict import Judgement, Verdict
from scenarios import times
from scenarios.chain import chain
from scenarios.ledger import CsmsState, LedgerEntry, meter_energy_wh
from scenarios.matchers import holds, said, said_fields
from scenarios.model import Expectation, Fields, Moment, Pattern, Range, Scope
from scenarios.record import Entry, Record
from scenarios.soundness import flaws


@dataclass(frozen=True, slots=True)
class Window:
    """The part of the run that an expectation looks at; both ends included.

    The instant of an event that ends it is left out, so that what happens at that instant does not come before it.
    """

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Case:
    """What a judge gets: the record, one subject's stations, the window, and the arguments of the verb."""

    record: Record
    stations: tuple[str, ...]
    window: Window
    about: Mapping[str, Any]
    state: CsmsState | None
    state_missing: str
    start: datetime
    duration_s: float

    def found(self, pattern: Pattern, *, from_s: float | None = None, to_s: float | None = None) -> list[Entry]:
        """What fits a pattern within the window, over all stations of the subject, in time order."""
        start_s = self.window.start_s if from_s is None else max(from_s, self.window.start_s)
        end_s = self.window.end_s if to_s is None else min(to_s, self.window.end_s)
        hits = [hit for each in self.stations for hit in self.record.found(each, pattern, start_s, end_s)]
        return sorted(hits, key=lambda hit: hit.t) if len(self.stations) > 1 else hits


@dataclass(frozen=True, slots=True)
class Finding:
    """What a judge says of one subject."""

    verdict: Verdict
    expected: str
    actual: str
    t: float | None = None
    frames: tuple[int, ...] = ()
    reason: str = ""
    station: str | None = None


Judge = Callable[[Case], Finding]
JUDGES: dict[str, Judge] = {}
FRAMES_LIMIT = 20
TICK_S = 0.0005
"""Half of the resolution of recorded times."""


def judges(verb: str) -> Callable[[Judge], Judge]:
    """Register the judge of a verb. Raises KeyError if it has one."""

    def put(judge: Judge) -> Judge:
        if verb in JUDGES:
            raise KeyError(f"{verb} has a judge")
        JUDGES[verb] = judge
        return judge

    return put


def judge(
    expectation: Expectation,
    record: Record,
    *,
    start: datetime,
    duration_s: float,
    state: CsmsState | None,
    state_missing: str = "",
) -> Judgement:
    """Judge one expectation; ``state_missing`` says why nothing is known of the CSMS's own records, if so."""
    blank = Judgement(expectation.id, expectation.title, Verdict.NOT_APPLICABLE, rule=expectation.rule)
    chosen = [each for each in record.versions if expectation.station.takes(each)]
    chosen = [each for each in chosen if expectation.version in (None, record.versions[each])]
    if not chosen:
        wanted = f" of version {expectation.version.name}" if expectation.version else ""
        return replace(blank, reason=f"this run has none of these stations: {expectation.station}{wanted}")
    together = expectation.scope is Scope.TOGETHER
    subjects = [tuple(chosen)] if together else [(each,) for each in chosen]
    worst: Finding | None = None
    for stations in subjects:
        window, why = _window(expectation, record, stations, start, duration_s)
        if window is None:
            found = Finding(Verdict.INCONCLUSIVE, expectation.title, "nothing to look at", reason=why)
        else:
            case = Case(record, stations, window, expectation.about, state, state_missing, start, duration_s)
            found = JUDGES[expectation.verb](case)
        if len(stations) == 1 and found.station is None:
            found = replace(found, station=stations[0])
        if worst is None or found.verdict.severity > worst.verdict.severity:
            worst = found
    assert worst is not None
    station = worst.station if worst.verdict is not Verdict.PASS or len(subjects) == 1 else None
    return replace(
        blank,
        verdict=worst.verdict,
        expected=worst.expected,
        actual=worst.actual if worst.verdict is not Verdict.PASS or len(subjects) == 1 else _all_held(len(subjects)),
        reason=worst.reason,
        station=station,
        t=worst.t,
        frames=worst.frames[:FRAMES_LIMIT],
    )


def _all_held(count: int) -> str:
    return f"held for each of {count} stations"


def _window(
    expectation: Expectation, record: Record, stations: tuple[str, ...], start: datetime, duration_s: float
) -> tuple[Window | None, str]:
    """The window, or None and what it waited for in vain."""
    bounds: list[float] = []
    for moment, missing in ((expectation.after, 0.0), (expectation.before, duration_s)):
        instant = missing if moment is None else _instant(moment, record, stations, start)
        if instant is None:
            return None, f"{moment} never came"
        bounds.append(instant - TICK_S if bounds and isinstance(moment, Pattern) else instant)
    start_s, end_s = bounds
    if expectation.within_s is not None:
        end_s = min(end_s, start_s + expectation.within_s)
    return Window(start_s, end_s), ""


def _instant(moment: Moment, record: Record, stations: tuple[str, ...], start: datetime) -> float | None:
    if isinstance(moment, str):
        return times.since_start_s(moment, start)
    if isinstance(moment, Pattern):
        first = [next(record.found(station, moment), None) for station in stations]
        return min((hit.t for hit in first if hit is not None), default=None)
    return moment


def _lines(hits: list[Entry]) -> tuple[int, ...]:
    return tuple(line for hit in hits for line in hit.lines)


def _told(pattern: Pattern) -> str:
    parts = [pattern.name.replace("_", " ") if not pattern.is_fact else pattern.name]
    if pattern.where:
        parts.append(f"with {said_fields(pattern.where)}")
    if pattern.reply:
        parts.append(f"answered with {said_fields(pattern.reply)}")
    return " ".join(parts)


def _similar(case: Case, pattern: Pattern, from_s: float | None = None) -> tuple[str, list[Entry]]:
    """What came instead: those of the same name, with the fields that were asked about."""
    plain = case.found(Pattern(pattern.name, pattern.is_fact, sender=pattern.sender), from_s=from_s)
    if not plain:
        return f"none at all{_offline(case)}", []
    shown = []
    for hit in plain[:3]:
        read = [f"{path} {case.record.read_field(hit, pattern, path)}" for path in pattern.where]
        read += [f"answered with {path} {_answer(case, hit, pattern, path)}" for path in pattern.reply]
        shown.append(f"at {times.spoken(hit.t)} {', '.join(read)}".rstrip())
    return f"{len(plain)} of that name: {'; '.join(shown)}", plain[:3]


DISCONNECTED, CONNECTED = Pattern("Disconnected", True), Pattern("Connected", True)


def _offline(case: Case) -> str:
    """Since when, and why, a station of the subject has had no connection at the end of the window, if so."""
    for station in case.stations:
        link = [*case.record.found(station, CONNECTED, end_s=case.window.end_s)]
        gone = [*case.record.found(station, DISCONNECTED, end_s=case.window.end_s)]
        since = [each for each in gone if not link or each.t >= link[-1].t]
        if since:
            why = [str(case.record.read_field(since[0], DISCONNECTED, key)) for key in ("ending", "reason")]
            told = ": ".join(each for each in why if each)
            how = "the connection to the CSMS was lost" if link else "no connection to the CSMS"
            return f"; {how} at {times.spoken(since[0].t)} ({told})"
    return ""


def _answer(case: Case, hit: Entry, pattern: Pattern, path: str) -> Any:
    return case.record.read_field(hit, pattern, f"reply.{path if path != 'error' else 'errorCode'}")


@judges("seen")
def seen(case: Case) -> Finding:
    """It happens at least once, or as often as ``times`` says."""
    pattern: Pattern = case.about["seen"]
    wanted: Range = case.about.get("times", Range(at_least=1))
    hits = case.found(pattern)
    expected = f"{_told(pattern)}, {wanted} times" if "times" in case.about else _told(pattern)
    if wanted.holds(len(hits)):
        return Finding(Verdict.PASS, expected, f"seen {len(hits)} times", hits[0].t if hits else None, _lines(hits))
    actual, others = (f"seen {len(hits)} times", hits) if hits else _similar(case, pattern)
    return Finding(Verdict.FAIL, expected, actual, hits[0].t if hits else None, _lines(others))


@judges("never")
def never(case: Case) -> Finding:
    """It does not happen."""
    pattern: Pattern = case.about["never"]
    hits = case.found(pattern)
    expected = f"no {_told(pattern)}"
    if not hits:
        return Finding(Verdict.PASS, expected, "none seen")
    return Finding(
        Verdict.FAIL, expected, f"seen {len(hits)} times, first at {times.spoken(hits[0].t)}", hits[0].t, _lines(hits),
        station=hits[0].station,
    )  # fmt: skip


@judges("order")
def order(case: Case) -> Finding:
    """One after another, others may come between; per station, also where stations are judged together."""
    patterns: tuple[Pattern, ...] = case.about["order"]
    expected = ", then ".join(_told(each) + _soon(each.soon) for each in patterns)
    passed: Finding | None = None
    for station in case.stations:
        within = [each for each in case.record.entries[station] if _within(case, each)]
        hits, missing = chain(within, patterns, case.record.fits)
        if missing is not None:
            after = f"after {_told(patterns[len(hits) - 1])} at {times.spoken(hits[-1].t)}" if hits else "at all"
            t = hits[-1].t if hits else None
            instead, others = _similar(replace(case, stations=(station,)), missing, from_s=t)
            actual = f"no {_told(missing)}{_soon(missing.soon)} {after}; {instead}"
            return Finding(Verdict.FAIL, expected, actual, t, _lines([*hits[-1:], *others]), station=station)
        passed = passed or Finding(Verdict.PASS, expected, "in this order", hits[0].t, _lines(hits))
    assert passed is not None
    return passed


def _soon(bounds: Range | None) -> str:
    """How soon, in words."""
    if bounds is None:
        return ""
    low = "" if bounds.at_least is None else f" no sooner than {times.spoken(bounds.at_least)} after that"
    return low + ("" if bounds.at_most is None else f" within {times.spoken(bounds.at_most)}")


def _within(case: Case, entry: Entry) -> bool:
    return case.window.start_s <= entry.t <= case.window.end_s


@judges("each")
def leads_to(case: Case) -> Finding:
    """Every one of these is followed by one of those at the same station, soon enough; inconclusive without any."""
    cause, effect, soon = case.about["each"], case.about["leads_to"], case.about["in"]
    expected = f"each {_told(cause)} leads to {_told(effect)}{_soon(soon)}"
    least_s, most_s = soon.at_least or 0.0, soon.at_most if soon.at_most is not None else case.duration_s
    causes = case.found(cause)
    for entry in causes:
        entries = case.record.found(entry.station, effect, entry.t + least_s - TICK_S, entry.t + most_s + TICK_S)
        if not any(each is not entry for each in entries):
            actual = f"not after that at {times.spoken(entry.t)}"
            return Finding(Verdict.FAIL, expected, actual, entry.t, entry.lines, station=entry.station)
    if not causes:
        return Finding(Verdict.INCONCLUSIVE, expected, "nothing to follow", reason=f"no {_told(cause)}")
    return Finding(Verdict.PASS, expected, f"so it was, {len(causes)} times", causes[0].t, _lines(causes))


@judges("interval")
def interval(case: Case) -> Finding:
    """Between one and the next passes a certain time; inconclusive with fewer than two."""
    pattern, bounds = case.about["interval"]["of"], case.about["interval"]["within"]
    expected = f"{_told(pattern)} every {bounds} s"
    total = 0
    for station in case.stations:
        hits = list(case.record.found(station, pattern, case.window.start_s, case.window.end_s))
        for before, after in pairwise(hits):
            gap_s = round(after.t - before.t, 3)
            total += 1
            if not bounds.holds(gap_s):
                actual = f"{gap_s:g} s between two"
                return Finding(Verdict.FAIL, expected, actual, after.t, (*before.lines, *after.lines), station=station)
    if not total:
        return Finding(Verdict.INCONCLUSIVE, expected, "fewer than two", reason=f"needs two of {_told(pattern)}")
    return Finding(Verdict.PASS, expected, f"kept {total} times")


@judges("status")
def status(case: Case) -> Finding:
    """What the connectors last reported."""
    expected = f"status {said(case.about['status'])}"
    evse = case.about.get("evse")
    for station in case.stations:
        states = {number: state for number, state in case.record.states(station, case.window.end_s).items() if number}
        if evse is not None:
            states = {evse: states.get(evse, "never reported")}
        for number, state in states.items():
            if not holds(case.about["status"], state):
                actual = f"EVSE {number}: {state}"
                return Finding(Verdict.FAIL, expected, actual, case.window.end_s, station=station)
        if not states:
            return Finding(Verdict.FAIL, expected, "never reported", case.window.end_s, station=station)
    return Finding(Verdict.PASS, expected, "so it is", case.window.end_s)


@judges("csms")
def csms(case: Case) -> Finding:
    """What the CSMS has recorded at the end, as far as anybody could ask it."""
    if case.state is None:
        expected = "the CSMS's own records: " + ", ".join(case.about["csms"])
        return Finding(Verdict.INCONCLUSIVE, expected, "unknown", reason=case.state_missing)
    about = case.about["csms"]
    where = about.get("where", {})
    counted = [
        each
        for each in case.state.transactions
        if each.station in case.stations
        and all(holds(wanted, each.fields().get(path)) for path, wanted in where.items())
    ]
    asked = f" (counting those with {said_fields(where)})" if where else ""
    for key, wanted in about.items():
        if key != "where" and (found := LEDGER[key](case, counted, wanted)).verdict is not Verdict.PASS:
            return replace(found, expected=found.expected + asked, actual=found.actual + _others(case, counted, where))
    said_all = ", ".join(f"{key.replace('_', ' ')} {wanted}" for key, wanted in about.items() if key != "where")
    return Finding(Verdict.PASS, said_all or "transactions", f"{len(counted)} transactions")


OTHERS_LIMIT = 3


def _others(case: Case, counted: list[LedgerEntry], where: Fields) -> str:
    """Transactions that the CSMS has but that were not counted, and what they are instead."""
    assert case.state is not None
    mine = (each for each in case.state.transactions if each.station in case.stations)
    others = [each for each in mine if each not in counted]
    told = [", ".join(f"{path} {each.fields().get(path)}" for path in where) for each in others[:OTHERS_LIMIT]]
    more = "; …" if len(others) > OTHERS_LIMIT else ""
    return f"; not counted: {'; '.join(told)}{more}" if others else ""


def _bounded(expected: str, value: float, bounds: Range) -> Finding:
    verdict = Verdict.PASS if bounds.holds(value) else Verdict.FAIL
    return Finding(verdict, f"{expected}: {bounds}", f"{value:g}")


def _count(_: Case, counted: list[LedgerEntry], wanted: Range) -> Finding:
    return _bounded("transactions that the CSMS has", len(counted), wanted)


def _open(_: Case, counted: list[LedgerEntry], wanted: Range) -> Finding:
    still = [each for each in counted if each.open]
    found = _bounded("transactions still open at the CSMS", len(still), wanted)
    return replace(found, station=still[0].station) if still else found


def _energy(_: Case, counted: list[LedgerEntry], wanted: Range) -> Finding:
    return _bounded("Wh that the CSMS has recorded", sum(each.energy_wh or 0.0 for each in counted), wanted)


def _matches(case: Case, counted: list[LedgerEntry], tolerance_percent: float) -> Finding:
    """Per station, so that one's surplus cannot hide another's gap; 2 Wh per transaction are rounding."""
    expected = f"the CSMS's energy within {tolerance_percent:g} % of the meters'"
    for station in case.stations:
        billed = [each for each in counted if each.station == station]
        billed_wh = sum(each.energy_wh or 0.0 for each in billed)
        metered_wh = meter_energy_wh(case.record.samples[station])
        if abs(billed_wh - metered_wh) > metered_wh * tolerance_percent / 100 + 2 * len(billed):
            actual = f"CSMS {billed_wh:.0f} Wh, meters {metered_wh:.0f} Wh"
            return Finding(Verdict.FAIL, expected, actual, station=station)
    return Finding(Verdict.PASS, expected, "so it is")


LEDGER: Mapping[str, Callable[[Case, list[LedgerEntry], Any], Finding]] = {
    "transactions": _count,
    "open": _open,
    "energy_wh": _energy,
    "energy_matches_meter": _matches,
}


@judges("sound")
def sound(case: Case) -> Finding:
    """What a station tells of its transactions agrees with itself and with what happened; inconclusive without any."""
    expected = "transactions told once, in order, without gaps, and as they were"
    told = 0
    for station in case.stations:
        for flaw in flaws(case.record, station, case.start, case.duration_s):
            return Finding(Verdict.FAIL, expected, flaw.what, flaw.t, flaw.lines, station=station)
        told += sum(1 for _ in case.record.found(station, Pattern("transaction_started")))
    if not told:
        return Finding(Verdict.INCONCLUSIVE, expected, "no transaction", reason="no transaction was told of")
    return Finding(Verdict.PASS, expected, f"so it is with {told} transactions")


@judges("quantity")
def quantity(case: Case) -> Finding:
    """A physical quantity of every EVSE, or of one, over the window's samples; inconclusive without samples."""
    name, evse = case.about["quantity"], case.about.get("evse")
    series: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for station in case.stations:
        for sample in case.record.samples[station]:
            value = sample.values.get(name)
            inside = case.window.start_s <= sample.t <= case.window.end_s
            if inside and value is not None and evse in (None, sample.evse):
                series.setdefault((station, sample.evse), []).append((sample.t, value))
    label = name.replace("_", " ")
    if not series:
        return Finding(Verdict.INCONCLUSIVE, label, "no samples", reason=f"{label} was not sampled in this time")
    found = Finding(Verdict.PASS, label, "no claim")
    for claim in CLAIMS:
        if claim in case.about:
            found = CLAIMS[claim](label, series, case.about[claim])
            if found.verdict is not Verdict.PASS:
                return found
    return found


Series = Mapping[tuple[str, int], list[tuple[float, float]]]
ROUNDING = 1e-6


def _always(label: str, series: Series, bounds: Range) -> Finding:
    for (station, evse), points in series.items():
        for t, value in points:
            if not bounds.holds(value):
                return Finding(
                    Verdict.FAIL, f"{label} always {bounds}", f"{value:g} at EVSE {evse}", t, station=station
                )
    return Finding(Verdict.PASS, f"{label} always {bounds}", f"{sum(map(len, series.values()))} samples within")


def _sometime(label: str, series: Series, bounds: Range) -> Finding:
    values = [value for points in series.values() for _, value in points]
    verdict = Verdict.PASS if any(map(bounds.holds, values)) else Verdict.FAIL
    return Finding(verdict, f"{label} sometime {bounds}", f"between {min(values):g} and {max(values):g}")


def _last(label: str, series: Series, bounds: Range) -> Finding:
    for (station, evse), points in series.items():
        t, value = points[-1]
        if not bounds.holds(value):
            return Finding(Verdict.FAIL, f"{label} at last {bounds}", f"{value:g} at EVSE {evse}", t, station=station)
    return Finding(Verdict.PASS, f"{label} at last {bounds}", "so it is")


def _never_falls(label: str, series: Series, _: bool) -> Finding:
    for (station, evse), points in series.items():
        for (_t, before), (t, after) in pairwise(points):
            if after < before - ROUNDING:
                actual = f"from {before:g} to {after:g} at EVSE {evse}"
                return Finding(Verdict.FAIL, f"{label} never falls", actual, t, station=station)
    return Finding(Verdict.PASS, f"{label} never falls", "so it is")


CLAIMS: Mapping[str, Callable[[str, Series, Any], Finding]] = {
    "always": _always,
    "sometime": _sometime,
    "last": _last,
    "never_falls": _never_falls,
}
