"""What cases may want of hands, and what a run lacked."""

from dataclasses import replace

from conformance import demands, registry, runner
from conformance.demands import lacks, missing
from conformance.rigs import Table
from conformance.rigs.simulated import SimulatedStation
from conformance.vocabulary import CSMS, STATION, V201
from reports.rundir import Run
from reports.verdict import Finding, Judgement, Verdict


def of(case_id):
    return demands.demands(registry.cases()[case_id])


def test_what_a_case_may_want_is_read_from_its_code():
    assert of("TC_B_06_CS") == {"ready"}
    assert {"plug", "present"} <= of("TC_E_03_CS")
    assert "command.reset" in of("TC_B_20_CSMS")
    assert "plug" not in of("TC_B_20_CSMS")


def test_some_case_wants_nothing_and_most_want_something():
    wants = {case.id: demands.demands(case) for case in registry.cases().values()}
    assert sum(map(bool, wants.values())) > len(wants) / 2
    assert all(name for each in wants.values() for name in each)


def stopped(case_id, name):
    finding = Finding(Verdict.INCONCLUSIVE, "", "", reason=f"the rig has no {name}")
    return Judgement(case_id, "", Verdict.INCONCLUSIVE, findings=(finding,))


def test_what_would_unlock_most_comes_first():
    judged = [
        stopped("TC_E_03_CS", "plug"),
        stopped("TC_B_06_CS", "ready"),
        stopped("TC_G_01_CS", "plug"),
        Judgement("TC_B_07_CS", "", Verdict.INCONCLUSIVE, reason="no station came"),
    ]
    assert missing(judged[0]) == "plug"
    assert missing(judged[3]) == ""
    plug, ready = lacks(STATION, judged, registry.cases())
    assert (plug.operation, plug.cases, ready.operation) == ("plug", ("TC_E_03_CS", "TC_G_01_CS"), "ready")
    assert plug.as_dict()["says"].startswith("Connect an EV")
    assert lacks(CSMS, [], registry.cases()) == []


def test_alone_are_those_that_want_nothing_else_that_stopped_any():
    judged = [stopped("TC_E_03_CS", "plug"), stopped("TC_C_02_CS", "present"), stopped("TC_G_01_CS", "plug")]
    found = {each.operation: each.alone for each in lacks(STATION, judged, registry.cases())}
    assert found == {"plug": (), "present": ()}  # as far as their code tells, all of them may want both
    (alone,) = lacks(STATION, [stopped("TC_B_06_CS", "ready")], registry.cases())
    assert alone.alone == ("TC_B_06_CS",)


async def test_a_run_tells_what_its_rig_lacked(tmp_path):
    class Bare(SimulatedStation):
        def mount(self, subject, doorway):
            return _Handless(super().mount(subject, doorway))

    cases = [registry.cases()[each] for each in ("TC_B_06_CS", "TC_P_01_CS")]
    result = await runner.certify_station(cases, Bare(runner.START), version=V201, out=tmp_path / "run")
    assert [(each.operation, each.cases) for each in result.lacks] == [
        ("ready", ("TC_B_06_CS", "TC_P_01_CS")),
    ]
    told = Run.open(tmp_path / "run").summary["rig_lacks"]
    assert [each["operation"] for each in told] == ["ready"]


class _Handless:
    def __init__(self, mount):
        self._mount = mount

    async def __aenter__(self):
        return replace(await self._mount.__aenter__(), hands=Table())

    async def __aexit__(self, *why):
        return await self._mount.__aexit__(*why)
