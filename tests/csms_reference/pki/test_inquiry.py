"""Whom the CSMS asks about certificates of others, and what it believes."""

from __future__ import annotations

import socket

import pytest

from csms_reference.pki import inquiry
from csms_reference.pki.inquiry import allowed, ask, check
from csms_reference.pki.responder import Question
from protocol.x509 import hash_data
from tests.csms_reference.pki.conftest import Responder, Site

RESPONDERS = ["http://ocsp.example/", "https://ocsp.example:8443/any"]


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("http://ocsp.example/one", True),
        ("http://OCSP.example:80/other", True),
        ("https://ocsp.example:8443/", True),
        ("https://ocsp.example/", False),
        ("http://ocsp.example:8080/", False),
        ("http://ocsp.example.evil/", False),
        ("http://user@ocsp.example/", False),
        ("http://169.254.169.254/latest/meta-data", False),
        ("file:///etc/passwd", False),
        ("http://[::1", False),
        ("", False),
    ],
)
def test_only_who_is_named_is_asked(url: str, good: bool) -> None:
    assert allowed(url, RESPONDERS) is good


@pytest.fixture
def question(site: Site) -> Question:
    leaf, sub = site.issue("DE8ACC12E46L89", "contract").chain
    return Question.of(hash_data(leaf, sub))


async def test_a_responder_is_asked_over_http(theirs: Responder, question: Question) -> None:
    url = await theirs.open()
    answer = await ask(url, question)
    assert answer is not None
    assert check(answer, question).serial_number == question.serial
    assert theirs.asked == 1


@pytest.mark.parametrize("how", ["error", "redirect", "nonsense", "endless", "another", "unauthorized"])
async def test_what_is_no_answer_is_none(site: Site, theirs: Responder, question: Question, how: str) -> None:
    url = await theirs.open()
    if how == "error":
        theirs.head = "HTTP/1.1 500 No\r\n"
    elif how == "redirect":
        theirs.head = f"HTTP/1.1 302 Found\r\nLocation: {url}\r\n"
    elif how == "nonsense":
        theirs.body = b"nonsense"
    elif how == "endless":
        theirs.body = b"0" * (inquiry.ANSWER_BYTES_MOST + 1)
    elif how == "another":
        other, sub = site.issue("CP-1", "contract").chain
        answer = await ask(url, Question.of(hash_data(other, sub)))
        assert answer is not None
        theirs.body = answer
    else:
        theirs.body = b"\x30\x03\x0a\x01\x06"
    before = theirs.asked
    assert await ask(url, question) is None
    assert theirs.asked == before + 1


async def test_nobody_there_is_no_answer(question: Question) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert await ask(f"http://127.0.0.1:{port}/", question) is None
