"""Tokens as the HTTP API takes them."""

import pytest
from pydantic import ValidationError

from csms_reference.api.tokens import TokenIn, token_of
from csms_reference.services.authorization import Standing, Token


def test_a_token_becomes_the_domains():
    given = TokenIn(id_token="TAG", status="Blocked", expires="1970-01-01T00:00:01+00:00", group_id="G", type="eMAID")
    assert token_of(given) == Token("TAG", Standing.BLOCKED, "eMAID", 1000, "G")


@pytest.mark.parametrize(
    "bad", [{}, {"id_token": ""}, {"id_token": "a\nb"}, {"id_token": "x" * 256}, {"id_token": "A", "status": "Unknown"}]
)
def test_tokens_that_cannot_be(bad):
    with pytest.raises(ValidationError):
        TokenIn(**bad)
