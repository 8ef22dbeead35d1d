"""Faulty 2.0.1 CSMSs: certificates."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from conformance import reading
from conformance.mutants import Later, Passing, change, change_reply, mutant
from conformance.papers import bench_pki, hash_data, ocsp_response

NOBODY = bench_pki().nobody.pem
ANOTHER_STATUS = ocsp_response(NOBODY, NOBODY, bench_pki().nobody)
XML = b64encode(b"<CertificateInstallationRes/>").decode()


def _another(use: Any) -> str:
    return "CSMSRootCertificate" if use != "CSMSRootCertificate" else "ManufacturerRootCertificate"


def _unread(passing: Passing) -> Later | None:
    """Give the EV back what it asked."""
    if passing.is_call or passing.action != "Get15118EVCertificate":
        return None
    payload = {"status": "Accepted", "exiResponse": passing.request["exiRequest"]}
    return [(0.0, reading.write(reading.RESULT, passing.frame.message_id, payload))]


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
    "asks_for_no_csms_roots",
    change("GetInstalledCertificateIds", "certificateType", ["MORootCertificate"]),
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
mutant(
    "tells_of_another_certificate",
    change_reply("GetCertificateStatus", "ocspResult", ANOTHER_STATUS),
    breaks="M06.FR.03",
)
mutant("has_no_contract", change_reply("Get15118EVCertificate", "status", "Failed"), breaks="M01.FR.01 M02.FR.01")
mutant("answers_no_exi", change_reply("Get15118EVCertificate", "exiResponse", ""), breaks="M01.FR.01 M02.FR.01")
mutant("answers_in_xml", change_reply("Get15118EVCertificate", "exiResponse", XML), breaks="M01.FR.01 M02.FR.01")
mutant("returns_the_request_of_the_ev", _unread, breaks="M01.FR.01 M02.FR.01")
