"""``chargebench capacity``: what a reconnect storm of a whole fleet does to a CSMS, by simulation."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from chargebench.errors import Unusable
from loadtest.capacity import POLICIES, Cause, CsmsLimits, Habits, Overload, Recovery, Storm, simulate

if TYPE_CHECKING:
    from collections.abc import Mapping

Outcomes = dict[tuple[str, float], Recovery]


def add_to(app: typer.Typer) -> None:
    """Enter the command."""
    app.command("capacity", rich_help_panel="Load")(capacity)


def capacity(
    stations: Annotated[
        int, typer.Option(min=1, metavar="NUMBER", help="How many stations lose their link.")
    ] = 100_000,
    accept_rate: Annotated[
        list[float] | None, typer.Option(help="Connections accepted per second; may be repeated (default: 500).")
    ] = None,
    policy: Annotated[
        list[str] | None,
        typer.Option(help=f"What stations do: {', '.join(POLICIES)}; may be repeated (default: spec)."),
    ] = None,
    cause: Annotated[
        Cause, typer.Option(help="link: all links are lost at once; power: mains return everywhere at once.")
    ] = Cause.LINK,
    outage: Annotated[float, typer.Option(metavar="SECONDS", help="How long the CSMS is away at first.")] = 0.0,
    noticed_within: Annotated[
        float, typer.Option(metavar="SECONDS", help="Each station notices at its own instant within this time.")
    ] = 1.0,
    overload: Annotated[
        Overload, typer.Option(help="Too many connections: refuse them with 503, or hold them in the listen queue.")
    ] = Overload.REFUSE,
    burst: Annotated[
        float | None, typer.Option(metavar="NUMBER", help="Connections accepted at once (default: a second's worth).")
    ] = None,
    backlog: Annotated[int, typer.Option(metavar="NUMBER", help="Length of the listen queue.")] = 4096,
    handshake: Annotated[
        float, typer.Option(metavar="SECONDS", help="What the CSMS needs per accepted upgrade.")
    ] = 5e-4,
    refusal: Annotated[float, typer.Option(metavar="SECONDS", help="What the CSMS needs per refused upgrade.")] = 2e-4,
    boot_rate: Annotated[float, typer.Option(metavar="NUMBER", help="BootNotifications answered per second.")] = 2000.0,
    boot_backlog: Annotated[
        int, typer.Option(metavar="NUMBER", help="BootNotifications that may wait; more are answered Pending.")
    ] = 10_000,
    boot_interval: Annotated[float, typer.Option(metavar="SECONDS", help="The interval in a Pending answer.")] = 60.0,
    retry_max: Annotated[int, typer.Option(metavar="SECONDS", help="The longest Retry-After of a refusal.")] = 86_400,
    wait_minimum: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="RetryBackOffWaitMinimum (default: the policy's).")
    ] = None,
    random_range: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="RetryBackOffRandomRange (default: the policy's).")
    ] = None,
    repeat_times: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="RetryBackOffRepeatTimes (default: the policy's).")
    ] = None,
    connect_timeout: Annotated[
        float, typer.Option(metavar="SECONDS", help="How long a station waits for a connection.")
    ] = 30.0,
    horizon: Annotated[float, typer.Option(metavar="SECONDS", help="Where the simulation ends.")] = 86_400.0,
    seed: Annotated[int, typer.Option(help="Seed of everything random; the same seed gives the same storm.")] = 1,
    chart: Annotated[
        Path | None,
        typer.Option(
            help="SVG file: the way back over time, or, of several rates, the time over the rate (default: none)."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON with settings, figures and curves.")] = False,
) -> None:
    """Ask what a reconnect storm does to a CSMS that accepts so many connections per second.

    Every station is simulated with its own random waits, in virtual time and without a socket; a million of them take
    a minute or two. Policies: [bold]none[/bold] dials every 10 s; [bold]spec[/bold] backs off as OCPP 2.0.1 wants it
    (30 s, 10 s random, doubled 5 times); [bold]spread[/bold] has 600 s random and doubles twice;
    [bold]retry-after[/bold] is spec with a CSMS that names each refused station its turn, and stations that heed it.

    [bold]Examples[/bold]

    chargebench capacity --stations 1000000 --accept-rate 500

    chargebench capacity --accept-rate 200 --accept-rate 1000 --policy spec --policy spread --chart rates.svg
    """
    own = {"wait_minimum_s": wait_minimum, "random_range_s": random_range, "repeat_times": repeat_times}
    changed = {name: value for name, value in own.items() if value is not None}
    outcomes: Outcomes = {}
    console = Console(highlight=False, stderr=True)
    try:
        for name in policy or ["spec"]:
            habits = _habits(name, changed, connect_timeout)
            for rate in accept_rate or [500.0]:
                limits = CsmsLimits(
                    accepts_per_s=rate, burst=burst, backlog=backlog, overload=overload,
                    retry_after=habits.honours_retry_after, retry_max_s=retry_max,
                    handshake_s=handshake, refusal_s=refusal,
                    boots_per_s=boot_rate, boot_backlog=boot_backlog, boot_interval_s=boot_interval,
                )  # fmt: skip
                storm = Storm(
                    stations=stations, limits=limits, habits=habits, cause=cause, noticed_within_s=noticed_within,
                    outage_s=outage, horizon_s=horizon, seed=seed,
                )  # fmt: skip
                with console.status(f"{stations:,} stations, policy {name}, {rate:g} accepted per second"):
                    outcomes[name, rate] = simulate(storm)
    except ValueError as problem:
        raise Unusable(str(problem)) from problem
    if chart is not None:
        chart.write_text(_picture(outcomes), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps([{"policy": name, **found.document()} for (name, _), found in outcomes.items()]))
    else:
        _show(outcomes)


def _habits(name: str, changed: Mapping[str, float | int], connect_timeout_s: float) -> Habits:
    if name not in POLICIES:
        raise Unusable(f"no policy {name!r}; there are {', '.join(POLICIES)}")
    habits = POLICIES[name]
    back_off = replace(habits.back_off, **changed)  # type: ignore[arg-type]  # keys and kinds are the options' own
    return replace(habits, back_off=back_off, connect_timeout_s=connect_timeout_s)


def _picture(outcomes: Outcomes) -> str:
    from loadtest.capacity.picture import back_over_time, time_over_rate

    if len({rate for _, rate in outcomes}) > 1:
        return time_over_rate(outcomes)
    return back_over_time({name: found for (name, _), found in outcomes.items()})


COLUMNS = {
    "50 %": "back_50_percent_s",
    "90 %": "back_90_percent_s",
    "99 %": "back_99_percent_s",
    "100 %": "back_100_percent_s",
    "dials": "attempts_mean",
    "refused": "refused_share",
    "no answer": "unanswered_share",
    "dials/s": "peak_dials_per_s",
    "pending": "pending_boots",
    "missing": "missing",
}


def _show(outcomes: Outcomes) -> None:
    rows = {key: found.figures() for key, found in outcomes.items()}
    seldom = ("pending_boots", "missing")
    columns = {
        head: key for head, key in COLUMNS.items() if key not in seldom or any(row[key] for row in rows.values())
    }
    table = Table("policy", "rate", *columns, box=None, padding=(0, 1, 0, 0))
    for column in table.columns:
        column.justify, column.no_wrap = "left" if column.header == "policy" else "right", True
    for (name, rate), row in rows.items():
        table.add_row(name, f"{rate:g}", *(_cell(key, row[key]) for key in columns.values()))
    console = Console(highlight=False)
    console.print(table)
    console.print("50 … 100 %: minutes until so many were back. dials/s: the highest seen.", style="dim")


def _cell(key: str, value: float | None) -> str:
    if value is None:
        return "never"
    if key.endswith("_s") and key.startswith("back"):
        minutes, seconds = divmod(round(value), 60)
        return f"{minutes}:{seconds:02d}"
    return f"{value:.1%}" if key.endswith("share") else f"{value:,.1f}" if key.endswith("mean") else f"{value:,}"
