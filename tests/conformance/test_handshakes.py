"""TLS as the bench speaks it: every wrong certificate and version, and what the bench learns of it."""

from __future__ import annotations

import ssl

import pytest

from conformance import handshakes, papers
from protocol.transports.greeting import greet

PKI = papers.bench_pki()


class Ends:
    """A bench as CSMS and one as station."""

    def __init__(self, kind=papers.VALID, *, station=None, **manners):
        self.heard, self.saw, self.begun = [], [], []
        shown = PKI.server(kind, ["bench"])
        context = handshakes.server(shown, self.hear, client_roots=PKI.csms.pem, **manners)
        self.door = handshakes.reception(lambda: context)
        self.station = station or {}

    def hear(self, shaken):
        (self.begun if shaken.begun else self.heard).append(shaken)

    def see(self, shaken):
        if not shaken.begun:
            self.saw.append(shaken)

    def greet(self):
        return greet(handshakes.client(PKI.csms.pem, self.see, **self.station), self.door, "bench")


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_both_learn_what_was_agreed(version):
    ends = Ends(at_most=version, station={"shown": PKI.station("CP-1")})
    far = ends.greet()
    assert papers.from_der(far.getpeercert(binary_form=True)).name == "CP-1"
    assert [(each.why, each.version) for each in ends.heard + ends.saw] == [("", version)] * 2
    assert [each.end for each in ends.begun] == [far]
    assert "ECDHE-ECDSA-AES128-GCM-SHA256" in [name for name, *_ in far.shared_ciphers()]


@pytest.mark.parametrize(
    ("kind", "alert"), [(papers.UNKNOWN, "unknown ca"), (papers.MISNAMED, "bad certificate")], ids=str
)
def test_the_bench_hears_why_a_station_refuses(kind, alert):
    ends = Ends(kind)
    with pytest.raises(ssl.SSLError):
        ends.greet()
    assert alert in ends.heard[0].why
    assert (ends.heard[0].version, ends.heard[0].cipher) == ("", "")


def test_nobody_modern_speaks_with_an_old_bench():
    ends = Ends(at_most="1.1")
    with pytest.raises(ssl.SSLError, match="version"):
        ends.greet()
    ends = Ends(at_most="1.1", station={"at_most": "1.1"})
    ends.greet()
    assert ends.saw[0].version == "1.1"


def test_the_bench_asks_for_one_cipher_suite():
    ends = Ends(station={"at_most": "1.2", "ciphers": "AES256-GCM-SHA384"})
    ends.greet()
    assert ends.saw[0].cipher == "AES256-GCM-SHA384"


def test_a_closed_reception_shakes_no_hand():
    def nobody():
        raise ssl.SSLError("no case is running")

    with pytest.raises(ssl.SSLError, match="no case"):
        greet(handshakes.client(PKI.csms.pem, print), handshakes.reception(nobody), "bench")
