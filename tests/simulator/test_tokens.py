"""Tokens, cache, local list."""

from datetime import UTC, datetime, timedelta

import pytest

from simulator.tokens import Cache, Contract, LocalList, Token, TokenInfo, id_of, used_bytes

NOW = datetime(2025, 6, 2, tzinfo=UTC)
A, ACCEPTED = Token("A"), TokenInfo("Accepted")


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_tokens_are_compared_without_case():
    assert Token("aBc").same(Token("AbC", additional=(("X", "plate"),)))
    assert not Token("a").same(Token("b"))
    assert not Token("a").same(Token("a", "Central"))  # C01.FR.25
    assert Token("aBc").key == "abc"
    assert id_of(Token("aBc", "Central").key) == id_of("abc") == "abc"
    assert Token("1234", "KeyCode").shown == "*"  # C04.FR.04


def test_what_is_for_asking_only_is_not_kept():
    token = Token("EMAID", "eMAID", contract=Contract("PEM"))
    assert token.bare.contract is None
    assert token.bare.same(token)


def test_info():
    assert ACCEPTED.accepted(NOW)
    assert not TokenInfo("Blocked").accepted(NOW)
    assert not TokenInfo("Accepted", NOW).accepted(NOW)
    assert TokenInfo("Accepted", later(1)).accepted(NOW)
    assert ACCEPTED.fits(3)
    assert not TokenInfo("Accepted", evses=(1, 2)).fits(3)


def test_cache_lifetime_counts_from_what_the_csms_said_last():
    """C10.FR.08, C10.FR.10 (errata 2025-01)."""
    cache = Cache()
    cache.remember(A, ACCEPTED, NOW)
    assert cache.lookup(Token("a"), later(50), 60) == ACCEPTED
    assert cache.lookup(A, later(60), 60) is None
    assert not cache.entries
    cache.remember(A, ACCEPTED, NOW)
    cache.remember(A, ACCEPTED, later(50))
    assert cache.lookup(A, later(100), 60) == ACCEPTED
    cache.remember(A, ACCEPTED, NOW)
    assert cache.lookup(A, later(1e9), 0) == ACCEPTED


def test_cache_expiry_date_alone_counts_where_there_is_one():
    """C10.FR.13."""
    cache = Cache()
    cache.remember(A, TokenInfo("Accepted", later(100)), NOW)
    assert cache.lookup(A, later(99), 10) is not None
    assert cache.lookup(A, later(100), 10) is None
    cache.remember(A, ACCEPTED, NOW)
    cache.remember(A, TokenInfo("Accepted", NOW), later(1))  # already past: not stored, and no longer there
    assert not cache.entries


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


@pytest.mark.parametrize(("policy", "goes"), [("LRU", "b"), ("LFU", "c"), ("FIFO", "a"), ("CUSTOM", "d")], ids=str)
def test_who_makes_room(policy, goes):
    """AuthCacheCtrlr.Policy (part 2 §2.4.5); C10.FR.07, note: CUSTOM drops first who may not charge."""
    cache = Cache(size=4)
    for at, name in enumerate("abcd"):
        cache.remember(Token(name), TokenInfo("Blocked") if name == "d" else ACCEPTED, later(at))
    for at, name in enumerate("bbdaca", 10):
        if name != "c" or policy != "LFU":
            cache.lookup(Token(name), later(at), 0)
    cache.lookup(Token("d"), later(20), 0)
    if policy == "LRU":
        assert next(iter(cache.entries)) == "b"
    cache.remember(Token("new"), ACCEPTED, later(30), policy=policy)
    assert set("abcd") - set(cache.entries) == {goes}


def test_cache_takes_so_many_bytes():
    """AuthCacheCtrlr.Storage, maxLimit (part 2 §2.4.4)."""
    cache = Cache()
    entry = used_bytes([("a", ACCEPTED)])
    for name in "abc":
        cache.remember(Token(name), ACCEPTED, NOW, most_bytes=2 * entry + 1)
    assert list(cache.entries) == ["b", "c"]
    assert cache.used_bytes == 2 * entry
    cache.remember(Token("long name" * 50), ACCEPTED, NOW, most_bytes=2 * entry + 1)
    assert list(cache.entries) == ["b", "c"]


def test_list_takes_so_many_bytes():
    """LocalAuthListCtrlr.Storage, maxLimit (part 2 §2.5.6)."""
    listed = LocalList()
    room = used_bytes([("a", ACCEPTED)])
    assert listed.update(1, [("a", ACCEPTED)], full=True, most_bytes=room) == "Accepted"
    assert listed.update(2, [("b", ACCEPTED)], full=False, most_bytes=room) == "Failed"
    assert (listed.version, list(listed.entries)) == (1, ["a"])


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
    assert (listed.version, listed.entries) == (5, {})  # D01.FR.04
    assert listed.update(0, [], full=True) == "Failed"  # D01.FR.18


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
