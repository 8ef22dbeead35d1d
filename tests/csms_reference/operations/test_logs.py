"""Lines of the log: whom they are about, on one line, and without secrets."""

import io
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csms_reference.dialects.registry import Refusal, handler_of
from csms_reference.operations.logs import Json, Text, discreet, handling, logging_to, printable
from csms_reference.settings import LogFormat, LogLevel
from csms_reference.workers.child import Child
from csms_reference.workers.frames import Frame
from protocol.errors import Code

NASTY = 'a\nb\r\x1b[31m\u202e\u2028\x00\ud800"\\é'


def record(text, *args, **more):
    made = logging.makeLogRecord({"name": "csms", "levelno": 30, "levelname": "WARNING", "msg": text, "args": args})
    made.created = 0.0005
    made.__dict__.update(more)
    return made


@pytest.fixture
def told():
    """Everything logged by then, as objects."""
    stream = io.StringIO()
    with logging_to(stream, LogFormat.JSON, LogLevel.DEBUG, "node-1"):
        yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


async def test_a_line_says_which_message_was_handled(bench, told, monkeypatch):
    def fail(*_):
        logging.getLogger("csms_reference.test").info("in hand")
        raise Refusal(Code.GENERIC_ERROR, "no")

    def found(version, action):
        return fail if action == "Heartbeat" else handler_of(version, action)

    monkeypatch.setattr("csms_reference.connection.handler_of", found)
    it = bench()
    stations = [await it.station(name) for name in ("CP-1", "CP-2")]
    for station in stations:
        await station.refusal("Heartbeat", {})
    logging.getLogger("csms_reference.test").info("at rest")
    said = [line for line in told() if line["logger"] == "csms_reference.test"]
    assert [(line.get("station"), line.get("message_id"), line.get("action")) for line in said] == [
        ("CP-1", "CP-1-2", "Heartbeat"),
        ("CP-2", "CP-2-2", "Heartbeat"),
        (None, None, None),
    ]
    assert {line["node"] for line in said} == {"node-1"}
    assert handling.get() is None


def test_the_lines_of_a_worker_say_what_it_said():
    stream = io.StringIO()
    child = Child.__new__(Child)
    child.number = 3
    with logging_to(stream, LogFormat.JSON, LogLevel.INFO, "node-1"):
        child._logs(Frame("log", logging.WARNING, ["csms", "words", "trace", ["CP-1", "7", "Heartbeat"]]))
        child._logs(Frame("log", logging.WARNING, ["csms", "words", None, None]))
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (first["worker"], first["station"], first["message_id"], first["action"]) == ("3", "CP-1", "7", "Heartbeat")
    assert (first["exception"], second["worker"], "station" in second) == ("trace", "3", False)


@given(st.text(st.characters()))
def test_a_line_is_one_line_of_printable_characters_whatever_it_tells(text):
    for subject in (Text(), Json("node")):
        line = subject.format(record("%s", text))
        assert line.isprintable()
        assert len(line.splitlines()) == 1


def test_json_keeps_what_was_said():
    line = json.loads(Json("node").format(record("%s", NASTY)))
    assert line["message"] == NASTY.replace("\ud800", "\\ud800")
    assert (line["time"], line["level"], line["logger"]) == ("1970-01-01T00:00:00.000Z", "warning", "csms")


def test_text_spells_out_what_could_forge_a_line():
    line = Text().format(record("%s", "a\nb\x1b[31m\u202e\ud800é", about=("CP\n1", "7", "Heartbeat")))
    assert line == (
        "1970-01-01T00:00:00.000Z WARNING csms: a\\nb\\x1b[31m\\u202e\\ud800é"
        " station=CP\\n1 message_id=7 action=Heartbeat"
    )


def test_an_error_is_told_in_short_or_in_full():
    try:
        raise ValueError("odd\nend")
    except ValueError as problem:
        failed = record("failed", exc_info=(ValueError, problem, problem.__traceback__))
    assert "ValueError: odd\nend" in json.loads(Json("node").format(failed))["exception"]
    assert Text().format(failed) == "1970-01-01T00:00:00.000Z WARNING csms: failed (end)"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Authorization: Basic Q1AtMTpodXNo", "Authorization: Basic ***"),
        ("authorization: bearer eyJhbGciOi.J9.x-_", "authorization: bearer ***"),
        ("fetch ftp://station:hush@host/file now", "fetch ftp://***@host/file now"),
        ("postgresql+psycopg://me:hush@127.0.0.1/test", "postgresql+psycopg://***@127.0.0.1/test"),
        ("at http://host:80/a@b", "at http://host:80/a@b"),
        ("basic rules", "basic ***"),
    ],
)
def test_credentials_are_left_out(said, kept):
    assert discreet(said) == kept
    assert json.loads(Json("node").format(record("%s", said)))["message"] == kept
    assert kept in Text().format(record("%s", said))


def test_the_log_is_as_before_once_it_is_over():
    root = logging.getLogger()
    before = (root.level, root.handlers[:], logging.getLogger("uvicorn").level)
    with logging_to(io.StringIO(), LogFormat.TEXT, LogLevel.ERROR, "node"):
        assert (root.level, len(root.handlers)) == (logging.ERROR, 1)
    assert (root.level, root.handlers, logging.getLogger("uvicorn").level) == before


def test_plain_text_is_left_alone():
    assert printable("é 漢字") == "é 漢字"
