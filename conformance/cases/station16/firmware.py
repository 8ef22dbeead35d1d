"""Firmware, diagnostics and logs. Charge point under test, OCPP 1.6."""

# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.cases.station16.states import AVAILABLE, IN, here, ready, status
from conformance.vocabulary import (
    Image,
    Instant,
    Payload,
    Received,
    Reply,
    Script,
    Subject,
    any_of,
    ask,
    check,
    dials_in,
    expect,
    given,
    offer_firmware,
    one_of,
    open_upload,
    satisfying,
    seen,
    station16,
    uploaded,
)

LONG_AGO = Instant(-7200.0)
ORDER = 4101
PLAIN, SIGNED = "FirmwareStatusNotification", "SignedFirmwareStatusNotification"
TOLD, SIGNED_TOLD = "1.6:4.5 1.6:5.19", "1.6-sec:L01.FR.01"
NAMED = satisfying("a name", bool)


@dataclass(slots=True)
class Progress:
    """How far something is known to have come: ``line`` is that of the last message about it, of ``action``."""

    action: str
    rule: str
    line: int = 0


def _reached(station: Subject, progress: Progress, *wanted: str, rule: str = "", **having: Any) -> Script:
    """One of these statuses is told, after all that is known; returns that message."""
    named = f"{progress.rule} {rule}".rstrip()
    told: list[Received] = yield seen(progress.action, where={"status": one_of(*wanted)})
    call = next((each for each in told if each.line > progress.line), None)
    if call is None:
        each = [
            expect(progress.action, station.firmware_s, where={"status": one}, rule=named, ordered=True)
            for one in wanted
        ]
        call = yield any_of(*each)
    else:
        yield check(True, f"{progress.action} with {' or '.join(wanted)}", call.get("status"), named)
    if call is not None:
        progress.line = call.line
        for field, value in having.items():
            yield check(call.get(field) == value, f"{call.get('status')}: {field} {value}", call.get(field), rule)
    return call


def _back_in_service(station: Subject, since: int) -> Script:
    """If the charge point closed its connector or booted for it, it is open again in the end."""
    yield dials_in(station.message_s, where=IN, optional=True)
    told: list[Received] = yield seen("StatusNotification", where={"connectorId": station.evse})
    last = [each.get("status") for each in told if each.line > since]
    if last and last[-1] != AVAILABLE:
        yield status(station, AVAILABLE, within_s=station.boot_s)


def _ordered(station: Subject, image: Image) -> Script:
    """The charge point is told to update; returns the progress of that."""
    offer: Mapping[str, Any] = yield offer_firmware(station, image)
    request = {"location": offer["location"], "retrieveDate": LONG_AGO}
    reply: Reply = yield ask("UpdateFirmware", request, rule="1.6:5.19")
    return Progress(PLAIN, TOLD, _since(reply))


def _since(reply: Reply) -> int:
    """Messages about an order may overtake the answer to it."""
    return max(0, reply.line - 3)


@station16(
    "TC_044_1_CS",
    "Firmware downloaded and installed",
    verifies="1.6:4.5 1.6:5.19",
    catches="never_downloading_16 never_installed_16 refuses_updates_16",
)
def update(station: Subject) -> Script:
    yield from given(here(station))
    progress: Progress = yield from _ordered(station, Image.SOUND)
    since = progress.line
    for wanted in ("Downloading", "Downloaded", "Installing", "Installed"):
        yield from _reached(station, progress, wanted)
    yield from _back_in_service(station, since)


@station16(
    "TC_044_2_CS",
    "Firmware download fails",
    verifies="1.6:4.5 1.6:5.19",
    catches="never_downloading_16 hides_a_failed_download_16 refuses_updates_16",
)
def update_not_found(station: Subject) -> Script:
    yield from given(here(station))
    progress: Progress = yield from _ordered(station, Image.MISSING)
    for wanted in ("Downloading", "DownloadFailed"):
        yield from _reached(station, progress, wanted)


@station16(
    "TC_044_3_CS",
    "Firmware installation fails",
    verifies="1.6:4.5 1.6:5.19",
    catches="never_downloading_16 hides_a_failed_installation_16 refuses_updates_16",
)
def update_broken(station: Subject) -> Script:
    yield from given(here(station))
    progress: Progress = yield from _ordered(station, Image.BROKEN)
    since = progress.line
    for wanted in ("Downloading", "Downloaded", "Installing", "InstallationFailed"):
        yield from _reached(station, progress, wanted)
    yield from _back_in_service(station, since)


def _ordered_signed(station: Subject, image: Image) -> Script:
    offer: Mapping[str, Any] = yield offer_firmware(station, image)
    request: Payload = {"requestId": ORDER, "firmware": {"retrieveDateTime": LONG_AGO, **offer}}
    having = {"status": "Accepted"}
    reply: Reply = yield ask("SignedUpdateFirmware", request, having=having, rule="1.6-sec:L01.FR.23")
    return Progress(SIGNED, SIGNED_TOLD, _since(reply))


def _signed_reached(station: Subject, progress: Progress, *wanted: str, rule: str = "") -> Script:
    named = f"1.6-sec:L01.FR.10 {rule}".rstrip()
    return (yield from _reached(station, progress, *wanted, rule=named, requestId=ORDER))


def _reported(station: Subject, kind: str, since: int, rule: str) -> Script:
    """A security event has come since then, or comes."""
    told: list[Received] = yield seen("SecurityEventNotification", where={"type": kind})
    if any(each.line > since for each in told):
        yield check(True, f"SecurityEventNotification with {kind}", kind, rule)
    else:
        where = {"type": kind}
        yield expect("SecurityEventNotification", station.message_s, where=where, rule=rule, ordered=True)


