"""Block N, logs: what a station uploads of itself. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.csms201.states import attached, told
from conformance.vocabulary import (
    PRESENT,
    Received,
    Script,
    Subject,
    answer,
    ask,
    command,
    csms201,
    given,
)

URL = "https://files.example.com/logs/"
DIAGNOSTICS, SECURITY = "DiagnosticsLog", "SecurityLog"
FILE = "bench-log.tar.gz"


def requested(csms: Subject, kind: str, *, status: str, rule: str) -> Script:
    """The CSMS, told to, asks for a log; the station answers so. Returns the request."""
    yield command(csms, "get_log", kind=kind, location=URL)
    request: Received = yield from told(csms, "GetLog", having={"logType": kind}, rule=rule)
    more = {} if status == "Rejected" else {"filename": FILE}
    yield answer(request, status=status, **more)
    return request


def reported(request: Received, *statuses: str) -> Script:
    """The station tells how the upload goes; each message is answered."""
    for status in statuses:
        payload = {"status": status, "requestId": request.get("requestId")}
        yield ask("LogStatusNotification", payload, rule="N01.FR.07 N01.FR.08 N01.FR.09")


@csms201(
    "TC_N_25_CSMS",
    "Upload diagnostics log",
    verifies="N01.FR.04 N01.FR.07 N01.FR.08 N01.FR.09",
    catches="wants_the_other_log chokes_on_an_upload",
)
def diagnostics_uploaded(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from requested(csms, DIAGNOSTICS, status="Accepted", rule="N01.FR.04")
    yield from reported(request, "Uploading", "Uploaded")


@csms201("TC_N_34_CSMS", "Log request rejected", verifies="N01.FR.05", catches="deaf_without_a_log")
def log_rejected(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from requested(csms, DIAGNOSTICS, status="Rejected", rule="N01.FR.05")
    yield ask("Heartbeat", having={"currentTime": PRESENT}, rule="N01.FR.05")


@csms201(
    "TC_N_35_CSMS",
    "Upload security log",
    verifies="N01.FR.03 N01.FR.07 N01.FR.08 N01.FR.09",
    catches="wants_another_log_than_that_of_security chokes_on_an_upload",
)
def security_log_uploaded(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from requested(csms, SECURITY, status="Accepted", rule="N01.FR.03")
    yield from reported(request, "Uploading", "Uploaded")


@csms201(
    "TC_N_36_CSMS",
    "Second log request cancels first",
    verifies="N01.FR.07 N01.FR.08 N01.FR.09 N01.FR.12 N01.FR.20",
    catches="chokes_on_a_cancelled_log",
)
def log_replaced(csms: Subject) -> Script:
    yield from given(attached(csms))
    first = yield from requested(csms, DIAGNOSTICS, status="Accepted", rule="N01.FR.04")
    yield from reported(first, "Uploading")
    second = yield from requested(csms, DIAGNOSTICS, status="AcceptedCanceled", rule="N01.FR.12")
    cancelled = {"status": "AcceptedCanceled", "requestId": first.get("requestId")}
    yield ask("LogStatusNotification", cancelled, rule="N01.FR.20")
    yield from reported(second, "Uploading", "Uploaded")
