"""Block M, certificates. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from conformance import papers
from conformance.cases.csms201.renewal import renewed
from conformance.cases.csms201.states import attached, told
from conformance.papers import ALGORITHMS, hash_data
from conformance.vocabulary import (
    ABSENT,
    MISSING,
    Matcher,
    Payload,
    Received,
    Reply,
    Script,
    Subject,
    answer,
    ask,
    check,
    command,
    csms201,
    given,
    provision,
    satisfying,
    usually,
)

CSMS_ROOT, MANUFACTURER = "CSMSRootCertificate", "ManufacturerRootCertificate"
V2G_ROOT, MO_ROOT, V2G_CHAIN = "V2GRootCertificate", "MORootCertificate", "V2GCertificateChain"
SCHEMA = "urn:iso:15118:2:2013:MsgDef"


def _roots(csms: Subject) -> dict[str, str]:
    """The bench's root for each use, PEM."""
    pki = csms.pki
    return {
        CSMS_ROOT: pki.csms.pem,
        MANUFACTURER: pki.manufacturer.pem,
        V2G_ROOT: pki.v2g.pem,
        MO_ROOT: pki.mobility.pem,
    }


def _installed(csms: Subject, use: str, *, status: str = "Accepted") -> Script:
    """CertificateInstalled: the CSMS, told to, installs a root; the station answers so."""
    root = _roots(csms)[use]
    yield command(csms, "install_certificate", type=use, certificate=root)
    that = satisfying("the root that it was told to", lambda value: papers.load(value) == papers.load(root))
    having = {"certificateType": use, "certificate": that}
    request: Received = yield from told(csms, "InstallCertificate", having=having, rule="M05.FR.01")
    yield answer(request, status=status)


def _chain(csms: Subject, use: str, algorithm: str = "SHA256") -> Payload:
    """A CertificateHashDataChainType for the bench's certificate of this use."""
    if use != V2G_CHAIN:
        return {"certificateType": use, "certificateHashData": hash_data(_roots(csms)[use], algorithm=algorithm)}
    cpo = csms.pki.cpo
    leaf = cpo.certifies(csms.identity).chain
    above = cpo.root
    children = [hash_data(cpo.pem, above.pem, algorithm)]
    leaf_hash = hash_data(leaf, cpo.pem, algorithm)
    return {"certificateType": use, "certificateHashData": leaf_hash, "childCertificateHashData": children}


def _listed(csms: Subject, uses: Sequence[str], *, algorithm: str = "SHA256", wanted: Any = None) -> Script:
    """GetInstalledCertificates: the CSMS, told to, asks what is installed, and hears it."""
    yield command(csms, "get_installed_certificate_ids", types=list(uses))
    same = satisfying(" and ".join(uses), lambda value: isinstance(value, list) and set(value) == set(uses))
    having = {"certificateType": same if wanted is None else wanted}
    request: Received = yield from told(csms, "GetInstalledCertificateIds", having=having, rule="M03.FR.01")
    chains = [_chain(csms, use, algorithm) for use in uses]
    yield answer(request, status="Accepted", certificateHashDataChain=chains)


def _installs(use: str) -> Callable[[Subject], Script]:
    def installs(csms: Subject) -> Script:
        yield from given(attached(csms))
        yield from _installed(csms, use)

    return installs


csms201(
    "TC_M_01_CSMS",
    "Install CSMS root",
    verifies="M05.FR.01",
    catches="installs_for_another_use installs_another_root",
)(_installs(CSMS_ROOT))
csms201(
    "TC_M_02_CSMS",
    "Install manufacturer root",
    verifies="M05.FR.01",
    catches="installs_for_another_use installs_another_root",
)(_installs(MANUFACTURER))
csms201(
    "TC_M_03_CSMS",
    "Install V2G root",
    verifies="M05.FR.01",
    catches="installs_for_another_use installs_another_root",
)(_installs(V2G_ROOT))
csms201(
    "TC_M_04_CSMS",
    "Install MO root",
    verifies="M05.FR.01",
    catches="installs_for_another_use installs_another_root",
)(_installs(MO_ROOT))


