"""Conditions over declared features, such as ``(C_30 or C_31) and not AQ_2`` or ``HFS_8 > 1``: read, never executed."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


class BadCondition(ValueError):
    """The text is no condition."""


def symbols(text: str) -> set[str]:
    """The features that a condition names, spelt ``C-30``. Raises BadCondition."""
    return {_feature(node.id) for node in ast.walk(_parsed(text)) if isinstance(node, ast.Name)}


def holds(text: str, features: Mapping[str, Any]) -> bool:
    """Whether a condition is true of what was declared; what was not declared counts as no. Raises BadCondition."""
    return not text.strip() or bool(_value(_parsed(text).body, features))


def reason(text: str, features: Mapping[str, Any]) -> str:
    """Why a condition does not hold, in terms of the declaration."""
    declared = ", ".join(f"{name} is {_said(features.get(name))}" for name in sorted(symbols(text)))
    return f"applies if {_spelt(text)}; declared: {declared}"


def _parsed(text: str) -> ast.Expression:
    try:
        return ast.parse(text.strip() or "True", mode="eval")
    except (SyntaxError, ValueError) as problem:
        raise BadCondition(f"{text!r} is no condition: {problem}") from None


def _value(node: ast.expr, features: Mapping[str, Any]) -> Any:
    match node:
        case ast.BoolOp(ast.And(), parts):
            return all(_value(part, features) for part in parts)
        case ast.BoolOp(ast.Or(), parts):
            return any(_value(part, features) for part in parts)
        case ast.UnaryOp(ast.Not(), operand):
            return not _value(operand, features)
        case ast.Compare(left, [how], [right]) if type(how) in _COMPARE:
            return _COMPARE[type(how)](_number(_value(left, features)), _number(_value(right, features)))
        case ast.Name(id=name):
            return features.get(_feature(name), False)
        case ast.Constant(value=int() as value):
            return value
    raise BadCondition(f"{ast.unparse(node)!r} has no place in a condition")


def _number(value: Any) -> int | float:
    if isinstance(value, int | float):
        return value
    raise BadCondition(f"{value!r} is not a number")


def _feature(symbol: str) -> str:
    """``C_10_1`` stands for the feature C-10.1, ``P_ISO15118`` for a claimed profile."""
    kind, underscore, number = symbol.partition("_")
    return symbol if kind == "P" or not underscore else f"{kind}-{number.replace('_', '.')}"


def _spelt(text: str) -> str:
    for node in ast.walk(_parsed(text)):
        if isinstance(node, ast.Name):
            text = text.replace(node.id, _feature(node.id))
    return text


def _said(value: Any) -> str:
    if value is None:
        return "not declared"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
