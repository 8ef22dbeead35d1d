import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from loadtest.csms import CsmsFigures, CsmsLost, LocalCsms


class Api:
    """Answers GET /figures with what it is told to."""

    def __init__(self) -> None:
        api = self
        self.answer: Any = {}
        self.asked_with: list[str | None] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                api.asked_with.append(self.headers.get("Authorization"))
                body = json.dumps(api.answer).encode()
                self.send_response(200 if api.answer else 503)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def api() -> Iterator[Api]:
    made = Api()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def figures(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[CsmsFigures]:
    monkeypatch.setattr("loadtest.csms.POLL_S", 3600.0)  # the test looks
    made = CsmsFigures(api.url, "key", now_s=lambda: 5.0)
    yield made
    made.close()


def answer(*processes: tuple[int, dict[str, float]]) -> dict[str, Any]:
    workers = [{"number": n, "pid": pid, "figures": told} for n, (pid, told) in enumerate(processes, 1)]
    return {"connected": 0, "total": {}, "workers": workers, "parent": {"pid": 9, "cpu_s": 1.0}}


def test_what_holds_becomes_a_gauge_and_what_grows_a_count(api: Api, figures: CsmsFigures):
    first = {"connections": 3, "store_backlog": 2, "cpu_s": 1.5, "store_commits": 10, "pressure": 1}
    api.answer = answer((7, first))
    figures.look()
    api.answer = answer((7, {**first, "store_commits": 14}))
    figures.look()
    before, after = figures.sample(0.0, "hold")
    assert (after.source, after.t, after.phase) == ("csms-1", 5.0, "hold")
    assert after.gauges == {"connections": 3, "queue": 2, "cpu_s": 1.5}
    assert (before.counts, after.counts) == ({}, {"store_commits": 4})
    assert figures.sample(0.0) == []
    assert api.asked_with == ["Bearer key"] * 2


def test_a_new_process_counts_from_nought(api: Api, figures: CsmsFigures):
    for pid, commits in ((7, 100), (8, 3)):
        api.answer = answer((pid, {"store_commits": commits}))
        figures.look()
    assert [tick.counts["store_commits"] for tick in figures.sample(0.0)] == [0, 3]


def test_several_processes_have_a_parent(api: Api, figures: CsmsFigures):
    api.answer = answer((7, {}), (8, {}))
    figures.look()
    ticks = figures.sample(0.0)
    assert [tick.source for tick in ticks] == ["csms-1", "csms-2", "csms-api"]
    assert ticks[-1].gauges["connections"] == 0  # so that those of all processes add up


@pytest.mark.parametrize(("wrong", "why"), [({}, "HTTPStatusError"), ({"workers": 5}, "TypeError"), ([1], "TypeError")])
def test_what_could_not_be_learnt_is_counted(api: Api, figures: CsmsFigures, wrong: Any, why: str):
    api.answer = wrong
    figures.look()
    (tick,) = figures.sample(0.0)
    assert (tick.source, tick.counts) == ("csms", {f"unanswered:{why}": 1})


def test_our_csms_serves_as_long_as_it_is_needed(tmp_path: Path):
    with LocalCsms(tmp_path / "csms", {}) as csms:
        told = httpx.get(f"{csms.api}/v1/figures").json()
        assert csms.url.startswith("ws://127.0.0.1:")
        assert told["connected"] == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{csms.api}/v1/figures")


def test_a_csms_that_does_not_start_says_why(tmp_path: Path):
    with pytest.raises(CsmsLost, match=r"did not start: .*workers"), LocalCsms(tmp_path / "csms", {"workers": -1}):
        pass
