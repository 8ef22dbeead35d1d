"""Systems that are not robust against what is no frame."""

from __future__ import annotations

import json
from typing import Any

from conformance.mutants import dies_of, mutant, recode, takes_for
from conformance.reading import Unreadable, read

SURVIVES = "IEC62443-4-2:CR7.1"


def value(text: str) -> Any:
    """What a text is in JSON; None where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def parts(text: str) -> list[Any]:
    """The elements of a frame, or of something like one."""
    found = value(text)
    return found if isinstance(found, list) else []


def unframed(text: str) -> bool:
    """Whether it is JSON, but no frame."""
    try:
        read(text)
    except Unreadable:
        return value(text) is not None
    return False


def _mended(text: str) -> str:
    return text if text.endswith("]") else f"{text.rstrip(' ,').removesuffix(']')}]"


mutant("chokes_on_noise", dies_of(lambda text: text == "hello"), breaks=SURVIVES)
mutant(
    "mends_json",
    takes_for(lambda text: value(text) is None and text.startswith("[2,"), _mended),
    breaks="OCPP-J.4.2.3 OCPP-J1.6:4.2.3",
)
mutant("chokes_on_json", dies_of(lambda text: text == "[]"), breaks=SURVIVES)
mutant(
    "counts_no_elements",
    takes_for(lambda text: len(parts(text)) > 4 and parts(text)[0] == 2, lambda text: json.dumps(parts(text)[:4])),
    breaks="OCPP-J.4.2.1 OCPP-J1.6:4.2.1",
)
mutant(
    "takes_any_type",
    takes_for(lambda text: len(parts(text)) == 4 and unframed(text), lambda text: json.dumps([2, *parts(text)[1:]])),
    breaks="OCPP-J.4.1.3 OCPP-J1.6:4.1.3",
)
mutant("chokes_on_types", dies_of(lambda text: text.startswith("[null")), breaks=SURVIVES)
mutant(
    "takes_any_id",
    takes_for(
        lambda text: len(parts(text)) == 4 and not isinstance(parts(text)[1], str),
        lambda text: json.dumps([2, "-1", *parts(text)[2:]]),
    ),
    breaks="OCPP-J.4.1.4 OCPP-J1.6:4.1.4",
)
mutant("chokes_on_ids", dies_of(lambda text: text.startswith("[2, {}")), breaks=SURVIVES)
mutant("chokes_on_long_ids", dies_of(lambda text: "x" * 100_000 in text), breaks=SURVIVES)


def _strange(text: str) -> bool:
    found = parts(text)
    return len(found) == 4 and found[2] in ("SelfDestruct", "heartbeat", "getconfiguration", "getvariables")


def _taken(text: str) -> str:
    known = {"heartbeat": "Heartbeat", "getconfiguration": "GetConfiguration", "getvariables": "GetVariables"}
    found = parts(text)
    return json.dumps([2, found[1], known.get(found[2], found[2]), found[3]])


mutant("knows_every_action", takes_for(_strange, _taken), breaks="OCPP-J.4.3 OCPP-J1.6:4.2.3")
mutant("errs_on_actions", recode("InternalError", "NotImplemented"), breaks="OCPP-J.4.3 OCPP-J1.6:4.2.3")
mutant(
    "serves_the_other_side",
    recode("SecurityError", "NotImplemented", "NotSupported"),
    breaks="OCPP-J.4.3 OCPP-J1.6:4.2.3",
)
