"""Faulty 2.0.1 stations: security."""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import Encoding

from conformance.mutants import (
    CREDULOUS,
    accept_reply,
    arrives,
    change_reply,
    drop,
    mishear,
    mutant,
    once,
)
from conformance.papers import bench_pki, load, request

ANOTHER = bench_pki().manufacturer.certificate.public_bytes(Encoding.DER)
WEAK = load(bench_pki().csms.signs(request("WEAK", weak=True)[0]))[0].public_bytes(Encoding.DER)
PRIORITY = "getVariableResult.0.variable.name"
NEW_PASSWORD = {"setVariableData.0.variable.name": "BasicAuthPassword"}
STATUS = "setVariableResult.0.attributeStatus"
VALUE = "getVariableResult.0.attributeValue"
mutant("comes_as_somebody_else", arrives(user="somebody"), breaks="A00.FR.203")
mutant("comes_with_a_short_password", arrives(password="secret"), breaks="A00.FR.205")
mutant("comes_with_an_endless_password", arrives(password="x" * 65), breaks="A00.FR.205 A00.FR.304")
mutant("refuses_a_new_password", change_reply("SetVariables", STATUS, "Rejected"), breaks="A01.FR.01")
mutant("keeps_its_password", arrives(password="bench-password-0001"), breaks="A01.FR.01")
mutant("takes_short_passwords", change_reply("SetVariables", STATUS, "Accepted"), breaks="A00.FR.205")
mutant(
    "uses_what_it_refused",
    mishear("SetVariables", "setVariableData.0.attributeValue", "x" * 16, NEW_PASSWORD),
    change_reply("SetVariables", STATUS, "Rejected"),
    breaks="A01.FR.01",
)
mutant(
    "comes_back_without_a_word",
    once("BootNotification", {"reason": "RemoteReset"}, drop("StatusNotification")),
    breaks="B01.FR.05",
)
mutant("offers_old_suites", arrives(ciphers=("ECDHE-RSA-AES128-GCM-SHA256",)), breaks="A00.FR.319 A00.FR.422")
mutant("speaks_tls_1_1", arrives(tls="1.1"), breaks="A00.FR.313 A00.FR.416")
mutant("comes_without_tls", arrives(secure=False), breaks="A00.FR.312")
mutant("takes_any_certificate", CREDULOUS, breaks="A00.FR.309 A00.FR.412")
mutant("takes_any_certificate_at_all", CREDULOUS, breaks="A00.FR.316 A00.FR.419")
mutant(
    "hides_invalid_certificates",
    drop("SecurityEventNotification", {"type": "InvalidCsmsCertificate"}),
    breaks="A00.FR.310 A00.FR.413",
)
mutant("shows_the_certificate_of_another", arrives(certificate=ANOTHER), breaks="A00.FR.511")
mutant("shows_a_weak_certificate", arrives(certificate=WEAK), breaks="A00.FR.502")
mutant("shows_no_certificate", arrives(certificate=None), breaks="A00.FR.401")
mutant("refuses_better_profiles", change_reply("SetVariables", STATUS, "Rejected"), breaks="A05.FR.04")
mutant(
    "keeps_its_security_profile",
    change_reply("GetVariables", "getVariableResult.0.attributeValue", "1"),
    breaks="A05.FR.06",
)
mutant(
    "keeps_worse_network_profiles",
    change_reply("GetVariables", VALUE, "1,2", {PRIORITY: "NetworkConfigurationPriority"}),
    breaks="A05.FR.06",
)
mutant("comes_without_tls_again", arrives(secure=False), breaks="A05.FR.05 A05.FR.06")
mutant("takes_any_priority", change_reply("SetVariables", STATUS, "Accepted"), breaks="A05.FR.02 A05.FR.03")
mutant("steps_down", accept_reply("SetNetworkProfile", {"status": "Accepted"}), breaks="B09.FR.04")
