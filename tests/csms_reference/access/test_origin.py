"""Whose page has a browser send something."""

import pytest
from starlette.requests import HTTPConnection

from csms_reference.access.origin import is_foreign, is_own
from csms_reference.settings import Settings

HOST = "127.0.0.1:9080"


def asked(**headers):
    named = {name.replace("_", "-"): text for name, text in {"host": HOST, **headers}.items()}
    return HTTPConnection({"type": "http", "headers": [(k.encode(), v.encode()) for k, v in named.items()]})


@pytest.mark.parametrize(
    ("headers", "own", "foreign"),
    [
        ({}, False, False),  # no browser
        ({"origin": f"http://{HOST}"}, True, False),
        ({"origin": "http://127.0.0.1:9081"}, False, True),
        ({"origin": "https://evil.example"}, False, True),
        ({"origin": "null"}, False, True),
        ({"origin": "http://evil.example", "host": "evil.example"}, True, True),  # DNS rebinding
        ({"sec_fetch_site": "same-origin", "origin": "http://elsewhere"}, True, False),
        ({"sec_fetch_site": "cross-site", "origin": "http://elsewhere"}, False, True),
    ],
)
def test_own_and_foreign_pages(headers, own, foreign):
    connection = asked(**headers)
    assert (is_own(connection, Settings()), is_foreign(connection, Settings())) == (own, foreign)
