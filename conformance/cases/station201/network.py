"""Block B, network connection profiles and lost links. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from conformance.cases.station201.availability import told_states
from conformance.cases.station201.states import (
    configured,
    connector_is,
    connectors_since,
    ready,
    told_of_startup,
    variable,
)
from conformance.papers import Authority, hash_data, same
from conformance.vocabulary import (
    SECURED,
    Arrival,
    Payload,
    Received,
    Reply,
    Script,
    Subject,
    ask,
    check,
    dials_in,
    disconnect,
    expect,
    given,
    let_in,
    let_pass,
    one_of,
    other_than,
    plug,
    shakes_hands,
    shut_out,
    station201,
    time_of_day,
)

COMM = "OCPPCommCtrlr"
IN, OUT = {"ending": ""}, {"ending": other_than("")}
State = tuple[tuple[int, int], str]
"""EVSE, connector and AvailabilityState."""
NO_SLOT = 999
BACK_OFF = "OCPP-J.5.3"
OTHER_S = 2
"""So far from OfflineThreshold the back-off is set, to be offline for longer or shorter than that."""


def _profile(station: Subject, url: str) -> Payload:
    """A NetworkConnectionProfileType that leads to the bench, as secure as the one in use."""
    return {
        "messageTimeout": 30,
        "ocppCsmsUrl": url,
        "ocppInterface": station.interface,
        "ocppVersion": "OCPP20",
        "ocppTransport": "JSON",
        "securityProfile": station.security_profile,
    }


@dataclass(frozen=True, slots=True)
class Move:
    """From one of the bench's addresses to another: where the station is, and which slot it uses."""

    at: int
    slot: int
    other_at: int
    other_slot: int
    url: str


def _addresses(station: Subject) -> tuple[str, ...]:
    return station.secure_urls if station.security_profile >= SECURED else station.urls


def _here(station: Subject) -> Script:
    """The station is up at one of two addresses of the bench; returns the way to the other one."""
    yield from ready(station)
    came: Arrival = yield dials_in(station.reconnect_s, where=IN)
    urls = _addresses(station)
    yield check(len(urls) > 1, "two addresses at which the bench can be dialled", len(urls))
    active = yield from variable(station, COMM, "ActiveNetworkProfile")
    slots = station.network_slots
    slot = int(active) if str(active).isdecimal() else slots[0]
    other = next((each for each in slots if each != slot), slot)
    yield check(other != slot, "a slot beside the active one", slots)
    return Move(came.at, slot, 1 - came.at, other, urls[1 - came.at])


def _told_to_move(station: Subject, move: Move) -> Script:
    """The other slot is filled and put first, and the station resets."""
    request = {"configurationSlot": move.other_slot, "connectionData": _profile(station, move.url)}
    yield ask("SetNetworkProfile", request, having={"status": "Accepted"}, rule="B09.FR.01")
    order = {
        "component": {"name": COMM},
        "variable": {"name": "NetworkConfigurationPriority"},
        "attributeValue": f"{move.other_slot},{move.slot}",
    }
    taken = {"setVariableResult.0.attributeStatus": one_of("Accepted", "RebootRequired")}
    yield ask("SetVariables", {"setVariableData": [order]}, having=taken, rule="B10.FR.01")
    yield ask("Reset", {"type": "OnIdle"}, having={"status": "Accepted"}, rule="B11.FR.01")


def _boots(station: Subject) -> Script:
    """Booted, wherever it has come to."""
    boot: Received = yield expect("BootNotification", station.boot_s, rule="B01.FR.01")
    yield from connectors_since(boot, station, rule="B01.FR.05")
    yield from told_of_startup(station)


def _tries(station: Subject, at: int, rule: str) -> Script:
    """The next attempt is at this address, and in vain."""
    yield dials_in(station.reconnect_s, where=OUT, having={"at": at}, rule=rule)


def _arrives(station: Subject, at: int, rule: str) -> Script:
    """The next attempt is at this address, and gets in."""
    yield dials_in(station.reconnect_s, having={**IN, "at": at}, rule=rule)


@station201(
    "TC_B_43_CS",
    "SetNetworkProfile rejected",
    verifies="B09.FR.02",
    catches="takes_any_slot",
)
def slot_unknown(station: Subject) -> Script:
    yield from given(ready(station))
    url = next(iter(_addresses(station)), "wss://csms.bench.invalid")
    request = {"configurationSlot": NO_SLOT, "connectionData": _profile(station, url)}
    yield ask("SetNetworkProfile", request, having={"status": "Rejected"}, rule="B09.FR.02 B09.FR.05")


@station201(
    "TC_B_45_CS",
    "Switch to new network profile, same CSMS root",
    verifies="B09.FR.01 B10.FR.01 B10.FR.04 B10.FR.06",
    catches="refuses_network_profiles stays_where_it_was refuses_the_order_of_profiles refuses_to_reset_for_a_profile",
)
def moves(station: Subject) -> Script:
    move: Move = yield from given(_here(station))
    yield from _told_to_move(station, move)
    yield from _arrives(station, move.other_at, "B10.FR.04")
    yield from _boots(station)


