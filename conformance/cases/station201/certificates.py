"""Block M, certificates: roots of others, and what concerns EVs. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from conformance import papers
from conformance.cases.station201.signing import V2G, installed_root, renewed, seccs, triggered, v2g_ready, v2g_renewed
from conformance.cases.station201.states import connectors_since, ready, told_of_startup, variable
from conformance.papers import PAST, Authority, hash_data
from conformance.vocabulary import (
    ABSENT,
    CERTIFIED,
    SECURED,
    Payload,
    Received,
    Reply,
    Script,
    Subject,
    answer,
    ask,
    check,
    dials_in,
    expect,
    given,
    in_profile,
    one_of,
    own_tls,
    satisfying,
    shakes_hands,
    station201,
)

CSMS_ROOT, MANUFACTURER = "CSMSRootCertificate", "ManufacturerRootCertificate"
V2G_ROOT, MO_ROOT, V2G_CHAIN = "V2GRootCertificate", "MORootCertificate", "V2GCertificateChain"
IN = {"ending": ""}


def here(station: Subject) -> Script:
    """The station is up and idle; how it came is not looked at."""
    yield from ready(station)
    yield dials_in(station.reconnect_s, where=IN)


def root_of(station: Subject, use: str) -> Script:
    """The bench's root for a use; a CSMS root beside, or in place of, the one that the connection rests on."""
    pki = station.pki
    if use != CSMS_ROOT:
        return {MANUFACTURER: pki.manufacturer, V2G_ROOT: pki.v2g, MO_ROOT: pki.mobility}[use]
    checks = yield from variable(station, "SecurityCtrlr", "AdditionalRootCertificateCheck")
    return pki.successor if str(checks).lower() == "true" else pki.upstart


def installed(station: Subject, use: str) -> Script:
    """CertificateInstalled: the station takes the bench's root for this use; returns it."""
    root: Authority = yield from root_of(station, use)
    yield from installed_root(station, use, root)
    return root


def listed(station: Subject, *uses: str, status: Any = "Accepted", rule: str = "M03.FR.03") -> Script:
    """The station tells what it holds for these uses (of all, without any): (use, hash data) of each."""
    request: Payload = {"certificateType": list(uses)} if uses else {}
    reply: Reply = yield ask("GetInstalledCertificateIds", request, having={"status": status}, rule=rule)
    chains = reply.get("certificateHashDataChain", [])
    return [(each.get("certificateType"), each.get("certificateHashData")) for each in chains]


def _hashes_of(root: Authority, told: Any) -> bool:
    """Whether hash data are those of a root, by the algorithm that they were made with."""
    algorithm = told.get("hashAlgorithm") if isinstance(told, dict) else ""
    if algorithm not in papers.ALGORITHMS:
        return False
    above = "" if root.above is None else root.above.pem
    candidates = [hash_data(root.pem, above, algorithm), hash_data(root.pem, algorithm=algorithm)]
    return any(papers.same(told, each) for each in candidates)


def holds(told: Sequence[tuple[Any, Any]], use: str, root: Authority) -> bool:
    """Whether a list has this root."""
    return any(kind == use and _hashes_of(root, data) for kind, data in told)


def _has(told: Sequence[tuple[Any, Any]], use: str, root: Authority, rule: str = "M03.FR.04") -> Script:
    names = ", ".join(str(kind) for kind, _ in told) or "nothing"
    yield check(holds(told, use, root), f"hash data of {root.name} as {use}", names, rule)


def _installs(use: str) -> Callable[[Subject], Script]:
    def installs(station: Subject) -> Script:
        yield from given(ready(station))
        root = yield from installed(station, use)
        told = yield from listed(station, use)
        yield from _has(told, use, root, "M05.FR.01 M05.FR.02 M03.FR.04")

    return installs


INSTALLING = "refuses_roots lists_other_roots"
station201("TC_M_01_CS", "Install CSMS root", verifies="M05.FR.01 M05.FR.02", catches=INSTALLING)(_installs(CSMS_ROOT))
station201("TC_M_02_CS", "Install manufacturer root", verifies="M05.FR.01 M05.FR.02", catches=INSTALLING)(
    _installs(MANUFACTURER)
)
station201("TC_M_03_CS", "Install V2G root", verifies="M05.FR.01 M05.FR.02", catches=INSTALLING)(_installs(V2G_ROOT))
station201("TC_M_04_CS", "Install MO root", verifies="M05.FR.01 M05.FR.02", catches=INSTALLING)(_installs(MO_ROOT))


