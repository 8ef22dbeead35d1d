"""Block K, smart charging: EVs that want a schedule (ISO 15118). Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.cases.station201.charging import (
    DEFAULT,
    TX,
    Scale,
    idle,
    installed,
    profile,
    scale,
)
from conformance.cases.station201.states import Tx, authorized, energized, new_session, plugged
from conformance.vocabulary import (
    NOW,
    Payload,
    Received,
    Script,
    Subject,
    ago,
    check,
    dials_in,
    disconnect,
    expect,
    given,
    let_in,
    let_pass,
    plug_negotiating,
    renegotiate,
    satisfying,
    shut_out,
    station201,
    usually,
)

OUTAGE_S = 90
NEVER_MORE_AMPS = 8
"""What an EV may take at most where the default profile says 6 A (part 6, TC_K_56_CS)."""


def connected(station: Subject, *, needs: str = "Accepted") -> Script:
    """EVConnectedPreSession, with an EV that wants a schedule; returns the session.

    ``needs``: what its needs are answered with, whenever the station tells them.
    """
    yield usually("NotifyEVChargingNeeds", status=needs)
    tx: Tx = yield from new_session(station)
    yield from plugged(station, tx, how=plug_negotiating(station))
    return tx


def authorized_15118(station: Subject, tx: Tx) -> Script:
    """Authorized15118, with an identification from outside (EIM): from now on the EV tells its needs."""
    yield from authorized(station, tx)
    yield check(tx.started, "a transaction before the EV tells its needs (K15, prerequisites)", "there is none")


def _complete(needs: Any) -> bool:
    if not isinstance(needs, dict):
        return False
    told = "dcChargingParameters" if needs.get("requestedEnergyTransfer") == "DC" else "acChargingParameters"
    return told in needs


def needs_told(station: Subject, rule: str = "K15.FR.01") -> Script:
    """The station passes on what the EV wants, with what belongs to AC or to DC (K15.FR.06)."""
    complete = satisfying("with the parameters of the AC or DC that is asked for", _complete)
    having = {"evseId": station.evse}
    needs: Received = yield expect("NotifyEVChargingNeeds", station.message_s, having=having, rule=rule)
    yield check(
        complete.holds(needs.get("chargingNeeds")),
        f"chargingNeeds {complete}",
        needs.get("chargingNeeds"),
        "K15.FR.06 K17.FR.06",
    )
    return needs


def negotiated(station: Subject, tx: Tx, by: Scale, amps: float, rule: str = "K15.FR.01") -> Script:
    """The EV's needs are met with a TxProfile of so many A."""
    yield from needs_told(station, rule)
    yield from installed(station, offer(tx, by, amps), station.evse, rule="K01.FR.04")


def offer(tx: Tx, by: Scale, amps: float) -> Payload:
    """A TxProfile for the transaction."""
    return profile(by, TX, (0, amps), duration=None, starts=NOW, transactionId=tx.id)


def chosen(station: Subject, *, most: float = 0, by: Scale | None = None, rule: str, optional: bool = True) -> Script:
    """NotifyEVChargingSchedule: what the EV makes of it, which stays below ``most`` A where that is given."""
    having = {"evseId": station.evse}
    told: Received | None = yield expect(
        "NotifyEVChargingSchedule", station.message_s, having=having, rule=rule, optional=optional
    )
    if told is None:
        return
    if by is None:
        return
    unit = str(told.get("chargingSchedule.chargingRateUnit"))
    bound = Scale(unit, by.phases).of(most)
    periods = told.get("chargingSchedule.chargingSchedulePeriod", [])
    limits = [period.get("limit", 0) for period in periods]
    yield check(
        bool(limits) and max(limits) <= bound, f"a schedule of {bound:g} {unit} or less", limits, "K15.FR.09 K15.FR.15"
    )
    first = periods[0].get("startPeriod") if periods else None
    yield check(first == 0, "the first startPeriod 0", first, "K01.FR.31")


