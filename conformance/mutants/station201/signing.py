"""Faulty 2.0.1 stations: certificates of their own."""

from __future__ import annotations

from functools import cache
from typing import Any

from conformance import papers
from conformance.mutants import arrives, change, change_reply, drop, mutant, once, say

UNPROMPTED = {"csr": "-----BEGIN CERTIFICATE REQUEST-----\n", "certificateType": "ChargingStationCertificate"}


@cache
def _weak() -> str:
    return papers.request("WEAK", weak=True)[0]


def _weakened(_csr: Any) -> str:
    return _weak()


def _renamed(_csr: Any) -> str:
    return papers.request("SOMEBODY-ELSE")[0]


mutant("asks_for_no_certificate", change_reply("TriggerMessage", "status", "Rejected"), breaks="F06.FR.05")
mutant("asks_with_a_short_key", change("SignCertificate", "csr", _weakened), breaks="A02.FR.02")
mutant("asks_in_another_name", change("SignCertificate", "csr", _renamed), breaks="A02.FR.03")
mutant(
    "asks_for_another_use",
    change("SignCertificate", "certificateType", "ChargingStationCertificate"),
    breaks="A02.FR.03",
)
mutant("refuses_certificates", change_reply("CertificateSigned", "status", "Rejected"), breaks="A02.FR.06")
mutant("keeps_its_certificate", arrives(certificate=None), breaks="A02.FR.08 A02.FR.09")
mutant("takes_any_signed_certificate", change_reply("CertificateSigned", "status", "Accepted"), breaks="A02.FR.07")
mutant(
    "hides_a_bad_certificate",
    drop("SecurityEventNotification", {"type": "InvalidChargingStationCertificate"}),
    breaks="A02.FR.07",
)
mutant("asks_but_once", once("SignCertificate", {}, drop("SignCertificate")), breaks="A02.FR.17")
mutant(
    "asks_again_too_soon",
    say("SignCertificate", UNPROMPTED, after="SignCertificate", by_s=10),
    breaks="A02.FR.17",
)
mutant(
    "never_doubles_its_wait",
    say("SignCertificate", UNPROMPTED, after="SignCertificate", by_s=30),
    breaks="A02.FR.18",
)
