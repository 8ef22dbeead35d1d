"""Systems that are not robust against what is wrong in a payload."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from conformance.mutants import Ear, dies_of, mutant, recode, takes_for
from conformance.mutants.robust.frames import SURVIVES, parts, value

CODES = "OCPP-J.4.3 OCPP-J1.6:4.2.3"
INPUT = "IEC62443-4-2:CR3.5"


def _lenient(mends: Callable[[dict[str, Any]], dict[str, Any]], *actions: str) -> Ear:
    """Take a payload for what it can be made into."""

    def wanted(text: str) -> bool:
        found = parts(text)
        return len(found) == 4 and found[2] in (actions or ("DataTransfer",)) and isinstance(found[3], dict)

    def mended(text: str) -> str:
        *head, payload = parts(text)
        return json.dumps([*head, mends(payload)])

    return takes_for(wanted, mended)


def _cut(payload: dict[str, Any]) -> dict[str, Any]:
    return {key: each[:50] if isinstance(each, str) else each for key, each in payload.items()}


def _known(payload: dict[str, Any]) -> dict[str, Any]:
    return {key: each for key, each in payload.items() if key in ("vendorId", "messageId", "data")}


def _listed(payload: dict[str, Any]) -> dict[str, Any]:
    fitting = {"status": "Available", "connectorStatus": "Available"}
    if "type" in payload:
        return {"type": "Soft" if payload["type"] == "available" else "OnIdle"}
    return {key: fitting.get(key, each) for key, each in payload.items()}


mutant("errs_on_payloads", recode("InternalError"), breaks=CODES)
mutant("adds_what_is_missing", _lenient(lambda payload: {"vendorId": "", **payload}), breaks=CODES)
mutant("casts_to_text", _lenient(lambda payload: {**payload, "vendorId": str(payload.get("vendorId"))}), breaks=CODES)
mutant("cuts_texts", _lenient(_cut), breaks=CODES)
mutant("drops_unknown_fields", _lenient(_known), breaks=CODES)
mutant(
    "takes_any_payload",
    takes_for(
        lambda text: len(parts(text)) == 4 and not isinstance(parts(text)[3], dict),
        lambda text: json.dumps([*parts(text)[:3], {"vendorId": "x"}]),
    ),
    breaks="OCPP-J.4.2.1 OCPP-J1.6:4.2.1",
)
mutant(
    "last_key_wins",
    takes_for(lambda text: value(text) is not None, lambda text: json.dumps(value(text))),
    breaks=INPUT,
)
mutant("recurses_without_end", dies_of(lambda text: "[" * 10_000 in text), breaks=SURVIVES)
mutant("reads_infinity", takes_for(lambda text: "NaN" in text, lambda text: text.replace("NaN", '"0"')), breaks=INPUT)
mutant("chokes_on_texts", dies_of(lambda text: "DROP TABLE" in text), breaks=INPUT)
mutant("lists_no_values", _lenient(_listed, "StatusNotification", "Reset"), breaks=CODES)
mutant("chokes_on_moments", dies_of(lambda text: "2106-02-07" in text), breaks=INPUT)