@station201(
    "TC_M_07_CS",
    "Install invalid root rejected",
    verifies="M05.FR.01 M05.FR.07",
    catches="takes_any_root keeps_what_it_refuses",
)
def install_expired(station: Subject) -> Script:
    yield from given(ready(station))
    expired = papers.root("Bench Expired Root", span=PAST)
    request = {"certificateType": CSMS_ROOT, "certificate": expired.pem}
    yield ask("InstallCertificate", request, having={"status": "Rejected"}, rule="M05.FR.07")
    status = "Accepted" if station.security_profile >= SECURED else one_of("Accepted", "NotFound")
    told = yield from listed(station, CSMS_ROOT, status=status)
    found = holds(told, CSMS_ROOT, expired)
    yield check(not found, "no hash data of the expired root", "they are there", "M05.FR.07")


@station201(
    "TC_M_09_CS",
    "Additional root check rejects certificate",
    verifies="M05.FR.10 M05.FR.11",
    catches="takes_any_root forgets_the_old_root keeps_what_it_refuses",
)
def install_unsigned(station: Subject) -> Script:
    yield from given(_with_extra_check(station))
    request = {"certificateType": CSMS_ROOT, "certificate": station.pki.upstart.pem}
    yield ask("InstallCertificate", request, having={"status": "Rejected"}, rule="M05.FR.11")
    told = yield from listed(station, CSMS_ROOT)
    found = holds(told, CSMS_ROOT, station.pki.upstart)
    yield check(not found, "no hash data of the unsigned root", "they are there", "M05.FR.11")
    yield from _has(told, CSMS_ROOT, station.pki.csms, "M05.FR.10 M05.FR.11")


def _with_extra_check(station: Subject) -> Script:
    """The station talks TLS with the bench, and takes only CSMS roots that the present one has signed."""
    yield from in_profile(station, SECURED, CERTIFIED)
    yield from own_tls(station)
    yield from here(station)
    checks = yield from variable(station, "SecurityCtrlr", "AdditionalRootCertificateCheck")
    yield check(str(checks).lower() == "true", "AdditionalRootCertificateCheck true", checks)


def _succeeded(station: Subject, *, renews: bool) -> Script:
    """The station has the successor of the CSMS root and, if it is to, in profile 3 a new certificate."""
    yield from _with_extra_check(station)
    yield from installed_root(station, CSMS_ROOT, station.pki.successor)
    if renews and station.security_profile == CERTIFIED:
        yield from renewed(station, station.pki.successor)
        yield dials_in(station.message_s, where=IN, optional=True)


def _boots(station: Subject) -> Script:
    boot: Received = yield expect("BootNotification", station.boot_s, rule="B01.FR.01")
    yield from connectors_since(boot, station, rule="B01.FR.05")
    yield from told_of_startup(station)


@station201(
    "TC_M_30_CS",
    "New CSMS root with extra check, reconnect works",
    verifies="M05.FR.13",
    catches="keeps_the_old_root",
    lasting=True,
)
def new_root_works(station: Subject) -> Script:
    yield from given(_succeeded(station, renews=True))
    yield shakes_hands(issuer=station.pki.successor)
    yield ask("Reset", {"type": "OnIdle"}, having={"status": "Accepted"})
    yield dials_in(station.boot_s, having=IN, rule="M05.FR.12 M05.FR.13")
    yield from _boots(station)
    told = yield from listed(station, CSMS_ROOT)
    found = holds(told, CSMS_ROOT, station.pki.csms)
    yield check(not found, "no hash data of the old root", "they are there", "M05.FR.13")


@station201(
    "TC_M_31_CS",
    "New CSMS root with extra check, fallback to old root",
    verifies="M05.FR.14",
    catches="forgets_the_old_root",
    lasting=True,
)
def new_root_fails(station: Subject) -> Script:
    yield from given(_succeeded(station, renews=False))
    yield ask("Reset", {"type": "OnIdle"}, having={"status": "Accepted"})
    yield dials_in(station.boot_s + station.reconnect_s, where=IN, rule="M05.FR.14")
    yield from _boots(station)
    told = yield from listed(station, CSMS_ROOT)
    yield from _has(told, CSMS_ROOT, station.pki.csms, "M05.FR.14")


