"""What is asked by who looks after a CSMS, at the API and at a port of its own."""

import httpx

from csms_reference.api.health import make_watch
from csms_reference.operations.requests import Requests


async def test_the_port_for_metrics_has_nothing_else_and_asks_for_no_key(bench):
    it = bench(api_key="hush")
    app = make_watch(it.front, Requests(0, 1))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://watch") as client:
        answers = {
            path: (await client.get(path)).status_code for path in ("/health", "/ready", "/metrics", "/v1/", "/docs")
        }
    assert answers == {"/health": 200, "/ready": 200, "/metrics": 200, "/v1/": 404, "/docs": 404}


async def test_metrics_are_text_and_say_so(bench):
    app = make_watch(bench().front, Requests(0, 1))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://watch") as client:
        answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "# TYPE csms_call_handling_seconds histogram" in answer.text
