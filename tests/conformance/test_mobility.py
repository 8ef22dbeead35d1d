"""The bench's eMobility operator, and the EV that asks it."""

from conformance.hands.mobility import provides
from conformance.papers import bench_pki
from simulator.keys.vehicle import Papers, takes

EMAID = "DE8AA1A2B3C4D59"


def test_an_ev_takes_its_contract_and_the_key_for_it():
    new, made = bench_pki().mo.certifies(EMAID), bench_pki().oem.certifies("HUBOpenProvCert014")
    shown = Papers(made.chain, made.key)
    assert takes(provides(EMAID, new, shown.chain), shown) == Papers(new.chain, new.key)
