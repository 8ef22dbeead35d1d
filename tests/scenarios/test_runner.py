"""What becomes of runs in which something is wrong with the run itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocol.link import Dialer
from protocol.versions import V16
from reports.rundir import Run
from reports.verdict import Verdict
from scenarios.access import AccessError, Foreign, Reached
from scenarios.model import Scenario
from scenarios.own import ReferenceInProcess
from scenarios.reading import parse_scenario
from scenarios.runner import Progress, run
from simulator.clock import VIRTUAL, Clock, Scaled
from simulator.station import Station

TEXT = """\
scenario: t
duration: 20m
csms: {tokens: [ALICE]}
fleet: [{profile: ac-22kw}]
steps:
  - {after: 1m, plug: {soc: 20%}}
  - {after: 5s, present: ALICE}
expect:
  - {seen: boot}
  - {seen: transaction_started}
"""


def scenario(old: str = "", new: str = "") -> Scenario:
    assert old in TEXT
    return parse_scenario(TEXT.replace(old, new, 1))


class Somebodys(ReferenceInProcess):
    """The reference CSMS as if it were somebody else's: nobody can operate it from here."""

    async def open(self, scenario: Scenario, clock: Clock, seed: int) -> Reached:
        reached = await super().open(scenario, clock, seed)
        assert reached.operator is not None
        await reached.operator.set_up(scenario.csms, ())
        return Reached(reached.url, reached.dialer, None, "nobody can operate it")


async def test_a_step_that_waits_in_vain_leaves_the_run_inconclusive(tmp_path: Path) -> None:
    result = await run(scenario("  - {after: 5s, p", "  - {when: unlock, within: 1m}\n  - {after: 5s, p"), out=tmp_path)
    vain = result.judgements[-1]
    assert vain.verdict is Verdict.INCONCLUSIVE
    assert "steps[1]" in vain.title
    assert "unlock did not come within 1m" in vain.reason
    assert vain.station == "CP-001"
    assert result.verdict is Verdict.FAIL  # the transaction never started


async def test_a_step_that_still_waits_at_the_end(tmp_path: Path) -> None:
    result = await run(scenario("  - {after: 5s, p", "  - {when: unlock}\n  - {after: 5s, p"), out=tmp_path)
    assert "waited in vain for unlock" in result.judgements[-1].reason


async def test_an_actor_that_does_the_impossible_is_an_error(tmp_path: Path) -> None:
    result = await run(scenario("present: ALICE", "plug: {soc: 30%}"), out=tmp_path)
    assert result.verdict is Verdict.ERROR
    assert "has an EV already" in result.judgements[-1].reason


async def test_a_station_that_crashes_is_an_error_and_the_record_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def burn(self: Station, token: object, evse: object = None) -> None:
        raise ZeroDivisionError("smoke")

    monkeypatch.setattr(Station, "present", burn)
    result = await run(scenario(), out=tmp_path)
    assert result.verdict is Verdict.ERROR
    assert any("ZeroDivisionError: smoke" in each.actual for each in result.judgements)
    kept = Run.open(tmp_path)
    assert kept.complete
    assert kept.verdict is Verdict.ERROR
    assert next(kept.frames()).action == "BootNotification"


async def test_without_an_operator_what_needs_one_is_inconclusive(tmp_path: Path) -> None:
    text = scenario("present: ALICE}", "remote_start: {token: ALICE, evse: 1}}")
    result = await run(text, out=tmp_path, csms=Somebodys())
    boot, started = result.judgements
    assert boot.verdict is Verdict.PASS
    assert started.verdict is Verdict.INCONCLUSIVE
    assert started.reason == "remote_start could not be done: nobody can operate it"


async def test_what_must_not_happen_is_a_failure_even_without_an_operator(tmp_path: Path) -> None:
    text = TEXT.replace("present: ALICE}", "remote_start: {token: ALICE, evse: 1}}")
    text = text.replace("{seen: boot}", "{name: no boot, never: boot}")
    result = await run(parse_scenario(text), out=tmp_path, csms=Somebodys())
    assert [each.verdict for each in result.judgements] == [Verdict.FAIL, Verdict.INCONCLUSIVE]


async def test_what_needs_no_operator_still_fails_without_one(tmp_path: Path) -> None:
    result = await run(scenario("present: ALICE", "press_stop: {evse: 1}"), out=tmp_path, csms=Somebodys())
    assert result.judgements[1].verdict is Verdict.FAIL


async def test_virtual_time_is_refused_at_a_csms_with_its_own_clock(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="virtual time deceives"):
        await run(scenario(), out=tmp_path / "a", pace=VIRTUAL, csms=Foreign("ws://127.0.0.1:1/"))
    assert not (tmp_path / "a").exists()


async def test_a_csms_that_nobody_can_reach_fails_in_scaled_time(tmp_path: Path) -> None:
    short = scenario("duration: 20m", "duration: 90s")
    result = await run(short, out=tmp_path, pace=Scaled(600), csms=Foreign("ws://127.0.0.1:1/"))
    assert result.judgements[0].verdict is Verdict.FAIL
    assert any(event.fact == "Disconnected" for event in Run.open(tmp_path).events())


async def test_a_foreign_csms_is_reached_by_the_dialer_it_is_given(tmp_path: Path) -> None:
    dialled: list[str] = []

    class Spy:
        remote = False

        def dial(self, target: object, receiver: object) -> None:
            dialled.append(target.url)  # type: ignore[attr-defined]

    spy: Dialer = Spy()  # type: ignore[assignment]
    access = Foreign("ws://example.invalid/ocpp", dialer=spy)
    await run(scenario(), out=tmp_path, csms=access, force_virtual=True)
    assert set(dialled) == {"ws://example.invalid/ocpp"}


async def test_the_run_directory_says_what_was_run(tmp_path: Path) -> None:
    seen: list[Progress] = []
    result = await run(
        scenario(),
        out=tmp_path,
        seed=5,
        version=V16,
        stations=2,
        on_progress=seen.append,
        command=["chargebench", "run"],
    )
    kept = Run.open(tmp_path)
    assert (kept.kind, kept.title, kept.seed, kept.command) == ("scenario", "t", 5, ["chargebench", "run"])
    assert [each["id"] for each in kept.stations] == ["CP-001", "CP-002"]
    assert {each["version"] for each in kept.stations} == {"1.6"}
    assert kept.verdicts == list(result.judgements)
    assert kept.samples().num_rows > 0
    assert seen[-1].now_s <= seen[-1].duration_s == 1200
    assert seen[-1].connected == 2


async def test_a_directory_that_holds_a_run_is_refused(tmp_path: Path) -> None:
    await run(scenario(), out=tmp_path)
    with pytest.raises(FileExistsError, match="already holds a run"):
        await run(scenario(), out=tmp_path)