@csms201(
    "TC_M_05_CSMS",
    "Install root answered Failed",
    verifies="M05.FR.01 M05.FR.03",
    catches="installs_for_another_use",
)
def install_fails(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _installed(csms, CSMS_ROOT, status="Failed")


@csms201("TC_M_12_CSMS", "List CSMS roots", verifies="M03.FR.01", catches="asks_for_other_certificates")
def list_in_every_algorithm(csms: Subject) -> Script:
    yield from given(attached(csms))
    for algorithm in ALGORITHMS:
        yield from _listed(csms, [CSMS_ROOT], algorithm=algorithm)


def _lists(*uses: str) -> Callable[[Subject], Script]:
    def lists(csms: Subject) -> Script:
        yield from given(attached(csms))
        yield from _listed(csms, uses)

    return lists


OTHERS = "asks_for_other_certificates"
csms201("TC_M_13_CSMS", "List manufacturer roots", verifies="M03.FR.01", catches=OTHERS)(_lists(MANUFACTURER))
csms201("TC_M_14_CSMS", "List V2G roots", verifies="M03.FR.01", catches=OTHERS)(_lists(V2G_ROOT))
csms201("TC_M_15_CSMS", "List V2G chain", verifies="M03.FR.01 M03.FR.05", catches=OTHERS)(_lists(V2G_CHAIN))
csms201("TC_M_16_CSMS", "List MO roots", verifies="M03.FR.01", catches=OTHERS)(_lists(MO_ROOT))
csms201("TC_M_17_CSMS", "List CSMS + manufacturer roots", verifies="M03.FR.01", catches=OTHERS)(
    _lists(CSMS_ROOT, MANUFACTURER)
)


@csms201("TC_M_18_CSMS", "List all certificate types", verifies="M03.FR.01", catches=OTHERS)
def list_everything(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield command(csms, "get_installed_certificate_ids")
    having = {"certificateType": ABSENT}
    request: Received = yield from told(csms, "GetInstalledCertificateIds", having=having, rule="M03.FR.01")
    chains = [_chain(csms, use) for use in (*_roots(csms), V2G_CHAIN)]
    yield answer(request, status="Accepted", certificateHashDataChain=chains)


@csms201(
    "TC_M_19_CSMS",
    "List certificates: none found",
    verifies="M03.FR.01 M03.FR.02",
    catches=OTHERS,
)
def list_nothing(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield command(csms, "get_installed_certificate_ids", types=[MANUFACTURER])
    having = {"certificateType": satisfying(MANUFACTURER, lambda value: value == [MANUFACTURER])}
    request: Received = yield from told(csms, "GetInstalledCertificateIds", having=having, rule="M03.FR.01")
    yield answer(request, status="NotFound")


def _deleted(csms: Subject, algorithm: str, status: str) -> Script:
    """The CSMS learns what is installed, and deletes the CSMS root by the hash data that it was told.

    It may ask for everything, and may look once more before it deletes.
    """
    named = Matcher(f"absent, or with {CSMS_ROOT}", lambda value: value is MISSING or CSMS_ROOT in str(value))
    yield from _listed(csms, [CSMS_ROOT], algorithm=algorithm, wanted=named)
    chains = [_chain(csms, CSMS_ROOT, algorithm)]
    yield usually("GetInstalledCertificateIds", status="Accepted", certificateHashDataChain=chains)
    yield command(csms, "delete_certificate", certificate=csms.pki.csms.pem)
    known = hash_data(csms.pki.csms.pem, algorithm=algorithm)
    that = satisfying(f"the {algorithm} hash data that it was told", lambda value: papers.same(value, known))
    having = {"certificateHashData": that}
    request: Received = yield from told(csms, "DeleteCertificate", having=having, rule="M04.FR.01 M04.FR.07")
    yield answer(request, status=status)


@csms201(
    "TC_M_20_CSMS",
    "Delete certificate",
    verifies="M04.FR.01 M04.FR.07",
    catches="deletes_by_sha256_alone deletes_something_else asks_for_no_csms_roots",
)
def delete(csms: Subject) -> Script:
    yield from given(attached(csms))
    for algorithm in ALGORITHMS:
        yield from _installed(csms, CSMS_ROOT)
        yield from _deleted(csms, algorithm, "Accepted")


@csms201(
    "TC_M_21_CSMS",
    "Delete certificate fails",
    verifies="M04.FR.01 M04.FR.07",
    catches="deletes_something_else asks_for_no_csms_roots",
)
def delete_fails(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from given(_installed(csms, CSMS_ROOT))
    yield from _deleted(csms, "SHA256", "Failed")


@csms201(
    "TC_M_24_CSMS",
    "OCSP status fetched",
    verifies="M06.FR.01 M06.FR.02 M06.FR.03 M06.FR.08 M06.FR.09",
    catches="finds_no_status tells_no_ocsp tells_of_another_certificate",
)
def ocsp_status(csms: Subject) -> Script:
    chain: list[str] = yield from given(_v2g_chain(csms))
    pairs = list(pairwise(chain))
    named = papers.responder(chain[0])  # part 6 asks about sub-CAs; about the leaf only where that says whom to ask
    for certificate, issuer in pairs if named else pairs[1:] or pairs:
        request = {"ocspRequestData": papers.ocsp_data(certificate, issuer)}
        rule = "M06.FR.01 M06.FR.02"
        reply: Reply = yield ask("GetCertificateStatus", request, having={"status": "Accepted"}, rule=rule)
        yield from _tells_of(reply.get("ocspResult", ""), papers.load(certificate)[0].serial_number)


def _tells_of(result: str, number: int) -> Script:
    """The result is an OCSPResponse, and about the certificate that was asked about."""
    told = papers.ocsp_numbers(result)
    expected = "a successful OCSPResponse in DER and base64"
    yield check(bool(told), expected, result[:40] or "nothing", "M06.FR.08 M06.FR.09")
    about = ", ".join(f"{each:x}" for each in told) or "nothing"
    yield check(number in told, f"the status of certificate {number:x}", about, "M06.FR.03")


def _v2g_chain(csms: Subject) -> Script:
    """What the CSMS gives a station towards EVs, one certificate after the other up to its V2G root."""
    yield from attached(csms)
    yield command(csms, "install_certificate", type=V2G_ROOT)
    root = satisfying("a certificate", lambda value: bool(papers.load(value)))
    having = {"certificateType": V2G_ROOT, "certificate": root}
    request: Received = yield from told(csms, "InstallCertificate", having=having)
    yield answer(request, status="Accepted")
    shown = yield from renewed(csms, "V2GCertificate")
    found = [papers.pem(each) for each in papers.load(shown.chain) if each.issuer != each.subject]
    return [*found, request.get("certificate", "")]


def _provides(action: str, rule: str) -> Callable[[Subject], Script]:
    def provides(csms: Subject) -> Script:
        yield from given(attached(csms))
        exi = str((yield provision(csms, "contract", action=action)))
        request = {"iso15118SchemaVersion": SCHEMA, "action": action, "exiRequest": exi}
        answered = satisfying("EXI in base64, other than the request", lambda it: papers.is_exi(it) and it != exi)
        having = {"status": "Accepted", "exiResponse": answered}
        yield ask("Get15118EVCertificate", request, having=having, rule=rule)

    return provides


csms201(
    "TC_M_26_CSMS",
    "EV contract certificate installed",
    verifies="M01.FR.01",
    catches="has_no_contract answers_no_exi answers_in_xml returns_the_request_of_the_ev",
)(_provides("Install", "M01.FR.01"))
csms201(
    "TC_M_28_CSMS",
    "EV contract certificate updated",
    verifies="M02.FR.01",
    catches="has_no_contract answers_no_exi answers_in_xml returns_the_request_of_the_ev",
)(_provides("Update", "M02.FR.01"))
