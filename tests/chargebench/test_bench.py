"""Benchmarks: sane figures, said in units, quickly."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from chargebench import cli
from chargebench.bench import (
    child,
    csms,
    density,
    durable,
    echo,
    fleet,
    gauges,
    handshake,
    hostile,
    loop,
    memory,
    neighbours,
    paced,
    payloads,
    physics,
    plain,
    processes,
    ramp,
    registry,
    servers,
    session,
    sessions,
    site,
    throughput,
    transport,
    turns,
    virtual,
    whole,
)
from chargebench.bench.catalogue import BENCHES
from chargebench.bench.processes import ChildFailed, pair
from chargebench.bench.registry import Aim, Options
from chargebench.bench.turns import Spent
from chargebench.known import KNOWN
from protocol import frames, schemas
from protocol.security import client_tls, server_tls
from protocol.transports.lean.codec import Reader
from protocol.transports.loop import installed
from protocol.versions import V201
from reports.ticks import Calls, Tick

SLOW = "tests.chargebench.slow:SlowCsms"
NAMES = {"session", "throughput", "durable", "ramp", "density", "memory", "fleet", "virtual", "physics", "neighbours"}
NOWHERE = Options(postgresql="postgresql://127.0.0.1:1/test", redis="redis://127.0.0.1:1/0")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes at which the figures are still right, if not precise."""
    sizes = {
        turns: {"ROUNDS": 3},
        session: {"REPEATS": 60},
        virtual: {"STATIONS": 2},
        physics: {"STATIONS": 40, "ROUNDS": 1},
        memory: {"STATIONS": 20},
        density: {"STATIONS": 60, "WARM": 10, "PLAIN_SHARE": 2},
        throughput: {"CONNECTIONS": 4, "ROUNDS": 2, "ROUND_TRIPS": 200},
        durable: {"CONNECTIONS": 4, "ROUNDS": 1, "EVENTS": 60},
        neighbours: {"STATIONS": 6, "HOLD_S": 0.5, "ROUNDS": 1, "SETTLE_S": 1.0, "EVERY_S": 0.1},
        ramp: {"STATIONS": 10, "WARM": 2, "ROUNDS": 2, "HANDSHAKES": 3},
        whole: {"ON_EVERY_S": 0.01},
        fleet: {"STATIONS": 8, "HOLD_S": 3.0, "SPEED": 20.0, "PATIENCE_S": 30.0},
    }
    for module, its in sizes.items():
        for name, size in its.items():
            monkeypatch.setattr(module, name, size)


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["chargebench", "bench", *words])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert isinstance(end.value.code, int)
    return end.value.code, *capsys.readouterr()


# --- the command ----------------------------------------------------------------------------------------------


