"""Identities in connection URLs, there and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.link import Turned
from protocol.transports.address import connection_url, identity_fault, identity_in


@pytest.mark.parametrize(
    ("endpoint", "identity", "url"),
    [
        ("ws://csms.example.com/ocpp", "CS001", "ws://csms.example.com/ocpp/CS001"),
        ("wss://csms.example.com/ocppj", "RDAM|123", "wss://csms.example.com/ocppj/RDAM%7C123"),
        ("wss://csms.example.com/ocppj/", "RDAM 123", "wss://csms.example.com/ocppj/RDAM%20123"),
        ("ws://csms:80", "a/b", "ws://csms:80/a%2Fb"),
        ("ws://csms/ocpp?tenant=7", "CS001", "ws://csms/ocpp/CS001?tenant=7"),
        ("ws://csms/{id}/ocpp/", "a/b", "ws://csms/a%2Fb/ocpp/"),
        ("ws://csms/ocpp?cp={id}&x=1", "a&b", "ws://csms/ocpp?cp=a%26b&x=1"),
        ("ws://csms?cp={id}", "CS001", "ws://csms/?cp=CS001"),
    ],
)
def test_the_identity_stands_where_the_url_says_or_is_appended(endpoint: str, identity: str, url: str) -> None:
    assert connection_url(endpoint, identity) == url


@pytest.mark.parametrize(
    ("path", "prefix", "identity"),
    [
        ("/CP-1", "/", "CP-1"),
        ("/webServices/ocpp/CP3211", "/", "CP3211"),
        ("/ocpp/CP-1?x=/y", "/ocpp", "CP-1"),
        ("/ocpp/v2/CP-1", "/ocpp/", "CP-1"),
        ("/RDAM%7C123", "/", "RDAM|123"),
        ("/%C3%A9", "/", "\u00e9"),
    ],
)
def test_the_identity_is_the_last_segment(path: str, prefix: str, identity: str) -> None:
    assert identity_in(path, prefix=prefix) == identity


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("", 400),
        ("*", 400),
        ("CP-1", 400),
        ("/%", 400),
        ("/%g0", 400),
        ("/%80", 400),
        ("/a%2fb", 400),
        ("/a%7f", 400),
        ("/a%E2%80%AEb", 400),
        ("/.", 400),
        ("/", 404),
        ("/CP-1/", 404),
        ("/" + "a" * 49, 404),
    ],
)
def test_anything_else_is_turned_away(path: str, status: int) -> None:
    turned = identity_in(path)
    assert isinstance(turned, Turned)
    assert turned.status == status


def test_the_longest_identity_is_a_setting() -> None:
    assert identity_in("/" + "a" * 48) == "a" * 48
    assert identity_in("/" + "a" * 64, chars=64) == "a" * 64


@given(st.text())
def test_what_one_end_appends_the_other_end_finds(identity: str) -> None:
    path = connection_url("ws://h/ocpp", identity).removeprefix("ws://h")
    assert identity_in(path, prefix="/ocpp") == (identity_fault(identity) or identity)