@station16(
    "TC_080_CS",
    "Signed firmware update",
    verifies="1.6-sec:L01.FR.01 1.6-sec:L01.FR.04 1.6-sec:L01.FR.05 1.6-sec:L01.FR.10 1.6-sec:L01.FR.23",
    catches=(
        "refuses_signed_updates_16 verifies_no_firmware_16 forgets_which_update_16 hides_new_firmware_16 "
        "never_downloading_signed_16 never_installs_signed_16"
    ),
)
def signed_update(station: Subject) -> Script:
    yield from given(here(station))
    progress: Progress = yield from _ordered_signed(station, Image.SOUND)
    since = progress.line
    for wanted in ("Downloading", "Downloaded"):
        yield from _signed_reached(station, progress, wanted)
    yield from _signed_reached(station, progress, "SignatureVerified", rule="1.6-sec:L01.FR.04")
    yield from _signed_installed(station, progress)
    yield from _reported(station, "FirmwareUpdated", since, "1.6-sec:A04.FR.01")
    yield from _back_in_service(station, since)


def _signed_installed(station: Subject, progress: Progress) -> Script:
    """The image is being installed, and then is; a bootloader without OCPP may leave out the former (L01.FR.22)."""
    since, ways = progress.line, ("Installing", "InstallRebooting", "Installed")
    call: Received | None = yield from _signed_reached(station, progress, *ways, rule="1.6-sec:L01.FR.05")
    if call is None or call.get("status") != "Installed":
        yield from _signed_reached(station, progress, "Installed")
        return
    boots: list[Received] = yield seen("BootNotification")
    silent = any(since < boot.line < call.line for boot in boots)
    yield check(silent, "Installing, or a reboot in its place", "Installed at once", "1.6-sec:L01.FR.22")


@station16(
    "TC_081_CS",
    "Signed firmware update, bad signature",
    verifies="1.6-sec:L01.FR.01 1.6-sec:L01.FR.03 1.6-sec:L01.FR.04 1.6-sec:L01.FR.10",
    catches=(
        "refuses_signed_updates_16 accepts_any_signature_16 hides_a_bad_signature_16 forgets_which_update_16 "
        "never_downloading_signed_16"
    ),
)
def badly_signed_update(station: Subject) -> Script:
    yield from given(here(station))
    progress: Progress = yield from _ordered_signed(station, Image.FORGED)
    since = progress.line
    for wanted in ("Downloading", "Downloaded"):
        yield from _signed_reached(station, progress, wanted)
    yield from _signed_reached(station, progress, "InvalidSignature", rule="1.6-sec:L01.FR.04")
    yield from _reported(station, "InvalidFirmwareSignature", since, "1.6-sec:L01.FR.03")


DIAGNOSTICS, LOG = "DiagnosticsStatusNotification", "LogStatusNotification"


def _diagnostics(station: Subject, location: str) -> Script:
    having = {"fileName": NAMED}
    reply: Reply = yield ask("GetDiagnostics", {"location": location}, having=having, rule="1.6:5.9")
    return Progress(DIAGNOSTICS, "1.6:4.4 1.6:5.9", _since(reply))


def _arrived(station: Subject, location: str, rule: str) -> Script:
    """Something is at the place where it was to be left."""
    sizes: list[int] = yield uploaded(station, location)
    yield check(any(sizes), "a file that is not empty", sizes or "none", rule)


@station16(
    "TC_045_1_CS",
    "Diagnostics uploaded",
    verifies="1.6:4.4 1.6:5.9",
    catches="names_no_file_16 never_uploading_16 never_uploaded_16 claims_an_upload_16",
)
def diagnostics(station: Subject) -> Script:
    yield from given(ready(station))
    location: str = yield open_upload(station)
    progress: Progress = yield from _diagnostics(station, location)
    for wanted in ("Uploading", "Uploaded"):
        yield from _reached(station, progress, wanted)
    yield from _arrived(station, location, "1.6:5.9")


@station16(
    "TC_045_2_CS",
    "Diagnostics upload fails",
    verifies="1.6:4.4 1.6:5.9",
    catches="names_no_file_16 never_uploading_16 hides_a_failed_upload_16",
)
def diagnostics_fail(station: Subject) -> Script:
    yield from given(ready(station))
    location: str = yield open_upload(station, exists=False)
    progress: Progress = yield from _diagnostics(station, location)
    for wanted in ("Uploading", "UploadFailed"):
        yield from _reached(station, progress, wanted)


@station16(
    "TC_079_CS",
    "Upload security log",
    verifies="1.6-sec:N01.FR.01 1.6-sec:N01.FR.03 1.6-sec:N01.FR.07 1.6-sec:N01.FR.08 1.6-sec:N01.FR.09",
    catches=(
        "has_no_log_16 never_uploading_a_log_16 never_uploaded_a_log_16 forgets_which_log_16 claims_a_log_upload_16"
    ),
)
def security_log(station: Subject) -> Script:
    yield from given(ready(station))
    location: str = yield open_upload(station)
    request = {"logType": "SecurityLog", "requestId": ORDER, "log": {"remoteLocation": location}}
    reply: Reply = yield ask("GetLog", request, having={"status": "Accepted"}, rule="1.6-sec:N01.FR.01")
    progress = Progress(LOG, "", _since(reply))
    for wanted, rule in (("Uploading", "1.6-sec:N01.FR.08"), ("Uploaded", "1.6-sec:N01.FR.09")):
        yield from _reached(station, progress, wanted, rule=f"{rule} 1.6-sec:N01.FR.07", requestId=ORDER)
    yield from _arrived(station, location, "1.6-sec:N01.FR.03")