def charging_as_agreed(station: Subject, amps: float) -> Script:
    """RenegotiateChargingLimits: an EV charges as agreed upon; returns session and scale."""
    yield from idle(station)
    by: Scale = yield from scale(station)
    tx: Tx = yield from connected(station)
    yield from authorized_15118(station, tx)
    yield from negotiated(station, tx, by, amps)
    yield from energized(station, tx)
    return tx, by


@station201(
    "TC_K_53_CS",
    "HLC load levelling, profile accepted by EV",
    verifies="K15.FR.01 K15.FR.06 K15.FR.09 K15.FR.10",
    catches="keeps_needs_to_itself needs_without_parameters oversteps_the_schedule keeps_the_schedule_to_itself",
)
def schedule_accepted(station: Subject) -> Script:
    yield from given(idle(station))
    by: Scale = yield from given(scale(station))
    tx: Tx = yield from given(connected(station))
    yield from given(authorized_15118(station, tx))
    yield from negotiated(station, tx, by, 6)
    yield from chosen(station, most=6, by=by, rule="K15.FR.10", optional=False)
    yield from energized(station, tx)


@station201(
    "TC_K_54_CS",
    "HLC load levelling, no schedule (rejected)",
    verifies="K15.FR.01 K17.FR.04",
    catches="keeps_needs_to_itself never_charges_without_a_schedule",
)
def schedule_refused(station: Subject) -> Script:
    yield from given(idle(station))
    tx: Tx = yield from given(connected(station, needs="Rejected"))
    yield from given(authorized_15118(station, tx))
    yield from needs_told(station)
    yield _charges(station, "K17.FR.04")
    yield from chosen(station, rule="K15.FR.10")


def _charges(station: Subject, rule: str, **more: Any) -> Any:
    where = {"transactionInfo.chargingState": "Charging"}
    having = {"triggerReason": "ChargingStateChanged", **more}
    return expect("TransactionEvent", station.message_s, where=where, having=having, rule=rule)


@station201(
    "TC_K_56_CS",
    "HLC load levelling while offline",
    verifies="K15.FR.15 K17.FR.15",
    catches="charges_nobody_offline tells_nothing_of_being_offline",
)
def schedule_offline(station: Subject) -> Script:
    yield from given(idle(station))
    by: Scale = yield from given(scale(station))
    default = profile(by, DEFAULT, starts=ago(station.tolerance_s))
    yield from given(installed(station, default, station.evse))
    tx: Tx = yield from given(connected(station, needs="Rejected"))
    yield from given(authorized_15118(station, tx))
    yield shut_out()
    yield disconnect()
    yield let_pass(OUTAGE_S)
    yield let_in()
    yield dials_in(station.reconnect_s, where={"ending": ""})
    yield _charges(station, "K15.FR.15", offline=True)
    yield from chosen(station, most=NEVER_MORE_AMPS, by=by, rule="K15.FR.15")


@station201(
    "TC_K_57_CS",
    "Schedule renegotiated by EV",
    verifies="K17.FR.01 K17.FR.06 K17.FR.09 K17.FR.10 K01.FR.04",
    catches="keeps_later_needs_to_itself takes_no_later_schedule",
)
def renegotiated_by_ev(station: Subject) -> Script:
    tx, by = yield from given(charging_as_agreed(station, 10))
    yield renegotiate(station)
    yield from negotiated(station, tx, by, 15, rule="K17.FR.01")
    yield from chosen(station, rule="K17.FR.10")


@station201(
    "TC_K_58_CS",
    "Schedule renegotiated by CSMS",
    verifies="K16.FR.01 K17.FR.01 K17.FR.06 K17.FR.09 K17.FR.10",
    catches="takes_no_schedule_while_charging schedules_of_another_evse",
)
def renegotiated_by_csms(station: Subject) -> Script:
    tx, by = yield from given(charging_as_agreed(station, 10))
    yield from installed(station, offer(tx, by, 8), station.evse, rule="K16.FR.01")
    yield from chosen(station, rule="K17.FR.10")
