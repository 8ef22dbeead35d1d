"""Tokens and what is said of them, in 2.0.1's types."""

from datetime import UTC, datetime

from simulator.dialects.tokens201 import contract_data, id_token, read_token, token_info
from simulator.tokens import Contract, Token, TokenInfo, Words
from tests.simulator.csms import World

TOKEN = {"idToken": "A", "type": "eMAID", "additionalInfo": [{"additionalIdToken": "X", "type": "plate"}]}


def test_there_and_back():
    assert read_token(TOKEN) == Token("A", "eMAID")
    assert id_token(World().station, read_token(TOKEN)) == TOKEN
    assert id_token(World().station, Token("A")) == {"idToken": "A", "type": "ISO14443"}


def test_everything_that_can_be_said():
    said = {
        "status": "Accepted",
        "cacheExpiryDateTime": "2026-01-01T00:00:00Z",
        "chargingPriority": 3,
        "evseId": [1, 2],
        "groupIdToken": {"idToken": "G", "type": "Central"},
        "language1": "de",
        "language2": "en-US",
        "personalMessage": {"format": "UTF8", "language": "de", "content": "Guten Tag"},
    }
    expires = datetime(2026, 1, 1, tzinfo=UTC)
    words = Words("Guten Tag", "UTF8", "de")
    assert token_info(said) == TokenInfo("Accepted", expires, "G", (1, 2), ("de", "en-US"), words, 3)
    assert token_info({"status": "Blocked"}) == TokenInfo("Blocked")


def test_an_empty_group_is_none():
    """Part 2 C §1.2."""
    group = {"idToken": "", "type": "Central"}
    assert token_info({"status": "Accepted", "groupIdToken": group}).group is None


def test_a_token_without_a_contract_has_no_contract_data():
    station = World().station
    assert contract_data(station, Token("A")) == {}
    assert contract_data(station, Token("A", contract=Contract())) == {}
