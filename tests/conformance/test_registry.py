"""Cases, mutants and the catalogue fit together."""

import pytest

from conformance import catalogue, conditions, registry
from conformance.vocabulary import CSMS, STATION, V16, V201


@pytest.mark.parametrize(
    ("role", "version", "least"), [(STATION, V201, 20), (CSMS, V201, 20), (STATION, V16, 10), (CSMS, V16, 10)]
)
def test_there_are_enough_cases(role, version, least):
    assert len(registry.select(role, version)) >= least


def test_every_case_catches_a_mutant_and_every_mutant_is_caught():
    named = {name for case in registry.cases().values() for name in case.catches}
    assert all(case.catches and case.verifies for case in registry.cases().values())
    assert named == set(registry.mutants())


def test_every_case_is_where_it_is_looked_for():
    for case in registry.cases().values():
        home = case.script.__module__.split(".")[2]
        assert all(home in (registry.HOMES.get((case.under_test, each)), registry.ANYWHERE) for each in case.versions)


def published():
    return [case for case in registry.cases().values() if not catalogue.is_own(case.id)]


def test_cases_of_our_own_are_marked_so():
    own = {case.id for case in registry.cases().values() if catalogue.is_own(case.id)}
    assert own
    assert all(each.startswith(("CB_R_", "CB_S_")) for each in own)


def test_the_catalogue_lists_the_cases_by_their_titles():
    for case in published():
        assert {entry.title for entry in catalogue.entries()[case.id]} == {case.title}, case.id


def test_conditions_name_features_that_can_be_declared():
    for case in published():
        for entry in catalogue.entries()[case.id]:
            named = {name for name in conditions.symbols(entry.condition) if "-" in name}
            assert named <= set(catalogue.features(case.under_test)), entry
            assert (entry.status == catalogue.CONDITIONAL) == bool(entry.condition)


def test_selection_by_id_block_and_profile():
    assert [case.id for case in registry.select(STATION, V201, ids=["tc_b_03_cs"])] == ["TC_B_03_CS"]
    assert {registry.block(case) for case in registry.select(STATION, V201, blocks=["g"])} == {"G"}
    chosen = registry.select(CSMS, V201, profiles=["Local Auth List"])
    assert {registry.block(case) for case in chosen} == {"C", "D", "N"}


def test_a_case_of_the_other_role_is_unknown():
    with pytest.raises(registry.UnknownCase, match="TC_B_03_CS"):
        registry.select(CSMS, V201, ids=["TC_B_03_CS"])


@pytest.mark.parametrize("version", [V201, V16])
def test_what_cannot_be_undone_comes_last(version):
    chosen = registry.select(STATION, version)
    first, last = ([case.id for case in chosen if case.lasting is lasting] for lasting in (False, True))
    assert last
    assert [case.id for case in chosen] == sorted(first) + sorted(last)
