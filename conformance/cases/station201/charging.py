"""Block K, smart charging: profiles set, replaced and cleared. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from conformance.cases.station201.states import (
    Tx,
    all_connectors_are,
    charging,
    energized,
    new_session,
    plugged,
    ready,
    remotely_started,
    variable,
)
from conformance.vocabulary import (
    NOW,
    Payload,
    Received,
    Reply,
    Script,
    Subject,
    ask,
    check,
    expect,
    given,
    one_of,
    power_off,
    power_on,
    station201,
)

PROFILE, SECOND, REPORT, START_ID = 401, 402, 9401, 8401
"""Ids of two profiles, of a report and of a remote start, as the bench gives them."""
MAX, DEFAULT, TX = "ChargingStationMaxProfile", "TxDefaultProfile", "TxProfile"
EXTERNAL = "ChargingStationExternalConstraints"
DURATION_S = 400
NO_SUCH = "no-such-transaction"
MAINS_V = 230
VALUE_EPSILON = 0.05
"""Limits are told with one digit after the point."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The unit in which the station is limited, and over how many phases."""

    unit: str
    phases: int

    def of(self, amps: float) -> float:
        """A limit of part 6, which is in A: in W it is what that comes to at 230 V."""
        return amps if self.unit == "A" else amps * MAINS_V * self.phases


def scale(station: Subject) -> Script:
    """The declared unit, else the first that the station says that it understands."""
    told = station.rate_unit or (yield from variable(station, "SmartChargingCtrlr", "RateUnit"))
    return Scale(str(told or "A").split(",")[0].strip(), station.phases)


def schedule(by: Scale, *periods: tuple[float, float], duration: int | None = None, starts: object = NOW) -> Payload:
    """A ChargingScheduleType: periods of (seconds, A); ``starts`` None leaves the start open."""
    told: Payload = {
        "id": 1,
        "chargingRateUnit": by.unit,
        "chargingSchedulePeriod": [
            {"startPeriod": start_s, "limit": by.of(amps), "numberPhases": by.phases} for start_s, amps in periods
        ],
    }
    if starts is not None:
        told["startSchedule"] = starts
    return told if duration is None else {**told, "duration": duration}


def profile(
    by: Scale,
    purpose: str,
    *periods: tuple[float, float],
    number: int = PROFILE,
    level: int = 0,
    duration: int | None = DURATION_S,
    starts: object = NOW,
    **more: Any,
) -> Payload:
    """A ChargingProfileType, absolute unless it starts with nothing; one period of 6 A unless others are given."""
    return {
        "id": number,
        "stackLevel": level,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative" if starts is None else "Absolute",
        "chargingSchedule": [schedule(by, *(periods or ((0, 6),)), duration=duration, starts=starts)],
        **more,
    }


def idle(station: Subject) -> Script:
    """The station is up and follows no charging profile of a CSMS."""
    yield from ready(station)
    yield from without_profiles(station)


def without_profiles(station: Subject) -> Script:
    """No profile of a CSMS is left from before."""
    for purpose in (MAX, DEFAULT, TX):
        yield ask(
            "ClearChargingProfile",
            {"chargingProfileCriteria": {"chargingProfilePurpose": purpose}},
            having={"status": one_of("Accepted", "Unknown")},
        )


def charging_idle(station: Subject) -> Script:
    """EnergyTransferStarted, with no profile of a CSMS; returns the session."""
    tx: Tx = yield from charging(station)
    yield from without_profiles(station)
    return tx


def installed(station: Subject, what: Payload, evse: int, *, rule: str = "K01.FR.07") -> Script:
    """SetChargingProfile: the station takes a profile; returns it as it was sent."""
    request = {"evseId": evse, "chargingProfile": what}
    reply: Reply = yield ask("SetChargingProfile", request, having={"status": "Accepted"}, rule=rule)
    return reply.request["chargingProfile"]


