"""Faulty 1.6 central systems: passwords, certificates, TLS and security profiles."""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import Encoding

from conformance.mutants import (
    change,
    change_reply,
    lets_in,
    mishear_reply,
    mutant,
    refuse_reply,
)
from conformance.papers import bench_pki, hash_data

KEY, WRITE = {"key": "AuthorizationKey"}, "ChangeConfiguration"
INSTALL, LIST, DELETE = "InstallCertificate", "GetInstalledCertificateIds", "DeleteCertificate"
NOBODY = bench_pki().nobody.pem
ANOTHER = bench_pki().nobody.certificate.public_bytes(Encoding.DER)
NO_CERTIFICATE = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"

mutant("sends_a_short_key_16", change(WRITE, "value", "0123456789abcdef", KEY), breaks="1.6-sec:A00.FR.205")
mutant("changes_another_key_16", change(WRITE, "key", "BasicAuthPassword", KEY), breaks="1.6-sec:A01.FR.02")
mutant("keeps_the_old_key_16", mishear_reply(WRITE, "status", "Rejected"), breaks="1.6-sec:A01.FR.03")
mutant("accepts_both_keys_16", welcoming=True, breaks="1.6-sec:A01.FR.03")
mutant(
    "turns_the_right_password_away_16",
    lets_in(ending="refused", code=401),
    breaks="1.6-sec:A00.FR.204",
)

mutant("agrees_on_another_suite_16", lets_in(cipher="AES256-SHA"), breaks="1.6-sec:A00.FR.317 1.6-sec:A00.FR.421")
mutant("speaks_old_tls_16", lets_in(tls="1.1"), breaks="1.6-sec:A00.FR.312 1.6-sec:A00.FR.416")
mutant("shows_the_certificate_of_another_host_16", lets_in(certificate=ANOTHER), breaks="1.6-sec:2.6.1")
mutant("shows_no_server_certificate_16", lets_in(certificate=None), breaks="1.6-sec:A00.FR.306")
mutant("turns_good_certificates_away_16", lets_in(ending="tls"), breaks="1.6-sec:A00.FR.401")

mutant("refuses_to_sign_16", change_reply("SignCertificate", "status", "Rejected"), breaks="1.6-sec:A02.FR.11")
mutant("signs_another_key_16", change("CertificateSigned", "certificateChain", NO_CERTIFICATE), breaks="1.6-sec:A02")
mutant(
    "triggers_no_csr_16",
    change("ExtendedTriggerMessage", "requestedMessage", "Heartbeat"),
    breaks="1.6-sec:A02",
)
mutant("deaf_to_security_events_16", refuse_reply("SecurityEventNotification"), breaks="1.6-sec:A04.FR.03")

mutant("lets_charge_points_step_down_16", welcoming=True, breaks="1.6-sec:A05.FR.09")
mutant("raises_nothing_16", change(WRITE, "value", "1", {"key": "SecurityProfile"}), breaks="1.6-sec:A05")


def _another(use: object) -> str:
    uses = ("CentralSystemRootCertificate", "ManufacturerRootCertificate")
    return uses[use == uses[0]]


mutant("installs_for_another_use_16", change(INSTALL, "certificateType", _another), breaks="1.6-sec:M05")
mutant("installs_another_root_16", change(INSTALL, "certificate", NOBODY), breaks="1.6-sec:M05")
mutant("asks_for_other_certificates_16", change(LIST, "certificateType", _another), breaks="1.6-sec:M03")
mutant(
    "deletes_something_else_16",
    change(DELETE, "certificateHashData", hash_data(NOBODY)),
    breaks="1.6-sec:M04",
)
mutant(
    "deletes_by_sha256_alone_16",
    change(DELETE, "certificateHashData", hash_data(bench_pki().csms.pem)),
    breaks="1.6-sec:M04.FR.07",
)
