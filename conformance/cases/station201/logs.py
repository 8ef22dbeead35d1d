"""Block N, logs: what a station uploads of itself. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.cases.station201.states import ready
from conformance.vocabulary import (
    PRESENT,
    Matcher,
    Received,
    Reply,
    Script,
    Subject,
    ask,
    check,
    expect,
    given,
    let_pass,
    one_of,
    open_upload,
    satisfying,
    seen,
    station201,
    uploaded,
)

STATUS = "LogStatusNotification"
DIAGNOSTICS, SECURITY = "DiagnosticsLog", "SecurityLog"
FIRST, SECOND = 5101, 5102
FAILURES = ("UploadFailure", "BadMessage", "PermissionDenied", "NotSupportedOperation")
RETRIES = 3
NAMED = {"filename": satisfying("not empty", bool)}
LONG_GONE = {"oldestTimestamp": "2001-01-01T00:00:00Z", "latestTimestamp": "2001-01-02T00:00:00Z"}
"""A time of which no station has a log."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A log that was asked for: the number of the request, where it is to go, and the answer."""

    id: int
    location: str
    reply: Reply


def requested(
    station: Subject,
    kind: str,
    request_id: int = FIRST,
    *,
    status: str | Matcher = "Accepted",
    rule: str = "N01.FR.01",
    exists: bool = True,
    location: str = "",
    **more: Any,
) -> Script:
    """The station is asked for a log, and answers so; returns the upload.

    ``location``: where it is to go, if that is known already and no time is to be lost.
    """
    location = location or (yield open_upload(station, exists=exists))
    request = {"logType": kind, "requestId": request_id, "log": {"remoteLocation": location}, **more}
    having = {"status": status, **(NAMED if status == "Accepted" else {})}
    reply: Reply = yield ask("GetLog", request, having=having, rule=rule)
    return Upload(request_id, location, reply)


def told(station: Subject, upload: Upload, status: str, *, rule: str) -> Script:
    """The station tells how the upload goes, under the number of the request."""
    call: Received = yield expect(
        STATUS, station.firmware_s, where={"status": status}, having={"requestId": PRESENT}, rule=rule
    )
    yield _numbered(upload, call)
    return call


def _numbered(upload: Upload, call: Received) -> Any:
    wanted, is_ = f"{call.get('status')}: requestId {upload.id}", call.get("requestId")
    return check(is_ == upload.id, wanted, is_, "N01.FR.07 N01.FR.13")


def arrived(station: Subject, upload: Upload, *, rule: str) -> Script:
    """One log, which is not empty, has come to where it was to go."""
    sizes: list[int] = yield uploaded(station, upload.location)
    yield check(len(sizes) == 1 and sizes[0] > 0, "one file that is not empty", f"files of {sizes} bytes", rule)


@station201(
    "TC_N_25_CS",
    "Upload diagnostics log",
    verifies="N01.FR.01 N01.FR.02 N01.FR.04 N01.FR.07 N01.FR.08 N01.FR.09 N01.FR.13",
    catches="names_no_log uploads_in_silence forgets_which_log",
)
def diagnostics_uploaded(station: Subject) -> Script:
    yield from given(ready(station))
    upload: Upload = yield from requested(station, DIAGNOSTICS)
    yield from told(station, upload, "Uploading", rule="N01.FR.08")
    yield from told(station, upload, "Uploaded", rule="N01.FR.09")
    yield from arrived(station, upload, rule="N01.FR.02 N01.FR.04")


@station201(
    "TC_N_26_CS",
    "Diagnostics upload fails",
    verifies="N01.FR.01 N01.FR.02 N01.FR.04 N01.FR.07 N01.FR.08 N01.FR.10 N01.FR.13",
    catches="silent_about_a_failed_upload gives_up_at_once",
)
def upload_fails(station: Subject) -> Script:
    yield from given(ready(station))
    upload: Upload = yield from requested(
        station, DIAGNOSTICS, exists=False, retries=RETRIES, retryInterval=station.retry_s
    )
    begun = yield from told(station, upload, "Uploading", rule="N01.FR.08")
    yield let_pass(RETRIES * station.retry_s + station.message_s)
    begins: list[Received] = yield seen(STATUS, where={"status": "Uploading"})
    ends: list[Received] = yield seen(STATUS, where={"status": one_of(*FAILURES)})
    for call in (*begins, *ends):
        yield _numbered(upload, call)
    yield check(bool(ends), " or ".join(FAILURES), "it did not come", "N01.FR.10")
    if ends:
        yield from _tried_again(station, begun, begins, ends)


