"""A technician's report on the screen: a table, what is not there, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from chargebench.errors import printable
from simulator.diagnosis import Finding, Verdict, failed
from simulator.maintenance import Incident

STYLES = {Verdict.PASS: "green", Verdict.FAIL: "red", Verdict.NOT_TESTED: "yellow"}
MOST_INCIDENTS = 20


def show(console: Console, found: Sequence[Finding], incidents: Sequence[Incident] = ()) -> None:
    """Print what was found and what has happened at the station."""
    console.print(_table(found))
    missing = [each.test for each in found if each.verdict is Verdict.NOT_FITTED]
    if missing:
        console.print(Text(f"Not fitted: {', '.join(missing)}.", style="dim"))
    for each in found:
        if each.verdict is Verdict.FAIL:
            console.print(Text(f"{_named(each)}: {each.advice} ({each.source})", style="red"))
    if incidents:
        console.print(_log(incidents))
    console.print(_summary(found))


def _table(found: Sequence[Finding]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in ("test", "what", "where", "measured", "limit", "verdict"):
        table.add_column(column, overflow="fold")
    before = ""
    for each in found:
        if each.verdict is not Verdict.NOT_FITTED:
            said = each.advice if each.verdict is Verdict.NOT_TESTED else each.name
            verdict = Text(str(each.verdict), style=STYLES[each.verdict])
            test = each.test if each.test != before else ""
            table.add_row(test, said, each.where, printable(each.value), printable(each.limit), verdict)
            before = each.test
    return table


def _named(found: Finding) -> str:
    where = f" at {found.where}" if found.where else ""
    return f"{found.test}, {found.name}{where}"


def _log(incidents: Sequence[Incident]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), title="Incident log", title_justify="left")
    for column in ("time", "what", "where", "details"):
        table.add_column(column, overflow="fold")
    for each in incidents[-MOST_INCIDENTS:]:
        table.add_row(each.stamp, each.what, each.where, printable(each.info))
    return table


def _summary(found: Sequence[Finding]) -> Text:
    measured = sum(each.verdict in (Verdict.PASS, Verdict.FAIL) for each in found)
    wrong = len(failed(tuple(found)))
    waiting = sum(each.verdict is Verdict.NOT_TESTED for each in found)
    parts = [f"{measured} measured", f"{wrong} failed"] + ([f"{waiting} not tested"] if waiting else [])
    return Text(", ".join(parts), style="red" if wrong else "green")
