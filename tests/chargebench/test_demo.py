"""The demo's day over real sockets: repeatable per station, and proof against a CSMS that is killed."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from collections import Counter, defaultdict
from pathlib import Path

from scenarios import library
from scenarios.child import ReferenceProcess
from scenarios.http import OverHttp
from scenarios.model import Token
from scenarios.runner import Progress, Result, run

STATIONS = 8


async def day(out: Path, csms: ReferenceProcess, kill_at: tuple[float, ...] = ()) -> Result:
    """A charging day against a CSMS process, which is killed when these fractions of the day have passed."""
    due = list(kill_at)

    def watch(far: Progress) -> None:
        if due and csms.pid is not None and far.now_s / far.duration_s >= due[0]:
            due.pop(0)
            os.kill(csms.pid, signal.SIGKILL)

    return await run(library.load("charging-day"), out=out, csms=csms, stations=STATIONS, on_progress=watch)


def sequences(out: Path) -> dict[str, list[tuple[float, str, str]]]:
    """Each station's own frames."""
    found = defaultdict(list)
    for line in (out / "messages.jsonl").read_text().splitlines():
        frame = json.loads(line)
        found[frame["station"]].append((frame["t"], frame["direction"], frame["text"]))
    return found


def acknowledged(out: Path) -> Counter[tuple[str, ...]]:
    """The transaction messages that a station sent and got a CALLRESULT for, counted by what they tell."""
    told: Counter[tuple[str, ...]] = Counter()
    for station, frames in sequences(out).items():
        asked = {}
        for _, direction, text in frames:
            frame = json.loads(text)
            if direction == "up" and frame[0] == 2:
                asked[frame[1]] = (frame[2], frame[3])
            elif direction == "down" and frame[0] == 3 and frame[1] in asked:
                action, ask = asked.pop(frame[1])
                if action == "TransactionEvent":
                    told[station, ask["transactionInfo"]["transactionId"], str(ask["seqNo"]), ask["eventType"]] += 1
                elif action == "StartTransaction":
                    told[station, str(frame[2]["transactionId"]), "StartTransaction"] += 1
                elif action == "StopTransaction":
                    told[station, str(ask["transactionId"]), "StopTransaction"] += 1
                elif action == "MeterValues" and "transactionId" in ask:
                    told[station, str(ask["transactionId"]), "MeterValues", ask["meterValue"][0]["timestamp"]] += 1
    return told


def stored(database: Path) -> Counter[tuple[str, ...]]:
    """What the CSMS's database holds, read by SQL alone and counted in the same way."""
    found: Counter[tuple[str, ...]] = Counter()
    with sqlite3.connect(database) as rows:
        for station, id_, version, state in rows.execute(
            "select station, transaction_id, version, state from transactions"
        ):
            if version == "1.6":
                found[station, id_, "StartTransaction"] += 1
                found[station, id_, "StopTransaction"] += state == "Ended"
        for row in rows.execute("select station, transaction_id, seq_no, event_type from transaction_events"):
            found[tuple(map(str, row))] += 1
        samples = """select distinct station, transaction_id, strftime('%Y-%m-%dT%H:%M:%fZ', timestamp_ms / 1000.0,
            'unixepoch') from meter_values where transaction_id is not null and context != 'Transaction.End'"""
        for station, id_, at in rows.execute(samples):
            found[station, id_, "MeterValues", at] += 1
    rows.close()
    return found


async def test_each_station_lives_the_same_day_every_time(tmp_path: Path) -> None:
    first = await day(tmp_path / "first", ReferenceProcess())
    again = await day(tmp_path / "again", ReferenceProcess())
    assert first.messages == again.messages > 1_000
    assert sequences(tmp_path / "first") == sequences(tmp_path / "again")


async def test_a_killed_csms_comes_back_and_has_lost_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    database = tmp_path / "csms.sqlite"
    csms = ReferenceProcess(f"sqlite:///{database}")
    await day(tmp_path / "run", csms, kill_at=(0.31, 0.42, 0.55, 0.68, 0.8))
    events = [json.loads(line)["fact"] for line in (tmp_path / "run" / "events.jsonl").read_text().splitlines()]
    assert events.count("CsmsDied") == events.count("CsmsRevived") == 5
    told, kept = acknowledged(tmp_path / "run"), stored(database)
    assert len(told) > 200
    assert set(told) - set(kept) == set()
    assert {what: times for what, times in kept.items() if what in told and times != 1} == {}


async def test_a_csms_killed_while_it_is_being_set_up_comes_back_too(tmp_path: Path, monkeypatch) -> None:
    database = tmp_path / "csms.sqlite"
    csms = ReferenceProcess(f"sqlite:///{database}")
    put_token, entered = OverHttp.put_token, 0

    async def deadly(operator: OverHttp, token: Token) -> None:
        nonlocal entered
        entered += 1
        if entered in (1, 5, 40):
            assert csms.pid is not None
            os.kill(csms.pid, signal.SIGKILL)
        await put_token(operator, token)

    monkeypatch.setattr(OverHttp, "put_token", deadly)
    await day(tmp_path / "run", csms)
    assert entered > 100
    events = [json.loads(line)["fact"] for line in (tmp_path / "run" / "events.jsonl").read_text().splitlines()]
    assert "TransactionEnded" in events
    with sqlite3.connect(database) as rows:
        ((tokens,),) = rows.execute("select count(*) from tokens")
    rows.close()
    assert tokens == entered
