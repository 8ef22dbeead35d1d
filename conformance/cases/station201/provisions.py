"""Block M, contract certificates that stations fetch for EVs. Station under test, OCPP 2.0.1."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from conformance.cases.station201.signing import ISO, installed_root, v2g_ready, v2g_renewed
from conformance.papers import Credentials
from conformance.vocabulary import (
    PRESENT,
    Received,
    Script,
    Subject,
    answer,
    ask,
    expect,
    given,
    one_of,
    plug_asking,
    silence,
    station201,
    time_of_day,
)

DIALOGUE_S = 60.0
"""How long an EV and a station may talk before the station turns to its CSMS."""

LEFT = timedelta(days=10)
"""An EV asks for a new contract certificate when the one that it has ends so soon."""


def _provides(station: Subject) -> Script:
    """The station trusts the bench's roots, offers Plug & Charge, and fetches contract certificates for EVs."""
    yield from v2g_ready(station)
    yield from installed_root(station, "MORootCertificate", station.pki.mobility)
    wanted = one_of("Accepted", "RebootRequired", "Rejected", "UnknownComponent", "UnknownVariable")
    component = {"name": ISO, "evse": {"id": station.evse}}
    for name in ("PnCEnabled", "V2GCertificateInstallationEnabled", "ContractCertificateInstallationEnabled"):
        data = {"component": component, "variable": {"name": name}, "attributeValue": "true"}
        yield ask("SetVariables", {"setVariableData": [data]}, having={"setVariableResult.0.attributeStatus": wanted})
    yield from v2g_renewed(station)


def _comes(station: Subject, *, renews: bool) -> Script:
    """An EV that wants a contract certificate, or a new one, is plugged in; returns the answer that it takes."""
    mo, name = station.pki.mo, station.tokens.contract.id
    now: datetime = yield time_of_day()
    old: Credentials | None = None
    if renews:
        old = mo.certifies(name, span=(now - timedelta(days=365), now + LEFT))
    return (yield plug_asking(station, mo.certifies(name), old))


def _fetched(action: str, rule: str) -> Callable[[Subject], Script]:
    def fetched(station: Subject) -> Script:
        yield from given(_provides(station))
        exi = yield from given(_comes(station, renews=action == "Update"))
        having = {"action": action, "exiRequest": PRESENT}
        asked: Received = yield expect("Get15118EVCertificate", DIALOGUE_S, having=having, rule=rule)
        yield answer(asked, status="Accepted", exiResponse=exi)
        named = {"idToken.idToken": station.tokens.contract.id, "idToken.type": "eMAID"}
        request: Received = yield expect("Authorize", DIALOGUE_S, having=named, rule="C07.FR.01")
        yield answer(request, idTokenInfo={"status": "Accepted"}, certificateStatus="Accepted")

    return fetched


def _refused(action: str, rule: str) -> Callable[[Subject], Script]:
    def refused(station: Subject) -> Script:
        yield from given(_provides(station))
        yield from given(_comes(station, renews=action == "Update"))
        asked: Received = yield expect("Get15118EVCertificate", DIALOGUE_S, having={"action": action}, rule=rule)
        yield answer(asked, status="Failed", exiResponse="")
        yield silence(station.message_s, "Authorize", rule=rule)

    return refused


station201(
    "TC_M_26_CS",
    "EV contract certificate installed",
    verifies="M01.FR.01",
    catches="keeps_requests_of_evs asks_for_something_else",
)(_fetched("Install", "M01.FR.01"))
station201(
    "TC_M_27_CS",
    "EV contract certificate install fails",
    verifies="M01.FR.01",
    catches="authorizes_without_a_contract asks_for_something_else",
)(_refused("Install", "M01.FR.01"))
station201(
    "TC_M_28_CS",
    "EV contract certificate updated",
    verifies="M02.FR.01",
    catches="keeps_requests_of_evs asks_for_something_else",
)(_fetched("Update", "M02.FR.01"))
station201(
    "TC_M_29_CS",
    "EV contract certificate update fails",
    verifies="M02.FR.01",
    catches="authorizes_without_a_contract asks_for_something_else",
)(_refused("Update", "M02.FR.01"))
