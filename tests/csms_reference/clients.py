"""Clients of the CSMS's API."""

import httpx

from csms_reference.api import make_app
from csms_reference.api.hal import items_of

PATIENT = {"Prefer": "wait=60"}
"""The end of a command is waited for."""


def client_of(front, **more):
    """A client of the API of a CSMS of this process, as it is from outside."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(make_app(front), raise_app_exceptions=False),
        base_url="http://csms/v1",
        headers=PATIENT,
        **more,
    )


def client_at(api_port, **more):
    """A client of an API on this machine."""
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{api_port}/v1", headers=PATIENT, trust_env=False, **more)


def problem(answer, status, words):
    """Check that an answer is this problem (RFC 9457); what it tells."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (told["type"], told["status"]) == ("about:blank", status)
    assert words in told["detail"]
    return told


def content(answer):
    """What an answer says beside links and forms; of a collection its items."""
    found = items_of(answer.json())
    return [_plain(each) for each in found] if isinstance(found, list) else _plain(found)


def _plain(told):
    return {name: value for name, value in told.items() if name not in {"_links", "_templates"}}
