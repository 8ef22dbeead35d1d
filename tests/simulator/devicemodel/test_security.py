"""The variables of SecurityCtrlr."""

import pytest

from simulator.devicemodel.security import LONGEST_CHAIN, SECURITY
from simulator.devicemodel.variable import Mutability

VARIABLES = {variable.name: variable for variable in SECURITY}


@pytest.mark.parametrize(
    "name",
    ["SecurityProfile", "Identity", "CertificateEntries", "AdditionalRootCertificateCheck", "MaxCertificateChainSize"],
)
def test_what_only_the_station_says(name):
    assert VARIABLES[name].mutability is Mutability.READ_ONLY


def test_a_password_is_never_read():
    assert VARIABLES["BasicAuthPassword"].mutability is Mutability.WRITE_ONLY


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("KeyType", "RSA", "DSA"),
        ("CertSigningWaitMinimum", "1", "0"),
        ("CertSigningRepeatTimes", "0", "-1"),
        ("OrganizationName", "CPO AG", ""),
        ("BasicAuthPassword", "x" * 16, "x" * 15),
        ("MaxCertificateChainSize", "5600", str(LONGEST_CHAIN + 1)),
    ],
)
def test_what_fits(name, good, bad):
    assert VARIABLES[name].objection(good) is None
    assert VARIABLES[name].objection(bad)
