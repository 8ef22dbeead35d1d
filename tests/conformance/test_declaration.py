"""Declarations: what is read, and how errors name the line."""

from dataclasses import replace
from pathlib import Path

import pytest

import conformance
from conformance import catalogue, conditions, declaration, registry
from conformance.declaration import DeclarationError
from conformance.papers import bench_pki
from conformance.vocabulary import CSMS, STATION, V16, V201, Subject

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


def test_what_is_watched_and_shown_is_the_vendors_choice():
    text = """\
role: station
configuration:
  display: Display
  display_states: [Idle, Charging]
  display_s: 90
  monitoring:
    threshold: {component: TemperatureSensor, variable: Temperature}
    upper: 40.5
    delta: {component: Connector, variable: Current, evse: 2, connector: 1}
"""
    subject = declaration.parse(text).configure(Subject(STATION, V201))
    assert (subject.display, subject.display_states, subject.display_s) == ("Display", ("Idle", "Charging"), 90)
    assert subject.monitoring.upper == 40.5
    assert subject.monitoring.period_s == 30
    assert subject.monitoring.threshold.payload == {
        "component": {"name": "TemperatureSensor"},
        "variable": {"name": "Temperature"},
    }
    assert subject.monitoring.delta.payload["component"] == {"name": "Connector", "evse": {"id": 2, "connectorId": 1}}


FILES = """\
role: station
configuration:
  files_url: "http://192.0.2.1:8080"
  firmware: {image: ac22.bin, signature: ac22.sig, certificate: maker.pem}
  schedule_s: 300
"""


def test_firmware_is_the_vendors_and_files_are_where_the_station_finds_them():
    subject = declaration.parse(FILES).configure(Subject(STATION, V201))
    assert (subject.files_url, subject.schedule_s) == ("http://192.0.2.1:8080", 300.0)
    assert subject.firmware == {"image": "ac22.bin", "signature": "ac22.sig", "certificate": "maker.pem"}


def test_what_it_takes_for_tls_lies_in_files(tmp_path):
    pki = bench_pki()
    shown = pki.station("CP-1")
    for name, text in (("root.pem", pki.csms.pem), ("own.pem", shown.chain), ("own.key", shown.key)):
        (tmp_path / name).write_text(text)
    text = f"""
role: csms
configuration:
  security_profile: 3
  secure_urls: [wss://csms.example]
  serial_number: CP-1
  csms_roots: {tmp_path / "root.pem"}
  credentials: {{certificate: {tmp_path / "own.pem"}, key: {tmp_path / "own.key"}}}
  pki: {tmp_path / "pki"}
"""
    subject = declaration.parse(text).configure(Subject(CSMS, V201))
    assert (subject.security_profile, subject.secure_urls) == (3, ("wss://csms.example",))
    assert (subject.csms_roots, subject.credentials) == (pki.csms.pem, shown)
    assert (tmp_path / "pki" / "bench-csms-root.pem").exists()


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("security_profile: 4", "from 0 to 3"),
        ("urls: [http://csms.example]", "ws: or wss:"),
        ("credentials: {certificate: a}", "certificate and key"),
        ("csms_roots: nowhere.pem", "nowhere.pem"),
    ],
)
def test_tls_that_makes_no_sense(entry, why):
    with pytest.raises(DeclarationError, match=why):
        declaration.parse(f"role: csms\nconfiguration:\n  {entry}\n")


@pytest.mark.parametrize("entry", ["{picture: a.bin}", "{image: 7}", "a.bin"])
def test_firmware_that_makes_no_sense(entry):
    with pytest.raises(declaration.DeclarationError, match=r"declaration:3: firmware: .* (image|picture)"):
        declaration.parse(f"role: station\nconfiguration:\n  firmware: {entry}\n")


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
        ("role: station\nconfiguration:\n  monitoring: {lower_w: 1}", "d:3: monitoring"),
        ("role: station\nconfiguration:\n  monitoring: Power", "d:3: monitoring"),
        ("role: station\nconfiguration:\n  monitoring: {upper: much}", "expected a number"),
        ("role: station\nconfiguration:\n  monitoring: {delta: Power}", "expected component and variable"),
        ("role: station\nconfiguration:\n  display_states: Idle", "d:3: display_states"),
        ("role: csms\ncolour: red", "d:2: 'colour' is unknown; expected one of role"),
        ("role: csms\nrole: csms", "d:2: 'role' stands here twice"),
        ("role: [", "d: "),
        ("role: station\nversion: 3.0", "d:2: version 3.0; expected one of 1.6, 2.0.1, 2.1"),
        ("role: station\nversion: '1.6'\nprofiles: [Advanced UI]", "d:3: profile 'Advanced UI'; expected one of Core"),
        ("role: station\nversion: 2.0.1\nprofiles: [Security]", "d:3: profile 'Security'; expected one of Core"),
        ("role: station\nsubtype: flying", "d:2: subtype 'flying'; expected one of normal, mode 1/2 only, wireless"),
        ("role: csms\nsubtype: normal", "d:2: a csms has no subtype"),
        ("role: station\nfeatures:\n  C-30: yes\n  C-30: no", "d:4: C-30 stands here twice"),
        ("role: station\nfeatures:\n  C-54: yes", "d:3: C-54: True; expected a list of values"),
        ("role: station\nfeatures:\n  C-30: 2", "d:3: C-30: 2; expected yes or no"),
        ("role: station\nfeatures:\n  C-06: yes\n  C-06.1: no\n  C-06.2: no", "d:3: C-06 is yes, but no sub-option"),
        ("role: csms\nfeatures:\n  AQ-3: yes", "d:3: feature 'AQ-3' is none of a csms; expected an id such as AQ-"),
    ],
)
def test_errors_name_the_line(text, error):
    with pytest.raises(declaration.DeclarationError) as caught:
        declaration.parse(text, "d")
    assert str(caught.value).startswith(error) or error in str(caught.value)


