"""``chargebench load``: how many stations a CSMS holds, and how it behaves on the way there."""

from __future__ import annotations

import dataclasses
import inspect
import os
import sys
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from chargebench.errors import Unusable
from chargebench.options import words_of
from chargebench.runs import folder, recording, tell
from loadtest.order import Order

if TYPE_CHECKING:
    from loadtest.logbook import Logbook
    from loadtest.play import Gauge

FLAGS = {"url": "--csms", "version": "--version", "identities": "--id", "config": "--config", "source": "--source"}
"""Options that are called otherwise than their field."""

RATE_PER_S = 200.0


def add_to(app: typer.Typer) -> None:
    """Enter the command, with every field of an order as an option."""
    own = [each for each in inspect.signature(load, eval_str=True).parameters.values() if each.name != "ordered"]
    ordered = [_option(each) for each in dataclasses.fields(Order)]

    def command(**given: Any) -> int:
        names = {each.name for each in own}
        return load(**{name: given.pop(name) for name in names}, **given)

    command.__doc__ = load.__doc__
    signature = inspect.Signature([*own, *ordered], return_annotation=int)
    command.__signature__ = signature  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in signature.parameters.values()}
    app.command("load", rich_help_panel="Load")(command)


def _option(field: dataclasses.Field[Any]) -> inspect.Parameter:
    many = isinstance(field.default, tuple)
    kind: Any = list[str] | None if many else type(field.default)
    flag = FLAGS.get(field.name, "--" + field.name.replace("_", "-"))
    help_ = field.metadata["help"]
    unset = "" if field.default or "default" in help_ else " (default: none)"
    option = typer.Option(
        flag, metavar=field.metadata["metavar"] or None, help=f"{help_[0].upper()}{help_[1:]}{unset}.",
        show_default=bool(field.default) and not many, show_envvar=False,
        envvar="CHARGEBENCH_PASSWORD" if field.name == "password" else None,
    )  # fmt: skip
    default = None if many else field.default
    return inspect.Parameter(
        field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option]
    )


def load(
    *,
    stations: Annotated[int, typer.Option(min=1, metavar="NUMBER", help="How many stations.")] = 1000,
    rate: Annotated[
        float, typer.Option(min=0.1, metavar="NUMBER", help="Stations that are switched on per second.")
    ] = RATE_PER_S,
    csms_workers: Annotated[
        int, typer.Option(min=0, metavar="NUMBER", help="Processes of our own CSMS (default: as the stations need it).")
    ] = 0,
    csms_api: Annotated[
        str | None,
        typer.Option(metavar="URL", help="HTTP API of a reference CSMS at --csms, for its figures (default: none)."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The run's folder (default: a new one in runs/).")
    ] = None,
    locustfile: Annotated[
        bool, typer.Option("--locustfile", help="Print the path of the file for locust -f, and do nothing else.")
    ] = False,
    **ordered: Any,
) -> int:
    """Load a CSMS with thousands of complete stations and report what it bears.

    Stations are those of every other command, in several processes. Without --csms our own CSMS is started beside
    them, with as many processes as it needs. The report shows connected stations, latencies and errors over time, and
    where the CSMS left its target.

    To distribute the load over machines, use Locust: see docs/load.md.

    [bold]Examples[/bold]

    chargebench load --stations 20000 --rate 400

    chargebench load --csms wss://csms.example/ocpp --id 'CP-{n:06}' --shape find-the-knee --stations 5000

    chargebench load --stations 10000 --shape reconnect-storm --back-off none
    """
    if locustfile:
        import loadtest

        typer.echo(Path(loadtest.__file__).with_name("locustfile.py"))
        return 0
    order = Order.of({name: value for name, value in ordered.items() if value is not None})
    run = folder(out, f"load-{order.shape}")
    if any((run / name).exists() for name in ("run.json", "run.partial.json")):
        raise Unusable(f"{run} already holds a run; give another --out")
    console = Console(highlight=False)
    with ExitStack() as stack:
        stack.enter_context(recording(run))
        if not order.url:
            csms = stack.enter_context(_own_csms(order, stations, rate, csms_workers, run))
            order, csms_api = dataclasses.replace(order, url=csms.url), csms.api
        return _played(order, stations, rate, csms_api, run, console)


def _own_csms(order: Order, stations: int, rate: float, workers: int, run: Path) -> Any:
    from loadtest.csms import LocalCsms
    from loadtest.order import STATIONS_PER_SHARD

    processes = workers or max(1, -(-stations // STATIONS_PER_SHARD))
    settings = {
        "workers": processes,
        "transport": "lean",
        "accept_unknown_tokens": True,
        "accepts_per_s": max(500.0, 2 * rate),
        "accepts_burst": max(2000, int(4 * rate)),
    }
    return LocalCsms(run / "csms", settings)


def _played(order: Order, stations: int, rate: float, csms_api: str | None, run: Path, console: Console) -> int:
    from chargebench.loadview import LoadView
    from loadtest.csms import CsmsFigures
    from loadtest.draft import plan_of
    from loadtest.expected import expected
    from loadtest.fleet import Fleet
    from loadtest.logbook import Logbook
    from loadtest.machine import Machine
    from loadtest.play import FAREWELL, play
    from loadtest.room import room_for

    phases = order.phases(stations, rate)
    plan = plan_of(order, run=f"{time.time_ns():x}")
    shards = order.shards_for(stations, os.cpu_count() or 1)
    plan.check()
    room = room_for(plan.url, shards, plan.sources)
    room.check(stations)
    logbook = Logbook(
        run,
        title=f"{order.shape}: {stations} stations at {order.url}",
        seed=order.seed,
        command=["chargebench", *words_of(sys.argv[1:])],
        target=order.target,
        load={"order": order.told(), "stations": stations, "per_s": rate, "shards": shards},
        began=datetime.now(UTC),
    )
    with ExitStack() as stack:
        view = stack.enter_context(LoadView(console, stations))
        fleet = Fleet(
            plan,
            shards,
            on_tick=logbook.tick,
            on_notice=lambda each: _noticed(logbook, view, each),
            record=logbook,
            room=room,
        )
        gauges: tuple[Gauge, ...] = (Machine(),)
        if csms_api is not None:
            figures = CsmsFigures(csms_api, os.environ.get("CHARGEBENCH_API_KEY"), now_s=lambda: fleet.now_s)
            stack.callback(figures.close)
            gauges = (*gauges, figures)
        stopped = threading.Event()
        interrupted = False
        with fleet:
            try:
                play(fleet, phases, logbook, gauges=gauges, on_moment=view.show, stopped=stopped)
            except KeyboardInterrupt:
                interrupted = True
                fleet.phase(FAREWELL)
                logbook.lacks("it was interrupted")
    recorded = _recorded(order, fleet)
    more = expected(order.scenario, logbook, recorded) if order.scenario else []
    judgements = logbook.finish(stations=recorded, gaps=fleet.gaps, more=more, seeks=order.seeks)
    if interrupted:
        console.print("interrupted; the run is concluded as far as it went")
    from reports.verdict import worst

    return tell(console, judgements, worst(each.verdict for each in judgements), run)


def _noticed(logbook: Logbook, view: Any, notice: Any) -> None:
    logbook.notice(notice)
    view.notice(f"{notice.source}: {notice.text}")


def _recorded(order: Order, fleet: Any) -> list[Any]:
    from reports.rundir import StationFacts

    return [
        StationFacts(id=each.id, profile=each.profile or order.profile, version=each.version or order.version)
        for each in fleet.recorded
    ]