def refused(station: Subject, what: Payload, evse: int, rule: str) -> Script:
    """The station does not take a profile."""
    request = {"evseId": evse, "chargingProfile": what}
    yield ask("SetChargingProfile", request, having={"status": "Rejected"}, rule=rule)


def cleared(station: Subject, request: Payload, *, status: str = "Accepted", rule: str) -> Script:
    """ClearChargingProfile is answered so."""
    yield ask("ClearChargingProfile", request, having={"status": status}, rule=rule)


@dataclass(frozen=True, slots=True)
class Told:
    """A profile out of a report: where it is installed, who set it, and what it says."""

    evse: int
    source: str
    profile: Payload


def none_reported(station: Subject, criteria: Payload, *, evse: int | None = None, rule: str) -> Script:
    """No profile fits."""
    yield ask("GetChargingProfiles", _wanted(criteria, evse), having={"status": "NoProfiles"}, rule=rule)


def reported(station: Subject, criteria: Payload, *, evse: int | None = None, rule: str) -> Script:
    """The profiles that fit, from as many reports as the station makes of them (K09.FR.01, .02)."""
    yield ask("GetChargingProfiles", _wanted(criteria, evse), having={"status": "Accepted"}, rule=rule)
    told: list[Told] = []
    more = True
    while more:
        report: Received = yield expect("ReportChargingProfiles", station.message_s, rule=f"K09.FR.02 {rule}")
        said = report.get("requestId")
        yield check(said == REPORT, f"requestId {REPORT}", said, "K09.FR.01")
        place = report.get("evseId"), report.get("chargingLimitSource")
        told += [Told(*place, each) for each in report.get("chargingProfile", [])]
        more = report.get("tbc", False)
    return told


def _wanted(criteria: Payload, evse: int | None) -> Payload:
    request = {"requestId": REPORT, "chargingProfile": criteria}
    return request if evse is None else {**request, "evseId": evse}


def only(
    station: Subject, told: list[Told], sent: Mapping[int, Payload], places: Mapping[int, int], rule: str
) -> Script:
    """The reports hold these profiles (by id) at these EVSEs, each as it was sent, and no others of a CSMS."""
    told = [each for each in told if each.profile.get("chargingProfilePurpose") != EXTERNAL]
    ids = sorted(each.profile.get("id", 0) for each in told)
    yield check(ids == sorted(sent), f"the profiles {sorted(sent)}", ids, rule)
    for each in told:
        number = each.profile.get("id", 0)
        if number not in sent:
            continue
        yield check(
            each.evse == places[number], f"profile {number} at EVSE {places[number]}", f"EVSE {each.evse}", rule
        )
        wrong = differences(sent[number], each.profile, station.tolerance_s)
        yield check(not wrong, f"profile {number} as it was sent", "; ".join(wrong), rule)


def differences(sent: Any, told: Any, tolerance_s: float, path: str = "") -> list[str]:
    """Where a reported value is not the one that was sent; what the station adds does not count.

    Three phases are what is meant where nothing is said (K01.FR.49), and instants may be rounded.
    """
    if isinstance(sent, dict) and isinstance(told, dict):
        found = [differences(sent[key], told.get(key), tolerance_s, f"{path}.{key}".lstrip(".")) for key in sent]
        return [each for several in found for each in several]
    if isinstance(sent, list) and isinstance(told, list) and len(sent) == len(told):
        pairs = enumerate(zip(sent, told, strict=True))
        found = [differences(one, other, tolerance_s, f"{path}.{place}") for place, (one, other) in pairs]
        return [each for several in found for each in several]
    if told is None and path.endswith("numberPhases") and sent == 3:
        return []
    return [] if _same(sent, told, tolerance_s) else [f"{path} {sent} became {told}"]


