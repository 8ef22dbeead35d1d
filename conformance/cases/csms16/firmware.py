"""Firmware, diagnostics and logs. Central system under test, OCPP 1.6 and its security extension."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from conformance.cases.csms16.states import attached, booted, connectors_are, told
from conformance.cases.csms201.firmware import agreed, same_text
from conformance.cases.csms201.logs import FILE, URL
from conformance.vocabulary import (
    NOW,
    Received,
    Script,
    Subject,
    answer,
    ask,
    command,
    connect,
    csms16,
    disconnect,
    given,
    satisfying,
)


def _is_moment(value: Any) -> bool:
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        return False
    return True


PLACE = satisfying("an address", lambda value: bool(urlsplit(str(value)).scheme))
MOMENT = satisfying("a date and time", _is_moment)


def rebooted(csms: Subject) -> Script:
    """The charge point comes back with its firmware, the new one or the old."""
    yield disconnect(close=True)
    yield connect(csms)
    yield from booted(csms)


def _ordered(csms: Subject) -> Script:
    """The central system, told to, orders an update, and the charge point accepts it."""
    location, _, _ = agreed(csms)
    yield command(csms, "update_firmware", location=location)
    having = {"location": location, "retrieveDate": MOMENT}
    request: Received = yield from told(csms, "UpdateFirmware", having=having, rule="1.6:5.19")
    yield answer(request)


def _reported(*statuses: str) -> Script:
    """The charge point tells how the update goes; each message is answered."""
    for status in statuses:
        yield ask("FirmwareStatusNotification", {"status": status}, rule="1.6:4.5")


def _installing(csms: Subject) -> Script:
    """Downloaded, the connectors are closed, and it is being installed."""
    yield from _reported("Downloading", "Downloaded")
    yield from connectors_are(csms, "Unavailable")
    yield from _reported("Installing")


@csms16(
    "TC_044_1_CSMS",
    "Firmware downloaded and installed",
    verifies="1.6:4.2 1.6:4.5 1.6:4.9 1.6:5.19",
    catches="updates_from_elsewhere_16 chokes_on_installed_16 boots_pending_again_16 chokes_on_unavailable_16",
)
def update_installed(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _ordered(csms)
    yield from _installing(csms)
    yield from rebooted(csms)
    yield from _reported("Installed")


@csms16(
    "TC_044_2_CSMS",
    "Firmware download fails",
    verifies="1.6:4.5 1.6:5.19",
    catches="updates_from_elsewhere_16 chokes_on_a_failed_download_16",
)
def download_fails(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _ordered(csms)
    yield from _reported("Downloading", "DownloadFailed")


@csms16(
    "TC_044_3_CSMS",
    "Firmware installation fails",
    verifies="1.6:4.2 1.6:4.5 1.6:4.9 1.6:5.19",
    catches=(
        "updates_from_elsewhere_16 chokes_on_a_failed_installation_16 chokes_on_unavailable_16 boots_pending_again_16"
    ),
)
def installation_fails(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _ordered(csms)
    yield from _installing(csms)
    yield from rebooted(csms)
    yield from _reported("InstallationFailed")


def _diagnosed(csms: Subject, *statuses: str) -> Script:
    """The central system, told to, asks for diagnostics; the charge point tells how the upload goes."""
    yield from given(attached(csms))
    yield command(csms, "get_log", kind="DiagnosticsLog", location=URL)
    request: Received = yield from told(csms, "GetDiagnostics", having={"location": PLACE}, rule="1.6:5.9")
    yield answer(request, fileName=FILE)
    for status in statuses:
        yield ask("DiagnosticsStatusNotification", {"status": status}, rule="1.6:4.4")


@csms16(
    "TC_045_1_CSMS",
    "Diagnostics uploaded",
    verifies="1.6:4.4 1.6:5.9",
    catches="wants_diagnostics_nowhere_16 chokes_on_uploaded_diagnostics_16",
)
def diagnostics_uploaded(csms: Subject) -> Script:
    yield from _diagnosed(csms, "Uploading", "Uploaded")


@csms16(
    "TC_045_2_CSMS",
    "Diagnostics upload fails",
    verifies="1.6:4.4 1.6:5.9",
    catches="wants_diagnostics_nowhere_16 chokes_on_lost_diagnostics_16",
)
def upload_fails(csms: Subject) -> Script:
    yield from _diagnosed(csms, "Uploading", "UploadFailed")


@csms16(
    "TC_079_CSMS",
    "Upload security log",
    verifies="1.6-sec:N01.FR.03 1.6-sec:N01.FR.07 1.6-sec:N01.FR.09",
    catches=(
        "wants_no_security_log_16 wants_the_log_elsewhere_16 chokes_on_an_uploaded_log_16 chokes_on_a_log_being_sent_16"
    ),
)
def security_log(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield command(csms, "get_log", kind="SecurityLog", location=URL)
    having = {"logType": "SecurityLog", "log.remoteLocation": URL}
    request: Received = yield from told(csms, "GetLog", having=having, rule="1.6-sec:N01.FR.03")
    yield answer(request, status="Accepted", filename=FILE)
    for status in ("Uploading", "Uploaded"):
        payload = {"status": status, "requestId": request.get("requestId")}
        yield ask("LogStatusNotification", payload, rule="1.6-sec:N01.FR.07 1.6-sec:N01.FR.09")


def _signed_ordered(csms: Subject) -> Script:
    """The central system, told to, orders a signed update, and the charge point accepts it; returns the request."""
    location, signature, certificate = agreed(csms)
    firmware = {"location": location, "signature": signature, "signing_certificate": certificate}
    yield command(csms, "update_firmware", **firmware)
    having = {
        "firmware.location": location,
        "firmware.retrieveDateTime": MOMENT,
        "firmware.signature": same_text(signature),
        "firmware.signingCertificate": same_text(certificate),
    }
    rule = "1.6-sec:L01.FR.09 1.6-sec:L01.FR.11"
    request: Received = yield from told(csms, "SignedUpdateFirmware", having=having, rule=rule)
    yield answer(request, status="Accepted")
    return request


def _signed_reported(request: Received, *statuses: str) -> Script:
    for status in statuses:
        payload = {"status": status, "requestId": request.get("requestId")}
        yield ask("SignedFirmwareStatusNotification", payload, rule="1.6-sec:L01.FR.01")


@csms16(
    "TC_080_CSMS",
    "Signed firmware update",
    verifies="1.6:4.2 1.6-sec:A04.FR.03 1.6-sec:L01.FR.01 1.6-sec:L01.FR.09 1.6-sec:L01.FR.11",
    catches=(
        "updates_without_a_signer_16 updates_without_a_signature_16 chokes_on_a_signed_installation_16 "
        "boots_pending_again_16 deaf_to_security_events_16"
    ),
)
def signed_update(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _signed_ordered(csms)
    yield from _signed_reported(request, "Downloading", "Downloaded", "SignatureVerified")
    yield from connectors_are(csms, "Unavailable")
    yield from _signed_reported(request, "Installing", "InstallRebooting")
    yield from rebooted(csms)
    event = {"type": "FirmwareUpdated", "timestamp": NOW}
    yield ask("SecurityEventNotification", event, rule="1.6-sec:A04.FR.03")
    yield from _signed_reported(request, "Installed")


@csms16(
    "TC_081_CSMS",
    "Signed firmware update, bad signature",
    verifies="1.6-sec:L01.FR.01 1.6-sec:L01.FR.09 1.6-sec:L01.FR.11",
    catches="updates_without_a_signer_16 updates_without_a_signature_16 chokes_on_a_bad_signature_16",
)
def bad_signature(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _signed_ordered(csms)
    yield from _signed_reported(request, "Downloading", "Downloaded", "InvalidSignature")
