"""Faulty 2.0.1 CSMSs: certificates."""

from __future__ import annotations

from typing import Any

from conformance.mutants import change, change_reply, mutant
from conformance.papers import bench_pki, hash_data

NOBODY = bench_pki().nobody.pem


def _another(use: Any) -> str:
    return "CSMSRootCertificate" if use != "CSMSRootCertificate" else "ManufacturerRootCertificate"


mutant(
    "installs_for_another_use",
    change("InstallCertificate", "certificateType", _another),
    breaks="M05.FR.01",
)
mutant("installs_another_root", change("InstallCertificate", "certificate", NOBODY), breaks="M05.FR.01")
mutant(
    "asks_for_other_certificates",
    change(
        "GetInstalledCertificateIds",
        "certificateType",
        ["CSMSRootCertificate", "MORootCertificate", "V2GRootCertificate"],
    ),
    breaks="M03.FR.01",
)
mutant(
    "deletes_by_sha256_alone",
    change("DeleteCertificate", "certificateHashData", hash_data(bench_pki().csms.pem)),
    breaks="M04.FR.07",
)
mutant(
    "deletes_something_else",
    change("DeleteCertificate", "certificateHashData", hash_data(NOBODY)),
    breaks="M04.FR.01",
)
mutant("finds_no_status", change_reply("GetCertificateStatus", "status", "Failed"), breaks="M06.FR.02")
mutant("tells_no_ocsp", change_reply("GetCertificateStatus", "ocspResult", "bm90aGluZw=="), breaks="M06.FR.08")
mutant("has_no_contract", change_reply("Get15118EVCertificate", "status", "Failed"), breaks="M01.FR.01 M02.FR.01")
mutant("answers_no_exi", change_reply("Get15118EVCertificate", "exiResponse", ""), breaks="M01.FR.01 M02.FR.01")
