"""For ``locust -f``: users are charging stations; see docs/load.md.

locust -f "$(chargebench load --locustfile)" --host ws://127.0.0.1:9000/ocpp --users 20000 --spawn-rate 200
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from locust import argument_parser, events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.runners import LocalRunner, MasterRunner, WorkerRunner

from loadtest.conductor import Conductor, Shape
from loadtest.crew import Crew, StationUser
from loadtest.draft import UNUSABLE, plan_of
from loadtest.order import Order

PREFIX = "station_"
NAMED = {
    "version": "--ocpp-version",
    "profile": "--station-profile",
    "config": "--station-config",
    "password": "--station-password",
    "seed": "--station-seed",
}
"""Options that are called otherwise than their field, because Locust has options of these names, or nearly so."""


class ChargingStation(StationUser):
    """A charging station, complete, in a process of the fleet."""


@events.init_command_line_parser.add_listener
def add_options(parser: LocustArgumentParser, **_: Any) -> None:
    """Locust's command line and web page learn what can be ordered."""
    for each in dataclasses.fields(Order):
        if each.name == "url":
            continue  # Locust's --host
        flag = NAMED.get(each.name, "--" + each.name.replace("_", "-"))
        default: Any = "" if each.name == "shape" else each.default
        many = isinstance(default, tuple)
        parser.add_argument(
            flag,
            dest=PREFIX + each.name,
            default=list(default) if many else default,
            type=str if many else type(default),
            help=each.metadata["help"].replace("%", "%%"),
            metavar=each.metadata["metavar"] or None,
            is_secret=each.name == "password",
            env_var="CHARGEBENCH_PASSWORD" if each.name == "password" else None,
            **({"action": "append"} if many else {}),
        )
    parser.add_argument(
        "--run-dir", dest="station_run_dir", default="", metavar="DIR", help="where the run's record goes"
    )


@events.init.add_listener
def set_up(environment: Environment, **_: Any) -> None:
    """Every node gets what its role needs."""
    runner = environment.runner

    def order() -> Order:
        options = vars(environment.parsed_options)
        given = {name.removeprefix(PREFIX): value for name, value in options.items() if name.startswith(PREFIX)}
        return Order.of(given | {"url": environment.host or ""})

    def out() -> Path:
        given = vars(environment.parsed_options).get("station_run_dir")
        return Path(given) if given else Path("runs") / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-locust"

    if isinstance(runner, MasterRunner | LocalRunner):
        if environment.host:  # else the web page asks for it
            _judge(order())
        conductor = Conductor(environment, order, out)
        if order().shape:
            environment.shape_class = Shape(conductor)
            environment.shape_class.runner = runner
    if isinstance(runner, WorkerRunner | LocalRunner):
        ChargingStation.crew = Crew(environment, order)
        _spare_the_parser()
        _warm_up(order())


def _judge(order: Order) -> None:
    """What cannot be ends the program before anything is started."""
    try:
        plan_of(order, run="").check()
        if order.shape:
            order.phases(1, 1.0)
    except UNUSABLE as wrong:
        sys.stderr.write(f"chargebench: {wrong}\n")
        sys.exit(2)


def _spare_the_parser() -> None:
    """Locust 2.47 builds its whole parser of arguments anew for every option in every order to spawn, which keeps a
    worker busy for seconds during a ramp, so that its master takes it for dead. The answer is always the same."""
    argument_parser.default_args_dict = functools.cache(argument_parser.default_args_dict)


def _warm_up(order: Order) -> None:
    """Read profiles and schemas now: a worker that is busy for seconds once it counts is taken for dead."""
    with contextlib.suppress(*UNUSABLE):  # the master judges what is ordered
        plan_of(dataclasses.replace(order, url=order.url or "ws://localhost/"), run="").check()
