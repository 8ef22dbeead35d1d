"""Configuration keys. Central system under test, OCPP 1.6."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.csms16.states import attached, goes_on, told
from conformance.vocabulary import (
    Received,
    Script,
    Subject,
    answer,
    command,
    csms16,
    given,
    optionally,
)

PROFILES, SAMPLING = "SupportedFeatureProfiles", "MeterValueSampleInterval"


@csms16(
    "TC_019_1_CSMS",
    "Read all configuration keys",
    verifies="1.6:5.8",
    catches="reads_one_key_16 deaf_after_an_order_16",
)
def read_all(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield command(csms, "get_variables")
    yield from told(csms, "GetConfiguration", having={"key": optionally([])}, rule="1.6:5.8")
    yield from goes_on()


@csms16(
    "TC_019_2_CSMS",
    "Read one configuration key",
    verifies="1.6:5.8",
    catches="reads_another_key_16 deaf_after_an_order_16",
)
def read_one(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield command(csms, "get_variables", names=[PROFILES])
    yield from told(csms, "GetConfiguration", having={"key": [PROFILES]}, rule="1.6:5.8")
    yield from goes_on()


def _written(csms: Subject, key: str, value: str, status: str, *, exactly: bool = True) -> Script:
    """The central system, told to, writes a key, and hears what came of it; ``exactly``: that key and value."""
    yield from given(attached(csms))
    yield command(csms, "set_variables", values={key: value})
    having = {"key": key, "value": value} if exactly else {}
    request: Received = yield from told(csms, "ChangeConfiguration", having=having, rule="1.6:5.3")
    yield answer(request, status=status)
    yield from goes_on()


@csms16(
    "TC_021_CSMS",
    "Change configuration key",
    verifies="1.6:5.3",
    catches="writes_another_value_16 writes_another_key_16",
)
def change_configuration(csms: Subject) -> Script:
    yield from _written(csms, SAMPLING, "60", "Accepted")


@csms16(
    "TC_040_1_CSMS",
    "Change unknown key: NotSupported",
    verifies="1.6:5.3",
    catches="writes_nothing_16 deaf_after_an_order_16",
)
def change_unknown(csms: Subject) -> Script:
    yield from _written(csms, "NoSuchKey", "1", "NotSupported", exactly=False)


@csms16(
    "TC_040_2_CSMS",
    "Change key to bad value: Rejected",
    verifies="1.6:5.3",
    catches="writes_nothing_16 deaf_after_an_order_16",
)
def change_to_nonsense(csms: Subject) -> Script:
    yield from _written(csms, SAMPLING, "-1", "Rejected", exactly=False)