def test_a_missing_file(tmp_path):
    with pytest.raises(declaration.DeclarationError, match="No such file"):
        declaration.load(tmp_path / "none.yaml")


FOLDER = Path(conformance.__file__).parent / "declarations"
OWN = {path.stem: declaration.load(path) for path in FOLDER.glob("*.yaml")}


@pytest.mark.parametrize("role", [STATION, CSMS])
@pytest.mark.parametrize("version", [V16, V201])
def test_every_case_applies_to_one_of_our_own_or_is_an_extra(role, version):
    own = [each for each in OWN.values() if (each.role, each.version) == (role, version)]
    for case in registry.select(role, version):
        reasons = [catalogue.inapplicable(case, each.profiles, each.declared) for each in own]
        assert catalogue.is_extra(case.id) or "" in reasons, (case.id, reasons)


@pytest.mark.parametrize("name", OWN)
def test_our_own_declarations_say_all_that_is_asked(name):
    assert OWN[name].gaps == ()


def test_every_feature_of_a_condition_can_be_declared():
    known = {role: {*catalogue.features(role), *declaration._SYMBOLS} for role in (STATION, CSMS)}
    for entries in catalogue.entries().values():
        for entry in entries:
            role = CSMS if entry.id.endswith("_CSMS") else STATION
            assert conditions.symbols(entry.condition) <= known[role], entry


def test_a_subtype_is_a_feature_of_conditions():
    read = declaration.parse("role: station\nsubtype: mode 1/2 only\n")
    assert read.declared["SUBTYPE-MODE12"] is True
    assert "SUBTYPE-MODE12" not in declaration.parse("role: station\n").declared


def test_a_feature_is_there_if_a_part_of_it_is():
    assert declaration.parse("role: station\nfeatures: {C-09.1: no, C-09.2: yes}\n").declared["C-09"] is True


def test_what_is_in_no_profile_is_judged_by_its_condition_alone():
    read = declaration.parse("role: station\n")
    assert catalogue.is_extra("TC_G_20_CS")
    assert not catalogue.is_extra("TC_B_01_CS")
    assert catalogue.is_extra("TC_OURS_01_CS")
    case = replace(registry.cases()["TC_B_01_CS"], id="TC_A_13_CS")
    assert "ISO-3" in catalogue.inapplicable(case, read.profiles, read.declared)
    assert catalogue.inapplicable(replace(case, id="TC_G_20_CS"), read.profiles, read.declared) == ""


def test_why_a_case_does_not_apply():
    read = declaration.parse("role: station\nfeatures:\n  C-30: no\n")
    case = registry.cases()["TC_C_02_CS"]
    assert "C-30 is no" in catalogue.inapplicable(case, read.profiles, read.declared)
    assert catalogue.inapplicable(case, read.profiles, None) == ""
    other = declaration.parse("role: csms\nprofiles: [Core]\n")
    listed = registry.cases()["TC_D_01_CSMS"]
    assert "profiles that are not claimed: Local Auth List" in catalogue.inapplicable(listed, other.profiles, {})


@pytest.mark.parametrize(
    ("version", "written", "sent"),
    [
        ("1.6", b"sixteen bytes or".hex(), "sixteen bytes or"),
        ("1.6", "ff" * 16, bytes([255] * 16).decode(errors="surrogateescape")),
        ("1.6", "0123456789abcdef", "0123456789abcdef"),
        ("1.6", "a key that is no hexadecimal, so text", "a key that is no hexadecimal, so text"),
        ("2.0.1", "ff" * 16, "ff" * 16),
    ],
)
def test_a_key_of_1_6_may_be_written_in_hexadecimal(version, written, sent):
    """OCPP-J 1.6, 6.2.2."""
    declared = declaration.Declaration(CSMS, configuration={"password": written})
    assert declared.configure(Subject(CSMS, version)).password == sent
