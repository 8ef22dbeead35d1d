"""Which of a station's lines give way, and when."""

from csms_reference.services.retention import ALL, TRIMMED_EVERY, Kept, due


def test_one_line_in_so_many_is_the_one_that_trims():
    chosen = sum(due("CP-1", number, "x") for number in range(100 * TRIMMED_EVERY))
    assert 50 < chosen < 200


def test_the_choice_depends_on_nothing_but_the_line():
    lines = [("CP-\ud800", 1, "x"), ("CP-1", 2, "ü"), ("CP-1", 3, "")]
    assert [due(*line) for line in lines] == [due(*line) for line in lines]


def test_unless_somebody_says_so_all_is_kept():
    assert Kept() == ALL
    assert (ALL.history, ALL.notices, ALL.connectors, ALL.orphans) == (0, 0, 0, 0)
