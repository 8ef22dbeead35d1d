"""Configuration keys. Charge point under test, OCPP 1.6."""

# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.station16.states import configured, ready
from conformance.vocabulary import Reply, Script, Subject, ask, check, given, one_of, station16


@station16(
    "TC_021_CS",
    "Change configuration key",
    verifies="1.6:5.3 1.6:5.8",
    catches="says_it_is_set_16 sets_something_else_16",
)
def change_configuration(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, "MeterValueSampleInterval", station.sample_s + 1))
    yield from configured(station, "MeterValueSampleInterval", station.sample_s)
    having = {
        "configurationKey.0.key": "MeterValueSampleInterval",
        "configurationKey.0.value": str(station.sample_s),
        "configurationKey.0.readonly": False,
    }
    yield ask("GetConfiguration", {"key": ["MeterValueSampleInterval"]}, having=having, rule="1.6:5.3 1.6:5.8")


CORE_KEYS = frozenset(
    """AuthorizeRemoteTxRequests ClockAlignedDataInterval ConnectionTimeOut ConnectorPhaseRotation
    GetConfigurationMaxKeys HeartbeatInterval LocalAuthorizeOffline LocalPreAuthorize MeterValuesAlignedData
    MeterValuesSampledData MeterValueSampleInterval NumberOfConnectors ResetRetries StopTransactionOnInvalidId
    StopTxnAlignedData StopTxnSampledData SupportedFeatureProfiles TransactionMessageAttempts
    TransactionMessageRetryInterval UnlockConnectorOnEVSideDisconnect""".split()
)
"""The keys that every charge point has (1.6 §9.1)."""
FIXED_KEYS = frozenset({"GetConfigurationMaxKeys", "NumberOfConnectors", "SupportedFeatureProfiles"})


@station16(
    "TC_019_CS",
    "Read configuration",
    verifies="1.6:5.8 1.6:9.1 1.6:9.1.29",
    catches="forgets_keys_16 knows_no_keys_16 claims_no_core_16 lets_change_what_is_fixed_16",
)
def read_configuration(station: Subject) -> Script:
    yield from given(ready(station))
    key = "SupportedFeatureProfiles"
    named = {"configurationKey.0.key": key}
    reply: Reply = yield ask("GetConfiguration", {"key": [key]}, having=named, rule="1.6:5.8 1.6:9.1")
    profiles = str(reply.get("configurationKey.0.value", "")).split(",")
    yield check("Core" in profiles, "Core among the feature profiles", profiles, "1.6:9.1.29")
    yield check(not reply.get("unknownKey"), "no unknownKey", reply.get("unknownKey"), "1.6:5.8")
    reply = yield ask("GetConfiguration", {}, rule="1.6:5.8")
    keys = {each["key"]: each["readonly"] for each in reply.get("configurationKey", [])}
    missing = sorted(CORE_KEYS - keys.keys())
    yield check(not missing, "every required key of Core", f"without {missing}", "1.6:9.1")
    writable = sorted(name for name in FIXED_KEYS if keys.get(name) is False)
    yield check(not writable, "readonly where the specification says so", f"{writable} writable", "1.6:9.1")


@station16(
    "TC_040_1_CS",
    "Change unknown key: NotSupported",
    verifies="1.6:5.3",
    catches="changes_anything_16",
)
def change_unknown(station: Subject) -> Script:
    yield from given(ready(station))
    request = {"key": "Testing", "value": "true"}
    yield ask("ChangeConfiguration", request, having={"status": "NotSupported"}, rule="1.6:5.3")


@station16(
    "TC_040_2_CS",
    "Change key to bad value: Rejected",
    verifies="1.6:5.3",
    catches="changes_anything_16",
)
def change_badly(station: Subject) -> Script:
    yield from given(ready(station))
    yield ask(
        "ChangeConfiguration",
        {"key": "MeterValueSampleInterval", "value": "-1"},
        having={"status": "Rejected"},
        or_error=one_of("PropertyConstraintViolation"),
        rule="1.6:5.3",
    )
