"""What a scenario expects, judged on the recorded stations of a load run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from loadtest.logbook import Logbook
from protocol.versions import by_name
from reports.rundir import Run, StationFacts
from reports.verdict import Judgement
from scenarios.reading import read_scenario
from scenarios.record import Record
from scenarios.runner import judge_record

UNSEEN = "a load run does not look into the CSMS's own records"


def expected(scenario: str, logbook: Logbook, stations: Iterable[StationFacts]) -> list[Judgement]:
    """Judge every expectation of a scenario file on the stations whose frames were kept, over the whole run.

    What is expected of the CSMS's own records is inconclusive. Raises ScenarioError.
    """
    played = replace(read_scenario(scenario), start=logbook.began, duration_s=logbook.duration_s)
    logbook.flush()
    record = Record.read(Run.open(logbook.path), {each["id"]: by_name(each["version"]) for each in stations})
    return judge_record(played, played.expect, record, None, UNSEEN)
