"""Clearing a station's authorization cache (1.6 §5.4; 2.0.1 C11)."""

from __future__ import annotations

from csms_reference.dialects.registry import Ask, commands
from csms_reference.outcome import Outcome
from protocol.versions import V16, V201

DISABLED = "Disabled"
"""What is said of a cache that is not in use, or not there."""


@commands("clear_cache", V16)
async def clear_cache_16(ask: Ask, *, if_enabled: bool = False) -> Outcome:
    """§5.4. ``if_enabled``: only where AuthorizationCacheEnabled says that there is one in use."""
    if if_enabled:
        end = await ask("GetConfiguration", {"key": ["AuthorizationCacheEnabled"]})
        told = (one.get("value") for one in (end.answer or {}).get("configurationKey", ()))
        if (kept := _unused(end, next(told, None))) is not None:
            return kept
    return await ask("ClearCache", {})


@commands("clear_cache", V201)
async def clear_cache_201(ask: Ask, *, if_enabled: bool = False) -> Outcome:
    """C11. ``if_enabled``: only where AuthCacheCtrlr.Enabled is true."""
    if if_enabled:
        named = {"component": {"name": "AuthCacheCtrlr"}, "variable": {"name": "Enabled"}}
        end = await ask("GetVariables", {"getVariableData": [named]})
        told = (one.get("attributeValue") for one in (end.answer or {}).get("getVariableResult", ()))
        if (kept := _unused(end, next(told, None))) is not None:
            return kept
    return await ask("ClearCache", {})


def _unused(end: Outcome, told: str | None) -> Outcome | None:
    """What comes of it where there is no cache in use, or where it was not to be found out; None where there is one."""
    if end.answer is None:
        return end
    return None if (told or "").lower() == "true" else Outcome(DISABLED, end.answer)
