"""Requests, replies and refusals as text: what is read, what is refused and with which status."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.transports.lean.handshake import (
    Malformed,
    Refusal,
    accept,
    body_of,
    check_upgraded,
    read_reply,
    read_request,
    refusal_reply,
    upgrade_reply,
    upgrade_request,
)

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
GOOD = upgrade_request(
    "/ocpp/A", "csms", KEY, ("ocpp2.1", "ocpp1.6"), authorization="Basic QTo=", extensions=None
).decode()


def test_the_key_is_answered_as_the_rfc_shows() -> None:
    assert accept(KEY) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_a_request_is_read_as_it_was_written() -> None:
    upgrade = read_request(GOOD)
    assert (upgrade.path, upgrade.key, upgrade.extensions) == ("/ocpp/A", KEY, "")
    assert (upgrade.offers, upgrade.authorization) == (("ocpp2.1", "ocpp1.6"), ("Basic QTo=",))


def test_tokens_are_compared_without_case_and_in_lists() -> None:
    odd = GOOD.replace("Upgrade: websocket", "UPGRADE:WebSocket").replace(
        "Connection: Upgrade", "connection: keep-alive , upgrade"
    )
    assert read_request(odd) == read_request(GOOD)


@pytest.mark.parametrize(
    ("was", "is_", "status"),
    [
        ("GET ", "POST ", 405),
        ("HTTP/1.1", "HTTP/1.0", 505),
        ("GET /ocpp/A HTTP/1.1", "GET /ocpp/A", 400),
        ("/ocpp/A", "/ocpp/\xfc", 400),
        ("Upgrade: websocket\r\n", "", 426),
        ("Upgrade: websocket", "Upgrade: h2c", 426),
        ("Connection: Upgrade", "Connection: close", 426),
        (f"Sec-WebSocket-Key: {KEY}\r\n", "", 400),
        (KEY, "c2hvcnQ=", 400),
        (KEY, "!" * 24, 400),
        (f"Sec-WebSocket-Key: {KEY}", f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Key: {KEY}", 400),
        ("Version: 13", "Version: 8", 400),
        ("ocpp2.1, ocpp1.6", "ocpp2.1; ocpp1.6", 400),
        ("ocpp2.1, ocpp1.6", "", 400),
        ("Host: csms", "Host: csms\r\nContent-Length: 5", 400),
        ("Host: csms", "Host: csms\r\nTransfer-Encoding: chunked", 400),
        ("Host: csms", "Host: csms\r\n folded", 400),
        ("Host: csms", "Host : csms", 400),
        ("Host: csms", "Host: cs\x00ms", 400),
        ("Host: csms", "no colon", 400),
    ],
)
def test_what_is_no_request_to_upgrade_is_refused(was: str, is_: str, status: int) -> None:
    assert was in GOOD
    with pytest.raises(Refusal) as refused:
        read_request(GOOD.replace(was, is_, 1))
    assert refused.value.status == status


@given(st.text(st.characters(max_codepoint=255), max_size=200))
def test_no_request_does_worse_than_a_refusal(text: str) -> None:
    try:
        read_request(text + "\r\n\r\n")
    except Refusal as refusal:
        assert 400 <= refusal.status < 600  # noqa: PT017 - most texts are refused, and none may do anything else


def test_an_upgrade_is_agreed_to_and_checked() -> None:
    reply = read_reply(upgrade_reply(KEY, "ocpp2.1", "x").decode())
    assert (reply.status, reply.headers["sec-websocket-protocol"]) == (101, ["ocpp2.1"])
    check_upgraded(reply.headers, KEY)
    assert "sec-websocket-protocol" not in read_reply(upgrade_reply(KEY, None).decode()).headers


@pytest.mark.parametrize("name", ["connection", "upgrade", "sec-websocket-accept"])
def test_an_upgrade_that_is_none_is_malformed(name: str) -> None:
    headers = read_reply(upgrade_reply(KEY, None).decode()).headers | {name: ["wrong"]}
    with pytest.raises(Malformed, match=name.title().replace("socket", "Socket")):
        check_upgraded(headers, KEY)


@pytest.mark.parametrize("head", ["220 ready\r\n\r\n", "HTTP/1.1 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n"])
def test_what_is_no_reply_is_malformed(head: str) -> None:
    with pytest.raises(Malformed):
        read_reply(head)


def test_a_refusal_says_what_it_says() -> None:
    data = refusal_reply(Refusal(503, "full €", (("Retry-After", "30"),)))
    head, _, body = data.partition(b"\r\n\r\n")
    reply = read_reply(head.decode() + "\r\n\r\n")
    assert (reply.status, reply.phrase, reply.headers["retry-after"]) == (503, "Service Unavailable", ["30"])
    assert body_of(reply, body, ended=False) == "full €".encode()
    assert read_reply(refusal_reply(Refusal(599, "")).decode()).phrase == ""


@pytest.mark.parametrize(
    ("header", "data", "body", "at_the_end"),
    [
        ("Content-Length: 3", b"abcdef", b"abc", b"abc"),
        ("Content-Length: 3", b"ab", None, b"ab"),
        ("Content-Length: 0", b"", b"", b""),
        ("X: y", b"ab", None, b"ab"),
        ("Content-Length: x", b"ab", None, b"ab"),
        ("Transfer-Encoding: chunked", b"3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", b"abcde", b"abcde"),
        ("Transfer-Encoding: chunked", b"3\r\nabc\r\n2\r\nd", None, b"abcd"),
        ("Transfer-Encoding: chunked", b"-5\r\nabc", b"", b""),
    ],
)
def test_a_body_ends_where_its_head_says(header: str, data: bytes, body: bytes | None, at_the_end: bytes) -> None:
    reply = read_reply(f"HTTP/1.1 503 \r\n{header}\r\n\r\n")
    assert body_of(reply, data, ended=False) == body
    assert body_of(reply, data, ended=True) == at_the_end


def test_an_endless_body_is_enough_at_some_point() -> None:
    reply = read_reply("HTTP/1.1 503 x\r\n\r\n")
    assert body_of(reply, bytes(100_000), ended=False) is not None
