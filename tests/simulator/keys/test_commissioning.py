"""What a station leaves the factory with."""

import pytest

from simulator.keys.commissioning import commissioned
from simulator.keys.memory import Own, Use
from tests.simulator.keys.authority import Authority, key_pem, name, new_key, pem

CA = Authority("CA")
KEY = new_key()
LEAF = pem(CA.leaf(name("CP-1"), KEY.public_key()))


def test_roots_and_a_certificate():
    kept = commissioned(csms_roots=CA.pem * 2, manufacturer_roots=CA.pem, certificate=LEAF, key=key_pem(KEY))
    assert [root.use for root in kept.roots] == [Use.CSMS, Use.CSMS, Use.MANUFACTURER]
    assert kept.identity(Own.STATION).leaf.issuer == CA.certificate.subject
    assert kept.refuses_outer


def test_a_manufacturers_root_alone_leaves_the_csms_to_others():
    assert not commissioned(manufacturer_roots=CA.pem).refuses_outer


@pytest.mark.parametrize(
    ("things", "why"),
    [
        ({"certificate": LEAF}, "come together"),
        ({"key": key_pem(KEY)}, "come together"),
        ({"certificate": LEAF, "key": key_pem(new_key())}, "not the key"),
        ({"csms_roots": "nothing"}, "PEM"),
    ],
)
def test_what_does_not_fit(things, why):
    with pytest.raises(ValueError, match=why):
        commissioned(**things)
