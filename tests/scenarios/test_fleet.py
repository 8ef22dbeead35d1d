import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.versions import V16, V201
from scenarios.fleet import berths, shares
from scenarios.reading import parse_scenario
from scenarios.source import ScenarioError

TEXT = """\
scenario: t
duration: 1h
fleet:
  - {id: "A-{n:02}", count: 3, profile: ac-22kw, version: "1.6", stagger: 10s}
  - {id: "B-{n:02}", count: 1, profile: dc-50kw, powered: false}
expect: [{seen: boot}]
"""


def test_groups_become_stations_in_order() -> None:
    fleet = berths(parse_scenario(TEXT))
    assert [each.id for each in fleet] == ["A-01", "A-02", "A-03", "B-01"]
    assert [each.version for each in fleet] == [V16, V16, V16, V201]
    assert [each.on_at_s for each in fleet] == [0, 10, 20, None]


def test_the_runs_version_is_for_those_that_name_none() -> None:
    assert [each.version for each in berths(parse_scenario(TEXT), version=V16)] == [V16] * 4


def test_the_fleet_scales_in_proportion() -> None:
    assert [each.id for each in berths(parse_scenario(TEXT), 8)] == [f"A-0{n}" for n in range(1, 7)] + ["B-01", "B-02"]
    assert len(berths(parse_scenario(TEXT), 1)) == 1


def test_what_cannot_be_scaled() -> None:
    with pytest.raises(ScenarioError, match="cannot name 2 stations"):
        berths(parse_scenario(TEXT.replace("B-{n:02}", "BEE")), 8)
    with pytest.raises(ScenarioError, match="0 stations; right would be 1 to"):
        berths(parse_scenario(TEXT), 0)


@given(st.lists(st.integers(1, 100), min_size=1, max_size=6), st.integers(1, 2000))
def test_shares_add_up_and_leave_nobody_out(counts: list[int], total: int) -> None:
    given_out = shares(counts, total)
    assert sum(given_out) == total
    assert all(share >= (1 if total >= len(counts) else 0) for share in given_out)
    assert shares(counts, sum(counts)) == counts
