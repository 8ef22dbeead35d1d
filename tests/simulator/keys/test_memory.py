"""What a key store keeps."""

from simulator.keys.memory import Identity, Kept, Own, Request, Root, Use
from tests.simulator.keys.authority import Authority

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
