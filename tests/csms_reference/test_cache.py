"""Clearing a station's authorization cache, where it has one in use."""

import pytest

from csms_reference.dialects.cache import DISABLED
from csms_reference.dialects.registry import command_of
from csms_reference.outcome import TIMED_OUT, Outcome
from protocol.versions import V16, V21, V201


def configured(value):
    return {"configurationKey": [{"key": "AuthorizationCacheEnabled", "readonly": False, **value}]}


def reported(value):
    named = {"component": {"name": "AuthCacheCtrlr"}, "variable": {"name": "Enabled"}}
    return {"getVariableResult": [{"attributeStatus": "Accepted", **named, **value}]}


CASES = {
    V16: ("GetConfiguration", [configured({"value": value}) for value in ("true", "TRUE")],
          [configured({"value": "false"}), configured({}), {"unknownKey": ["AuthorizationCacheEnabled"]}, {}]),
    V201: ("GetVariables", [reported({"attributeValue": "true"})],
           [reported({"attributeValue": "false"}), reported({"attributeStatus": "UnknownComponent"})]),
}  # fmt: skip
CASES[V21] = CASES[V201]


async def cleared(version, told):
    """What a station is asked that says so of its cache, and what comes of it."""
    asked = []

    async def ask(action, payload):
        asked.append(action)
        return told if len(asked) == 1 else Outcome("Accepted", {"status": "Accepted"})

    end = await command_of(version, "clear_cache")(ask, if_enabled=True)
    return asked, end.status


@pytest.mark.parametrize("version", CASES, ids=str)
async def test_a_cache_in_use_is_cleared(version):
    looks, in_use, _ = CASES[version]
    for told in in_use:
        assert await cleared(version, Outcome("Accepted", told)) == ([looks, "ClearCache"], "Accepted")


@pytest.mark.parametrize("version", CASES, ids=str)
async def test_one_that_is_not_is_left_alone(version):
    looks, _, unused = CASES[version]
    for told in unused:
        assert await cleared(version, Outcome("Accepted", told)) == ([looks], DISABLED)


@pytest.mark.parametrize("version", CASES, ids=str)
async def test_a_station_that_does_not_say_is_not_asked_more(version):
    assert await cleared(version, Outcome(TIMED_OUT, error="no answer")) == ([CASES[version][0]], TIMED_OUT)