def test_json_is_one_object_with_sane_figures_and_their_circumstances(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(monkeypatch, capsys, "session", "memory", "virtual", "--json")
    assert code == 0
    told = json.loads(out)
    assert told["command"] == ["chargebench", "bench", "session", "memory", "virtual", "--json"]
    assert told["machine"]["processors"] == os.cpu_count()
    assert told["versions"]["python"]
    assert told["loop"].split()[0] in {"uvloop", "asyncio"}
    figures = told["benchmarks"]
    assert list(figures) == ["session", "memory", "virtual"]
    assert all(value > 0 for found in figures.values() for value in found.values())
    assert figures["session"]["TransactionEvent, times faster"] > 2
    assert figures["virtual"]["transactions"] == 6
    assert 100 < figures["virtual"]["frames"] / 2 < 1_000
    weight = figures["memory"]
    assert 1 < weight["station as built, KiB"] < weight["station and CSMS connection, booted, KiB"] < 300


def test_both_ways_through_the_physics_agree() -> None:
    figures = physics.physics(Options(stations=60))
    assert figures[physics.APART] < 1_000
    assert figures[physics.FASTER] > 0.1  # so few stations say nothing of the speed
    assert figures["stations"] == 60


def test_the_table_shows_aims_and_the_machine(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = {"one": registry.Benchmark("one", lambda _: {"a": 3.0, "b": 3.0, "c": 3.0}, frozenset(), {})}
    made["one"] = dataclasses.replace(made["one"], aims={"a": Aim(least=2), "b": Aim(most=2)})
    monkeypatch.setattr("chargebench.bench.catalogue.BENCHES", made)
    code, out, _ = run(monkeypatch, capsys, "one")
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.strip()}
    assert code == 0
    assert (rows["a"], rows["b"], rows["c"]) == (["3.00", "≥", "2", "✓"], ["3.00", "≤", "2", "missed"], ["3.00"])
    assert "processors" in out


def test_an_unknown_benchmark_is_named_with_the_known_ones(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(monkeypatch, capsys, "speed")
    assert code == 2
    assert all(name in err for name in NAMES)


def test_an_option_that_a_benchmark_does_not_take_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(monkeypatch, capsys, "session", "memory", "--stations", "5")
    assert code == 2
    assert "--stations is nothing for session;" in err


# --- the registry and the turns -------------------------------------------------------------------------------


def test_the_registry_knows_them_all_once() -> None:
    assert set(BENCHES) == NAMES

    def memory(_: Options) -> registry.Figures:
        return {}

    with pytest.raises(ValueError, match="memory"):
        registry.benchmark()(memory)


def test_aims_are_about_figures_that_exist() -> None:
    for name, found in {"throughput": throughput.AIMS, "ramp": ramp.AIMS, "density": density.AIMS}.items():
        assert BENCHES[name].aims == found != {}


def test_an_aim_is_reached_or_missed() -> None:
    assert Aim(least=8).reached(8)
    assert not Aim(least=8).reached(7.9)
    assert Aim(most=5).reached(5)
    assert not Aim(most=5).reached(5.1)


def test_candidates_take_turns() -> None:
    order: list[str] = []
    found = turns.in_turn([lambda: order.append("a"), lambda: order.append("b")], 3)
    assert order == ["a", "b"] * 3
    assert [len(each) for each in found] == [3, 3]


def test_the_round_that_took_least_counts() -> None:
    assert turns.least([Spent(1, 5), Spent(2, 3), Spent(4, 2)]) == Spent(2, 3)


def test_what_is_slower_takes_longer() -> None:
    quick, slow = turns.best_us((lambda: sum(range(100)), 50), (lambda: sum(range(10_000)), 50))
    assert slow > 5 * quick > 0


# --- processes ------------------------------------------------------------------------------------------------


def test_round_trips_are_compared_and_slowness_shows() -> None:
    with pair("session", "session") as ours, pair_of(SLOW, "session") as slow:
        spent = []
        for ends in (ours, slow):
            ends.stations.ask("connect", number=3)
            spent.append(ends.spent(lambda stations: stations.ask("round_trips", action="Heartbeat", number=60)))
    quick, slowed = spent
    assert slowed.csms_s > 60 * 0.002 > quick.csms_s
    assert slowed.both_s / quick.both_s > 2


@contextmanager
def pair_of(csms: str, stations: str) -> Iterator[processes.Pair]:
    """A pair with a CSMS from elsewhere."""
    ends = processes.Child(csms), processes.Child(f"{stations} stations")
    try:
        ends[1].ask("aim", **ends[0].ask("listen"))
        yield processes.Pair(*ends)
    finally:
        for end in reversed(ends):
            end.end()


@pytest.mark.parametrize("kind", ["echo", "plain", "session"])
def test_each_stack_makes_the_round_trips_it_is_asked_for(kind: str) -> None:
    with pair(kind, kind) as ends:
        ends.stations.ask("connect", number=3)
        for action in throughput.ACTIONS:
            ends.stations.ask("round_trips", action=action, number=10)
            ends.stations.ask("round_trips", action=action, number=1)  # fewer than there are connections


def test_a_failure_in_a_child_is_raised_with_its_words() -> None:
    faulty = processes.Child("tests.chargebench.slow:Faulty")
    try:
        with pytest.raises(ChildFailed, match="no port will do"):
            faulty.ask("listen")
    finally:
        faulty.end()
    with pytest.raises((ChildFailed, ValueError)):
        faulty.ask("listen")


def test_a_child_that_falls_silent_or_ends_is_noticed() -> None:
    stations = processes.Child("session stations")
    try:
        stations.ask("aim", port=1)
        with pytest.raises(ChildFailed, match=r"UNREACHABLE|unreachable"):
            stations.ask("connect", number=1)
        with pytest.raises(ChildFailed, match="did not connect in time"):
            stations.ask("connect", number=0, within_s=0.5)  # nobody ever answers that
        os.kill(stations.pid, 9)
        with pytest.raises(ChildFailed, match=r"ended|is gone"):
            stations.ask("rest")
    finally:
        stations.end()


def test_children_end_with_the_pair() -> None:
    with pair("echo", "echo") as ends:
        pids = [ends.csms.pid, ends.stations.pid]
        assert all(gauges.private_bytes(pid) > 2**20 for pid in pids)
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_roles_are_there() -> None:
    assert {f"{kind} {end}" for kind in ("echo", "plain", "session", "whole") for end in ("csms", "stations")} == set(
        child.ROLES
    )
    for module, name in (
        (echo, "Echo"), (plain, "Plain"), (sessions, "Session"), (whole, "Whole")
    ):  # fmt: skip
        assert getattr(module, f"{name}Csms").fast_loop == getattr(module, f"{name}Stations").fast_loop
    assert not plain.PlainCsms.fast_loop  # what people write today
    assert paced.PacedStations.fast_loop
    assert hostile.HostileStations.fast_loop
    assert loop.loop_name().split()[0] == installed()
    assert transport.make_dialer().remote


# --- what is measured -----------------------------------------------------------------------------------------


def test_gauges_see_memory_come() -> None:
    before = gauges.private_bytes()
    ballast = bytearray(os.urandom(1)) * 2**26  # malloc has the system map so much for itself
    assert 0.9 * len(ballast) < gauges.private_bytes() - before < 2 * len(ballast)
    assert gauges.slab_bytes() > 2**20
    assert gauges.socket_buffer_bytes() >= 0


def test_payloads_are_valid_and_of_the_size_that_is_said() -> None:
    for payload in (payloads.transaction_event(), payloads.transaction_start("T-1")):
        assert schemas.check(V201, "TransactionEvent", "request", payload) is None
    assert schemas.check(V201, "BootNotification", "request", payloads.BOOT) is None
    assert 500 < len(frames.call("CP-000001-000001", "TransactionEvent", payloads.transaction_event())) < 700


def test_a_handshake_succeeds_only_with_the_authority_that_issued(tmp_path: Any) -> None:
    (tmp_path / "other").mkdir()
    papers, other = handshake.issue(tmp_path), handshake.issue(tmp_path / "other")
    server = server_tls(papers.cert, papers.key)
    handshake.shake_hands(server, client_tls(papers.ca))
    with pytest.raises(Exception, match="certificate verify failed"):
        handshake.shake_hands(server, client_tls(other.ca))


def test_a_larger_day_is_measured_and_not_extrapolated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual, "FULL", 3)
    assert virtual.FULL_DAY in virtual.virtual(Options(3))
    assert f"{virtual.FULL_DAY} (extrapolated)" in virtual.virtual(Options(2))
    assert not any("thousand" in label or "1,000" in label for label in virtual.virtual(Options(4)))


def test_the_site_counts_what_passes() -> None:
    assert site.Site().frames == site.Site().transactions == 0


def test_throughput_compares_with_the_plain_stack_and_an_echo() -> None:
    figures = throughput.throughput(Options())
    assert set(throughput.AIMS) <= set(figures)
    assert all(value > 0 for value in figures.values())
    for action in throughput.ACTIONS:
        ours, theirs, echoed = (
            figures[f"{action}, {name}, per second and core"] for name in ("ours", "the plain stack", "bare echo")
        )
        assert figures[f"{action}, times the plain stack"] == pytest.approx(ours / theirs)
        assert figures[f"{action}, echoes in one round trip"] == pytest.approx(echoed / ours)
        both_us = figures[f"{action}, ours, µs CSMS"] + figures[f"{action}, ours, µs stations"]
        assert ours == pytest.approx(1e6 / both_us)


def test_ramp_compares_with_the_plain_stack_with_and_without_tls() -> None:
    figures = ramp.ramp(Options())
    assert set(ramp.AIMS) <= set(figures)
    assert all(value > 0 for value in figures.values())
    for kind in ramp.KINDS:
        ours, theirs = (
            figures[f"{kind}, {name}, stations per second and core"] for name in ("ours", "the plain stack")
        )
        assert figures[f"{kind}, times the plain stack"] == pytest.approx(ours / theirs)


def test_density_weighs_both_ends_of_both_stacks() -> None:
    figures = density.density(Options())
    assert set(density.AIMS) <= set(figures)
    assert (figures["stations"], figures["stations of the plain stack"]) == (60, 30)
    assert 20 < figures["station of the plain stack, KiB"] < 200
    assert 20 < figures["CSMS connection of the plain stack, KiB"] < 200


def test_events_are_committed_and_what_has_no_server_is_said() -> None:
    figures = durable.durable(NOWHERE)
    assert figures["SQLite, 1 node, p99, ms"] >= figures["SQLite, 1 node, p50, ms"] > 0
    ours, theirs = (figures[f"{name}, per second"] for name in ("SQLite, 1 node", durable.PLAIN))
    assert figures["SQLite, 1 node, times the plain stack"] == pytest.approx(ours / theirs)
    missing = [label for label, value in figures.items() if math.isnan(value)]
    assert [label.partition(" at ")[0] for label in missing] == [
        "SQLite, 2 nodes: not measured, no Redis",
        "PostgreSQL, 1 node: not measured, no PostgreSQL",
        "PostgreSQL, 2 nodes: not measured, no Redis",
    ]
    assert not any(label.startswith(("PostgreSQL, 1 node,", "SQLite, 2 nodes,")) for label in figures)


def test_two_nodes_share_the_events(monkeypatch: pytest.MonkeyPatch, require_service: Any) -> None:
    """Starts nodes: nothing else shows that each of them has its part."""
    require_service("postgresql")
    require_service("redis")
    monkeypatch.setattr(durable, "CANDIDATES", [durable.Candidate("PostgreSQL", 2)])
    figures = durable.durable(Options())
    if any(math.isnan(value) for value in figures.values()):
        pytest.skip(next(iter(figures)))
    assert figures["PostgreSQL, 2 nodes, per second"] > 0


def test_stations_dial_addresses_in_turn() -> None:
    csms, stations = processes.Child("session csms"), processes.Child("session stations")
    try:
        here, nowhere = f"ws://127.0.0.1:{csms.ask('listen')['port']}", "ws://127.0.0.1:1"
        stations.ask("aim", urls=[here, here])
        stations.ask("connect", number=2)
        assert stations.ask("timed", action="Heartbeat", number=10)["p99_s"] > 0
        stations.ask("aim", urls=[here, nowhere])
        with pytest.raises(ChildFailed, match="unreachable"):
            stations.ask("connect", number=2)
    finally:
        stations.end()
        csms.end()


def test_no_figure_is_null_in_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    made = {"one": registry.Benchmark("one", lambda _: {"a": 3.0, "b: not measured": math.nan}, frozenset(), {})}
    monkeypatch.setattr("chargebench.bench.catalogue.BENCHES", made)
    _, out, _ = run(monkeypatch, capsys, "one", "--json")
    assert json.loads(out)["benchmarks"]["one"] == {"a": 3.0, "b: not measured": None}
    _, out, _ = run(monkeypatch, capsys, "one")
    assert "b: not measured" in out
    assert "nan" not in out


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(servers.NoServer, match=r"no Redis at redis://127.0.0.1:1/0 \(--redis\)"):
        servers.redis_at(NOWHERE.redis)
    with (
        pytest.raises(servers.NoServer, match=r"no PostgreSQL at postgresql://127.0.0.1:1/test"),
        servers.postgresql_at(NOWHERE.postgresql),
    ):
        pass


def test_who_calls_at_a_fixed_rate_counts_what_it_waits_behind_others() -> None:
    """A CSMS of 500 answers a second that is asked 1,000: in the end a CALL waits for as long as all of them took."""
    csms, stations = processes.Child(SLOW), processes.Child("chargebench.bench.paced:PacedStations")
    try:
        port = csms.ask("listen")["port"]
        stations.ask("aim", url=f"ws://127.0.0.1:{port}", name="CP", source="127.0.0.2")
        stations.ask("arrive", number=2, per_s=1_000.0)
        said = stations.ask("paced", per_s=1_000.0, for_s=0.3, events_share=0.5)
    finally:
        stations.end()
        csms.end()
    assert len(said["took_us"]) == 300
    assert max(said["took_us"]) > 200_000
    assert said["lost"] == 0


def test_good_stations_are_held_beside_hostile_ones_of_every_kind() -> None:
    figures = neighbours.neighbours(Options(hostile=len(hostile.KINDS)))
    assert set(BENCHES["neighbours"].aims) <= set(figures)
    assert figures[neighbours.LOST] == 0
    assert figures["hostile stations, connections per second"] > 1
    assert figures["hostile stations, refused per second"] > 0  # who guesses passwords
    assert figures[neighbours.RISE] == pytest.approx(figures["with, p99, ms"] / figures["without, p99, ms"])


def test_hostile_stations_leave_the_processor_to_everybody_else() -> None:
    bad = processes.Child("chargebench.bench.hostile:HostileStations")
    try:
        bad.ask("aim", url="ws://127.0.0.1:1/", name="HX", source="127.0.1.2")
        assert os.getpriority(os.PRIO_PROCESS, bad.pid) == hostile.LEAST
        if hostile.AUTOGROUP.exists():
            theirs, ours = _autogroup(bad.pid), _autogroup("self")
            assert theirs[0] not in ours
            assert theirs[-1] == str(hostile.LEAST)
    finally:
        bad.end()


def test_what_hostile_stations_send_is_a_frame() -> None:
    for size in (0, 125, 126, 60_000):
        ((opcode, payload),) = Reader(masked=True, limit=2**20).feed(hostile.frame(b"x" * size))
        assert (opcode, payload) == (1, "x" * size)


def test_a_fleet_is_held_dropped_and_comes_back() -> None:
    figures = fleet.fleet(Options())
    assert set(BENCHES["fleet"].aims) <= set(figures)
    assert (figures["stations"], figures["fleet processes"], figures["CSMS workers"]) == (8, 1, 1)
    assert figures[fleet.LOST] == figures["CALLs that failed while held"] == 0
    assert figures[fleet.BEAT_P99] >= figures["Heartbeat, p50, ms"] > 0
    assert figures["all dropped, all back after, s"] > 0


def test_a_fleet_of_more_than_one_process_holds_gets_more() -> None:
    assert fleet.needed(19_000) == 1
    assert fleet.needed(20_000) == 2
    assert fleet.needed(100_000) == 6


def test_latencies_belong_to_their_phase_and_are_left_out_where_there_are_none() -> None:
    watch = fleet.Watch()
    for phase, latency_s in (("ramp", 0.5), ("hold", 0.01), ("hold", 0.02)):
        tick = Tick(1.0, "fleet-1", phase, counts=Counter(lost=1))
        tick.calls["Heartbeat"] = Calls()
        tick.calls["Heartbeat"].took(latency_s)
        watch.hear(tick)
    assert watch.latency("hold", "Heartbeat", 99)["Heartbeat, p99, ms"] == pytest.approx(20, rel=0.02)
    assert watch.latency("hold", "TransactionEvent", 99) == watch.latency("drop", "Heartbeat", 99) == {}
    assert watch.counts["hold"]["lost"] == 2
    tick.calls["Heartbeat"].failures["TimedOut"] = 3
    watch.hear(tick)
    assert watch.failed("hold") == 3


def test_a_csms_that_does_not_start_is_reported_with_its_log(tmp_path: Path) -> None:
    with pytest.raises(ChildFailed, match="database"), csms.running_csms(tmp_path, database="sqlite:////no/such/place"):
        pass


def test_every_known_error_is_there() -> None:
    for name in KNOWN:
        module, _, kind = name.rpartition(".")
        found = getattr(__import__(module, fromlist=[kind]), kind)
        assert issubclass(found, Exception)
        assert f"{found.__module__}.{found.__qualname__}" == name


def _autogroup(process: int | str) -> list[str]:
    """A process's autogroup and its priority, as /proc tells them; nothing in the first one, which has no name."""
    return Path(f"/proc/{process}/autogroup").read_text().split()
