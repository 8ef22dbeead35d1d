"""Boot, identification and transactions. Central system under test, OCPP 1.6."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.csms16.states import (
    BOOT,
    accepted,
    attached,
    authorized,
    charging,
    ended,
    goes_on,
    is_now,
    started,
    told,
)
from conformance.vocabulary import (
    ABSENT,
    Received,
    Script,
    Subject,
    Token,
    answer,
    ask,
    command,
    connect,
    csms16,
    given,
    let_pass,
    one_of,
)


@csms16(
    "TC_001_CSMS",
    "Cold boot: boot, statuses, heartbeat at given interval",
    verifies="1.6:4.2 1.6:4.6 1.6:4.9",
    catches="boots_pending boots_without_time_16 chokes_on_status_16 tells_no_time_16",
)
def cold_boot(csms: Subject) -> Script:
    yield from attached(csms)
    yield from goes_on()


@csms16(
    "TC_003_CSMS",
    "Session, cable first",
    verifies="1.6:4.1 1.6:4.8 1.6:4.9",
    catches="refuses_valid_tags_16 refuses_to_start_16 chokes_on_preparing_16",
)
def cable_first(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from charging(csms)


@csms16(
    "TC_004_1_CSMS",
    "Session, identification first",
    verifies="1.6:4.1 1.6:4.8 1.6:4.9",
    catches="refuses_valid_tags_16 refuses_to_start_16 chokes_on_preparing_16",
)
def token_first(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from authorized(csms)
    yield from is_now(csms, "Preparing")
    yield from started(csms)
    yield from is_now(csms, "Charging")


@csms16(
    "TC_004_2_CSMS",
    "Identification first, cable never plugged (ConnectionTimeOut)",
    verifies="1.6:4.9",
    catches="chokes_on_status_16",
)
def plug_timeout(csms: Subject) -> Script:
    yield from given(_booted_alone(csms))
    yield from given(authorized(csms))
    yield from is_now(csms, "Preparing")
    yield let_pass(csms.plug_timeout_s)
    yield from is_now(csms, "Available")


def _booted_alone(csms: Subject) -> Script:
    """Only the boot, so that the first status is the case's own."""
    yield connect(csms)
    yield from accepted(csms)


@csms16(
    "TC_005_1_CSMS",
    "EV-side unplug stops transaction, connector unlocks",
    verifies="1.6:4.9 1.6:4.10",
    catches="chokes_on_a_stop_16 chokes_on_finishing_16 chokes_on_suspended_ev_16",
)
def unplugged_at_ev(csms: Subject) -> Script:
    yield from given(attached(csms))
    transaction = yield from given(charging(csms))
    yield from is_now(csms, "SuspendedEV")
    yield from ended(csms, transaction, "EVDisconnected")


@csms16(
    "TC_007_CSMS",
    "Session started from cached id",
    verifies="1.6:4.8 1.6:4.9",
    catches="refuses_to_start_16 chokes_on_preparing_16",
)
def cached(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from is_now(csms, "Preparing")
    yield from started(csms)
    yield from is_now(csms, "Charging")


def _judged(csms: Subject, token: Token, status: str) -> Script:
    yield from given(attached(csms))
    yield ask("Authorize", {"idTag": token.id}, having={"idTagInfo.status": status}, rule="1.6:4.1 1.6:7.2")


@csms16(
    "TC_023_1_CSMS",
    "Authorize answered Invalid",
    verifies="1.6:4.1 1.6:7.2",
    catches="accepts_any_tag_16 blocks_the_unknown_16",
)
def invalid_tag(csms: Subject) -> Script:
    yield from _judged(csms, csms.tokens.invalid, "Invalid")


@csms16(
    "TC_023_2_CSMS",
    "Authorize answered Expired",
    verifies="1.6:4.1 1.6:7.2",
    catches="accepts_any_tag_16 knows_no_expired_tags_16",
)
def expired_tag(csms: Subject) -> Script:
    yield from _judged(csms, csms.tokens.expired, "Expired")


@csms16(
    "TC_023_3_CSMS",
    "Authorize answered Blocked",
    verifies="1.6:4.1 1.6:7.2",
    catches="accepts_any_tag_16 knows_no_blocked_tags_16",
)
def blocked_tag(csms: Subject) -> Script:
    yield from _judged(csms, csms.tokens.blocked, "Blocked")


@csms16(
    "TC_024_CSMS",
    "Connector lock failure at start",
    verifies="1.6:4.9",
    catches="chokes_on_a_fault_16 chokes_on_preparing_16",
)
def lock_failure(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from given(authorized(csms))
    yield from is_now(csms, "Preparing")
    yield from is_now(csms, "Faulted", "ConnectorLockFailure")


@csms16(
    "TC_061_CSMS",
    "Clear authorization cache",
    verifies="1.6:5.4",
    catches="clears_no_cache_16 deaf_after_an_order_16",
)
def clear_cache(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield command(csms, "clear_cache")
    request: Received = yield from told(csms, "ClearCache", rule="1.6:5.4")
    yield answer(request, status="Accepted")
    yield from goes_on()


@csms16(
    "TC_064_CSMS",
    "DataTransfer to central system, unknown vendor",
    verifies="1.6:4.3",
    catches="welcomes_any_vendor_16",
)
def data_transfer(csms: Subject) -> Script:
    yield from given(attached(csms))
    refused = {"status": one_of("UnknownVendorId", "UnknownMessageId", "Rejected"), "data": ABSENT}
    request = {"vendorId": "org.chargebench.unknown", "messageId": "NoSuch"}
    yield ask("DataTransfer", request, having=refused, rule="1.6:4.3")


@csms16(
    "TC_088_CSMS",
    "WebSocket subprotocol negotiation",
    verifies="OCPP-J1.6:3.1.2 OCPP-J1.6:3.2",
    catches="agrees_on_the_first_offer_16 boots_pending",
)
def subprotocol(csms: Subject) -> Script:
    chosen = {"ending": "", "subprotocol": "ocpp1.6"}
    yield connect(csms, offers=("ocpp0.1", "ocpp1.6"), having=chosen, rule="OCPP-J1.6:3.1.2 OCPP-J1.6:3.2")
    yield ask("BootNotification", BOOT, having={"status": "Accepted"}, rule="1.6:4.2")
