"""Declarations: what is read, and how errors name the line."""

from pathlib import Path

import pytest

import conformance
from conformance import catalogue, declaration, registry
from conformance.vocabulary import CSMS, STATION, V201, Subject

SOUND = """\
role: station
profiles: [Core, Local Auth List]
features:
  C-30: yes
  HFS-8: 2
  C-54: [LRU]
configuration:
  identity: CP-7
  evses: [1, 2]
  tx_start: [EVConnected]
  message_s: 5
  tokens:
    valid: {id: ABC, type: Central}
    blocked: NOPE
"""


def test_a_sound_declaration():
    read = declaration.parse(SOUND)
    assert read.role is STATION
    assert read.declared["P_LOCAL_AUTH_LIST"] is True
    assert read.declared["P_ISO15118"] is False
    subject = read.configure(Subject(STATION, V201))
    assert (subject.identity, subject.evses, subject.message_s) == ("CP-7", (1, 2), 5.0)
    assert (subject.tokens.valid.id, subject.tokens.blocked.id) == ("ABC", "NOPE")
    assert subject.tx_start == {"EVConnected"}
    assert subject.knows("C-30")
    assert not subject.knows("C-31")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[]", "expected a mapping"),
        ("profiles: [Core]", "d:1: role is missing"),
        ("role: charger", "d:1: role 'charger'; expected station or csms"),
        ("role: csms\nprofiles: [Kore]", "d:2: profile 'Kore'; expected one of Core"),
        ("role: csms\nprofiles: Core", "d:2: expected a list"),
        ("role: csms\nfeatures:\n  C-99: yes", "d:3: feature 'C-99' is none of a csms"),
        ("role: csms\nfeatures:\n  C-44: perhaps", "d:3: C-44: 'perhaps'; expected yes or no"),
        ("role: csms\nconfiguration:\n  evse: 0", "d:3: evse: 0 does not fit"),
        ("role: csms\nconfiguration:\n  tokens: {nice: X}", "d:3: tokens"),
        ("role: csms\ncolour: red", "d:2: 'colour' is unknown; expected one of role"),
        ("role: csms\nrole: csms", "d:2: 'role' stands here twice"),
        ("role: [", "d: "),
    ],
)
def test_errors_name_the_line(text, error):
    with pytest.raises(declaration.DeclarationError) as caught:
        declaration.parse(text, "d")
    assert str(caught.value).startswith(error) or error in str(caught.value)


def test_a_missing_file(tmp_path):
    with pytest.raises(declaration.DeclarationError, match="No such file"):
        declaration.load(tmp_path / "none.yaml")


@pytest.mark.parametrize(("name", "role"), [("simulated-station", STATION), ("reference-csms", CSMS)])
def test_our_own_declarations_leave_no_implemented_case_out(name, role):
    own = declaration.load(Path(conformance.__file__).parent / "declarations" / f"{name}.yaml")
    for case in registry.cases().values():
        if case.under_test is role:
            assert catalogue.inapplicable(case, own.profiles, own.declared) == ""


def test_why_a_case_does_not_apply():
    read = declaration.parse("role: station\nfeatures:\n  C-30: no\n")
    case = registry.cases()["TC_C_02_CS"]
    assert "C-30 is no" in catalogue.inapplicable(case, read.profiles, read.declared)
    assert catalogue.inapplicable(case, read.profiles, None) == ""
    other = declaration.parse("role: csms\nprofiles: [Core]\n")
    listed = registry.cases()["TC_D_01_CSMS"]
    assert "profiles that are not claimed: Local Auth List" in catalogue.inapplicable(listed, other.profiles, {})
