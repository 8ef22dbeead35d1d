"""Tokens, cache, local list."""

from datetime import UTC, datetime, timedelta

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
    cache.clear()
    assert not cache.entries


def test_list():
    listed = LocalList()
    assert listed.amend(2, {"a": ACCEPTED, "b": ACCEPTED})
    assert not listed.amend(2, {"c": ACCEPTED})
    assert listed.amend(3, {"a": None, "b": TokenInfo("Blocked")})
    assert listed.lookup(A) is None
    assert listed.lookup(Token("B")) == TokenInfo("Blocked")
    listed.replace(1, {"a": ACCEPTED})
    assert (listed.version, list(listed.entries)) == (1, ["a"])
    listed.replace(5, {})
    assert listed.version == 0
