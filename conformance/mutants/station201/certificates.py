"""Faulty 2.0.1 stations: certificates."""

from __future__ import annotations

from typing import Any

from conformance.mutants import Later, Passing, accept_reply, change_reply, drop, mishear, mutant
from conformance.papers import bench_pki, hash_data

LIST = "certificateHashDataChain"
OLD = {"certificateType": "CSMSRootCertificate", "certificateHashData": hash_data(bench_pki().csms.pem)}
SUB_CAS = [f"{each.certificate.serial_number:x}" for each in (bench_pki().cpo, bench_pki().cpo.above) if each]


def _others(told: Any) -> Any:
    return [{**each, "certificateHashData": {**each["certificateHashData"], "serialNumber": "1"}} for each in told]


def _childless(told: Any) -> Any:
    return [{name: each[name] for name in each if name != "childCertificateHashData"} for each in told]


def _keeps(passing: Passing) -> Later | None:
    """Lists every root that it was sent, whatever it said to it."""
    kept = passing.spoiler.memory.setdefault("roots", [])
    if passing.action == "InstallCertificate" and not passing.is_call:
        request = passing.request
        data = hash_data(request["certificate"])
        kept.append({"certificateType": request["certificateType"], "certificateHashData": data})
    return change_reply("GetInstalledCertificateIds", LIST, lambda told: [*told, *kept])(passing)


mutant("keeps_what_it_refuses", _keeps, breaks="M05.FR.07 M05.FR.11")
mutant("refuses_roots", change_reply("InstallCertificate", "status", "Rejected"), breaks="M05.FR.02")
mutant("takes_any_root", change_reply("InstallCertificate", "status", "Accepted"), breaks="M05.FR.07 M05.FR.11")
mutant("lists_other_roots", change_reply("GetInstalledCertificateIds", LIST, _others), breaks="M03.FR.04")
mutant("finds_nothing", accept_reply("GetInstalledCertificateIds", {"status": "NotFound"}), breaks="M03.FR.03")
mutant("hides_sub_cas", change_reply("GetInstalledCertificateIds", LIST, _childless), breaks="M03.FR.05")
mutant(
    "finds_what_is_not_there",
    change_reply("GetInstalledCertificateIds", "status", "Accepted", {"status": "NotFound"}),
    breaks="M03.FR.02",
)
mutant(
    "keeps_the_old_root",
    change_reply("GetInstalledCertificateIds", LIST, lambda told: [*told, OLD]),
    breaks="M05.FR.13",
)
mutant(
    "forgets_the_old_root",
    change_reply("GetInstalledCertificateIds", LIST, _others),
    breaks="M05.FR.10 M05.FR.14",
)
mutant("refuses_to_delete", change_reply("DeleteCertificate", "status", "Failed"), breaks="M04.FR.02")
mutant(
    "deletes_nothing",
    mishear("DeleteCertificate", "certificateHashData.serialNumber", "1"),
    change_reply("DeleteCertificate", "status", "Accepted"),
    breaks="M04.FR.02",
)
mutant("deletes_what_is_not_there", change_reply("DeleteCertificate", "status", "Accepted"), breaks="M04.FR.04")
mutant("deletes_its_own_certificate", change_reply("DeleteCertificate", "status", "Accepted"), breaks="M04.FR.06")
mutant("asks_for_no_status", drop("GetCertificateStatus"), breaks="M06.FR.06")
mutant(
    "asks_for_the_leaf_alone",
    *(drop("GetCertificateStatus", {"ocspRequestData.serialNumber": number}) for number in SUB_CAS),
    breaks="M06.FR.07",
)