def _same(sent: Any, told: Any, tolerance_s: float) -> bool:
    if isinstance(sent, int | float) and isinstance(told, int | float):
        return abs(sent - told) < VALUE_EPSILON
    if sent != told and isinstance(sent, str) and isinstance(told, str):
        try:
            gap = datetime.fromisoformat(told) - datetime.fromisoformat(sent)
        except (ValueError, TypeError):
            return False
        return abs(gap.total_seconds()) <= tolerance_s
    return bool(sent == told)


def found_again(station: Subject, sent: Payload, evse: int, rule: str) -> Script:
    """The station reports a profile, asked for by its id, as it was sent."""
    told = yield from reported(station, {"chargingProfileId": [sent["id"]]}, rule=rule)
    yield from only(station, told, {sent["id"]: sent}, {sent["id"]: evse}, rule)


@station201(
    "TC_K_01_CS",
    "Set TxDefaultProfile on one EVSE",
    verifies="K01.FR.07 K01.FR.15",
    catches="takes_no_profiles default_profiles_go_everywhere other_limits_than_set",
)
def default_of_one(station: Subject) -> Script:
    yield from given(idle(station))
    by: Scale = yield from given(scale(station))
    sent = yield from installed(station, profile(by, DEFAULT), station.evse)
    yield from found_again(station, sent, station.evse, "K01.FR.15")


@station201(
    "TC_K_10_CS",
    "Set TxDefaultProfile on all EVSEs",
    verifies="K01.FR.07 K01.FR.14",
    catches="takes_no_profiles copies_default_profiles",
)
def default_of_all(station: Subject) -> Script:
    yield from given(idle(station))
    by: Scale = yield from given(scale(station))
    sent = yield from installed(station, profile(by, DEFAULT), 0)
    yield from found_again(station, sent, 0, "K01.FR.14")


@station201(
    "TC_K_03_CS",
    "Set ChargingStationMaxProfile",
    verifies="K01.FR.07",
    catches="takes_no_profiles maximum_of_one_evse forgets_how_long",
)
def station_maximum(station: Subject) -> Script:
    yield from given(idle(station))
    by: Scale = yield from given(scale(station))
    sent = yield from installed(station, profile(by, MAX), 0)
    yield from found_again(station, sent, 0, "K01.FR.07")


@station201(
    "TC_K_60_CS",
    "TxProfile on running transaction",
    verifies="K01.FR.04 K01.FR.07 K01.FR.15",
    catches="takes_no_profiles loses_the_transaction_of_a_profile",
)
def profile_of_transaction(station: Subject) -> Script:
    tx: Tx = yield from given(charging_idle(station))
    by: Scale = yield from given(scale(station))
    what = profile(by, TX, starts=None, duration=None, transactionId=tx.id)
    sent = yield from installed(station, what, station.evse, rule="K01.FR.04")
    yield from found_again(station, sent, station.evse, "K01.FR.04")


@station201(
    "TC_K_04_CS",
    "Replace profile by id",
    verifies="K01.FR.05",
    catches="never_replaces_profiles",
)
def replacing(station: Subject) -> Script:
    yield from given(idle(station))
    by: Scale = yield from given(scale(station))
    yield from given(installed(station, profile(by, DEFAULT), station.evse))
    sent = yield from installed(station, profile(by, DEFAULT, (0, 10)), station.evse, rule="K01.FR.05")
    yield from found_again(station, sent, station.evse, "K01.FR.05")


@station201(
    "TC_K_13_CS",
    "Profile survives reboot",
    verifies="K01.FR.27",
    catches="forgets_profiles_without_power",
)
def persistence(station: Subject) -> Script:
    yield from given(idle(station))
    by: Scale = yield from given(scale(station))
    sent = yield from installed(station, profile(by, DEFAULT), station.evse)
    yield from given(booted_again(station))
    yield from found_again(station, sent, station.evse, "K01.FR.27")


def booted_again(station: Subject) -> Script:
    """Booted: the power goes and comes back."""
    yield power_off(station)
    yield power_on(station)
    yield expect("BootNotification", station.boot_s)
    yield from all_connectors_are(station, "Available")


