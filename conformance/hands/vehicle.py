"""What EVs that speak ISO 15118 do at a simulated station."""

from __future__ import annotations

from conformance.hands.bay import Bay, skill
from conformance.hands.mobility import provides
from conformance.papers import Credentials, bench_pki
from conformance.rigs import Unable
from scenarios import outside
from simulator.ev import EV
from simulator.keys.vehicle import Papers


@skill("plug_negotiating")
def plug_negotiating(bay: Bay, evse: int, connector: int) -> None:
    """An EV is plugged in that tells what it needs and waits for a schedule."""
    car = EV.of(bay.ev, bay.arrival_soc)
    car.talk = outside.TALKS["schedules"]
    bay.station.plug(car, evse, connector)
    bay.cars[evse] = car


@skill("plug_contract")
def plug_contract(bay: Bay, evse: int, connector: int, *, emaid: str, chain: str, key: str) -> None:
    """An EV is plugged in that shows a contract certificate."""
    car = EV.of(bay.ev, bay.arrival_soc)
    car.contract = Papers(chain, key)
    if car.contract.name != emaid:
        raise Unable(f"the contract is {car.contract.name}'s")
    bay.station.plug(car, evse, connector)
    bay.cars[evse] = car


@skill("renegotiate")
def renegotiate(bay: Bay, evse: int) -> None:
    """The EV asks for another schedule while it charges."""
    outside.renegotiate(bay.station, bay.clock.now, evse)


@skill("plug_asking")
def plug_asking(
    bay: Bay,
    evse: int,
    connector: int,
    *,
    action: str,
    emaid: str,
    chain: str,
    key: str,
    old_chain: str = "",
    old_key: str = "",
) -> str:
    """An EV is plugged in that asks for a contract certificate, or for a new one; what it takes for an answer."""
    car = EV.of(bay.ev, bay.arrival_soc)
    if action == "Install":
        shown = car.provisioning = _provisioning()
    else:
        shown = car.contract = Papers(old_chain, old_key)
    bay.station.plug(car, evse, connector)
    bay.cars[evse] = car
    return provides(emaid, Credentials(chain, key), shown.chain)


def _provisioning() -> Papers:
    """What its maker gives an EV."""
    made = bench_pki().oem.certifies("HUBOpenProvCert014")
    return Papers(made.chain, made.key)
