"""Block D, local authorization list. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.csms201.states import (
    attached,
    told,
)
from conformance.vocabulary import (
    Received,
    Reply,
    Script,
    Subject,
    answer,
    ask,
    check,
    command,
    csms201,
    given,
    satisfying,
)


@csms201(
    "TC_D_01_CSMS",
    "Full local list sent",
    verifies="D01.FR.01 D01.FR.06 D01.FR.18",
    catches="sends_no_list",
)
def send_local_list(csms: Subject) -> Script:
    yield from given(attached(csms))
    entries = [{"id_token": csms.tokens.valid.id, "type": csms.tokens.valid.type}]
    yield command(csms, "send_local_list", version=1, entries=entries)
    having = {
        "updateType": "Full",
        "versionNumber": satisfying("above 0", lambda number: number > 0),
        "localAuthorizationList": satisfying("not empty", bool),
    }
    yield from told(csms, "SendLocalList", having=having)


@csms201(
    "TC_D_08_CSMS",
    "Local list version asked",
    verifies="D02.FR.01",
    catches="asks_no_version",
)
def local_list_version(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield command(csms, "get_local_list_version")
    request: Received = yield from told(csms, "GetLocalListVersion")
    yield answer(request, versionNumber=7)
    beat: Reply = yield ask("Heartbeat")
    yield check(not beat.error, "a CSMS that goes on", beat.error)
