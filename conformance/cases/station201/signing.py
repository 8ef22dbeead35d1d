"""Block A, security: certificates of the station's own. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from conformance import papers
from conformance.cases.station201.states import configured, ready
from conformance.papers import Authority, Fact
from conformance.vocabulary import (
    CERTIFIED,
    Arrival,
    Payload,
    Received,
    Reply,
    Script,
    Subject,
    answer,
    ask,
    check,
    dials_in,
    disconnect,
    expect,
    given,
    in_profile,
    one_of,
    optionally,
    silence,
    station201,
    time_of_day,
)

STATION, V2G = "ChargingStationCertificate", "V2GCertificate"
TRIGGER = {STATION: "SignChargingStationCertificate", V2G: "SignV2GCertificate", "": "SignCombinedCertificate"}
IN = {"ending": ""}
ISO = "ISO15118Ctrlr"
V2G_BITS = 256


def installed_root(station: Subject, use: str, root: Authority, rule: str = "M05.FR.02") -> Script:
    """CertificateInstalled: the station takes a root."""
    request = {"certificateType": use, "certificate": root.pem}
    yield ask("InstallCertificate", request, having={"status": "Accepted"}, rule=rule)


def triggered(station: Subject, kind: str = STATION, *, evse: int = 0, answers: str = "Accepted") -> Script:
    """The station was told to ask for a certificate, and does; returns its CSR.

    ``kind`` is empty for a combined one.
    """
    request: Payload = {"requestedMessage": TRIGGER[kind]}
    if evse:
        request["evse"] = {"id": evse}
    yield ask("TriggerMessage", request, having={"status": "Accepted"}, rule="F06.FR.05")
    return (yield from csr(station, station.message_s, kind, answers=answers, rule="A02.FR.03 F06.FR.10"))


def csr(station: Subject, within_s: float, kind: str = STATION, *, answers: str = "Accepted", rule: str) -> Script:
    """A SignCertificateRequest comes, with a CSR as it has to be; returns it."""
    having = {"certificateType": kind if kind == V2G else optionally(STATION)} if kind else {}
    request: Received = yield expect("SignCertificate", within_s, having=having, rule=rule)
    yield answer(request, status=answers)
    text = request.get("csr", "")
    asked = papers.read_request(text)
    yield check(asked is not None, "a PKCS#10 CSR in PEM, signed by its key", "none", "A02.FR.02 A02.FR.03")
    if asked is not None:
        yield from _strong(asked, kind)
    return text


def _strong(asked: Fact, kind: str) -> Script:
    if kind == V2G:
        fits = asked.key == "EC" and asked.bits >= V2G_BITS
        yield check(fits, f"an EC key of {V2G_BITS} bits", f"{asked.key} of {asked.bits}", "A02.FR.02")
    else:
        told = f"{asked.key} of {asked.bits}"
        yield check(asked.strong, "a key of 2048 (RSA) or 224 bits (EC)", told, "A02.FR.02 A00.FR.502 A00.FR.503")


def chain_for(text: str, by: Authority) -> Script:
    """The certificate that an authority gives for a CSR, valid since an hour ago."""
    now: datetime = yield time_of_day()
    return by.signs(text, span=(now - timedelta(hours=1), now + timedelta(days=365)))


def signed(chain: str, kind: str, status: Any = "Accepted", rule: str = "A02.FR.06") -> Script:
    """The station is sent a certificate, and says yes or no."""
    request = {"certificateChain": chain, **({"certificateType": kind} if kind else {})}
    return (yield ask("CertificateSigned", request, having={"status": status}, rule=rule))


def renewed(station: Subject, by: Authority, kind: str = STATION, *, evse: int = 0) -> Script:
    """RenewChargingStationCertificate: the station asks for a certificate and gets it; returns the chain."""
    text = yield from triggered(station, kind, evse=evse)
    chain = yield from chain_for(text, by)
    yield from signed(chain, kind)
    return chain


def here(station: Subject) -> Script:
    """The station is connected with its certificate, and idle."""
    yield from in_profile(station, CERTIFIED)
    yield from ready(station)
    yield dials_in(station.reconnect_s, where=IN)


def comes_with(station: Subject, chain: str) -> Script:
    """The station connects with a new certificate, if need be after its link was closed."""
    came: Arrival | None = yield dials_in(station.message_s, where=IN, optional=True)
    if came is None:
        yield disconnect(close=True)
        came = yield dials_in(station.reconnect_s, where=IN, rule="A02.FR.08")
    shown, wanted = papers.from_der(came.certificate), papers.read_chain(chain)[0]
    serial = None if shown is None else shown.serial
    yield check(
        serial == wanted.serial, f"the certificate with number {wanted.serial:x}", serial, "A02.FR.08 A02.FR.09"
    )


@station201(
    "TC_A_11_CS",
    "Renew station (OCPP) certificate through CSR flow",
    verifies="A02.FR.02 A02.FR.03 A02.FR.06 A02.FR.08 A02.FR.09 F06.FR.04 F06.FR.05 F06.FR.10",
    catches="asks_for_no_certificate asks_with_a_short_key refuses_certificates keeps_its_certificate",
)
def renew_certificate(station: Subject) -> Script:
    yield from given(here(station))
    chain = yield from renewed(station, station.pki.csms)
    yield from comes_with(station, chain)


@station201(
    "TC_A_12_CS",
    "Renew V2G certificate through CSR flow",
    verifies="A02.FR.02 A02.FR.03 A02.FR.06 A02.FR.13 A02.FR.15 F06.FR.04 F06.FR.05 F06.FR.10",
    catches=(
        "asks_with_a_short_key asks_for_no_certificate asks_for_another_use refuses_certificates asks_in_another_name"
    ),
)
def renew_v2g_certificate(station: Subject) -> Script:
    yield from given(v2g_ready(station))
    yield from v2g_renewed(station)


def v2g_ready(station: Subject) -> Script:
    """The station trusts the bench's V2G root, and may ask for V2G certificates."""
    yield from ready(station)
    yield from configured(station, ISO, "V2GCertificateInstallationEnabled", "true", optional=True)
    yield from configured(station, ISO, "CountryName", "NL", optional=True)
    yield from configured(station, ISO, "OrganizationName", station.organisation, optional=True)
    yield from installed_root(station, "V2GRootCertificate", station.pki.v2g)


