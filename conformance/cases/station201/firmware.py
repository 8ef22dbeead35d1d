"""Block L, firmware updates. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from dataclasses import replace

from conformance.cases.station201.states import (
    Tx,
    authorized,
    bay_left,
    configured,
    connector_is,
    energized,
    new_session,
    plugged,
    post_session,
    ready,
    stopped_locally,
)
from conformance.cases.station201.updates import (
    SECOND,
    STATUS,
    Progress,
    downloaded,
    installed,
    ordered,
    reached,
    told_of_security,
    update_of,
)
from conformance.vocabulary import (
    Image,
    Instant,
    Received,
    Script,
    Subject,
    ask,
    check,
    expect,
    given,
    let_pass,
    offer_firmware,
    one_of,
    seen,
    station201,
    unplug,
)

BAD_CERTIFICATE, BAD_SIGNATURE = "InvalidFirmwareSigningCertificate", "InvalidFirmwareSignature"
INSTALLING_S = 45.0
"""How long a station that installs while somebody charges is left alone (part 6: 30 to 60 s)."""

INSTALLED = (
    "L01.FR.01 L01.FR.04 L01.FR.05 L01.FR.09 L01.FR.10 L01.FR.12 L01.FR.15 L01.FR.20 L01.FR.21 L01.FR.23 "
    "L01.FR.28 L01.FR.31"
)


@station201(
    "TC_L_01_CS",
    "Signed firmware installed",
    verifies=f"{INSTALLED} L01.FR.13",
    catches="never_says_that_it_verified_firmware forgets_which_update never_tells_of_new_firmware "
    "refuses_updates silent_about_downloading silent_about_what_it_fetched "
    "never_says_that_it_installed starts_anew_without_connectors",
)
def update_installed(station: Subject) -> Script:
    yield from given(ready(station))
    update: Progress = yield from ordered(station)
    yield from downloaded(station, update)
    yield from installed(station, update)


@station201(
    "TC_L_02_CS",
    "Firmware install scheduled",
    verifies=f"{INSTALLED} L01.FR.16",
    catches="silent_about_a_later_installation installs_at_once forgets_which_update "
    "never_says_that_it_verified_firmware silent_about_what_it_fetched never_says_that_it_installed",
)
def install_scheduled(station: Subject) -> Script:
    yield from given(ready(station))
    update: Progress = yield from ordered(station, installDateTime=Instant(station.schedule_s))
    yield from downloaded(station, update)
    yield from reached(station, update, "InstallScheduled")
    yield from reached(station, update, "Installing", "InstallRebooting", rule="L01.FR.16")
    yield from _not_before(station, update, "L01.FR.16")
    yield from installed(station, update, begun=True)


@station201(
    "TC_L_03_CS",
    "Firmware download scheduled",
    verifies=f"{INSTALLED} L01.FR.13",
    catches="silent_about_a_later_download fetches_at_once forgets_which_update "
    "never_says_that_it_verified_firmware silent_about_what_it_fetched never_says_that_it_installed",
)
def download_scheduled(station: Subject) -> Script:
    yield from given(ready(station))
    update: Progress = yield from ordered(station, retrieveDateTime=Instant(station.schedule_s))
    yield from reached(station, update, "DownloadScheduled")
    yield from reached(station, update, "Downloading")
    yield from _not_before(station, update, "L01.FR.13")
    yield from reached(station, update, "Downloaded")
    yield from reached(station, update, "SignatureVerified")
    yield from installed(station, update)


@station201(
    "TC_L_05_CS",
    "Firmware signer certificate invalid",
    verifies="L01.FR.01 L01.FR.02 L01.FR.10 L01.FR.20 L01.FR.21 L01.FR.22",
    catches="trusts_any_signer keeps_a_bad_signer_to_itself",
)
def signer_invalid(station: Subject) -> Script:
    yield from given(ready(station))
    offer = yield offer_firmware(station, Image.UNTRUSTED)
    refused = one_of("InvalidCertificate", "RevokedCertificate")
    yield ask("UpdateFirmware", update_of(offer), having={"status": refused}, rule="L01.FR.21 L01.FR.22")
    yield expect("SecurityEventNotification", station.message_s, where={"type": BAD_CERTIFICATE}, rule="L01.FR.02")


@station201(
    "TC_L_06_CS",
    "Firmware signature invalid",
    verifies="L01.FR.01 L01.FR.03 L01.FR.04 L01.FR.10 L01.FR.20",
    catches="accepts_any_signature keeps_a_bad_signature_to_itself forgets_which_update "
    "silent_about_downloading silent_about_what_it_fetched",
)
def signature_invalid(station: Subject) -> Script:
    yield from given(ready(station))
    update: Progress = yield from ordered(station, Image.FORGED)
    yield from reached(station, update, "Downloading")
    yield from reached(station, update, "Downloaded")
    yield from reached(station, update, "InvalidSignature")
    yield from told_of_security(station, update, {"type": BAD_SIGNATURE}, rule="L01.FR.03")


@station201(
    "TC_L_07_CS",
    "Firmware download fails",
    verifies="L01.FR.01 L01.FR.10 L01.FR.20 L01.FR.30",
    catches="silent_about_a_failed_download forgets_which_update",
)
def download_fails(station: Subject) -> Script:
    yield from given(ready(station))
    update: Progress = yield from ordered(station, Image.MISSING)
    yield from reached(station, update, "DownloadFailed")


@station201(
    "TC_L_08_CS",
    "Firmware install verification/installation fails",
    verifies="L01.FR.01 L01.FR.10 L01.FR.12 L01.FR.20 L01.FR.29",
    catches="claims_success_of_any_installation forgets_which_update never_says_that_it_verified_firmware "
    "silent_about_what_it_fetched",
)
def installation_fails(station: Subject) -> Script:
    yield from given(ready(station))
    update: Progress = yield from ordered(station, Image.BROKEN)
    yield from downloaded(station, update)
    failed = "InstallVerificationFailed", "InstallationFailed"
    call = yield from reached(station, update, "Installing", "InstallRebooting", *failed, rule="L01.FR.01 L01.FR.29")
    begun = call.get("status") not in failed
    yield check(begun, "Installing or InstallRebooting before it fails", call.get("status"))
    if begun:
        yield from reached(station, update, *failed, rule="L01.FR.01 L01.FR.29")


def _not_before(station: Subject, update: Progress, rule: str) -> Script:
    """What was put off has begun no earlier than it was to."""
    waited = update.at - update.asked
    least = station.schedule_s - station.tolerance_s
    yield check(waited >= least, f"not within {station.schedule_s:g} s", f"after {waited:.0f} s", rule)


@station201(
    "TC_L_18_CS",
    "Update without signer/signature refused",
    verifies="L01.FR.09",
    catches="takes_unsigned_firmware",
)
def unsigned_refused(station: Subject) -> Script:
    yield from given(ready(station))
    offer = yield offer_firmware(station)
    bare = update_of({"location": offer["location"]})
    yield ask("UpdateFirmware", bare, having={"status": one_of("Rejected", "InvalidCertificate")}, rule="L01.FR.09")


@station201(
    "TC_L_10_CS",
    "New update cancels the running one",
    verifies="L01.FR.01 L01.FR.10 L01.FR.20 L01.FR.24",
    catches="hides_that_it_cancelled goes_on_with_the_cancelled_update silent_about_what_it_fetched "
    "never_says_that_it_installed",
)
def update_replaced(station: Subject) -> Script:
    yield from given(ready(station))
    offer = yield offer_firmware(station)
    first: Progress = yield from ordered(station)
    yield from reached(station, first, "Downloading")
    second: Progress = yield from ordered(
        station, request_id=SECOND, status="AcceptedCanceled", rule="L01.FR.21 L01.FR.24", offer=offer
    )
    yield from downloaded(station, second)
    yield from installed(station, second)


@station201(
    "TC_L_11_CS",
    "Running update cannot be cancelled",
    verifies="L01.FR.01 L01.FR.10 L01.FR.20 L01.FR.27",
    catches="pretends_to_cancel forgets_which_update never_says_that_it_verified_firmware "
    "silent_about_what_it_fetched never_says_that_it_installed",
)
def update_not_replaced(station: Subject) -> Script:
    yield from given(ready(station))
    offer = yield offer_firmware(station)
    update: Progress = yield from ordered(station)
    yield from reached(station, update, "Downloading")
    yield ask("UpdateFirmware", update_of(offer, SECOND), having={"status": "Rejected"}, rule="L01.FR.27")
    yield from reached(station, update, "Downloaded")
    yield from reached(station, update, "SignatureVerified")
    yield from installed(station, update)


WAITED = "L01.FR.01 L01.FR.06 L01.FR.07 L01.FR.10 L01.FR.13 L01.FR.20"
PENDING = "ChargingStation", "AllowNewSessionsPendingFirmwareUpdate"


@station201(
    "TC_L_12_CS",
    "Update waits for transactions, new sessions allowed",
    verifies=WAITED,
    catches="activates_while_somebody_charges installs_while_somebody_charges silent_about_a_later_download "
    "forgets_which_update never_says_that_it_verified_firmware silent_about_what_it_fetched "
    "never_says_that_it_installed",
)
def update_waits_open(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(_two_at_once(station))
    yield from given(configured(station, *PENDING, "true", optional=True))
    first: Tx = yield from given(session(station))
    update: Progress = yield from ordered(station)
    yield from reached(station, update, "DownloadScheduled")
    other = another(station)
    second: Tx = yield from session(other)
    yield from gone(station, first)
    yield from gone(other, second)
    yield from waited_for(update, second)
    yield from downloaded(station, update)
    yield from installed(station, update)


@station201(
    "TC_L_13_CS",
    "Update waits for transactions, new sessions blocked",
    verifies=WAITED,
    catches="activates_while_somebody_charges installs_while_somebody_charges stays_open_for_new_drivers "
    "forgets_which_update never_says_that_it_verified_firmware silent_about_what_it_fetched "
    "never_says_that_it_installed",
)
def update_waits_closed(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, *PENDING, "false"))
    tx: Tx = yield from given(session(station))
    update: Progress = yield from ordered(station)
    yield from closed(station)
    yield from gone(station, tx)
    yield from waited_for(update, tx)
    yield from downloaded(station, update)
    yield from installed(station, update)


@station201(
    "TC_L_14_CS",
    "Install waits for transactions, new sessions allowed",
    verifies="L01.FR.01 L01.FR.06 L01.FR.07 L01.FR.10 L01.FR.20",
    catches="activates_while_somebody_charges never_says_that_it_verified_firmware forgets_which_update "
    "silent_about_what_it_fetched never_says_that_it_installed",
)
def installation_waits_open(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(_two_at_once(station))
    yield from given(configured(station, *PENDING, "true", optional=True))
    first: Tx = yield from given(session(station))
    update: Progress = yield from ordered(station)
    yield from downloaded(station, update)
    now = yield from reached(station, update, "InstallScheduled", "Installing", rule="L01.FR.01 L01.FR.06")
    other = another(station)
    second: Tx = yield from session(other)
    yield from gone_while(station, first, now)
    yield from gone(other, second)
    begun = now.get("status") == "Installing"
    yield from waited_for(update, second, installs=begun)
    yield from installed(station, update, begun=begun)


@station201(
    "TC_L_15_CS",
    "Install waits for transactions, new sessions blocked",
    verifies="L01.FR.01 L01.FR.06 L01.FR.07 L01.FR.10 L01.FR.20",
    catches="activates_while_somebody_charges stays_open_for_new_drivers forgets_which_update "
    "never_says_that_it_verified_firmware silent_about_what_it_fetched never_says_that_it_installed",
)
def installation_waits_closed(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, *PENDING, "false"))
    tx: Tx = yield from given(session(station))
    update: Progress = yield from ordered(station)
    yield from downloaded(station, update)
    now = yield from reached(station, update, "InstallScheduled", "Installing", rule="L01.FR.01 L01.FR.06")
    yield from closed(station)
    yield from gone_while(station, tx, now)
    begun = now.get("status") == "Installing"
    yield from waited_for(update, tx, installs=begun)
    yield from installed(station, update, begun=begun)


@station201(
    "TC_L_16_CS",
    "Update runs during transaction",
    verifies="L01.FR.01 L01.FR.06 L01.FR.10 L01.FR.20 L01.FR.28 L01.FR.31",
    catches="silent_about_installing never_tells_of_new_firmware forgets_which_update "
    "never_says_that_it_verified_firmware silent_about_what_it_fetched never_says_that_it_installed",
)
def update_while_charging(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(session(station))
    update: Progress = yield from ordered(station)
    yield from downloaded(station, update)
    yield from reached(station, update, "Installing")
    yield from installed(station, update, begun=True)


def _two_at_once(station: Subject) -> Script:
    """There is room for a second driver."""
    yield check(len(station.evses) > 1, "more than one EVSE", len(station.evses))


def another(station: Subject) -> Subject:
    """The same station with another EVSE under test, and another driver there."""
    evse = next(each for each in range(1, len(station.evses) + 1) if each != station.evse)
    tokens = replace(station.tokens, valid=station.tokens.other)
    return replace(station, evse=evse, connector=1, tokens=tokens)


def session(station: Subject) -> Script:
    """A driver comes and charges."""
    tx: Tx = yield from new_session(station)
    yield from plugged(station, tx)
    yield from authorized(station, tx)
    yield from energized(station, tx)
    return tx


def closed(station: Subject) -> Script:
    """Every connector that nobody uses is Unavailable."""
    for evse, connector in station.connectors:
        if evse != station.evse:
            yield connector_is(station, "Unavailable", evse=evse, connector=connector, rule="L01.FR.07")


def gone(station: Subject, tx: Tx) -> Script:
    """The driver ends the session and drives away; what becomes of the connector is the update's affair."""
    yield from stopped_locally(station, tx)
    yield from post_session(station, tx)
    yield unplug(station)
    if not tx.ended:
        where = {"triggerReason": "EVCommunicationLost"}
        event: Received = yield expect("TransactionEvent", station.message_s, where=where, rule="E06.FR.02")
        tx.note(event)
    yield from bay_left(station, tx)


def waited_for(update: Progress, tx: Tx, *, installs: bool = False) -> Script:
    """The new firmware was not activated before the transaction was over, nor installed unless the station does that.

    ``installs``: the station has told that it installs while somebody charges.
    """
    events: list[Received] = yield seen("TransactionEvent", where={"transactionInfo.transactionId": tx.id})
    over = max((each.line for each in events), default=0)
    statuses = ("Installed",) if installs else ("Installing", "Installed")
    early: list[Received] = yield seen(STATUS, where={"status": one_of(*statuses)})
    early += yield seen("BootNotification")
    early = [each for each in early if update.begun < each.line < over]
    told = ", ".join(str(each.get("status", each.action)) for each in early)
    wanted = f"no reboot and no {' or '.join(statuses)} while somebody charges"
    yield check(not early, wanted, told, "L01.FR.06 L01.FR.33")


def gone_while(station: Subject, tx: Tx, now: Received) -> Script:
    """The same, and a station that installs already is given time for that."""
    if now.get("status") == "Installing":
        yield let_pass(INSTALLING_S)
    yield from gone(station, tx)
