"""The bench's eMobility operator, and the EV that asks it."""

import pytest

from conformance.hands.mobility import provides
from conformance.papers import bench_pki
from simulator.keys.vehicle import Papers, takes

EMAID = "DE8AA1A2B3C4D59"


def papers(authority, name):
    made = authority.certifies(name)
    return Papers(made.chain, made.key)


def test_an_ev_takes_its_contract_and_the_key_for_it():
    new, shown = bench_pki().mo.certifies(EMAID), papers(bench_pki().oem, "HUBOpenProvCert014")
    assert takes(provides(EMAID, new, shown.chain), shown) == Papers(new.chain, new.key)


def test_no_other_ev_can_read_the_key():
    new, shown, thief = bench_pki().mo.certifies(EMAID), *(papers(bench_pki().oem, name) for name in ("A", "B"))
    with pytest.raises(ValueError):  # noqa: PT011  # a key read with the wrong secret is wrong in one way or another
        takes(provides(EMAID, new, shown.chain), thief)
