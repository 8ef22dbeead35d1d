"""Block A, certificates of stations signed anew. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance import papers
from conformance.cases.csms.credentials import signed_for, signed_under
from conformance.cases.csms201.states import booted, told
from conformance.papers import Credentials
from conformance.vocabulary import (
    NOW,
    PRESENT,
    Received,
    Script,
    Subject,
    answer,
    ask,
    check,
    command,
    connect,
    csms201,
    disconnect,
    given,
    in_profile,
)


def renewed(csms: Subject, kind: str = "ChargingStationCertificate", *, answers: str = "Accepted") -> Script:
    """RenewChargingStationCertificate: the CSMS wants a CSR and has it signed; returns what the station then shows.

    ``kind``: V2GCertificate, or Combined, which a SignCertificateRequest spells by leaving it out. A certificate of
    another key cannot be shown: the chain is empty then.
    """
    wanted = "SignCombinedCertificate" if kind == "Combined" else f"Sign{kind}"
    yield command(csms, "sign_certificate", type=kind)
    trigger = yield from told(csms, "TriggerMessage", having={"requestedMessage": wanted}, rule="F06.FR.01")
    yield answer(trigger, status="Accepted")
    more: dict[str, Any] = {"country": "NL", "domain": "CPO"} if kind == "V2GCertificate" else {}
    csr, key = papers.request(csms.serial_number or csms.identity, organisation=csms.organisation, **more)
    request: dict[str, Any] = {"csr": csr} if kind == "Combined" else {"csr": csr, "certificateType": kind}
    yield ask("SignCertificate", request, having={"status": "Accepted"}, rule="A02.FR.11")
    signed: Received = yield from told(csms, "CertificateSigned", having={"certificateChain": PRESENT})
    yield answer(signed, status=answers)
    chain, fits = signed.get("certificateChain", ""), True
    if answers == "Accepted":
        fits = yield from signed_for(chain, csr, "A02.FR.11")
        if kind == "ChargingStationCertificate":
            yield from _of_the_csms(csms, signed)
    return Credentials(chain if fits else "", key)


def _of_the_csms(csms: Subject, signed: Received) -> Script:
    """The certificate leads to the root of the CSMS, and is said to be the station's."""
    yield from signed_under(csms, signed.get("certificateChain", ""), "A02.FR.11")
    kind = signed.get("certificateType")
    yield check(kind == "ChargingStationCertificate", "certificateType ChargingStationCertificate", kind, "A02.FR.14")


@csms201(
    "TC_A_11_CSMS",
    "Renew station (OCPP) certificate through CSR flow",
    verifies="A02.FR.11 A02.FR.14 F06.FR.01",
    catches="refuses_to_sign signs_for_another_use signs_another_key signs_under_another_root triggers_no_csr",
)
def renew_certificate(csms: Subject) -> Script:
    yield from given(_certified(csms))
    new: Credentials = yield from renewed(csms)
    yield disconnect(close=True)
    if new.chain:
        yield connect(csms, credentials=new, rule="A02.FR.11")


def _certified(csms: Subject) -> Script:
    """The station is connected with its certificate."""
    yield from in_profile(csms, 3)
    yield connect(csms)
    yield from booted(csms)


@csms201(
    "TC_A_12_CSMS",
    "Renew V2G certificate through CSR flow",
    verifies="A02.FR.11 F06.FR.01",
    catches="refuses_to_sign signs_another_key triggers_no_csr",
)
def renew_v2g_certificate(csms: Subject) -> Script:
    yield from given(_present(csms))
    yield from renewed(csms, "V2GCertificate")


def _present(csms: Subject) -> Script:
    yield connect(csms)
    yield from booted(csms)


@csms201(
    "TC_A_13_CSMS",
    "Renew combined station+V2G certificate",
    verifies="A02.FR.11",
    catches="refuses_to_sign signs_another_key triggers_no_csr",
)
def renew_combined_certificate(csms: Subject) -> Script:
    yield from given(_certified(csms))
    yield from renewed(csms, "Combined")


@csms201(
    "TC_A_14_CSMS",
    "CSR answered with an invalid certificate: rejected and reported",
    verifies="A02.FR.11 A04.FR.03",
    catches="refuses_to_sign deaf_to_security_events",
)
def rejected_certificate(csms: Subject) -> Script:
    yield from given(_certified(csms))
    yield from renewed(csms, answers="Rejected")
    event = {"type": "InvalidChargingStationCertificate", "timestamp": NOW}
    yield ask("SecurityEventNotification", event, rule="A04.FR.03")