@station201(
    "TC_K_19_CS",
    "Recurring profile (daily/weekly)",
    verifies="K01.FR.40",
    catches="takes_nothing_that_recurs",
)
def recurring(station: Subject) -> Script:
    yield from given(idle(station))
    by: Scale = yield from given(scale(station))
    what = profile(by, DEFAULT, chargingProfileKind="Recurring", recurrencyKind="Daily")
    yield from installed(station, what, station.evse, rule="K01.FR.40")


@station201(
    "TC_K_02_CS",
    "Set TxProfile with no transaction on EVSE",
    verifies="K01.FR.04 K01.FR.07 K01.FR.09",
    catches="takes_profiles_of_no_transaction",
)
def no_transaction(station: Subject) -> Script:
    yield from given(idle(station))
    by: Scale = yield from given(scale(station))
    what = profile(by, TX, starts=None, transactionId=NO_SUCH)
    yield from refused(station, what, station.evse, "K01.FR.09")


@station201(
    "TC_K_11_CS",
    "TxProfile on EVSE 0 refused",
    verifies="K01.FR.04 K01.FR.16",
    catches="takes_transaction_profiles_for_all",
)
def transaction_of_all(station: Subject) -> Script:
    yield from given(idle(station))
    by: Scale = yield from given(scale(station))
    yield from refused(station, profile(by, TX, starts=None, transactionId=NO_SUCH), 0, "K01.FR.16")


@station201(
    "TC_K_12_CS",
    "Profile with unsupported rate unit refused",
    verifies="K01.FR.26",
    catches="takes_any_unit",
)
def unit_unsupported(station: Subject) -> Script:
    yield from given(idle(station))
    by: Scale = yield from given(foreign_unit(station))
    yield from refused(station, profile(by, DEFAULT), station.evse, "K01.FR.26")


def foreign_unit(station: Subject) -> Script:
    """A unit in which the station cannot be limited."""
    told = yield from variable(station, "SmartChargingCtrlr", "RateUnit")
    known = {unit.strip() for unit in str(told or station.rate_unit).split(",")}
    foreign = sorted({"A", "W"} - known)
    yield check(len(foreign) == 1, "a station that understands one of A and W", f"it understands {sorted(known)}")
    return Scale(foreign[0] if foreign else "W", station.phases)


@station201(
    "TC_K_14_CS",
    "Profile on unknown EVSE refused",
    verifies="K01.FR.28",
    catches="takes_profiles_for_any_evse",
)
def unknown_evse(station: Subject) -> Script:
    yield from given(idle(station))
    by: Scale = yield from given(scale(station))
    yield from refused(station, profile(by, DEFAULT), len(station.evses) + 1, "K01.FR.28")


@station201(
    "TC_K_16_CS",
    "TxProfile with unknown transaction refused",
    verifies="K01.FR.33",
    catches="takes_profiles_of_any_transaction",
)
def unknown_transaction(station: Subject) -> Script:
    yield from given(charging_idle(station))
    by: Scale = yield from given(scale(station))
    what = profile(by, TX, starts=None, transactionId=NO_SUCH)
    yield from refused(station, what, station.evse, "K01.FR.33")


UNSUPPORTED = one_of("NotSupported", "NotImplemented")


@station201(
    "TC_K_15_CS",
    "SetChargingProfile not supported",
    verifies="K01.FR.29",
    needs="not P_SMART_CHARGING",
    catches="rejects_profiles_that_it_cannot_take",
)
def unsupported(station: Subject) -> Script:
    yield from given(ready(station))
    request = {"evseId": station.evse, "chargingProfile": profile(Scale("A", 3), DEFAULT)}
    yield ask("SetChargingProfile", request, error=UNSUPPORTED, rule="K01.FR.29")


