"""The measures of all processes in the format that Prometheus reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from csms_reference.alerts.condition import Kind, Severity
from csms_reference.front import Front, Process
from csms_reference.operations.measures import BATCH_WRITES, COMMIT_S, HANDLING_S, Plain
from csms_reference.operations.requests import REQUEST_S, Requests


class Line(NamedTuple):
    """A figure, the metric that it is part of, and the label that tells it from the others of that metric."""

    figure: str
    metric: str
    label: str = ""
    value: str = ""


REFUSED = "csms_upgrades_refused"
COUNTERS: dict[str, str] = {
    "csms_upgrades_admitted": "Upgrades of stations that were let in.",
    REFUSED: "Upgrades of stations that were turned away, by reason.",
    "csms_boots": "BootNotifications that were answered Accepted, or deferred for load.",
    "csms_frames": "Messages from (received) and to (sent) stations.",
    "csms_calls_slowed": "CALLs of stations that were answered later, for their rate.",
    "csms_calls_refused": "CALLs of stations that were refused for their rate.",
    "csms_links_closed_for_abuse": "Links that were closed because their station sends too much.",
    "csms_links_paused": "How often a link was not read for a while.",
    "csms_store_writes": "Functions that wrote to the database.",
    "csms_store_commits": "Transactions of the database.",
    "process_cpu_seconds": "User and system CPU time of the process in seconds.",
}
GAUGES: dict[str, str] = {
    "csms_stations_connected": "Stations that are connected now.",
    "csms_calls_in_hand": "Pieces of work for stations that are under way.",
    "csms_links_paused_now": "Links that are not read now.",
    "csms_pressure_level": "0 calm, 1 boots are deferred, 2 nobody is let in, 3 links are paused.",
    "csms_store_backlog": "Functions that wait for the database.",
    "process_resident_memory_bytes": "Resident memory of the process in bytes.",
    "process_private_memory_bytes": "Memory that the process shares with no other in bytes.",
    "process_open_fds": "Open file descriptors of the process.",
}
LINES = (
    Line("connections", "csms_stations_connected"),
    Line("upgrades_admitted", "csms_upgrades_admitted"),
    Line("upgrades_refused_401", REFUSED, "reason", "credentials"),
    Line("upgrades_refused_404", REFUSED, "reason", "unknown"),
    Line("upgrades_refused_429", REFUSED, "reason", "failed logins"),
    Line("upgrades_refused_503", REFUSED, "reason", "not registered"),
    Line("upgrades_refused_flapping", REFUSED, "reason", "flapping"),
    Line("upgrades_refused_full", REFUSED, "reason", "full"),
    Line("upgrades_refused_overload", REFUSED, "reason", "overload"),
    Line("upgrades_refused_rate", REFUSED, "reason", "rate"),
    Line("upgrades_refused_store", REFUSED, "reason", "database"),
    Line("upgrades_refused_version", REFUSED, "reason", "version"),
    Line("boots_accepted", "csms_boots", "answer", "accepted"),
    Line("boots_deferred", "csms_boots", "answer", "deferred"),
    Line("frames_received", "csms_frames", "direction", "received"),
    Line("frames_sent", "csms_frames", "direction", "sent"),
    Line("calls_slowed", "csms_calls_slowed"),
    Line("calls_refused", "csms_calls_refused"),
    Line("calls_in_hand", "csms_calls_in_hand"),
    Line("links_closed_for_abuse", "csms_links_closed_for_abuse"),
    Line("sockets_paused", "csms_links_paused"),
    Line("sockets_paused_now", "csms_links_paused_now"),
    Line("pressure", "csms_pressure_level"),
    Line("store_backlog", "csms_store_backlog"),
    Line("store_writes", "csms_store_writes"),
    Line("store_commits", "csms_store_commits"),
    Line("cpu_s", "process_cpu_seconds"),
    Line("rss_bytes", "process_resident_memory_bytes"),
    Line("private_bytes", "process_private_memory_bytes"),
    Line("open_files", "process_open_fds"),
)
"""Every figure of a process that is a metric."""

WORKER = "worker"


def expose(processes: Sequence[Process], front: Front, requests: Requests, accept: str | None) -> tuple[bytes, str]:
    """The metrics, and their media type: the text format, or OpenMetrics where ``accept`` prefers it."""
    encode, media_type = choose_encoder(accept or "")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Once([*_of_processes(processes), *_of_front(front, requests)]))
    return encode(registry), media_type


class _Once(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _of_processes(processes: Sequence[Process]) -> Iterator[Metric]:
    yield from _of_figures(processes)
    up = GaugeMetricFamily("csms_worker_up", "Whether the process serves.", labels=[WORKER])
    deaths = CounterMetricFamily("csms_worker_deaths", "How often the process died.", labels=[WORKER])
    errors = CounterMetricFamily("csms_callerrors_sent", "CALLERRORs to stations, by code.", labels=[WORKER, "code"])
    handling = _histogram("csms_call_handling_seconds", "Time from a station's CALL to its end.", WORKER, "action")
    commit = _histogram("csms_store_commit_seconds", "Time that a transaction of the database took.", WORKER)
    batch = _histogram("csms_store_batch_writes", "Functions that shared a transaction of the database.", WORKER)
    for process in processes:
        worker, measures = str(process.number), process.measures
        up.add_metric([worker], float(process.state == "serving"))
        deaths.add_metric([worker], process.deaths)
        for code, number in measures.get("errors", {}).items():
            errors.add_metric([worker, code], number)
        for action, plain in measures.get("handling", {}).items():
            _add(handling, [worker, action], HANDLING_S, plain)
        for family, bounds, name in ((commit, COMMIT_S, "commit"), (batch, BATCH_WRITES, "batch")):
            if name in measures:
                _add(family, [worker], bounds, measures[name])
    yield from (up, deaths, errors, handling, commit, batch)


def _of_figures(processes: Sequence[Process]) -> Iterator[Metric]:
    labels = {line.metric: [WORKER, line.label] if line.label else [WORKER] for line in LINES}
    families: dict[str, Any] = {
        **{name: CounterMetricFamily(name, words, labels=labels[name]) for name, words in COUNTERS.items()},
        **{name: GaugeMetricFamily(name, words, labels=labels[name]) for name, words in GAUGES.items()},
    }
    for process in processes:
        for line in LINES:
            if (figure := process.figures.get(line.figure)) is not None:
                told = [str(process.number), line.value] if line.label else [str(process.number)]
                families[line.metric].add_metric(told, figure)
    yield from families.values()


def _of_front(front: Front, requests: Requests) -> Iterator[Metric]:
    ended = CounterMetricFamily(
        "csms_commands", "Commands to stations that are over, by outcome.", labels=["command", "outcome"]
    )
    for (command, outcome), number in front.dispatcher.ended.items():
        ended.add_metric([command, outcome], number)
    stations = CounterMetricFamily(
        "csms_campaign_stations", "Stations that have come to an end in a campaign, by state.", labels=["state"]
    )
    for state, number in front.dispatcher.campaign_ends.items():
        stations.add_metric([state], number)
    answered = CounterMetricFamily(
        "csms_api_requests", "Requests to the API that were answered.", labels=["method", "route", "status"]
    )
    for labels, number in requests.answered.items():
        answered.add_metric([str(label) for label in labels], number)
    took = _histogram("csms_api_request_seconds", "Time until a request to the API was answered.", "method", "route")
    for (method, route), distribution in requests.took.items():
        _add(took, [method, route], REQUEST_S, distribution.plain())
    yield from (ended, stations, answered, took, _alerts(front))


def _alerts(front: Front) -> Metric:
    """Of all nodes together, as each of them saw it last."""
    still = GaugeMetricFamily(
        "csms_alerts_open", "Alerts that are not over, of all nodes together.", labels=["kind", "severity"]
    )
    for kind in Kind:
        for severity in Severity:
            still.add_metric([kind, severity], front.open_alerts.get((kind, severity), 0))
    return still


def _histogram(name: str, words: str, *labels: str) -> HistogramMetricFamily:
    return HistogramMetricFamily(name, words, labels=labels)


def _add(family: HistogramMetricFamily, labels: list[str], bounds: Sequence[float], plain: Plain) -> None:
    total, *counts = plain
    edges = [*map(str, bounds), "+Inf"]
    family.add_metric(labels, list(zip(edges, accumulate(counts), strict=True)), total)
