"""Plays scripts: goes through steps one after another, each at its time or on its condition."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from scenarios import times
from scenarios.access import AccessError
from scenarios.actions import ACTIONS, SITE_ACTIONS
from scenarios.model import Step
from scenarios.source import ScenarioError
from scenarios.stage import SITE, Stage, Steps

log = logging.getLogger(__name__)
Feed = Callable[[Any], Step | None]
"""Gives the next step; gets what came of the last one. None: the script is over."""


def feed_of(steps: Iterable[Step]) -> Feed:
    """Steps of a file, one after another."""
    rest: Iterator[Step] = iter(steps)
    return lambda _: next(rest, None)


def play(
    stage: Stage, feed: Feed, station: str | None = None, open_: dict[int, tuple[Step, str]] | None = None
) -> Steps:
    """One script: of a station, or (``station`` None) of the site, whose steps then act on every selected station.

    A step whose condition does not come ends the script, and so does one that fails. ``open_`` shows, while it runs,
    which step it waits for.
    """
    key = id(feed)
    stations = [station] if station is not None else list(stage.stations)
    since: dict[str, int] = {}
    came: Any = None
    while (step := _next(stage, feed, came, station or SITE)) is not None:
        chosen = [each for each in stations if step.station.takes(each)]
        if not chosen:
            continue
        if open_ is not None:
            open_[key] = step, station or SITE
        came = yield from _wait(stage, step, chosen, since)
        if step.when is not None and came is None:
            stage.give_up(
                step, station or SITE, f"{_named(step)} did not come within {times.spoken(step.within_s or 0)}"
            )
            break
        since = stage.mark(stations)
        if step.note:
            stage.tell("scenario", "Noted", station or SITE, note=step.note)
        if step.action is not None:
            try:
                came = yield from _act(stage, step, chosen)
            except (ValueError, KeyError, AccessError, ScenarioError) as wrong:
                stage.give_up(step, station or SITE, str(wrong), crashed=True)
                break
    if open_ is not None:
        open_.pop(key, None)


def _next(stage: Stage, feed: Feed, came: Any, station: str) -> Step | None:
    try:
        return feed(came)
    except (Exception, SystemExit) as wrong:  # a Python scenario may raise anything: its crash is a verdict, not ours
        log.exception("the script of %s crashed", station or "the site")
        stage.give_up(Step(note="the script"), station, f"{type(wrong).__name__}: {wrong}", crashed=True)
        return None


def _wait(stage: Stage, step: Step, chosen: list[str], since: dict[str, int]) -> Steps:
    if step.at is not None:
        due_s = times.since_start_s(step.at, stage.scenario.start)
        yield stage.clock.timeout(max(0.0, due_s - stage.clock.now))
    if step.after_s:
        yield stage.clock.timeout(step.after_s)
    if step.when is None:
        return None
    return (yield from stage.until(chosen, step.when, since, step.within_s))


def _act(stage: Stage, step: Step, chosen: list[str]) -> Steps:
    assert step.action is not None
    if step.action in SITE_ACTIONS:
        return (yield from SITE_ACTIONS[step.action](stage, SITE, step.fields))
    came = None
    for each in chosen:
        came = yield from ACTIONS[step.action](stage, each, step.fields)
    return came


def _named(step: Step) -> str:
    return f"{step.when}" if step.when is not None else str(step)
