"""Cases, mutants and the catalogue fit together."""

from pathlib import Path

import pytest

import conformance.cases.csms16
import conformance.cases.csms201_provisioning
import conformance.cases.csms201_sessions
import conformance.cases.csms201_states
import conformance.cases.station16
import conformance.cases.station16_states
import conformance.cases.station201_provisioning
import conformance.cases.station201_remote
import conformance.cases.station201_sessions
import conformance.cases.station201_states
from conformance import catalogue, conditions, registry
from conformance.vocabulary import CSMS, STATION, V16, V201


@pytest.mark.parametrize(
    ("role", "version", "least"), [(STATION, V201, 20), (CSMS, V201, 20), (STATION, V16, 10), (CSMS, V16, 10)]
)
def test_there_are_enough_cases(role, version, least):
    assert len(registry.select(role, version)) >= least


def test_the_manual_counts_the_cases():
    manual = (Path(conformance.__file__).parents[1] / "docs" / "conformance.md").read_text()
    for role, row in ((STATION, "charging station"), (CSMS, "CSMS")):
        line = next(line for line in manual.splitlines() if line.startswith(f"| {row} |"))
        counted = [int(cell.split()[0]) for cell in line.split("|")[2:4]]
        assert counted == [len(registry.select(role, version)) for version in (V201, V16)], line


def test_every_case_catches_a_mutant_and_every_mutant_is_caught():
    named = {name for case in registry.cases().values() for name in case.catches}
    assert all(case.catches and case.verifies for case in registry.cases().values())
    assert named == set(registry.mutants())


def test_the_catalogue_lists_exactly_the_cases():
    assert set(catalogue.entries()) == set(registry.cases())
    for case in registry.cases().values():
        assert {entry.title for entry in catalogue.entries()[case.id]} == {case.title}


def test_conditions_name_features_that_can_be_declared():
    for case in registry.cases().values():
        for entry in catalogue.entries()[case.id]:
            named = {name for name in conditions.symbols(entry.condition) if "-" in name}
            assert named <= set(catalogue.features(case.under_test)), entry
            assert (entry.status == catalogue.CONDITIONAL) == bool(entry.condition)


def test_selection_by_id_block_and_profile():
    assert [case.id for case in registry.select(STATION, V201, ids=["tc_b_03_cs"])] == ["TC_B_03_CS"]
    assert {registry.block(case) for case in registry.select(STATION, V201, blocks=["g"])} == {"G"}
    chosen = registry.select(CSMS, V201, profiles=["Local Auth List"])
    assert [case.id for case in chosen] == ["TC_D_01_CSMS", "TC_D_08_CSMS"]


def test_a_case_of_the_other_role_is_unknown():
    with pytest.raises(registry.UnknownCase, match="TC_B_03_CS"):
        registry.select(CSMS, V201, ids=["TC_B_03_CS"])
