"""CA certificates in the store, where no message shows it."""

from simulator.flash import Flash
from simulator.keys.commissioning import commissioned
from simulator.keys.memory import Kept, Use
from simulator.keys.roots import CHAIN, delete, install, listed
from simulator.keys.store import Keys
from tests.simulator.csms import World
from tests.simulator.dialects.test_certificates201 import hash_of
from tests.simulator.keys.authority import Authority, key_pem, name, new_key, pem

ROOT = Authority("root")
SUB = ROOT.sub("sub")


def keys_of(**things) -> Keys:
    return World(flash=Flash(memories={Kept: commissioned(**things)})).station.function(Keys)


def test_the_successor_of_a_root_may_stand_beside_it():
    keys = keys_of(csms_roots=ROOT.pem)
    assert install(keys, Use.CSMS, SUB.pem).accepted
    assert keys.roots(Use.CSMS) == (ROOT.certificate, SUB.certificate)
    assert [found.hash for found in listed(keys, ())] == [
        hash_of(ROOT.certificate, ROOT.certificate), hash_of(SUB.certificate, ROOT.certificate),
    ]  # fmt: skip


def test_one_certificate_may_have_several_uses_and_all_go_together():
    keys = keys_of(csms_roots=ROOT.pem, v2g_roots=ROOT.pem)
    assert len(listed(keys, ("V2GRootCertificate",))) == 1
    assert delete(keys, hash_of(ROOT.certificate, ROOT.certificate)).accepted
    assert not listed(keys, ())


def test_a_v2g_certificate_can_be_deleted():
    key = new_key()
    leaf = SUB.leaf(name("SECC"), key.public_key())
    keys = keys_of(v2g_roots=ROOT.pem, v2g=[("SECC", pem(leaf) + SUB.above(), key_pem(key))])
    assert len(listed(keys, (CHAIN,))) == 1
    assert delete(keys, hash_of(leaf, SUB.certificate)).accepted
    assert not listed(keys, (CHAIN,))


def test_a_hash_that_ocpp_does_not_have():
    keys = keys_of(csms_roots=ROOT.pem)
    assert delete(keys, hash_of(ROOT.certificate, ROOT.certificate) | {"hashAlgorithm": "MD5"}).status == "NotFound"
