"""What charging costs, to the cent."""

from decimal import Decimal

import pytest

from csms_reference.services.pricing import Leg, Period, Price, Step, Terms, bill, legs, read_terms, said

MIN, HOUR = 60_000, 3_600_000


def price(net, vat=0):
    return Price(Decimal(net), Decimal(vat))


def period(terms, from_ms=0, from_wh=0):
    return Period(from_ms, Decimal(from_wh), terms)


WHOLE = Terms(price("0.50", 19), price("0.39", 19), price("1.20", 7), price("6", 19), free_min=15)


def test_every_part_has_its_own_vat():
    course = [Leg(0, HOUR, "Charging"), Leg(HOUR, HOUR + 45 * MIN, "SuspendedEV")]
    found = bill([period(WHOLE)], course, Decimal(10_000))
    assert found.parts == {
        "start": (Decimal("0.50"), Decimal("0.095")),
        "energy": (Decimal("3.90"), Decimal("0.741")),
        "time": (Decimal("1.20"), Decimal("0.084")),
        "idle": (Decimal("3.0"), Decimal("0.570")),  # half an hour beyond the free quarter
    }
    assert found.total == Decimal("10.09")


@pytest.mark.parametrize(
    ("net", "wh", "total"),
    [("0.10", 50, "0.01"), ("0.10", 49, "0.00"), ("0.3", 1_150, "0.35"), ("0.29", 0, "0.00")],
)
def test_it_is_rounded_once_half_up(net, wh, total):
    assert str(bill([period(Terms(energy=price(net)))], [], Decimal(wh)).total) == total


def test_parts_are_not_rounded_before_they_are_added():
    terms = Terms(start=price("0.004"), energy=price("0.004"))
    assert bill([period(terms)], [], Decimal(1000)).total == Decimal("0.01")


def test_a_register_that_is_not_known_costs_nothing():
    assert bill([period(WHOLE)], [], None).parts.keys() == {"start"}


def test_only_an_ev_that_wants_no_more_is_idle():
    terms = Terms(idle=price(60))
    before = Leg(0, HOUR, "EVConnected")
    during = Leg(HOUR, 2 * HOUR, "Charging")
    held_back = Leg(2 * HOUR, 3 * HOUR, "SuspendedEVSE")
    after = Leg(3 * HOUR, 3 * HOUR + MIN, "SuspendedEV")
    assert bill([period(terms)], [before, during, held_back, after], None).total == Decimal("1.00")


def test_new_terms_hold_from_their_time_on():
    cheap, dear = Terms(start=price(1), energy=price("0.1"), time=price(1)), Terms(start=price(9), energy=price("0.5"))
    course = [Leg(0, 2 * HOUR, "Charging")]
    found = bill([period(cheap), period(dear, HOUR, 4_000)], course, Decimal(6_000))
    assert found.parts["start"][0] == 1  # a transaction starts once
    assert found.parts["energy"][0] == Decimal("0.4") + Decimal("1.0")
    assert found.parts["time"][0] == 1


def test_free_minutes_are_counted_from_the_first_idle_one():
    terms = Terms(idle=price(60), free_min=10)
    course = [Leg(0, MIN, "Charging"), Leg(MIN, 7 * MIN, "SuspendedEV"), Leg(7 * MIN, 9 * MIN, "Charging"),
              Leg(9 * MIN, 15 * MIN, "SuspendedEV")]  # fmt: skip
    assert bill([period(terms)], course, None).total == Decimal("2.00")


def test_the_course_of_a_transaction():
    steps = [Step(0, "EVConnected"), Step(5, None), Step(10, "Charging"), Step(10, None), Step(20, "SuspendedEV")]
    assert legs(steps) == [Leg(0, 5, "EVConnected"), Leg(5, 10, "EVConnected"), Leg(10, 20, "Charging")]
    assert legs([Step(0, None), Step(9, None)]) == [Leg(0, 9, "Charging")]
    assert legs([]) == []


def test_terms_survive_being_written():
    assert read_terms(WHOLE.written) == WHOLE
    assert read_terms(Terms().written) == Terms()


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        (Terms(), "free of charge"),
        (Terms(energy=price("0.39", 19)), "0.4641 EUR per kWh"),
        (Terms(energy=price("0.5")), "0.50 EUR per kWh"),
        (
            Terms(price(1), idle=price(6), free_min=5),
            "1.00 EUR to start; 6.00 EUR per hour afterwards, the first 5 min free",
        ),
    ],
)
def test_in_words(terms, words):
    assert said(terms, "EUR") == words
