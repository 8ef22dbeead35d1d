"""Faulty 1.6 central systems: boot, identification and transactions; what 2.0.1 shares stands in ``csms201``."""

from __future__ import annotations

from conformance.mutants import (
    Later,
    Passing,
    Twist,
    accept_reply,
    change_reply,
    drop,
    fail_reply,
    lets_in,
    mutant,
    once,
    refuse_reply,
)
from conformance.vocabulary import Tokens

STATUS, AGREED = "StatusNotification", Tokens()
ACCEPTED = {"status": "Accepted"}


def _after_a_start(twist: Twist) -> Twist:
    """Be wrong only once a transaction has begun."""

    def later(passing: Passing) -> Later | None:
        if passing.action == "StartTransaction":
            passing.spoiler.memory["started"] = True
        return twist(passing) if passing.spoiler.memory.get("started") else None

    return later


mutant("boots_without_time_16", change_reply("BootNotification", "currentTime", None), breaks="1.6:4.2")
mutant(
    "boots_pending_again_16",
    once("Reset", {}, change_reply("BootNotification", "status", "Pending")),
    once("UpdateFirmware", {}, change_reply("BootNotification", "status", "Pending")),
    once("SignedUpdateFirmware", {}, change_reply("BootNotification", "status", "Pending")),
    breaks="1.6:4.2",
)
mutant(
    "boots_pending_after_a_start_16",
    _after_a_start(change_reply("BootNotification", "status", "Pending")),
    breaks="1.6:4.2",
)
mutant("tells_no_time_16", change_reply("Heartbeat", "currentTime", None), breaks="1.6:4.6")
mutant("deaf_after_an_order_16", fail_reply("Heartbeat", {}), breaks="1.6:4.6")
mutant("agrees_on_the_first_offer_16", lets_in(subprotocol="ocpp0.1"), breaks="OCPP-J1.6:3.1.2 OCPP-J1.6:3.2")

mutant("refuses_valid_tags_16", change_reply("Authorize", "idTagInfo.status", "Invalid"), breaks="1.6:4.1")
mutant("accepts_any_tag_16", accept_reply("Authorize", {"idTagInfo": ACCEPTED}), breaks="1.6:4.1")
for _name, _token, _status in (
    ("blocks_the_unknown_16", AGREED.invalid, "Blocked"),
    ("knows_no_expired_tags_16", AGREED.expired, "Invalid"),
    ("knows_no_blocked_tags_16", AGREED.blocked, "Invalid"),
):
    _told = {"idTagInfo": {"status": _status}}
    mutant(_name, accept_reply("Authorize", _told, {"idTag": _token.id}), breaks="1.6:7.2")
mutant("tells_no_parent_16", change_reply("Authorize", "idTagInfo.parentIdTag", None), breaks="1.6:3.10")

mutant("refuses_to_start_16", change_reply("StartTransaction", "idTagInfo.status", "Invalid"), breaks="1.6:4.8")
mutant("starts_for_anybody_16", change_reply("StartTransaction", "idTagInfo.status", "Accepted"), breaks="1.6:4.8")
mutant("numbers_no_refused_start_16", change_reply("StartTransaction", "transactionId", None), breaks="1.6:4.8")
mutant("same_id_for_all_16", change_reply("StartTransaction", "transactionId", 1), breaks="1.6:4.8")
mutant("chokes_on_old_starts_16", refuse_reply("StartTransaction", "PropertyConstraintViolation"), breaks="1.6:3.7")
mutant("chokes_on_a_stop_16", refuse_reply("StopTransaction", "InternalError"), breaks="1.6:4.10")

mutant("chokes_on_status_16", refuse_reply(STATUS, "InternalError"), breaks="1.6:4.9")
for _status in ("Preparing", "Charging", "Finishing", "Reserved", "Unavailable"):
    mutant(f"chokes_on_{_status.lower()}_16", fail_reply(STATUS, {"status": _status}), breaks="1.6:4.9")
mutant("chokes_on_suspended_ev_16", fail_reply(STATUS, {"status": "SuspendedEV"}), breaks="1.6:4.9")
mutant(
    "chokes_when_free_again_16",
    once("CancelReservation", {}, fail_reply(STATUS, {"status": "Available"})),
    breaks="1.6:4.9",
)
mutant("chokes_on_a_triggered_status_16", once("TriggerMessage", {}, fail_reply(STATUS, {})), breaks="1.6:4.9")
mutant("chokes_on_a_fault_16", fail_reply(STATUS, {"errorCode": "ConnectorLockFailure"}), breaks="1.6:4.9")

mutant("clears_no_cache_16", drop("ClearCache"), breaks="1.6:5.4")
mutant("welcomes_any_vendor_16", accept_reply("DataTransfer", ACCEPTED), breaks="1.6:4.3")