def v2g_renewed(station: Subject) -> Script:
    """RenewV2GChargingStationCertificate: one for every ISO 15118 controller that has a name; returns the chains."""
    names: dict[int, str] = yield from seccs(station)
    chains = []
    for evse, name in (names or {0: ""}).items():
        text = yield from triggered(station, V2G, evse=evse)
        asked = papers.read_request(text)
        told = asked.name if asked else ""
        yield check(name in told, f"SeccId {name} in the commonName", told, "A02.FR.03")
        chain = yield from chain_for(text, station.pki.cpo)
        yield from signed(chain, V2G)
        chains.append(chain)
    return chains


def seccs(station: Subject) -> Script:
    """The SeccId of each EVSE, as far as the inventory tells."""
    yield ask("GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"}, having={"status": "Accepted"})
    found: dict[int, str] = {}
    while True:
        part: Received = yield expect("NotifyReport", station.message_s, where={"requestId": 1})
        for entry in part.get("reportData", []):
            if entry.get("variable", {}).get("name") == "SeccId":
                value = str(entry.get("variableAttribute", [{}])[0].get("value", ""))
                found[int(entry["component"].get("evse", {}).get("id", 0))] = value
        if not part.get("tbc", False):
            return {evse: name for evse, name in found.items() if name}


@station201(
    "TC_A_13_CS",
    "Renew combined station+V2G certificate",
    verifies="A00.FR.428 A02.FR.02 A02.FR.03 A02.FR.06",
    catches="asks_with_a_short_key asks_for_no_certificate refuses_certificates",
)
def renew_combined_certificate(station: Subject) -> Script:
    yield from given(here(station))
    yield from given(installed_root(station, "V2GRootCertificate", station.pki.v2g))
    yield from renewed(station, station.pki.cpo, "")


@station201(
    "TC_A_14_CS",
    "CSR answered with an invalid certificate: rejected and reported",
    verifies="A02.FR.07 A03.FR.07",
    catches="asks_for_no_certificate takes_any_signed_certificate hides_a_bad_certificate asks_with_a_short_key",
)
def invalid_certificate(station: Subject) -> Script:
    yield from given(here(station))
    text = yield from triggered(station)
    chain = yield from chain_for(text, station.pki.nobody)
    yield from signed(chain, STATION, "Rejected", "A02.FR.07 A03.FR.07")
    event = {"type": "InvalidChargingStationCertificate"}
    rule = "A02.FR.07 A03.FR.07"
    yield expect("SecurityEventNotification", station.message_s, where=event, rule=rule)


@station201(
    "TC_A_15_CS",
    "CSMS refuses SignCertificate, old certificate stays",
    verifies="A02.FR.03 F06.FR.05",
    catches="asks_with_a_short_key asks_for_no_certificate",
)
def refused_request(station: Subject) -> Script:
    yield from given(here(station))
    yield from triggered(station, answers="Rejected")


@station201(
    "TC_A_23_CS",
    "No CertificateSigned arrives: station re-sends CSR with back-off",
    verifies="A02.FR.17 A02.FR.18",
    catches="asks_for_no_certificate asks_but_once asks_again_too_soon never_doubles_its_wait refuses_certificates",
)
def asks_again(station: Subject) -> Script:
    yield from given(_patient(station))
    wait_s = station.signing_wait_s
    texts = [(yield from triggered(station))]
    for pause_s in (wait_s, 2 * wait_s):
        yield silence(pause_s - station.tolerance_s, "SignCertificate", rule="A02.FR.17 A02.FR.18")
        within_s = 2 * station.tolerance_s + station.message_s
        texts.append((yield from csr(station, within_s, rule="A02.FR.17 A02.FR.18")))
    accepted = []
    for text in filter(papers.read_request, texts):
        chain = yield from chain_for(text, station.pki.csms)
        reply: Reply = yield from signed(chain, STATION, one_of("Accepted", "Rejected"))
        accepted.append(reply.get("status") == "Accepted")
        yield dials_in(station.message_s, where=IN, optional=True)  # with what it has got (A02.FR.08)
    yield check(any(accepted), "one certificate accepted", "none was", "A02.FR.06")


def _patient(station: Subject) -> Script:
    """A short wait, which is doubled once."""
    yield from here(station)
    yield from configured(station, "SecurityCtrlr", "CertSigningWaitMinimum", station.signing_wait_s)
    yield from configured(station, "SecurityCtrlr", "CertSigningRepeatTimes", 1)
