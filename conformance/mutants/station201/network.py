"""Faulty 2.0.1 stations: network connection profiles and lost links."""

from __future__ import annotations

from typing import Any

from conformance.mutants import Mishearing, accept_reply, change_reply, drop, mishear, mutant
from conformance.papers import bench_pki, hash_data
from conformance.vocabulary import Payload


def _set(variable: str) -> Payload:
    return {"setVariableData.0.variable.name": variable}


def _misset(variable: str, value: Any) -> Mishearing:
    """Takes a variable for set to something else."""
    return mishear("SetVariables", "setVariableData.0.attributeValue", value, _set(variable))


def _unlisted(chains: list[Payload]) -> list[Payload]:
    """Other certificates than those that are installed."""
    for chain in chains:
        chain["certificateHashData"]["serialNumber"] = "00"
    return chains


def _with_the_old_root(chains: list[Payload]) -> list[Payload]:
    """What is installed, and the CSMS root that was replaced."""
    old = {"certificateType": "CSMSRootCertificate", "certificateHashData": hash_data(bench_pki().csms.pem)}
    return [*chains, old]


ELSEWHERE = (
    mishear("InstallCertificate", "certificateType", "MORootCertificate"),
    accept_reply("InstallCertificate", {"status": "Accepted"}),
)
"""Says that it has installed a CSMS root, and has not."""

mutant("takes_any_slot", accept_reply("SetNetworkProfile", {"status": "Accepted"}), breaks="B09.FR.02 B09.FR.05")
mutant(
    "refuses_the_order_of_profiles",
    change_reply(
        "SetVariables",
        "setVariableResult.0.attributeStatus",
        "Rejected",
        {"setVariableResult.0.variable.name": "NetworkConfigurationPriority"},
    ),
    breaks="B10.FR.01",
)
mutant("refuses_to_reset_for_a_profile", accept_reply("Reset", {"status": "Rejected"}), breaks="B11.FR.01")
mutant("refuses_network_profiles", accept_reply("SetNetworkProfile", {"status": "Rejected"}), breaks="B09.FR.01")
mutant(
    "stays_where_it_was",
    _misset("NetworkConfigurationPriority", lambda order: order.split(",")[-1]),
    breaks="B10.FR.04 M05.FR.13",
)
mutant("gives_up_after_one_attempt", _misset("NetworkProfileConnectionAttempts", "1"), breaks="B10.FR.03")
mutant(
    "hurries_back_to_what_it_knew",
    _misset("RetryBackOffWaitMinimum", "1"),
    breaks="B10.FR.07",
)
mutant("hurries_back", _misset("RetryBackOffWaitMinimum", "1"), breaks="OCPP-J.5.3")
mutant("never_doubles_the_wait", _misset("RetryBackOffRepeatTimes", "0"), breaks="OCPP-J.5.3")
mutant("keeps_the_root_for_something_else", *ELSEWHERE, breaks="M05.FR.15")
mutant("trusts_no_new_root", *ELSEWHERE, breaks="M05.FR.13")
mutant(
    "clings_to_the_old_root",
    change_reply("GetInstalledCertificateIds", "certificateHashDataChain", _with_the_old_root),
    breaks="M05.FR.13",
)
mutant(
    "forgets_the_root_that_it_fell_back_on",
    change_reply("GetInstalledCertificateIds", "certificateHashDataChain", _unlisted),
    breaks="M05.FR.16",
)
mutant("tells_what_changed_alone", _misset("OfflineThreshold", "100000"), breaks="B04.FR.01")
mutant(
    "tells_nothing_of_what_changed",
    drop("StatusNotification", {"connectorStatus": "Occupied"}),
    breaks="B04.FR.02",
)
mutant("tells_all_after_any_outage", _misset("OfflineThreshold", "1"), breaks="B04.FR.02")
