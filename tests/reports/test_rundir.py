"""The run directory: what is written is read back, byte for byte the same, also after a cut."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from reports.rundir import FrameKind, Judgement, Run, RunError, RunWriter, Verdict

CLOCK = {"pace": "virtual", "start": "2026-03-01T00:00:00.000Z", "duration_s": 10.0}
WALL = {"started": "2026-03-01T10:00:00.000Z", "finished": "2026-03-01T10:00:01.000Z", "seconds": 1.0}
HEARTBEAT = '[2,"m1","Heartbeat",{}]'


def finish(writer: RunWriter, **more: Any) -> Path:
    return writer.finish(clock=CLOCK, wall=WALL, stations=[], **more)  # type: ignore[arg-type]


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


def test_a_message_line_has_the_keys_and_bytes_of_format_1(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "run")
    assert writer.message(12.34549, "CP-1", "up", HEARTBEAT) == 1
    assert writer.message(-0.0001, 'C"P', "down", "é\u2028", wall=1700000000.12345) == 2
    writer.close()
    first, second = (tmp_path / "run/messages.jsonl").read_bytes().split(b"\n")[:2]
    assert first == rb'{"t":12.345,"station":"CP-1","direction":"up","text":"[2,\"m1\",\"Heartbeat\",{}]"}'
    expected = '{"t":0.0,"station":"C\\"P","direction":"down","text":"é\u2028","wall":1700000000.123}'
    assert second.decode() == expected


@pytest.mark.parametrize("text", ["\ud800 alone", "nul \x00", "\udfff\U0001f600", "", "line\nbreak\r\n"])
def test_any_text_survives_the_round_trip(tmp_path: Path, text: str) -> None:
    writer = RunWriter(tmp_path)
    writer.message(1, "CP-1", "up", text)
    writer.message(2, "CP-1", "up", HEARTBEAT)
    finish(writer)
    run = Run.open(tmp_path)
    assert [message.text for message in run.messages()] == [text, HEARTBEAT]
    assert run.complete


def test_a_binary_frame_is_kept_losslessly_and_never_read_as_a_call(tmp_path: Path) -> None:
    data = b'\xff[2,"m","Heartbeat",{}]'
    writer = RunWriter(tmp_path)
    writer.message(1, "CP-1", "up", data)
    writer.message(1, "CP-1", "up", HEARTBEAT.encode())
    writer.close()
    broken, readable = Run.open(tmp_path).frames()
    assert broken.text.encode("utf-8", "surrogateescape") == data
    assert broken.binary
    assert readable.kind is FrameKind.UNREADABLE


def test_refuses_impossible_values(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path)
    with pytest.raises(ValueError, match="direction"):
        writer.message(1, "CP-1", "sideways", "x")
    with pytest.raises(ValueError, match="time"):
        writer.message(float("nan"), "CP-1", "up", "x")
    with pytest.raises(TypeError):
        writer.event(1, "CP-1", "hardware", "Plugged", bag={1, 2})
    writer.close()


def test_refuses_a_directory_that_holds_a_run(tmp_path: Path) -> None:
    finish(RunWriter(tmp_path))
    with pytest.raises(FileExistsError, match="already holds a run"):
        RunWriter(tmp_path)


def test_events_keep_their_fields_in_order_and_rename_the_clashing(tmp_path: Path) -> None:
    class Mode(StrEnum):
        FAST = "fast"

    @dataclass
    class Cable:
        length_m: float

    writer = RunWriter(tmp_path)
    writer.event(1.0004, "CP-1", "hardware", "Plugged", evse=1, kind="EV", mode=Mode.FAST, cable=Cable(5.0))
    writer.event(2, None, "scenario", "Begun", word="\ud800", big=2**70)
    finish(writer)
    assert lines(tmp_path / "events.jsonl")[0] == (
        b'{"t":1.0,"station":"CP-1","kind":"hardware","fact":"Plugged",'
        b'"evse":1,"kind_":"EV","mode":"fast","cable":{"length_m":5.0}}'
    )
    plugged, begun = Run.open(tmp_path).events()
    assert plugged.fields["kind_"] == "EV"
    assert begun.fields == {"word": "\ud800", "big": 2**70}
    assert begun.station is None
    assert [event.fact for event in Run.open(tmp_path).events("CP-1")] == ["Plugged"]


def test_samples_come_back_typed_with_their_gaps_as_null(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path)
    writer.sample(0, "CP-1", 1, 11000.0, energy_wh=5.0, soc_percent=20)
    writer.sample(60.0004, "CP-1", 2)
    finish(writer)
    first, second = Run.open(tmp_path).samples().to_pylist()
    assert first["power_w"] == 11000.0
    assert first["soc_percent"] == 20.0
    assert (second["t"], second["evse"], second["power_w"]) == (60.0, 2, None)


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        writer = RunWriter(tmp_path / name)
        for t in range(40_000):  # more than a row group
            writer.sample(t, "CP-1", 1, t * 1.5)
        writer.message(1, "CP-1", "up", HEARTBEAT)
        writer.event(1, "CP-1", "hardware", "Plugged", evse=1)
        finish(writer, id="same", seed=7, versions={}, machine={})
    for name in ("run.json", "messages.jsonl", "events.jsonl", "samples.parquet"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert sorted(each.name for each in (tmp_path / "a").iterdir()) == [
        "events.jsonl",
        "messages.jsonl",
        "run.json",
        "samples.parquet",
    ]


def test_the_summary_has_the_keys_of_format_1(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "r1", known={"kind": "demo", "seed": 7, "command": ["chargebench", "demo"]})
    finish(writer, title="A day", verdicts=[Judgement("E1", "t", Verdict.FAIL, t=1.00049, frames=(3,))])
    summary = json.loads((tmp_path / "r1/run.json").read_bytes())
    assert list(summary) == (
        [
            "format",
            "id",
            "kind",
            "title",
            "seed",
            "command",
            "versions",
            "machine",
            "clock",
            "wall",
            "stations",
            "verdict",
            "verdicts",
        ]
    )
    assert (summary["format"], summary["id"], summary["seed"], summary["verdict"]) == (1, "r1", 7, "fail")
    assert summary["versions"]["python"]
    assert summary["verdicts"][0]["t"] == 1.0
    run = Run.open(tmp_path / "r1")
    assert run.verdicts == [Judgement("E1", "t", Verdict.FAIL, t=1.0, frames=(3,))]
    assert run.complete
    assert not (tmp_path / "r1/run.partial.json").exists()


def test_a_run_cut_off_still_opens_and_says_what_is_missing(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path, known={"seed": 7, "command": ["chargebench", "run"]})
    writer.message(1, "CP-1", "up", HEARTBEAT)
    for t in range(20_000):
        writer.sample(t, "CP-1", 1, 1.0)
    writer.flush()  # and then the power goes: neither closed nor finished
    with (tmp_path / "messages.jsonl").open("ab") as file:
        file.write(b'{"t":2.0,"station":"CP-1","dir')
    run = Run.open(tmp_path)
    assert not run.complete
    assert run.seed == 7
    assert run.command == ["chargebench", "run"]
    assert run.verdict is Verdict.INCONCLUSIVE
    assert [frame.line for frame in run.frames()] == [1]
    assert run.samples().num_rows == 16_384
    told = " | ".join(run.gaps)
    assert "run.json is missing" in told
    assert "messages.jsonl: the last line was cut off" in told
    assert "16384 samples were recovered" in told
    writer.close()


@pytest.mark.parametrize("cut", [3, 400, 5_000])
def test_a_spilled_stream_cut_anywhere_gives_its_whole_groups(tmp_path: Path, cut: int) -> None:
    writer = RunWriter(tmp_path)
    for t in range(20_000):
        writer.sample(t, "CP-1", 1, 1.0)
    writer.close()
    stream = tmp_path / "samples.arrows"
    stream.write_bytes(stream.read_bytes()[:-cut])
    assert Run.open(tmp_path).samples().num_rows in (16_384, 20_000)
    stream.write_bytes(stream.read_bytes()[:cut])
    assert Run.open(tmp_path).samples().num_rows == 0


def test_a_parquet_file_without_footer_is_a_gap(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path)
    writer.sample(0, "CP-1", 1, 1.0)
    finish(writer, verdicts=[Judgement("E1", "t", Verdict.PASS)])
    parquet = tmp_path / "samples.parquet"
    parquet.write_bytes(parquet.read_bytes()[:-8])
    run = Run.open(tmp_path)
    assert run.samples().num_rows == 0
    assert not run.complete
    assert "samples.parquet is damaged" in run.gaps[0]
    assert run.verdict is Verdict.INCONCLUSIVE


def test_a_damaged_line_in_the_middle_is_left_out_and_told(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path)
    for _ in range(3):
        writer.message(1, "CP-1", "up", HEARTBEAT)
    finish(writer)
    first, _, third = lines(tmp_path / "messages.jsonl")
    (tmp_path / "messages.jsonl").write_bytes(b"\n".join([first, b'{"t":\x00\xff', third, b""]))
    run = Run.open(tmp_path)
    assert [frame.line for frame in run.frames()] == [1, 3]
    assert run.gaps == ("messages.jsonl: line 2 is damaged",)
    with pytest.raises(IndexError, match="damaged"):
        run.message(2)


def test_a_message_is_found_by_its_line(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path)
    writer.message(1, "CP-1", "up", HEARTBEAT)
    writer.message(1, "CP-2", "up", '[2,"m1","BootNotification",{}]')
    writer.message(2, "CP-1", "down", '[3,"m1",{}]')
    finish(writer)
    run = Run.open(tmp_path)
    assert run.message(2).action == "BootNotification"
    assert (run.message(3).action, run.message(3).answers) == ("Heartbeat", 1)
    for line_no in (0, -1, 4):
        with pytest.raises(IndexError, match="no line"):
            run.message(line_no)


def test_what_is_no_run_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no such run directory"):
        Run.open(tmp_path / "nowhere")
    with pytest.raises(RunError, match="not a run directory"):
        Run.open(tmp_path)
    (tmp_path / "run.json").write_text('{"format": 2}')
    with pytest.raises(RunError, match="run format 2"):
        Run.open(tmp_path)


def test_traffic_with_wall_time_is_flushed_each_second(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path)
    writer.message(1, "CP-1", "up", HEARTBEAT, wall=1000.0)
    writer.message(1, "CP-1", "up", HEARTBEAT, wall=1000.5)
    assert len(lines(tmp_path / "messages.jsonl")) == 1
    writer.message(2, "CP-1", "up", HEARTBEAT, wall=1001.0)
    assert len(lines(tmp_path / "messages.jsonl")) == 3
    writer.close()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('{"format": 1, "stations": null}', "stations should be a list, not NoneType"),
        ('{"format": 1, "clock": []}', "clock should be an object, not list"),
        ('{"format": 1, "verdict": "perhaps"}', "unusable verdict .*perhaps"),
        ('{"format": 1, "verdicts": [{"title": "x"}]}', "unusable verdict"),
        ('{"format": 1, "verdicts": [7]}', "unusable verdict"),
    ],
)
def test_a_summary_of_wrong_shapes_is_refused_in_one_line(tmp_path: Path, content: str, complaint: str) -> None:
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(RunError, match=complaint):
        Run.open(tmp_path)


def test_a_summary_that_is_not_json_is_a_gap_and_the_frames_remain(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path)
    writer.message(1, "CP-1", "up", HEARTBEAT)
    finish(writer)
    (tmp_path / "run.json").write_text('{"format": 1, "id"')
    run = Run.open(tmp_path)
    assert "run.json is damaged" in run.gaps[0]
    assert len(list(run.frames())) == 1
