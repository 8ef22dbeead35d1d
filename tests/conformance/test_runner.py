"""Certification: verdicts, the run directory, and that frames can be found in it."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import pytest

from conformance import declaration, registry, runner
from conformance.cases.csms201.states import boot
from conformance.findings import Record
from conformance.mutants import Mutant, change
from conformance.rigs import Table
from conformance.rigs.reference import ReferenceCsms
from conformance.rigs.simulated import SimulatedStation
from conformance.vocabulary import CSMS, STATION, V201, ask, check, command, connect, expect
from reports.rundir import Run
from reports.verdict import Judgement, Verdict
from simulator.clock import Scaled


def station_rig():
    return SimulatedStation(runner.START)


def chosen(*ids, role=STATION):
    return registry.select(role, V201, ids=ids)


async def test_a_certification_is_a_run_directory(tmp_path):
    cases = chosen("TC_B_06_CS", "TC_P_01_CS")
    seen = []
    result = await runner.certify_station(
        cases, station_rig(), version=V201, out=tmp_path / "run", seed=3, command=["chargebench"], progress=seen.append
    )
    assert result.verdict is Verdict.PASS
    assert seen == list(result.verdicts)
    run = Run.open(tmp_path / "run")
    assert run.complete
    assert (run.kind, run.seed, run.command) == ("certify-station", 3, ["chargebench"])
    assert [(each.id, each.verdict) for each in run.verdicts] == [
        ("TC_B_06_CS", Verdict.PASS),
        ("TC_P_01_CS", Verdict.PASS),
    ]
    assert run.summary["clock"]["pace"] == "virtual"
    times = [message.t for message in run.messages()]
    assert times == sorted(times)  # case after case on one axis
    assert {message.station for message in run.messages()} == {"BENCH-1"}
    assert [event.fact for event in run.events()] == ["pass", "pass"]


async def test_the_frames_of_a_failure_are_lines_of_the_recording(tmp_path, monkeypatch):
    case = chosen("TC_B_06_CS")[0]
    spoilt = registry.mutants()["reads_something_else"]
    whole = runner.run_case
    monkeypatch.setattr(runner, "run_case", lambda *args, **how: whole(*args, **how, mutant=spoilt))
    result = await runner.certify_station([case, case], station_rig(), version=V201, out=tmp_path / "run")
    assert [each.verdict for each in result.verdicts] == [Verdict.FAIL, Verdict.FAIL]
    run = Run.open(tmp_path / "run")
    for verdict in run.verdicts:
        (line,) = verdict.frames
        assert '"42"' in run.message(line).text
        assert "300" in verdict.expected
    assert run.verdict is Verdict.FAIL


async def test_what_does_not_apply_is_said_and_not_run(tmp_path):
    declared = declaration.parse("role: station\nfeatures:\n  C-30: no\n")
    result = await runner.certify_station(
        chosen("TC_C_02_CS", "TC_P_01_CS"), station_rig(), version=V201, declaration=declared, out=tmp_path / "run"
    )
    left_out, done = result.verdicts
    assert left_out.verdict is Verdict.NOT_APPLICABLE
    assert "C-30 is no" in left_out.reason
    assert done.verdict is Verdict.PASS
    assert result.verdict is Verdict.PASS


def test_a_dry_run_says_what_would_be_run():
    declared = declaration.parse("role: station\nfeatures:\n  C-30: no\n")
    planned = runner.plan(chosen("TC_C_02_CS", "TC_P_01_CS"), declared)
    assert [(each.case.id, bool(each.reason)) for each in planned] == [("TC_C_02_CS", True), ("TC_P_01_CS", False)]
    assert [each.reason for each in runner.plan(chosen("TC_C_02_CS"))] == [""]


def test_cases_of_our_own_are_run_undeclared_or_when_they_are_asked_for():
    own, declared = chosen("CB_R_01_CS"), declaration.parse("role: station\n")
    assert not runner.plan(own, extras=False)[0].reason
    assert "asked for" in runner.plan(own, declared, extras=False)[0].reason
    assert not runner.plan(own, declared, extras=True)[0].reason


async def test_a_declaration_of_the_other_role_is_refused():
    with pytest.raises(declaration.DeclarationError, match="a csms, but a station"):
        await runner.certify_station([], station_rig(), version=V201, declaration=declaration.parse("role: csms"))


async def test_a_rig_without_hands_is_inconclusive():
    class Bare(SimulatedStation):
        def mount(self, subject, doorway):
            return _Handless(super().mount(subject, doorway))

    result = await runner.certify_station(chosen("TC_B_06_CS"), Bare(runner.START), version=V201)
    (verdict,) = result.verdicts
    assert (verdict.verdict, verdict.reason) == (Verdict.INCONCLUSIVE, "the rig has no ready")


class _Handless:
    def __init__(self, mount):
        self._mount = mount

    async def __aenter__(self):
        return replace(await self._mount.__aenter__(), hands=Table())

    async def __aexit__(self, *why):
        return await self._mount.__aexit__(*why)


async def test_a_rig_that_breaks_is_an_error_and_the_next_case_runs(caplog):
    def broken():
        raise OSError("the relay board is gone")

    class Faulty(SimulatedStation):
        def mount(self, subject, doorway):
            mount = _Handless(super().mount(subject, doorway))
            return _With(mount, Table({"ready": broken}))

    result = await runner.certify_station(chosen("TC_B_06_CS", "TC_P_01_CS"), Faulty(runner.START), version=V201)
    assert [each.verdict for each in result.verdicts] == [Verdict.ERROR, Verdict.ERROR]
    assert "the relay board is gone" in result.verdicts[0].actual


class _With(_Handless):
    def __init__(self, mount, hands):
        super().__init__(mount)
        self._hands = hands

    async def __aenter__(self):
        return replace(await self._mount.__aenter__(), hands=self._hands)


async def test_fail_fast_stops_at_the_first_that_does_not_hold(monkeypatch):
    spoilt = registry.mutants()["reads_something_else"]
    whole = runner.run_case
    monkeypatch.setattr(runner, "run_case", lambda *args, **how: whole(*args, **how, mutant=spoilt))
    result = await runner.certify_station(
        chosen("TC_B_06_CS", "TC_P_01_CS"), station_rig(), version=V201, fail_fast=True
    )
    assert [each.id for each in result.verdicts] == ["TC_B_06_CS"]


async def test_the_same_seed_writes_the_same_messages(tmp_path):
    for name in ("one", "two"):
        await runner.certify_station(
            chosen("TC_E_03_CS", "TC_B_20_CS"), station_rig(), version=V201, out=tmp_path / name
        )
    first, second = ((tmp_path / name / "messages.jsonl").read_bytes() for name in ("one", "two"))
    assert first == second


async def test_a_csms_is_certified_likewise(tmp_path):
    result = await runner.certify_csms(
        chosen("TC_B_01_CSMS", "TC_F_01_CSMS", role=CSMS),
        ReferenceCsms(runner.START),
        version=V201,
        out=tmp_path / "run",
    )
    assert result.count(Verdict.PASS) == 2
    assert Run.open(tmp_path / "run").kind == "certify-csms"


@pytest.mark.parametrize("role", [STATION, CSMS])
def test_nothing_judged_is_no_pass(role):
    assert runner.Result(()).verdict is Verdict.NOT_APPLICABLE


async def test_in_real_time_the_time_of_day_is_the_worlds_and_no_name_comes_twice(tmp_path, monkeypatch):
    given = []

    async def run_case(case, subject, rig, *, start, **how):
        given.append((subject.nonce, start))
        return Judgement(case.id, case.title, Verdict.PASS, t=0.0)

    monkeypatch.setattr(runner, "run_case", run_case)
    moments = count(1_800_000_000)
    how = {"version": V201, "now": lambda: datetime.fromtimestamp(next(moments), UTC)}
    cases = chosen("TC_B_06_CS", "TC_P_01_CS")
    rig = replace(station_rig(), clock_pace=Scaled(1))
    assert rig.pace == "real"
    result = await runner.certify_station(cases, rig, out=tmp_path / "run", **how)
    assert result.count(Verdict.PASS) == 2
    (first, begun), (second, later) = given
    assert first != second
    assert runner.START < begun < later
    assert Run.open(tmp_path / "run").summary["clock"]["start"].startswith("2027-")
    given.clear()
    await runner.certify_station(cases, station_rig(), **how)
    assert given == [("1", runner.START)] * 2


async def test_a_case_has_the_time_of_day_of_its_system():
    rig, record = SimulatedStation(datetime(2031, 5, 1, tzinfo=UTC)), Record()
    case = registry.cases()["TC_B_01_CS"]
    await runner.run_case(case, runner.describe(STATION, V201, rig), rig, record=record)
    assert any('"currentTime":"2031-05-01' in line.text.replace(" ", "") for line in record.lines)


async def test_a_case_that_stumbles_over_a_message_against_its_schema_fails_for_the_message():
    def reads_a_name(csms):
        yield connect(csms)
        yield ask("BootNotification", boot())
        yield command(csms, "get_variables", names=["OCPPCommCtrlr.OfflineThreshold"])
        request = yield expect("GetVariables", csms.message_s)
        yield check(bool(request.get("getVariableData.0.component")["name"]), "a name", "none")

    garbled = Mutant("garbled", twists=(change("GetVariables", "getVariableData.0.component", "a word"),))
    rig = ReferenceCsms(runner.START)
    case = replace(registry.cases()["TC_B_06_CSMS"], script=reads_a_name)
    judgement = await runner.run_case(case, runner.describe(CSMS, V201, rig), rig, mutant=garbled)
    assert (judgement.verdict, judgement.rule) == (Verdict.FAIL, "official schema")
    assert [each.reason for each in judgement.findings if each.verdict is Verdict.INCONCLUSIVE] == [
        "a message is against its schema"
    ]


async def test_a_case_that_crashes_of_itself_is_an_error():
    def crashes(csms):
        yield connect(csms)
        raise LookupError("nothing")

    rig = ReferenceCsms(runner.START)
    case = replace(registry.cases()["TC_B_06_CSMS"], script=crashes)
    judgement = await runner.run_case(case, runner.describe(CSMS, V201, rig), rig)
    assert (judgement.verdict, judgement.expected) == (Verdict.ERROR, "the case runs")
