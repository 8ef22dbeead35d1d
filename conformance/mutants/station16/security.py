"""Faulty 1.6 charge points: security."""

from __future__ import annotations

from functools import cache
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from conformance import papers
from conformance.mutants import CREDULOUS, arrives, change, change_reply, drop, mishear, mutant
from conformance.papers import bench_pki

ANOTHER = bench_pki().manufacturer.certificate.public_bytes(Encoding.DER)
EVENT = "SecurityEventNotification"


@cache
def _weak() -> str:
    return papers.request("WEAK", weak=True)[0]


def _weak_key() -> bytes:
    """A certificate for a key of 1024 bits, in DER."""
    [leaf, *_] = papers.load(bench_pki().csms.signs(_weak()))
    return leaf.public_bytes(Encoding.DER)


def _weakened(_csr: Any) -> str:
    return _weak()


def _of_another(_csr: Any) -> str:
    return papers.request("BENCH-1", organisation="Somebody Else")[0]


def _others(told: Any) -> Any:
    return [{**each, "serialNumber": "1"} for each in told]


mutant("comes_as_somebody_else_16", arrives(user="somebody"), breaks="1.6-sec:A00.FR.204 1.6-sec:A00.FR.303")
mutant(
    "comes_with_another_password_16",
    arrives(password="another-password"),
    breaks="1.6-sec:A00.FR.202 1.6-sec:A00.FR.301",
)
mutant("comes_without_password_16", arrives(password=None), breaks="1.6-sec:A00.FR.203 1.6-sec:A00.FR.302")
mutant(
    "refuses_a_new_password_16", change_reply("ChangeConfiguration", "status", "Rejected"), breaks="1.6-sec:A01.FR.01"
)
mutant("keeps_its_password_16", arrives(password="bench-password-0001"), breaks="1.6-sec:A01.FR.01")
mutant("comes_without_tls_16", arrives(secure=False), breaks="1.6-sec:A00.FR.311 1.6-sec:A00.FR.415")
mutant("speaks_tls_1_1_16", arrives(tls="1.1"), breaks="1.6-sec:A00.FR.312 1.6-sec:A00.FR.416")
mutant(
    "offers_old_suites_16",
    arrives(ciphers=("ECDHE-RSA-AES128-GCM-SHA256",)),
    breaks="1.6-sec:A00.FR.318 1.6-sec:A00.FR.422",
)
mutant("shows_no_certificate_16", arrives(certificate=None), breaks="1.6-sec:A00.FR.401 1.6-sec:A00.FR.402")
mutant("shows_the_certificate_of_another_16", arrives(certificate=ANOTHER), breaks="1.6-sec:A00.FR.511")
mutant("shows_a_weak_key_16", arrives(certificate=_weak_key()), breaks="1.6-sec:A00.FR.502")
mutant(
    "takes_any_certificate_16",
    CREDULOUS,
    breaks="1.6-sec:A00.FR.307 1.6-sec:A00.FR.310 1.6-sec:A00.FR.411 1.6-sec:A00.FR.414",
)
mutant(
    "hides_invalid_certificates_16",
    drop(EVENT, {"type": "InvalidCentralSystemCertificate"}),
    breaks="1.6-sec:A00.FR.309 1.6-sec:A00.FR.413 1.6-sec:A04.FR.01",
)
mutant(
    "refuses_better_profiles_16",
    change_reply("ChangeConfiguration", "status", "Rejected"),
    breaks="1.6-sec:A05.FR.05",
)
mutant("comes_without_tls_again_16", arrives(secure=False), breaks="1.6-sec:A05.FR.07")
mutant("steps_down_16", change_reply("ChangeConfiguration", "status", "Accepted"), breaks="1.6-sec:A05.FR.01")
mutant(
    "asks_for_no_certificate_16",
    change_reply("ExtendedTriggerMessage", "status", "Rejected"),
    breaks="1.6-sec:A02.FR.02",
)
mutant("sends_no_csr_16", change("SignCertificate", "csr", "none"), breaks="1.6-sec:A02.FR.03")
mutant("asks_with_a_short_key_16", change("SignCertificate", "csr", _weakened), breaks="1.6-sec:A02.FR.02")
mutant("asks_for_another_owner_16", change("SignCertificate", "csr", _of_another), breaks="1.6-sec:A02.FR.13")
mutant(
    "refuses_its_certificate_16",
    change_reply("CertificateSigned", "status", "Rejected"),
    breaks="1.6-sec:A02.FR.06",
)
mutant("keeps_its_certificate_16", arrives(certificate=None), breaks="1.6-sec:A02.FR.08 1.6-sec:A02.FR.09")
mutant(
    "takes_any_signed_certificate_16",
    change_reply("CertificateSigned", "status", "Accepted"),
    breaks="1.6-sec:A02.FR.06 1.6-sec:A02.FR.07",
)
mutant(
    "hides_a_bad_certificate_16",
    drop(EVENT, {"type": "InvalidChargePointCertificate"}),
    breaks="1.6-sec:A02.FR.07 1.6-sec:A04.FR.01",
)
mutant("refuses_roots_16", change_reply("InstallCertificate", "status", "Rejected"), breaks="1.6-sec:M05.FR.02")
mutant(
    "lists_other_roots_16",
    change_reply("GetInstalledCertificateIds", "certificateHashData", _others),
    breaks="1.6-sec:M03.FR.04",
)
mutant(
    "finds_no_roots_16", change_reply("GetInstalledCertificateIds", "status", "NotFound"), breaks="1.6-sec:M03.FR.03"
)
mutant("refuses_to_delete_16", change_reply("DeleteCertificate", "status", "Failed"), breaks="1.6-sec:M04.FR.02")
mutant(
    "deletes_nothing_16",
    mishear("DeleteCertificate", "certificateHashData.serialNumber", "1"),
    change_reply("DeleteCertificate", "status", "Accepted"),
    breaks="1.6-sec:M04.FR.02",
)
