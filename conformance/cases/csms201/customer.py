"""Block N, customer information: what a station knows of somebody. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.cases.csms201.states import attached, told
from conformance.papers import hash_data
from conformance.vocabulary import (
    ABSENT,
    NOW,
    PRESENT,
    Matcher,
    Payload,
    Received,
    Script,
    Subject,
    answer,
    ask,
    check,
    command,
    csms201,
    expect,
    given,
    satisfying,
    seen,
    usually,
)

VERSION = 3
"""The version of the local list before anybody is cleared."""


def by_token(csms: Subject) -> tuple[Payload, Payload]:
    """The customer by the valid token: as the CSMS is told, and as it has to ask."""
    token = csms.tokens.valid
    fields = {"id_token": token.id, "token_type": token.type}
    wanted = {"idToken.idToken": token.id, "idToken.type": token.type}
    return fields, {**wanted, "customerIdentifier": ABSENT, "customerCertificate": ABSENT}


def by_identifier(csms: Subject) -> tuple[Payload, Payload]:
    """The customer by an identifier of the vendor's."""
    wanted = {"customerIdentifier": csms.customer, "idToken": ABSENT, "customerCertificate": ABSENT}
    return {"customer_identifier": csms.customer}, wanted


def by_certificate(csms: Subject) -> tuple[Payload, Payload]:
    """The customer by the contract certificate that was used."""
    chain = csms.pki.mo.certifies("CUSTOMER-0001").chain
    hashes = hash_data(chain, csms.pki.mo.pem)
    wanted: Payload = {f"customerCertificate.{name}": _digits(value) for name, value in hashes.items()}
    return {"certificate": hashes}, {**wanted, "idToken": ABSENT, "customerIdentifier": ABSENT}


def _digits(text: str) -> Matcher:
    """The same digits, in capitals or not."""
    return satisfying(text, lambda value: str(value).lower() == text.lower())


def requested(
    csms: Subject, customer: tuple[Payload, Payload], *, report: bool, clear: bool, status: str = "Accepted", rule: str
) -> Script:
    """The CSMS, told to, asks about a customer or has him forgotten; the station answers so. Returns the request."""
    fields, wanted = customer
    yield command(csms, "customer_information", report=report, clear=clear, **fields)
    having = {"report": report, "clear": clear, **wanted}
    request: Received = yield from told(csms, "CustomerInformation", having=having, rule=rule)
    yield answer(request, status=status)
    return request


def informed(request: Received, *texts: str, rule: str) -> Script:
    """The station tells what it knows, in parts; each is answered."""
    for number, text in enumerate(texts):
        more = {"tbc": True} if number < len(texts) - 1 else {}
        payload = {"data": text, "seqNo": number, "generatedAt": NOW, "requestId": request.get("requestId"), **more}
        yield ask("NotifyCustomerInformation", payload, rule=rule)


N09, N10 = "N09.FR.01 N09.FR.04", "N10.FR.08"


