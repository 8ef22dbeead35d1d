"""Roots in charge points. Central system under test, OCPP 1.6 with its security extension."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance import papers
from conformance.cases.csms16.states import attached, told
from conformance.papers import Authority, hash_data
from conformance.vocabulary import (
    NOW,
    Payload,
    Received,
    Script,
    Subject,
    answer,
    ask,
    command,
    csms16,
    given,
    satisfying,
    usually,
)

CENTRAL, MANUFACTURER = "CentralSystemRootCertificate", "ManufacturerRootCertificate"
UNUSUAL = "SHA384"
"""The algorithm of a charge point's hash data, which others have to follow."""


def _root(csms: Subject, use: str) -> Authority:
    """The bench's root for each use."""
    return csms.pki.csms if use == CENTRAL else csms.pki.manufacturer


def _installed(csms: Subject, use: str, *, status: str = "Accepted") -> Script:
    """The central system, told to, installs a root; the charge point answers so."""
    root = _root(csms, use).pem
    yield command(csms, "install_certificate", type=use, certificate=root)
    that = satisfying("the root that it was told to", lambda value: papers.load(value) == papers.load(root))
    having = {"certificateType": use, "certificate": that}
    request: Received = yield from told(csms, "InstallCertificate", having=having, rule="1.6-sec:M05")
    yield answer(request, status=status)


def _listed(csms: Subject, use: str, *, algorithm: str = "SHA256", there: bool = True) -> Script:
    """The central system, told to, asks what is installed, and hears of that root, or of none."""
    found: Payload = {"status": "NotFound"}
    if there:
        known = hash_data(_root(csms, use).pem, algorithm=algorithm)
        found = {"status": "Accepted", "certificateHashData": [known]}
    yield usually("GetInstalledCertificateIds", **found)  # it may ask again on its own, before it deletes or after
    yield command(csms, "get_installed_certificate_ids", types=[use])
    having = {"certificateType": use}
    request: Received = yield from told(csms, "GetInstalledCertificateIds", having=having, rule="1.6-sec:M03")
    yield answer(request, **found)


INSTALLS = "installs_for_another_use_16 installs_another_root_16 asks_for_other_certificates_16"


@csms16(
    "TC_075_1_CSMS",
    "Install manufacturer root",
    verifies="1.6-sec:M03 1.6-sec:M05",
    catches=INSTALLS,
)
def install_manufacturer_root(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _installed(csms, MANUFACTURER)
    yield from _listed(csms, MANUFACTURER)


@csms16(
    "TC_075_2_CSMS",
    "Install central-system root",
    verifies="1.6-sec:M03 1.6-sec:M05",
    catches=INSTALLS,
)
def install_central_root(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _installed(csms, CENTRAL)
    yield from _listed(csms, CENTRAL)


@csms16(
    "TC_076_CSMS",
    "Delete certificate",
    verifies="1.6-sec:M03 1.6-sec:M04 1.6-sec:M04.FR.07 1.6-sec:M05",
    catches=(
        "deletes_something_else_16 deletes_by_sha256_alone_16 asks_for_other_certificates_16 installs_another_root_16"
    ),
)
def delete(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _installed(csms, CENTRAL)
    yield from _listed(csms, CENTRAL, algorithm=UNUSUAL)
    root = csms.pki.csms.pem
    yield command(csms, "delete_certificate", certificate=root)
    known = hash_data(root, algorithm=UNUSUAL)
    that = satisfying("the hash data that it was told", lambda value: papers.same(value, known))
    having = {"certificateHashData": that}
    rule = "1.6-sec:M04 1.6-sec:M04.FR.07"
    request: Received = yield from told(csms, "DeleteCertificate", having=having, rule=rule)
    yield answer(request, status="Accepted")
    yield from _listed(csms, CENTRAL, there=False)


@csms16(
    "TC_078_CSMS",
    "Security event: invalid central-system certificate",
    verifies="1.6-sec:A04.FR.03 1.6-sec:M05",
    catches="installs_for_another_use_16 deaf_to_security_events_16",
)
def central_root_rejected(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _installed(csms, CENTRAL, status="Rejected")
    event = {"type": "InvalidCentralSystemCertificate", "timestamp": NOW}
    yield ask("SecurityEventNotification", event, rule="1.6-sec:A04.FR.03")