@station201(
    "TC_B_46_CS",
    "Switch fails, station falls back to old profile",
    verifies="B10.FR.03 B10.FR.04",
    catches="gives_up_after_one_attempt stays_where_it_was refuses_network_profiles "
    "refuses_the_order_of_profiles refuses_to_reset_for_a_profile",
)
def moves_in_vain(station: Subject) -> Script:
    move: Move = yield from given(_here(station))
    yield from given(configured(station, COMM, "NetworkProfileConnectionAttempts", 2))
    yield shut_out(move.other_at)
    yield from _told_to_move(station, move)
    yield from _tries(station, move.other_at, "B10.FR.04")
    yield from _tries(station, move.other_at, "B10.FR.03")
    yield from _arrives(station, move.at, "B10.FR.03")
    yield from _boots(station)


@station201(
    "TC_B_49_CS",
    "All priority slots fail, fall back (same root)",
    verifies="B10.FR.07",
    catches="hurries_back_to_what_it_knew refuses_network_profiles refuses_the_order_of_profiles "
    "refuses_to_reset_for_a_profile stays_where_it_was",
)
def falls_back(station: Subject) -> Script:
    move: Move = yield from given(_here(station))
    yield from given(configured(station, COMM, "NetworkProfileConnectionAttempts", 1))
    yield from given(_backing_off(station, station.back_off_s, times=0))
    yield shut_out()
    yield from _told_to_move(station, move)
    yield from _tries(station, move.other_at, "B10.FR.04")
    yield from _tries(station, move.at, "B10.FR.03")
    yield let_in(move.at)
    yield from _waits(station, station.back_off_s, "B10.FR.07")
    # some go through their list again (B10.FR.08 of the errata), and come by the last good address on the way
    yield dials_in(station.reconnect_s, where={**IN, "at": move.at}, rule="B10.FR.07 B10.FR.09")
    yield from _boots(station)


def _follows_roots(station: Subject) -> Script:
    """Whether a new CSMS root has to be signed by the one that it replaces."""
    check_on = yield from variable(station, "SecurityCtrlr", "AdditionalRootCertificateCheck")
    return str(check_on).lower() == "true"


def _follows_roots_of_old(station: Subject) -> Script:
    """A root that is replaced stays as the one to fall back on only where the next is signed by it (M05.FR.12)."""
    follows = yield from _follows_roots(station)
    yield check(follows, "SecurityCtrlr.AdditionalRootCertificateCheck true", follows)


def _installed(root: Authority) -> Script:
    """CertificateInstalled, of a CSMS root."""
    request = {"certificateType": "CSMSRootCertificate", "certificate": root.pem}
    yield ask("InstallCertificate", request, having={"status": "Accepted"})


def _holds_old_root(station: Subject, rule: str) -> Script:
    """Whether the CSMS root with which the case began is installed."""
    request = {"certificateType": ["CSMSRootCertificate"]}
    reply: Reply = yield ask("GetInstalledCertificateIds", request, having={"status": "Accepted"}, rule=rule)
    held = [each.get("certificateHashData", {}) for each in reply.get("certificateHashDataChain", [])]
    old = station.pki.csms.pem
    return any(same(each, hash_data(old, algorithm=each.get("hashAlgorithm", "SHA256"))) for each in held)


@station201(
    "TC_B_47_CS",
    "All priority slots fail, fall back to old CSMS (new root case)",
    verifies="B10.FR.07 M05.FR.15 M05.FR.16",
    catches="keeps_the_root_for_something_else forgets_the_root_that_it_fell_back_on refuses_network_profiles "
    "refuses_the_order_of_profiles refuses_to_reset_for_a_profile",
)
def falls_back_to_the_old_root(station: Subject) -> Script:
    yield from given(_secured(station))
    move: Move = yield from given(_here(station))
    yield from given(_follows_roots_of_old(station))
    yield from given(configured(station, COMM, "NetworkProfileConnectionAttempts", 1))
    yield from given(_installed(station.pki.successor))
    yield from _told_to_move(station, move)
    yield dials_in(station.reconnect_s, having={"at": move.other_at, "ending": "tls"}, rule="M05.FR.15")
    yield from _arrives(station, move.at, "M05.FR.16")
    yield from _boots(station)
    old = yield from _holds_old_root(station, "M05.FR.16")
    yield check(old, "the old CSMS root among what is installed", "others only", "M05.FR.16")


