"""Tokens, cache, local list."""

from datetime import UTC, datetime, timedelta

import pytest

from simulator.tokens import Cache, LocalList, Token, TokenInfo

NOW = datetime(2025, 6, 2, tzinfo=UTC)
A, ACCEPTED = Token("A"), TokenInfo("Accepted")


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_tokens_are_compared_without_case():
    assert Token("aBc").same(Token("AbC", "Central"))
    assert not Token("a").same(Token("b"))
    assert Token("aBc").key == "abc"


def test_info():
    assert ACCEPTED.accepted(NOW)
    assert not TokenInfo("Blocked").accepted(NOW)
    assert not TokenInfo("Accepted", NOW).accepted(NOW)
    assert TokenInfo("Accepted", later(1)).accepted(NOW)
    assert ACCEPTED.fits(3)
    assert not TokenInfo("Accepted", evses=(1, 2)).fits(3)


def test_cache_lifetime_counts_from_the_last_use():
    """C10.FR.08, C10.FR.10."""
    cache = Cache()
    cache.remember(A, ACCEPTED, NOW)
    assert cache.lookup(Token("a"), later(50), 60) == ACCEPTED
    assert cache.lookup(A, later(100), 60) == ACCEPTED
    assert cache.lookup(A, later(160), 60) is None
    assert not cache.entries
    cache.remember(A, ACCEPTED, NOW)
    assert cache.lookup(A, later(1e9), 0) == ACCEPTED


def test_cache_expiry_date_alone_counts_where_there_is_one():
    """C10.FR.13."""
    cache = Cache()
    cache.remember(A, TokenInfo("Accepted", later(100)), NOW)
    assert cache.lookup(A, later(99), 10) is not None
    assert cache.lookup(A, later(100), 10) is None


def test_full_cache_drops_the_oldest():
    """C10.FR.07."""
    cache = Cache(size=2)
    for name in "ABAC":
        cache.remember(Token(name), ACCEPTED, NOW)
    assert list(cache.entries) == ["a", "c"]
    assert cache.lookup(A, NOW, 0) is ACCEPTED  # used last: the other one makes room
    cache.remember(Token("D"), ACCEPTED, NOW)
    assert list(cache.entries) == ["a", "d"]
    cache.clear()
    assert not cache.entries


def test_list():
    listed = LocalList()
    blocked = TokenInfo("Blocked")
    assert listed.update(2, [("a", ACCEPTED), ("b", ACCEPTED)], full=False) == "Accepted"
    assert listed.update(2, [("c", ACCEPTED)], full=False) == "VersionMismatch"
    assert listed.update(3, [("a", None), ("b", blocked)], full=False) == "Accepted"
    assert (listed.version, listed.entries) == (3, {"b": blocked})
    assert listed.lookup(A) is None
    assert listed.lookup(Token("B")) == blocked
    assert listed.update(1, [("a", ACCEPTED)], full=True) == "Accepted"
    assert (listed.version, list(listed.entries)) == (1, ["a"])
    assert listed.update(5, [], full=True) == "Accepted"
    assert listed.version == 0


@pytest.mark.parametrize(("changes", "full"), [([("a", ACCEPTED)] * 2, False), ([("a", None)], True)])
def test_a_list_that_contradicts_itself_changes_nothing(changes, full):
    listed = LocalList(4, {"z": ACCEPTED})
    assert listed.update(5, changes, full=full) == "Failed"
    assert (listed.version, list(listed.entries)) == (4, ["z"])


def test_a_list_holds_only_so_many():
    """LocalAuthListCtrlr.Entries, maxLimit (part 2 §2.5.2)."""
    listed = LocalList()
    many = [(str(number), ACCEPTED) for number in range(LocalList.size)]
    assert listed.update(1, many, full=True) == "Accepted"
    assert listed.update(2, [("one more", ACCEPTED)], full=False) == "Failed"
    assert (listed.version, len(listed.entries)) == (1, LocalList.size)
    assert listed.update(2, [("0", None), ("one more", ACCEPTED)], full=False) == "Accepted"
