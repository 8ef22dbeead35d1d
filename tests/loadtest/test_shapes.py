import pytest

from loadtest.shapes import (
    EFFECT_S,
    ORDERS,
    SETTLE_S,
    SHAPES,
    Phase,
    Phases,
    Playing,
    Seen,
    ShapeError,
    Target,
    shape_of,
)


def played(
    phases: Phases, seen=lambda phase: Seen(accepted=phase.users), tick_s: float = 1.0
) -> list[tuple[float, Phase]]:
    """When each phase began, with a fleet of which ``seen`` tells what it shows."""
    playing, begun, now_s = Playing(phases), [], 0.0
    shown = Seen()
    while (phase := playing.tick(now_s, shown)) is not None:
        if not begun or begun[-1][1] is not phase:
            begun.append((now_s, phase))
        shown = seen(phase)
        now_s += tick_s
        assert now_s < 100_000
    return begun


def names(begun: list[tuple[float, Phase]]) -> list[str]:
    return [phase.name for _, phase in begun]


def test_a_ramp_ends_when_all_are_accepted_and_holds_then():
    (_, up), (held_at, hold) = played(shape_of("ramp", {"users": 100, "per_s": 10.0, "hold_s": 30.0}))
    assert (up.users, up.per_s, up.settles) == (100, 10.0, True)
    assert held_at <= EFFECT_S + 1
    assert (hold.name, hold.for_s, hold.settles) == ("hold", 30.0, False)


def test_a_ramp_that_never_settles_ends_after_its_time():
    begun = played(shape_of("ramp", {"users": 100, "per_s": 10.0}), lambda _: Seen(accepted=99))
    assert begun[1][0] == pytest.approx(100 / 10.0 + SETTLE_S, abs=1)


def test_steps_reach_exactly_all_stations():
    begun = played(shape_of("steps", {"users": 25, "per_s": 10.0, "step": 10}))
    assert [phase.users for _, phase in begun] == [10, 10, 20, 20, 25, 25]
    assert names(begun)[1::2] == ["step 1: 10 stations", "step 2: 20 stations", "step 3: 25 stations"]


def test_a_spike_goes_back_to_its_base():
    begun = played(shape_of("spike", {"users": 100, "per_s": 10.0}))
    assert [phase.users for _, phase in begun] == [10, 10, 100, 100, 10]


@pytest.mark.parametrize(("name", "orders"), [("reconnect-storm", ["drop"]), ("blackout", ["power_off", "power_on"])])
def test_storms_order_what_they_say(name: str, orders: list[str]):
    begun = played(shape_of(name, {"users": 100, "per_s": 10.0}))
    assert [phase.order for _, phase in begun if phase.order] == orders
    assert set(orders) <= set(ORDERS)


def test_a_storm_is_not_over_before_the_fleet_has_shown_it():
    """For some seconds the fleet still shows the stations that were connected before."""
    begun = {phase.name: at_s for at_s, phase in played(shape_of("reconnect-storm", {"users": 100, "per_s": 10.0}))}
    assert begun["after the storm"] - begun["reconnect storm"] >= EFFECT_S
    back = iter([100, 100, 3, 60])
    quick = {
        phase.name: at_s
        for at_s, phase in played(
            shape_of("reconnect-storm", {"users": 100, "per_s": 10.0}),
            lambda phase: Seen(accepted=next(back, 100) if phase.order else 100),
        )
    }
    assert quick["after the storm"] - quick["reconnect storm"] == 5


@pytest.mark.parametrize(
    "beyond",
    [
        lambda users: Seen(accepted=users, p99_ms=900.0),
        lambda users: Seen(accepted=users, error_share=0.5),
        lambda users: Seen(accepted=users - 1),
    ],
    ids=["slow", "failing", "refusing"],
)
def test_the_knee_is_left_by_half_a_step(beyond):
    begun = played(
        shape_of("find-the-knee", {"users": 100, "per_s": 50.0, "step": 20}),
        lambda phase: beyond(phase.users) if phase.users > 50 else Seen(accepted=phase.users, p99_ms=10.0),
    )
    assert [phase.users for _, phase in begun] == [20, 20, 40, 40, 60, 60, 50, 50]
    assert names(begun)[-1] == "step 4: 50 stations"


def test_without_a_knee_all_stations_are_reached():
    begun = played(shape_of("find-the-knee", {"users": 50, "per_s": 50.0, "step": 20}))
    assert [phase.users for _, phase in begun] == [20, 20, 40, 40, 50, 50]


def test_a_target_is_kept_or_missed():
    target = Target(p99_ms=100.0, error_share=0.01)
    assert target.kept(Seen(p99_ms=100.0, error_share=0.01))
    assert target.kept(Seen(p99_ms=None))
    assert not target.kept(Seen(p99_ms=101.0))
    assert not target.kept(Seen(p99_ms=1.0, error_share=0.02))


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_every_shape_starts_with_stations_and_ends(name: str):
    begun = played(shape_of(name, {"users": 40, "per_s": 20.0, "hold_s": 5.0}))
    assert begun[0][1].users > 0
    assert max(phase.users for _, phase in begun) == 40


@pytest.mark.parametrize(
    ("name", "fields", "told"),
    [
        ("wave", {}, "no load shape 'wave'; there are blackout, find-the-knee"),
        ("ramp", {"users": 0, "per_s": 1.0}, "users of a load shape must be more than 0, not 0"),
        ("ramp", {"users": 1, "per_s": 1.0, "hold_s": -1.0}, "hold-s of a load shape"),
    ],
)
def test_a_wrong_shape_says_so(name: str, fields: dict, told: str):
    with pytest.raises(ShapeError, match=told):
        shape_of(name, fields)
