"""What a key store keeps."""

import json
from dataclasses import replace

from simulator.keys.commissioning import commissioned
from simulator.keys.memory import Identity, Kept, Own, Request, Root, Status, Use
from simulator.state.codec import class_of, decode, encode, name_of
from tests.simulator.csms import START
from tests.simulator.keys.authority import Authority, key_pem, name, new_key, pem

CA = Authority("CA")
MINE = Identity(Own.STATION, "key", CA.pem)


def asked(number: int, own: Own = Own.STATION, secc: str = "") -> Request:
    return Request(own, "key", "csr", number, secc)


def test_roots_by_use():
    kept = Kept((Root(Use.CSMS, CA.pem), Root(Use.V2G, CA.pem)))
    assert [root.use for root in kept.of(Use.V2G)] == [Use.V2G]
    assert kept.roots[0].certificate == CA.certificate


def test_a_new_certificate_stands_for_the_one_before_of_the_same_place():
    second = Identity(Own.STATION, "another key", CA.pem)
    secc = Identity(Own.V2G, "key", CA.pem, "SECC1")
    kept = Kept().with_identity(MINE).with_identity(secc).with_identity(second)
    assert kept.own == (secc, second)
    assert kept.identity(Own.V2G, "SECC1") is secc
    assert kept.identity(Own.V2G, "SECC2") is None


def test_a_combined_certificate_serves_every_controller_without_one():
    both = Identity(Own.STATION, "key", CA.pem, combined=True)
    secc = Identity(Own.V2G, "key", CA.pem, "SECC1")
    kept = Kept(own=(both, secc))
    assert kept.identity(Own.V2G, "SECC1") is secc
    assert kept.identity(Own.V2G, "SECC2") is both
    assert kept.identity(Own.V2G20, "SECC2") is None


def test_one_request_for_each_place():
    kept = Kept().with_request(asked(1)).with_request(asked(2, Own.V2G, "A")).with_request(asked(3))
    assert [each.id for each in kept.requests] == [2, 3]
    assert [each.id for each in kept.without_request(asked(2)).requests] == [3]


def test_it_can_be_written_and_read_again():
    key = new_key()
    made = commissioned(csms_roots=CA.pem, certificate=pem(CA.leaf(name("CP-1"), key.public_key())), key=key_pem(key))
    kept = replace(
        made,
        former=made.own[0],
        former_root=made.roots[0],
        requests=(asked(1, Own.V2G, "SECC1"),),
        statuses=(Status("ff", "AAAA", START),),
        forgone=("ISO15118Ctrlr(1).PnCEnabled",),
        unproven=True,
    )
    assert kept.roots[0].certificate == CA.certificate  # what is only computed does not count
    assert decode(Kept, json.loads(json.dumps(encode(kept)))) == kept
    assert class_of(name_of(Kept)) is Kept
