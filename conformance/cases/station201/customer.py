"""Block N, customer information: what a station knows of somebody, told and cleared. Station, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.station201.contract import charging_by_contract
from conformance.cases.station201.states import cached, configured, entry, forgotten, ready
from conformance.papers import hash_data
from conformance.vocabulary import (
    Matcher,
    Operate,
    Payload,
    Received,
    Script,
    Subject,
    ask,
    check,
    expect,
    given,
    one_of,
    satisfying,
    station201,
)

NOTICE = "NotifyCustomerInformation"
FIRST, SECOND = 6101, 6102
ANYTHING: Matcher = satisfying("any error", bool)
MOST_PARTS = 1000


def about(request_id: int, *, report: bool, clear: bool, **customer: object) -> Payload:
    """A CustomerInformation request."""
    return {"requestId": request_id, "report": report, "clear": clear, **customer}


def token_of(station: Subject) -> Payload:
    """The customer, by the valid token."""
    return {"idToken": station.tokens.valid.payload}


def accepted(request: Payload, rule: str) -> Script:
    """The station says that it will tell, or clear."""
    yield ask("CustomerInformation", request, having={"status": "Accepted"}, rule=rule)


def informed(station: Subject, request: Payload, *, rule: str) -> Script:
    """Every part of what the station has to say on a request; returns the text."""
    parts: list[str] = []
    for number in range(MOST_PARTS):
        part: Received = yield expect(NOTICE, station.message_s, where={"seqNo": number}, rule=rule)
        is_ = part.get("requestId")
        yield check(is_ == request["requestId"], f"requestId {request['requestId']}", is_, rule)
        parts.append(str(part.get("data", "")))
        if not part.get("tbc", False):
            break
    return "".join(parts)


def told_and_done(station: Subject, request: Payload, *, rule: str) -> Script:
    """One message answers a request, and no other is announced; returns its text."""
    notice: Received = yield expect(NOTICE, station.message_s, rule=rule)
    for name, wanted in (("requestId", request["requestId"]), ("tbc", False)):
        is_ = notice.get(name, False)
        yield check(is_ == wanted, f"{NOTICE}: {name} {wanted}", is_, rule)
    return str(notice.get("data", ""))


def remembered(station: Subject) -> Script:
    """The valid token is in the authorization cache and in the local list, where the station has them."""
    yield from ready(station)
    yield from cached(station)
    yield from configured(station, "LocalAuthListCtrlr", "Enabled", "true", optional=True)
    yield from configured(station, "AuthCtrlr", "LocalPreAuthorize", "true", optional=True)
    entries = [entry(station.tokens.valid)]
    request = {"versionNumber": 9, "updateType": "Full", "localAuthorizationList": entries}
    yield ask("SendLocalList", request, or_error=ANYTHING)


def unknown(station: Subject) -> Script:
    """The station knows nothing of the valid token."""
    yield from ready(station)
    yield from forgotten(station)
    request = about(FIRST, report=False, clear=True, **token_of(station))
    yield from accepted(request, "")
    yield expect(NOTICE, station.message_s)


@station201(
    "TC_N_27_CS",
    "Customer info report with data",
    verifies="N09.FR.02 N09.FR.05",
    catches="never_tells_of_customers tells_nothing_of_customers",
)
def reported(station: Subject) -> Script:
    yield from given(remembered(station))
    request = about(FIRST, report=True, clear=False, **token_of(station))
    yield from accepted(request, "N09.FR.02")
    text: str = yield from informed(station, request, rule="N09.FR.05")
    yield check(bool(text), "data that is not empty", "empty", "N09.FR.05")


@station201(
    "TC_N_28_CS",
    "Customer info report, none",
    verifies="N09.FR.02 N09.FR.06",
    catches="hides_that_it_knows_nothing announces_more_that_never_comes",
)
def nothing_reported(station: Subject) -> Script:
    yield from given(unknown(station))
    request = about(SECOND, report=True, clear=False, **token_of(station))
    yield from accepted(request, "N09.FR.02")
    yield from told_and_done(station, request, rule="N09.FR.06")


@station201(
    "TC_N_29_CS",
    "Customer info request not accepted",
    verifies="N09.FR.03 N09.FR.09",
    catches="tells_of_nobody_in_particular",
)
def report_invalid(station: Subject) -> Script:
    yield from given(ready(station))
    request = about(FIRST, report=True, clear=False)
    yield ask("CustomerInformation", request, having={"status": "Invalid"}, rule="N09.FR.09")


@station201(
    "TC_N_30_CS",
    "Clear customer info with report, data present",
    verifies="N10.FR.01 N10.FR.03",
    catches="clears_without_a_word tells_nothing_of_what_it_cleared",
)
def cleared_and_reported(station: Subject) -> Script:
    yield from given(remembered(station))
    request = about(FIRST, report=True, clear=True, **token_of(station))
    yield from accepted(request, "N10.FR.01")
    text: str = yield from informed(station, request, rule="N10.FR.03")
    yield check(bool(text), "data that is not empty", "empty", "N10.FR.03")
    again = about(SECOND, report=True, clear=False, **token_of(station))
    reply = yield ask("CustomerInformation", again)
    if reply.get("status") == "Accepted":
        yield from told_and_done(station, again, rule="N09.FR.05 N09.FR.06")


@station201(
    "TC_N_31_CS",
    "Clear customer info with report, no data",
    verifies="N10.FR.01 N10.FR.04",
    catches="hides_that_it_had_nothing_to_clear",
)
def nothing_cleared(station: Subject) -> Script:
    yield from given(unknown(station))
    request = about(SECOND, report=True, clear=True, **token_of(station))
    yield from accepted(request, "N10.FR.01")
    yield from told_and_done(station, request, rule="N10.FR.04")


@station201(
    "TC_N_32_CS",
    "Clear customer info without report",
    verifies="N10.FR.01 N10.FR.06",
    catches="clears_without_a_word refuses_to_forget_customers",
)
def cleared(station: Subject) -> Script:
    yield from given(ready(station))
    request = about(FIRST, report=False, clear=True, **token_of(station))
    yield from accepted(request, "N10.FR.01")
    yield from told_and_done(station, request, rule="N10.FR.06")


@station201(
    "TC_N_33_CS",
    "Clear customer info invalid request",
    verifies="N10.FR.01 N10.FR.05 N09.FR.09",
    catches="tells_of_nobody_in_particular",
)
def clear_invalid(station: Subject) -> Script:
    yield from given(ready(station))
    request = about(FIRST, report=True, clear=True)
    yield ask("CustomerInformation", request, having={"status": "Invalid"}, rule="N09.FR.09")


@station201(
    "TC_N_62_CS",
    "Clear customer info by customerIdentifier",
    verifies="N10.FR.01 N10.FR.03",
    catches="clears_without_a_word keeps_what_it_was_to_clear",
)
def identifier_cleared(station: Subject) -> Script:
    yield from given(ready(station))
    yield Operate("know_customer", {"customer": station.customer})
    customer = {"customerIdentifier": station.customer}
    request = about(FIRST, report=True, clear=True, **customer)
    yield from accepted(request, "N10.FR.01")
    before: str = yield from informed(station, request, rule="N10.FR.03")
    yield check(bool(before), "data that is not empty", "empty", "N10.FR.03")
    again = about(SECOND, report=True, clear=False, **customer)
    yield from accepted(again, "N10.FR.01")
    after: str = yield from informed(station, again, rule="N09.FR.06")
    yield check(after != before, "what was cleared is not told again", after, "N10.FR.03")


@station201(
    "TC_N_63_CS",
    "Clear customer info by customer certificate",
    verifies="N10.FR.01 N10.FR.03 N10.FR.04 N10.FR.09",
    catches="clears_without_a_word keeps_contracts",
)
def contract_cleared(station: Subject) -> Script:
    _, shown = yield from given(charging_by_contract(station))
    yield from given(ended_by_car(station))
    customer = {"customerCertificate": hash_data(shown.chain, station.pki.mo.pem)}
    request = about(FIRST, report=True, clear=True, **customer)
    yield from accepted(request, "N10.FR.01")
    yield from informed(station, request, rule="N10.FR.03 N10.FR.04")
    again = about(SECOND, report=True, clear=False, **customer)
    yield from accepted(again, "N10.FR.01")
    text: str = yield from informed(station, again, rule="N09.FR.06")
    emaid = station.tokens.contract.id
    yield check(emaid.lower() not in text.lower(), f"nothing of {emaid}", text, "N10.FR.03")


def ended_by_car(station: Subject) -> Script:
    """The EV ends the charging session, over ISO 15118; how the transaction tells of that is left to the station."""
    yield Operate("stop_at_car", {"evse": station.evse})
    reasons = one_of("StopAuthorized", "ChargingStateChanged", "EVCommunicationLost")
    yield expect("TransactionEvent", station.message_s, where={"triggerReason": reasons})