def _lists(*uses: str) -> Callable[[Subject], Script]:
    def lists(station: Subject) -> Script:
        yield from given(ready(station))
        roots = {}
        for use in uses:
            roots[use] = yield from given(installed(station, use))
        told = yield from listed(station, *uses)
        for use, root in roots.items():
            yield from _has(told, use, root)

    return lists


LISTING, LISTED = "lists_other_roots finds_nothing", "M03.FR.01 M03.FR.03 M03.FR.04"
station201("TC_M_12_CS", "List CSMS roots", verifies=LISTED, catches=LISTING)(_lists(CSMS_ROOT))
station201("TC_M_13_CS", "List manufacturer roots", verifies=LISTED, catches=LISTING)(_lists(MANUFACTURER))
station201("TC_M_14_CS", "List V2G roots", verifies=LISTED, catches=LISTING)(_lists(V2G_ROOT))
station201("TC_M_16_CS", "List MO roots", verifies=LISTED, catches=LISTING)(_lists(MO_ROOT))
station201("TC_M_17_CS", "List CSMS + manufacturer roots", verifies=LISTED, catches=LISTING)(
    _lists(CSMS_ROOT, MANUFACTURER)
)


@station201(
    "TC_M_15_CS",
    "List V2G chain",
    verifies="M03.FR.01 M03.FR.03 M03.FR.04 M03.FR.05",
    catches="hides_sub_cas finds_nothing",
)
def list_chain(station: Subject) -> Script:
    yield from given(_with_v2g_certificates(station))
    reply: Reply = yield ask(
        "GetInstalledCertificateIds", {"certificateType": [V2G_CHAIN]}, having={"status": "Accepted"}, rule="M03.FR.03"
    )
    chains = [each for each in reply.get("certificateHashDataChain", []) if each.get("certificateType") == V2G_CHAIN]
    yield check(bool(chains), f"an entry of the type {V2G_CHAIN}", "none", "M03.FR.04")
    has_children = any(each.get("childCertificateHashData") for each in chains)
    yield check(has_children, "childCertificateHashData with the sub-CAs", "none", "M03.FR.05")


def _with_v2g_certificates(station: Subject) -> Script:
    yield from v2g_ready(station)
    yield from v2g_renewed(station)


@station201("TC_M_18_CS", "List all certificate types", verifies=LISTED, catches=LISTING)
def list_everything(station: Subject) -> Script:
    yield from given(ready(station))
    roots = {}
    for use in (CSMS_ROOT, MANUFACTURER):
        roots[use] = yield from given(installed(station, use))
    told = yield from listed(station)
    for use, root in roots.items():
        yield from _has(told, use, root)


@station201(
    "TC_M_19_CS",
    "List certificates: none found",
    verifies="M03.FR.01 M03.FR.02",
    catches="finds_what_is_not_there",
)
def list_nothing(station: Subject) -> Script:
    yield from given(_without(station, MO_ROOT))
    having = {"status": "NotFound", "certificateHashDataChain": ABSENT}
    yield ask("GetInstalledCertificateIds", {"certificateType": [MO_ROOT]}, having=having, rule="M03.FR.02")


def _without(station: Subject, use: str) -> Script:
    """The station holds no root for this use; what it holds is deleted."""
    yield from ready(station)
    told = yield from listed(station, use, status=one_of("Accepted", "NotFound"))
    for _, data in told:
        yield ask("DeleteCertificate", {"certificateHashData": data}, having={"status": "Accepted"})


@station201(
    "TC_M_20_CS",
    "Delete certificate",
    verifies="M04.FR.01 M04.FR.02",
    catches="refuses_to_delete deletes_nothing",
)
def delete(station: Subject) -> Script:
    yield from given(ready(station))
    root = yield from given(installed(station, CSMS_ROOT))
    told = yield from listed(station, CSMS_ROOT)
    yield from _has(told, CSMS_ROOT, root)
    data = next((data for _, data in told if _hashes_of(root, data)), hash_data(root.pem))
    yield ask("DeleteCertificate", {"certificateHashData": data}, having={"status": "Accepted"}, rule="M04.FR.02")
    status = "Accepted" if station.security_profile >= SECURED else one_of("Accepted", "NotFound")
    told = yield from listed(station, CSMS_ROOT, status=status, rule="M04.FR.02")
    yield check(not holds(told, CSMS_ROOT, root), "no hash data of it any more", "they are there", "M04.FR.02")


