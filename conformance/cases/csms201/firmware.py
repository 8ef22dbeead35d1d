"""Block L, firmware updates. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from datetime import datetime, timedelta

from conformance.cases.csms201.states import (
    Session,
    attached,
    booted,
    charging,
    disconnected,
    post_session,
    status_of,
    stopped,
    told,
)
from conformance.vocabulary import (
    PRESENT,
    Matcher,
    Received,
    Script,
    Subject,
    answer,
    ask,
    check,
    command,
    connect,
    csms201,
    disconnect,
    given,
    let_pass,
    satisfying,
    time_of_day,
)

URL = "https://files.example.com/firmware/bench-2.0.0.bin"
SIGNATURE = "TUVVQ0lRRGJlbmNoYmVuY2hiZW5jaGJlbmNoYmVuY2hiZW5jaGJlbmNoYmVuY2g="
CHECKSUM = "9e107d9d372bb6826bd81d3542a419d6"
NOW_INSTALLED = ("Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting")
L01 = "L01.FR.01 L01.FR.09 L01.FR.11"


def same_text(text: str) -> Matcher:
    """The same text, whatever stands between its lines and at its ends."""
    wanted = "".join(text.split())
    return satisfying("as agreed", lambda value: "".join(str(value).split()) == wanted)


def agreed(csms: Subject) -> tuple[str, str, str]:
    """Where the firmware lies, its signature and the certificate: as declared, else as the bench has them."""
    declared = csms.firmware
    certificate = declared.get("certificate") or csms.pki.manufacturer.certifies("Firmware").chain
    return declared.get("image", URL), declared.get("signature", SIGNATURE), certificate


def ordered(csms: Subject, **when: str) -> Script:
    """The CSMS, told to, orders an update with the agreed firmware; returns its request unanswered."""
    location, signature, certificate = agreed(csms)
    firmware = {"location": location, "signature": signature, "signing_certificate": certificate}
    yield command(csms, "update_firmware", **firmware, **when)
    wanted = {
        "firmware.location": location,
        "firmware.signature": same_text(signature),
        "firmware.signingCertificate": same_text(certificate),
    }
    request: Received = yield from told(csms, "UpdateFirmware", having=wanted, rule="L01.FR.09 L01.FR.11")
    return request


def accepted(csms: Subject, **when: str) -> Script:
    """The CSMS orders an update, and the station accepts it; returns the request."""
    request: Received = yield from ordered(csms, **when)
    yield answer(request, status="Accepted")
    return request


def reported(request: Received, *statuses: str) -> Script:
    """The station tells how the update goes; each message is answered."""
    for status in statuses:
        payload = {"status": status, "requestId": request.get("requestId")}
        yield ask("FirmwareStatusNotification", payload, rule="L01.FR.01")


def rebooted(csms: Subject) -> Script:
    """The station comes back with its new firmware."""
    yield disconnect(close=True)
    yield connect(csms)
    yield from booted(csms, "FirmwareUpdate")


def finished(csms: Subject, request: Received, *statuses: str, end: str = "Installed") -> Script:
    """The update goes its way over a reboot to its end."""
    yield from reported(request, *(statuses or NOW_INSTALLED))
    yield from rebooted(csms)
    yield from reported(request, end)


def security_event(kind: str) -> Script:
    """The station tells of a security event."""
    now: datetime = yield time_of_day()
    yield ask("SecurityEventNotification", {"type": kind, "timestamp": _written(now)}, rule="L01.FR.02 L01.FR.03")


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def later(csms: Subject) -> Script:
    """A date and time ahead, as it is written."""
    now: datetime = yield time_of_day()
    return _written(now + timedelta(seconds=csms.schedule_s))


def still_ahead(request: Received, path: str, *, rule: str) -> Script:
    """A date and time in a request is still to come."""
    now: datetime = yield time_of_day()
    value = request.get(path)
    try:
        ahead = datetime.fromisoformat(str(value)) > now
    except (ValueError, TypeError):  # no date at all, or one without a zone
        ahead = False
    yield check(ahead, f"{path}: a date and time in the future", value, rule)


@csms201(
    "TC_L_01_CSMS",
    "Signed firmware installed",
    verifies=f"{L01} L01.FR.15",
    catches="updates_without_a_signer updates_without_a_signature chokes_on_installing",
)
def update_installed(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from accepted(csms)
    yield from finished(csms, request)


@csms201(
    "TC_L_02_CSMS",
    "Firmware install scheduled",
    verifies=f"{L01} L01.FR.15 L01.FR.16",
    catches="wants_it_installed_at_once chokes_on_a_scheduled_installation",
)
def install_scheduled(csms: Subject) -> Script:
    yield from given(attached(csms))
    when = yield from later(csms)
    request = yield from accepted(csms, install=when)
    yield from still_ahead(request, "firmware.installDateTime", rule="L01.FR.16")
    yield from reported(request, "Downloading", "Downloaded", "SignatureVerified", "InstallScheduled")
    yield let_pass(csms.schedule_s)
    yield from finished(csms, request, "Installing", "InstallRebooting")


@csms201(
    "TC_L_03_CSMS",
    "Firmware download scheduled",
    verifies=f"{L01} L01.FR.13 L01.FR.15",
    catches="wants_it_retrieved_at_once chokes_on_a_scheduled_download",
)
def download_scheduled(csms: Subject) -> Script:
    yield from given(attached(csms))
    when = yield from later(csms)
    request = yield from accepted(csms, retrieve=when)
    yield from still_ahead(request, "firmware.retrieveDateTime", rule="L01.FR.13")
    yield from reported(request, "DownloadScheduled")
    yield let_pass(csms.schedule_s)
    yield from finished(csms, request)


@csms201(
    "TC_L_04_CSMS",
    "Firmware signer certificate revoked",
    verifies=L01,
    catches="updates_without_a_signer deaf_after_a_refused_update",
)
def signer_revoked(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from ordered(csms)
    yield answer(request, status="RevokedCertificate")
    yield from still_there()


@csms201(
    "TC_L_05_CSMS",
    "Firmware signer certificate invalid",
    verifies=f"{L01} L01.FR.02",
    catches="updates_without_a_signer chokes_on_security_events",
)
def signer_invalid(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from ordered(csms)
    yield answer(request, status="InvalidCertificate")
    yield from security_event("InvalidFirmwareSigningCertificate")


@csms201(
    "TC_L_06_CSMS",
    "Firmware signature invalid",
    verifies=f"{L01} L01.FR.03",
    catches="chokes_on_a_bad_signature chokes_on_security_events",
)
def signature_invalid(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from accepted(csms)
    yield from reported(request, "Downloading", "Downloaded", "InvalidSignature")
    yield from security_event("InvalidFirmwareSignature")


@csms201("TC_L_07_CSMS", "Firmware download fails", verifies=L01, catches="chokes_on_a_failed_download")
def download_fails(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from accepted(csms)
    yield from reported(request, "Downloading", "DownloadFailed")


@csms201(
    "TC_L_08_CSMS",
    "Firmware install verification/installation fails",
    verifies=L01,
    catches="chokes_on_a_failed_verification",
)
def verification_fails(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from accepted(csms)
    yield from reported(request, *NOW_INSTALLED[:4], "InstallVerificationFailed")


@csms201("TC_L_09_CSMS", "Firmware installation fails", verifies=L01, catches="chokes_on_a_failed_installation")
def installation_fails(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from accepted(csms)
    yield from finished(csms, request, end="InstallationFailed")


@csms201(
    "TC_L_10_CSMS",
    "New update cancels the running one",
    verifies=f"{L01} L01.FR.24",
    catches="updates_without_a_signature chokes_on_installing",
)
def update_replaced(csms: Subject) -> Script:
    yield from given(attached(csms))
    first = yield from accepted(csms)
    yield from reported(first, "Downloading")
    second = yield from ordered(csms)
    yield answer(second, status="AcceptedCanceled")
    yield from finished(csms, second)


@csms201(
    "TC_L_11_CSMS",
    "Running update cannot be cancelled",
    verifies=f"{L01} L01.FR.27",
    catches="updates_without_a_signature chokes_on_installing",
)
def update_not_replaced(csms: Subject) -> Script:
    yield from given(attached(csms))
    first = yield from accepted(csms)
    yield from reported(first, "Downloading")
    second = yield from ordered(csms)
    yield answer(second, status="Rejected")
    yield from finished(csms, first, *NOW_INSTALLED[1:])


@csms201(
    "TC_L_13_CSMS",
    "Update waits for transactions, new sessions blocked",
    verifies=L01,
    catches="updates_without_a_signer chokes_on_a_scheduled_download",
)
def update_waits(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx: Session = yield from given(charging(csms))
    request = yield from accepted(csms)
    yield from reported(request, "DownloadScheduled")
    for evse, connector in csms.connectors:
        if evse != csms.evse:
            yield ask("StatusNotification", status_of(evse, connector, "Unavailable"))
    yield let_pass(csms.transaction_s)
    yield from stopped(csms, tx)
    yield from post_session(csms, tx)
    yield from disconnected(csms, tx)
    yield from finished(csms, request)


def still_there() -> Script:
    """The CSMS goes on as before."""
    yield ask("Heartbeat", having={"currentTime": PRESENT}, rule="L01.FR.11")