@csms201(
    "TC_N_27_CSMS",
    "Customer info report with data",
    verifies=N09,
    catches="asks_for_no_report asks_about_somebody_else chokes_on_customer_information",
)
def reported(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from requested(csms, by_token(csms), report=True, clear=False, rule=N09)
    yield from informed(request, "Customer", " Information", rule=N09)


@csms201(
    "TC_N_28_CSMS",
    "Customer info report, none",
    verifies=N09,
    catches="asks_about_somebody_else chokes_on_customer_information",
)
def nothing_reported(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from requested(csms, by_token(csms), report=True, clear=False, rule=N09)
    yield from informed(request, "", rule=N09)


@csms201(
    "TC_N_29_CSMS",
    "Customer info request not accepted",
    verifies=N09,
    catches="asks_for_no_report deaf_after_a_refused_report",
)
def report_rejected(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from requested(csms, by_token(csms), report=True, clear=False, status="Rejected", rule=N09)
    yield ask("Heartbeat", having={"currentTime": PRESENT}, rule=N09)


@csms201(
    "TC_N_30_CSMS",
    "Clear customer info with report, data present",
    verifies=N10,
    catches="has_somebody_else_cleared chokes_on_cleared_information",
)
def cleared_and_reported(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from requested(csms, by_token(csms), report=True, clear=True, rule=N10)
    yield from informed(request, "Customer", " Information", rule=N10)


@csms201(
    "TC_N_31_CSMS",
    "Clear customer info with report, no data",
    verifies=N10,
    catches="forgets_to_have_it_cleared chokes_on_cleared_information",
)
def nothing_cleared(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from requested(csms, by_token(csms), report=True, clear=True, rule=N10)
    yield from informed(request, "", rule=N10)


@csms201(
    "TC_N_32_CSMS",
    "Clear customer info without report",
    verifies=N10,
    catches="wants_a_report_as_well chokes_on_cleared_information",
)
def cleared(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from requested(csms, by_token(csms), report=False, clear=True, rule=N10)
    yield from informed(request, "", rule=N10)


@csms201(
    "TC_N_46_CSMS",
    "Clearing customer also updates local list",
    verifies="D01.FR.01 D01.FR.06 D01.FR.18 N10.FR.02 N10.FR.08",
    catches="keeps_the_version_of_the_list leaves_the_customer_on_the_list",
)
def list_updated(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from given(listed(csms))
    yield usually("GetLocalListVersion", versionNumber=VERSION)
    request = yield from requested(csms, by_token(csms), report=True, clear=True, rule=N10)
    yield from informed(request, "Customer Information", rule=N10)
    update: Received = yield from _list_sent(csms, request)
    yield from taken_off(csms, update)


def _list_sent(csms: Subject, request: Received) -> Script:
    """The SendLocalList after a request: the CSMS has sent it on its own, does so, or is told to."""
    sent: list[Received] = yield seen("SendLocalList")
    update: Received | None = next((each for each in sent if each.line > request.line), None)
    if update is None:
        update = yield expect("SendLocalList", csms.message_s, optional=True)
    if update is None:
        yield command(csms, "send_local_list", version=VERSION + 1, entries=[_entry(csms)], update="Differential")
        update = yield from told(csms, "SendLocalList", rule="N10.FR.02")
    return update


def _entry(csms: Subject, **more: Any) -> Payload:
    return {"id_token": csms.tokens.valid.id, "type": csms.tokens.valid.type, **more}


def listed(csms: Subject) -> Script:
    """The CSMS has sent a local list with the valid token in it."""
    entries = [_entry(csms, status="Accepted")]
    yield command(csms, "send_local_list", version=VERSION, entries=entries, update="Full")
    sent: Received = yield from told(csms, "SendLocalList", having={"versionNumber": VERSION})
    yield answer(sent, status="Accepted")


def taken_off(csms: Subject, update: Received) -> Script:
    """A SendLocalList takes the valid token off the list: by itself, or with a list that lacks it."""
    rule = "D01.FR.01 D01.FR.18 N10.FR.02"
    version = update.get("versionNumber", 0)
    yield check(version > VERSION, f"versionNumber above {VERSION}", version, "D01.FR.18 N10.FR.02")
    entries = update.get("localAuthorizationList", [])
    tokens = [each.get("idToken", {}).get("idToken", "").lower() for each in entries]
    here = csms.tokens.valid.id.lower()
    if update.get("updateType") == "Full":
        yield check(here not in tokens, f"a list without {here}", ", ".join(tokens), rule)
        return
    alone = tokens == [here] and "idTokenInfo" not in entries[0]
    yield check(alone, f"{here} alone, without idTokenInfo", entries, rule)


@csms201(
    "TC_N_62_CSMS",
    "Clear customer info by customerIdentifier",
    verifies=N10,
    catches="names_the_customer_twice forgets_to_have_it_cleared",
)
def identifier_cleared(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from requested(csms, by_identifier(csms), report=True, clear=True, rule=N10)
    yield from informed(request, "Customer Information", rule=N10)


@csms201(
    "TC_N_63_CSMS",
    "Clear customer info by customer certificate",
    verifies=N10,
    catches="clears_another_certificate",
)
def certificate_cleared(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from requested(csms, by_certificate(csms), report=True, clear=True, rule=N10)
    yield from informed(request, "Customer Information", rule=N10)