@station201(
    "TC_M_22_CS",
    "Delete unknown certificate",
    verifies="M04.FR.01 M04.FR.04",
    catches="deletes_what_is_not_there",
)
def delete_unknown(station: Subject) -> Script:
    yield from given(ready(station))
    yield from listed(station, CSMS_ROOT, status=one_of("Accepted", "NotFound"))
    unknown = {"certificateHashData": hash_data(station.pki.nobody.pem)}
    yield ask("DeleteCertificate", unknown, having={"status": "NotFound"}, rule="M04.FR.04")


@station201(
    "TC_M_23_CS",
    "Own station certificate cannot be deleted",
    verifies="M04.FR.01 M04.FR.06",
    catches="deletes_its_own_certificate",
)
def delete_own(station: Subject) -> Script:
    chain = yield from given(_with_new_certificate(station))
    yield from listed(station, status=one_of("Accepted", "NotFound"))
    own = {"certificateHashData": hash_data(chain, station.pki.csms.pem)}
    yield ask("DeleteCertificate", own, having={"status": one_of("NotFound", "Failed")}, rule="M04.FR.06")


def _with_new_certificate(station: Subject) -> Script:
    """The station has a certificate that the bench has just signed, and is connected again."""
    yield from in_profile(station, CERTIFIED)
    yield from here(station)
    chain = yield from renewed(station, station.pki.csms)
    yield dials_in(station.message_s, where=IN, optional=True)
    return chain


@station201(
    "TC_M_24_CS",
    "OCSP status fetched",
    verifies="M06.FR.06 M06.FR.07",
    catches="asks_for_no_status asks_for_the_leaf_alone",
)
def ocsp_status(station: Subject) -> Script:
    yield from given(_v2g_roots(station))
    names: dict[int, str] = yield from given(seccs(station))
    for evse in names or {0: ""}:
        chain = yield from given(renewed(station, station.pki.cpo, V2G, evse=evse))
        certificates = [papers.pem(each) for each in papers.load(chain)]
        above = dict(zip(certificates, [*certificates[1:], station.pki.v2g.pem], strict=True))
        while above:
            numbers = {_number(each): each for each in above}
            awaited = satisfying("a certificate of the V2G chain", _among(numbers))
            where = {"ocspRequestData.serialNumber": awaited}
            rule = "M06.FR.06 M06.FR.07"
            request: Received = yield expect("GetCertificateStatus", station.message_s, where=where, rule=rule)
            certificate = numbers[_plain(request.get("ocspRequestData.serialNumber"))]
            result = papers.ocsp_response(certificate, above.pop(certificate), station.pki.cpo.root)
            if not request.answered:
                yield answer(request, status="Accepted", ocspResult=result)


def _v2g_roots(station: Subject) -> Script:
    yield from v2g_ready(station)
    yield from installed(station, MO_ROOT)


def _among(numbers: Collection[str]) -> Callable[[Any], bool]:
    return lambda value: _plain(value) in numbers


def _number(certificate: str) -> str:
    return hash_data(certificate)["serialNumber"]


def _plain(number: Any) -> str:
    return str(number).lower().lstrip("0")


@station201(
    "TC_M_25_CS",
    "OCSP status request rejected",
    verifies="M06.FR.04",
    catches="asks_for_no_status",
)
def ocsp_failed(station: Subject) -> Script:
    yield from given(_v2g_roots(station))
    names: dict[int, str] = yield from given(seccs(station))
    evse = next(iter(names), 0)
    text = yield from given(triggered(station, V2G, evse=evse))
    chain = station.pki.cpo.signs(text)
    request = {"certificateChain": chain, "certificateType": V2G}
    yield from given(_asked("CertificateSigned", request))
    asked: Received = yield expect("GetCertificateStatus", station.message_s, rule="M06.FR.06")
    if not asked.answered:
        yield answer(asked, status="Failed")


def _asked(action: str, request: Payload) -> Script:
    yield ask(action, request, having={"status": "Accepted"})