def _tried_again(station: Subject, begun: Received, begins: list[Received], ends: list[Received]) -> Script:
    """There were as many attempts as asked for, with the wanted pauses; each is told of, or all together."""
    each = 1, 1 + RETRIES
    yield check(len(begins) in each, "Uploading once, or with each attempt", f"{len(begins)} times", "N01.FR.08")
    yield check(len(ends) in each, "a failure once, or with each attempt", f"{len(ends)} times", "N01.FR.10")
    took_s, least_s = ends[-1].t - begun.t, RETRIES * station.retry_s
    yield check(
        least_s - station.tolerance_s <= took_s <= least_s + station.message_s,
        f"the last attempt fails {least_s} s after the first began",
        f"after {took_s:.0f} s",
        "N01.FR.10",
    )


@station201(
    "TC_N_34_CS",
    "Log request rejected",
    verifies="N01.FR.05",
    catches="promises_logs_that_it_does_not_have",
)
def log_rejected(station: Subject) -> Script:
    yield from given(ready(station))
    location: str = yield open_upload(station)
    log = {"remoteLocation": location, **LONG_GONE}
    request = {"logType": SECURITY, "requestId": FIRST, "log": log}
    yield ask("GetLog", request, having={"status": "Rejected"}, rule="N01.FR.05")


@station201(
    "TC_N_35_CS",
    "Upload security log",
    verifies="N01.FR.01 N01.FR.02 N01.FR.03 N01.FR.07 N01.FR.08 N01.FR.09 N01.FR.13",
    catches="never_says_that_it_uploaded",
)
def security_log_uploaded(station: Subject) -> Script:
    yield from given(ready(station))
    upload: Upload = yield from requested(station, SECURITY)
    yield from told(station, upload, "Uploading", rule="N01.FR.08")
    yield from told(station, upload, "Uploaded", rule="N01.FR.09")
    yield from arrived(station, upload, rule="N01.FR.02 N01.FR.03")


@station201(
    "TC_N_36_CS",
    "Second log request cancels first",
    verifies="N01.FR.01 N01.FR.02 N01.FR.03 N01.FR.07 N01.FR.08 N01.FR.09 N01.FR.12 N01.FR.13 N01.FR.20",
    catches="hides_that_a_log_is_cancelled silent_about_a_cancelled_log",
)
def log_replaced(station: Subject) -> Script:
    yield from given(ready(station))
    there: str = yield open_upload(station)
    first: Upload = yield from requested(station, DIAGNOSTICS)
    yield from told(station, first, "Uploading", rule="N01.FR.08")
    second: Upload = yield from requested(station, DIAGNOSTICS, SECOND, status=PRESENT, location=there)
    yield from given(_not_through(first, second))
    status = second.reply.get("status")
    yield check(status == "AcceptedCanceled", "GetLog response: status AcceptedCanceled", status, "N01.FR.12")
    yield from told(station, first, "AcceptedCanceled", rule="N01.FR.20")
    yield from told(station, second, "Uploading", rule="N01.FR.08")
    yield from told(station, second, "Uploaded", rule="N01.FR.09")
    yield from arrived(station, second, rule="N01.FR.02")


def _not_through(first: Upload, second: Upload) -> Script:
    """The first log was still on its way when the station took the second request: one that is through stays."""
    told_so: list[Received] = yield seen(STATUS, where={"status": "Uploaded", "requestId": first.id})
    through = any(each.line < second.reply.line for each in told_so)
    yield check(not through, "an upload that takes longer than the next request", "Uploaded before")