@station201(
    "TC_K_37_CS",
    "Remote start carries a TxProfile",
    verifies="E01.FR.02 F01.FR.10 F01.FR.13 K05.FR.03 F01.FR.25",
    catches="drops_the_profile_of_a_start forgets_remote_start_id",
)
def start_with_profile(station: Subject) -> Script:
    yield from given(idle(station))
    by: Scale = yield from given(scale(station))
    what = profile(by, TX, starts=None, duration=None)
    yield from _started_with(station, what)
    yield from found_again(station, what, station.evse, "K05.FR.03")


@station201(
    "TC_K_38_CS",
    "Remote start profile ignored without smart charging",
    verifies="F01.FR.12 F01.FR.13",
    catches="starts_nothing_with_a_profile",
)
def start_with_profile_ignored(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _started_with(station, profile(Scale("A", 3), TX, starts=None, duration=None))


def _started_with(station: Subject, what: Payload) -> Script:
    """Cable first, then an order to start with a profile."""
    tx: Tx = yield from given(new_session(station))
    yield from given(plugged(station, tx))
    yield from remotely_started(station, tx, remote_start_id=START_ID, profile=what)
    yield from energized(station, tx)


@station201(
    "TC_K_05_CS",
    "Clear profile by id",
    verifies="K10.FR.03",
    catches="clears_no_profile clears_profiles_in_words_alone",
)
def clear_by_id(station: Subject) -> Script:
    yield from given(idle(station))
    by: Scale = yield from given(scale(station))
    yield from given(installed(station, profile(by, DEFAULT), station.evse))
    yield from cleared(station, {"chargingProfileId": PROFILE}, rule="K10.FR.03")
    yield from none_reported(station, {"chargingProfileId": [PROFILE]}, rule="K10.FR.03")


FITTING = {"chargingProfilePurpose": DEFAULT, "stackLevel": 0}


@station201(
    "TC_K_06_CS",
    "Clear profile by stack level/purpose",
    verifies="K10.FR.04",
    catches="clears_profiles_by_id_alone heeds_no_stack_level_when_clearing",
)
def clear_by_criteria(station: Subject) -> Script:
    yield from given(charging_idle(station))
    by: Scale = yield from given(scale(station))
    yield from given(installed(station, profile(by, DEFAULT), station.evse))
    yield from cleared(station, {"chargingProfileCriteria": FITTING}, rule="K10.FR.04")
    yield from none_reported(station, FITTING, rule="K10.FR.04")


@station201(
    "TC_K_24_CS",
    "Clear several profiles by stack level/purpose",
    verifies="K10.FR.04",
    catches="clears_one_profile_of_several clears_profiles_by_id_alone",
)
def clear_several(station: Subject) -> Script:
    yield from given(idle(station))
    by: Scale = yield from given(scale(station))
    yield from given(installed(station, profile(by, DEFAULT), 1))
    yield from given(installed(station, profile(by, DEFAULT, number=SECOND), 2))
    yield from cleared(station, {"chargingProfileCriteria": FITTING}, rule="K10.FR.04")
    yield from none_reported(station, FITTING, rule="K10.FR.04")


@station201(
    "TC_K_07_CS",
    "Clear profile, no such stack level/purpose",
    verifies="K10.FR.01",
    catches="clears_profiles_that_are_not_there",
)
def clear_no_such(station: Subject) -> Script:
    yield from given(idle(station))
    by: Scale = yield from given(scale(station))
    yield from given(installed(station, profile(by, DEFAULT, level=1), station.evse))
    criteria = {"chargingProfilePurpose": MAX, "stackLevel": 0}
    yield from cleared(station, {"chargingProfileCriteria": criteria}, status="Unknown", rule="K10.FR.01")


@station201(
    "TC_K_08_CS",
    "Clear profile when none installed",
    verifies="K10.FR.01",
    catches="clears_profiles_that_are_not_there",
)
def clear_none(station: Subject) -> Script:
    yield from given(idle(station))
    yield from cleared(station, {"chargingProfileId": PROFILE}, status="Unknown", rule="K10.FR.01")
