"""Payload validation: every schema of every version, and the code that each kind of violation gets."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import schemas
from protocol.errors import Code
from protocol.schemas import Kind, Violation, check
from protocol.stamps import parse
from protocol.versions import V16, V21, V201, VERSIONS, Side, Version
from tests.protocol.payloads import BOOT, STAMP, TRANSACTION_EVENT, resolved, smallest

VERSION = pytest.mark.parametrize("version", VERSIONS, ids=repr)
MISSING = {V16: Code.PROTOCOL_ERROR, V201: Code.OCCURRENCE_CONSTRAINT_VIOLATION}
MISSING[V21] = MISSING[V201]


def messages(version: Version) -> Iterator[tuple[str, Kind, dict[str, Any]]]:
    """Every schema of a version: its action, its kind and itself."""
    sent = version.sends[Side.STATION] | version.sends[Side.CSMS]
    for action in sorted(version.actions):
        yield action, "request", schemas.load(version, action, "request")
        if action not in sent:
            yield action, "response", schemas.load(version, action, "response")


def code_of(version: Version, action: str, kind: Kind, payload: Any) -> Code:
    found = check(version, action, kind, payload)
    assert found is not None, (action, kind, payload)
    return found.code


@VERSION
def test_every_action_has_its_schemas_and_takes_the_smallest_payload(version: Version) -> None:
    seen = 0
    for action, kind, schema in messages(version):
        assert check(version, action, kind, smallest(schema)) is None, (action, kind)
        seen += 1
    assert seen == {V16: 78, V201: 128, V21: 181}[version]


@VERSION
def test_preload_compiles_all(version: Version) -> None:
    schemas._validator.cache_clear()
    schemas.preload(version, Side.CSMS)
    assert schemas._validator.cache_info().currsize == {V16: 78, V201: 128, V21: 181}[version]


@VERSION
def test_every_missing_field_is_named(version: Version) -> None:
    for action, kind, schema in messages(version):
        for name in schema.get("required", []):
            payload = smallest(schema)
            del payload[name]
            found = check(version, action, kind, payload)
            assert found is not None
            assert (found.code, found.field, found.rule) == (MISSING[version], name, "required"), (action, kind)


@VERSION
def test_every_field_of_a_wrong_type_is_named(version: Version) -> None:
    tried = 0
    for action, kind, schema in messages(version):
        for name, field in schema.get("properties", {}).items():
            wanted = resolved(field, schema).get("type")
            if wanted is None:  # data of DataTransfer in 2.x may be anything
                continue
            wrongs: tuple[Any, ...] = (None, True, 1.5, "x", [], {})
            for wrong in wrongs:
                if type(wrong) is {"boolean": bool, "number": float, "string": str, "array": list, "object": dict}.get(
                    wanted
                ):
                    continue
                found = check(version, action, kind, {**smallest(schema), name: wrong})
                assert found is not None, (action, kind, name, wrong)
                assert (found.code, found.field) == (Code.TYPE_CONSTRAINT_VIOLATION, name), (action, kind, wrong)
                tried += 1
    assert tried > 300


@VERSION
def test_every_unknown_field_is_named(version: Version) -> None:
    for action, kind, schema in messages(version):
        found = check(version, action, kind, {**smallest(schema), "surprise": 1})
        assert found is not None, (action, kind)
        assert (found.code, found.field) == (Code.FORMAT_VIOLATION, "surprise"), (action, kind)


@VERSION
def test_every_bound_on_a_value_is_kept(version: Version) -> None:
    tried = 0
    for action, kind, schema in messages(version):
        for name, reference in schema.get("properties", {}).items():
            field = resolved(reference, schema)
            wrong: list[Any] = []
            if "enum" in field:
                wrong += ["Nonsense", field["enum"][0].swapcase()]
            elif "maxLength" in field:
                longest = "x" * field["maxLength"]
                if "format" not in field:
                    assert check(version, action, kind, {**smallest(schema), name: longest}) is None
                wrong += [longest + "x", "x" * 1_000_000]
            elif field.get("type") == "integer":
                wrong += [2**31, -(2**31) - 1, 2**53 + 1, 2**63, int(field.get("minimum", -(2**31))) - 1]
            for value in wrong:
                code = code_of(version, action, kind, {**smallest(schema), name: value})
                assert code is Code.PROPERTY_CONSTRAINT_VIOLATION, (action, kind, name, value)
                tried += 1
    assert tried > 100


@VERSION
def test_an_integer_has_32_bits_and_no_decimal_point(version: Version) -> None:
    request = "StatusNotification" if version is V16 else "TriggerMessage"
    payload: dict[str, Any] = {"connectorId": 0, "errorCode": "NoError", "status": "Available"}
    if version is not V16:
        payload = {"requestedMessage": "Heartbeat", "evse": {"id": 0}}
    target: dict[str, Any] = payload if version is V16 else payload["evse"]
    name = "connectorId" if version is V16 else "id"
    for value, code in (
        (2**31 - 1, None),
        (2**31, Code.PROPERTY_CONSTRAINT_VIOLATION),
        (1.0, Code.TYPE_CONSTRAINT_VIOLATION),
        (True, Code.TYPE_CONSTRAINT_VIOLATION),
        (1.8446744073709552e19, Code.TYPE_CONSTRAINT_VIOLATION),
    ):
        target[name] = value
        found = check(version, request, "request", payload)
        assert (found and found.code) == code, value


def test_empty_and_overlong_lists_break_the_occurrence() -> None:
    for version in (V201, V21):
        event = copy.deepcopy(TRANSACTION_EVENT)
        event["meterValue"] = []  # 2.x part 4 §4.1.5: an empty list is no way to leave a field out
        found = check(version, "TransactionEvent", "request", event)
        assert found is not None
        assert (found.code, found.field) == (Code.OCCURRENCE_CONSTRAINT_VIOLATION, "meterValue")
    many = {"requestId": 1, "chargingProfile": {"chargingLimitSource": ["EMS"] * 5}}
    assert code_of(V201, "GetChargingProfiles", "request", many) is Code.OCCURRENCE_CONSTRAINT_VIOLATION


def test_the_field_is_a_dotted_path() -> None:
    event = copy.deepcopy(TRANSACTION_EVENT)
    event["meterValue"][0]["sampledValue"][1]["phase"] = "L4"
    found = check(V201, "TransactionEvent", "request", event)
    assert found is not None
    assert (found.field, found.rule) == ("meterValue.0.sampledValue.1.phase", "enum")
    assert str(found).startswith("meterValue.0.sampledValue.1.phase: ")


def test_structure_outranks_content() -> None:
    payload: dict[str, Any] = {"chargePointVendor": 7, "surprise": 1}
    assert code_of(V16, "BootNotification", "request", payload) is Code.FORMAT_VIOLATION
    del payload["surprise"]
    assert code_of(V16, "BootNotification", "request", payload) is Code.PROTOCOL_ERROR
    payload["chargePointModel"] = "x" * 21
    assert code_of(V16, "BootNotification", "request", payload) is Code.TYPE_CONSTRAINT_VIOLATION


@VERSION
def test_a_payload_that_is_no_object_breaks_the_format(version: Version) -> None:
    payloads: tuple[Any, ...] = ([], "x", 1, True)
    for payload in payloads:
        assert code_of(version, "Heartbeat", "request", payload) is Code.FORMAT_VIOLATION


def test_custom_data_is_free_but_for_its_vendor() -> None:
    for version in (V201, V21):
        good = {**BOOT[version], "customData": {"vendorId": "org.example", "more": {"a": [1]}}}
        assert check(version, "BootNotification", "request", good) is None
        bad = {**BOOT[version], "customData": {"more": 1}}
        found = check(version, "BootNotification", "request", bad)
        assert found is not None
        assert (found.code, found.field) == (Code.OCCURRENCE_CONSTRAINT_VIOLATION, "customData.vendorId")


def test_1_6_errata_are_in_the_schemas() -> None:
    """1.6-J errata §2.1 (both spellings of Celsius), §2.4 to §2.6."""
    for unit in ("Celsius", "Celcius"):
        sample = {"timestamp": STAMP, "sampledValue": [{"value": "21.5", "unit": unit}]}
        assert check(V16, "MeterValues", "request", {"connectorId": 1, "meterValue": [sample]}) is None
        stop = {"transactionId": 1, "timestamp": STAMP, "meterStop": 5, "transactionData": [sample]}
        assert check(V16, "StopTransaction", "request", stop) is None
    boot = {"status": "Accepted", "currentTime": STAMP, "interval": 1.5}
    assert code_of(V16, "BootNotification", "response", boot) is Code.TYPE_CONSTRAINT_VIOLATION


def test_tenths_of_an_ampere_are_multiples_of_a_tenth() -> None:
    def profile(limit: float) -> dict[str, Any]:
        schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}]}
        head = {"chargingProfileId": 1, "stackLevel": 0, "chargingProfilePurpose": "TxProfile"}
        chosen = {**head, "chargingProfileKind": "Absolute", "chargingSchedule": schedule}
        return {"connectorId": 1, "csChargingProfiles": chosen}

    assert all(check(V16, "SetChargingProfile", "request", profile(k / 10)) is None for k in range(4000))
    assert code_of(V16, "SetChargingProfile", "request", profile(16.25)) is Code.PROPERTY_CONSTRAINT_VIOLATION


def heartbeat_at(text: str, version: Version = V201) -> Violation | None:
    return check(version, "Heartbeat", "response", {"currentTime": text})


@VERSION
@pytest.mark.parametrize(
    "text",
    """222222017-10-27T19:10:11Z 1000000 2024-13-01T00:00:00Z 2024-02-30T00:00:00Z 2023-02-29T00:00:00Z
    2024-01-01T00:00:60Z 2016-12-31T23:59:60Z 2024-01-01T24:00:00Z 9999-12-31T23:59:59-23:59 2024-01-01T00:00:00
    2024-01-01T00:00:00+26:00 2024-01-01T00:00:00-26:00 0000-01-01T00:00:00Z 0001-01-01T00:00:00+23:59 2024-W01-1
    20240101T000000Z 2024-01-01T00:00Z 2024-01-01T00:00:00+0100 2024-01-01 2024-01-01T00:00:00.Z""".split(),
)
def test_a_date_time_that_is_none_or_cannot_be_kept_is_refused(version: Version, text: str) -> None:
    found = heartbeat_at(text, version)
    assert found is not None
    assert (found.code, found.field, found.rule) == (Code.PROPERTY_CONSTRAINT_VIOLATION, "currentTime", "format")


@VERSION
@pytest.mark.parametrize(
    "text",
    """2024-02-29T23:59:59.999Z 0001-01-01T00:00:00Z 2038-01-19T03:14:08Z 2106-02-07T06:28:16Z
    9999-12-31T23:59:59Z 2024-01-01T00:00:00-23:59 2024-01-01T00:00:00+05:30 2024-01-01T00:00:00.123456789Z""".split(),
)
def test_an_odd_but_lawful_date_time_is_taken(version: Version, text: str) -> None:
    assert heartbeat_at(text, version) is None


DIGITS = st.sampled_from("0001 0002 1970 2024 9998 9999 0000".split())
PARTS = st.tuples(DIGITS, *[st.integers(0, 61).map("{:02}".format) for _ in range(5)])
ZONES = st.sampled_from(["Z", "z", "", "+00:00", "-00:00", "+23:59", "-23:59", "+24:00", "+05:60", "-05:00"])
FRACTIONS = st.sampled_from(["", ".0", ".999", ".123456789", "."])


@given(PARTS, FRACTIONS, ZONES)
def test_every_date_time_of_a_valid_payload_can_be_read(parts: tuple[str, ...], fraction: str, zone: str) -> None:
    text = f"{'-'.join(parts[:3])}T{':'.join(parts[3:])}{fraction}{zone}"
    if heartbeat_at(text) is None:
        parse(text)  # raises ValueError for what it cannot read


def test_a_hostile_payload_is_refused_without_delay_and_in_few_words() -> None:
    began = time.perf_counter()
    found = check(V201, "MeterValues", "request", {"evseId": 1, "meterValue": [1] * 400_000})
    assert found is not None
    assert found.code is Code.TYPE_CONSTRAINT_VIOLATION
    huge = {**BOOT[V201], "k" * 500_000: 1}
    found = check(V201, "BootNotification", "request", huge)
    assert found is not None
    assert len(found.field) < 200
    assert len(found.message) < 200
    assert time.perf_counter() - began < 2  # describing every violation took more than ten seconds


@VERSION
def test_an_unknown_action_has_no_schema(version: Version) -> None:
    with pytest.raises(KeyError):
        check(version, "Nonsense", "request", {})
    assert not schemas.has_schema(version, "Nonsense")


def test_a_send_has_no_response() -> None:
    with pytest.raises(KeyError):
        check(V21, "NotifyPeriodicEventStream", "response", {})
