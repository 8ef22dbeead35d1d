"""One node at a time has a lease."""

from csms_reference.services.leases import give_up, take


async def test_one_has_it_until_it_lets_go_or_says_nothing(either):
    async def takes(who, now_ms):
        return await either.write(lambda database: take(database, "work", who, now_ms, now_ms + 30))

    assert [await takes("a", 0), await takes("b", 1), await takes("a", 20)] == [True, False, True]
    assert [await takes("b", 50), await takes("b", 51), await takes("a", 52)] == [False, True, False]
    await either.write(lambda database: give_up(database, "work", "a"))
    assert await takes("a", 53) is False
    await either.write(lambda database: give_up(database, "work", "b"))
    assert [await takes("a", 54), await takes("b", 55)] == [True, False]


async def test_each_lease_is_another(either):
    for name in ("one", "two"):
        assert await either.write(lambda database, name=name: take(database, name, name, 0, 30))