@station201(
    "TC_B_50_CS",
    "Switch to a new CSMS with a new root",
    verifies="M05.FR.13",
    catches="stays_where_it_was trusts_no_new_root clings_to_the_old_root refuses_network_profiles "
    "refuses_the_order_of_profiles refuses_to_reset_for_a_profile",
    lasting=True,
)
def moves_to_a_new_root(station: Subject) -> Script:
    yield from given(_secured(station))
    move: Move = yield from given(_here(station))
    follows = yield from given(_follows_roots(station))
    new = station.pki.successor if follows else station.pki.upstart
    yield from given(_installed(new))
    yield from _told_to_move(station, move)
    yield shakes_hands(issuer=new)
    yield from _arrives(station, move.other_at, "M05.FR.13")
    yield from _boots(station)
    if follows:
        old = yield from _holds_old_root(station, "M05.FR.13")
        yield check(not old, "the new CSMS root in place of the old one", "the old one still", "M05.FR.13")


def _secured(station: Subject) -> Script:
    level = station.security_profile
    yield check(level >= SECURED, "security profile 2 or 3 in use", level)


def _backing_off(station: Subject, wait_s: int, *, times: int | None = None) -> Script:
    """The station waits so long before it dials again, and doubles that so many ``times``."""
    yield from configured(station, COMM, "RetryBackOffRandomRange", 0)
    yield from configured(station, COMM, "RetryBackOffWaitMinimum", wait_s)
    if times is not None:
        yield from configured(station, COMM, "RetryBackOffRepeatTimes", times)


def _waits(station: Subject, wait_s: float, rule: str) -> Script:
    """The station does not dial for so long."""
    early: Arrival | None = yield dials_in(wait_s - station.tolerance_s, optional=True)
    yield check(early is None, f"no attempt within {wait_s:g} s", "it dialled too soon", rule)


@station201(
    "TC_B_57_CS",
    "Reconnect with back-off after link loss",
    verifies=BACK_OFF,
    catches="hurries_back never_doubles_the_wait",
)
def backs_off(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(_came(station))
    yield from given(configured(station, COMM, "NetworkProfileConnectionAttempts", 3))
    yield from given(_backing_off(station, station.back_off_s, times=2))
    yield disconnect(close=True)
    yield from _waits(station, station.back_off_s, BACK_OFF)
    yield dials_in(station.reconnect_s, having=IN, rule=BACK_OFF)
    yield let_pass(station.tolerance_s)
    yield shut_out()
    yield disconnect(close=True)
    yield from _waits(station, station.back_off_s, BACK_OFF)
    yield dials_in(station.reconnect_s, having=OUT, rule=BACK_OFF)
    yield let_in()
    yield from _waits(station, 2 * station.back_off_s, BACK_OFF)
    yield dials_in(station.reconnect_s, having=IN, rule=BACK_OFF)


def _came(station: Subject) -> Script:
    yield dials_in(station.reconnect_s, where=IN)


def _plugged_offline(station: Subject, wait_s: int) -> Script:
    """While the station is offline an EV is plugged in; returns what was told before.

    ``wait_s``: how long it backs off, and so is offline, unless hands took their time.
    """
    yield from given(ready(station))
    yield from given(_came(station))
    yield from given(configured(station, COMM, "OfflineThreshold", station.outage_s))
    yield from given(_backing_off(station, wait_s))
    before: list[State] = yield from told_states()
    yield shut_out()
    yield disconnect(close=True)
    since: datetime = yield time_of_day()
    yield plug(station)
    yield let_in()
    yield dials_in(station.reconnect_s + wait_s, where=IN, rule=BACK_OFF)
    until: datetime = yield time_of_day()
    yield from given(_absent(station, (until - since).total_seconds(), longer=wait_s > station.outage_s))
    return before


def _absent(station: Subject, for_s: float, *, longer: bool) -> Script:
    """The station was away for longer than OfflineThreshold, or not: which of two rules holds (B04)."""
    wanted = "more" if longer else "no more"
    right = (for_s > station.outage_s) is longer
    yield check(right, f"{wanted} than {station.outage_s:g} s offline", f"{for_s:.0f} s")


@station201(
    "TC_B_51_CS",
    "Offline longer than threshold: all connector states re-sent",
    verifies="B04.FR.01",
    catches="tells_what_changed_alone",
)
def offline_for_long(station: Subject) -> Script:
    yield from _plugged_offline(station, station.outage_s + OTHER_S)
    for evse, connector in station.connectors:
        status = "Occupied" if (evse, connector) == (station.evse, station.connector) else "Available"
        yield connector_is(station, status, evse=evse, connector=connector, rule="B04.FR.01")


@station201(
    "TC_B_52_CS",
    "Offline shorter than threshold: only changed states re-sent",
    verifies="B04.FR.02",
    catches="tells_nothing_of_what_changed tells_all_after_any_outage",
)
def offline_for_a_moment(station: Subject) -> Script:
    before: list[State] = yield from _plugged_offline(station, station.outage_s - OTHER_S)
    yield connector_is(station, "Occupied", rule="B04.FR.02")
    yield let_pass(station.message_s)
    told: list[State] = yield from told_states()
    again = [place for place, _ in told[len(before) :] if place != (station.evse, station.connector)]
    yield check(not again, "nothing of connectors that are as before", again, "B04.FR.02")
