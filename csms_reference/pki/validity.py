"""Whether a contract certificate is good (C07), by real status checks of each certificate of its chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID
from sqlalchemy import Connection as Database

from csms_reference.pki import inquiry, responder
from csms_reference.pki.hierarchy import Hierarchy
from csms_reference.pki.responder import Question, Status
from csms_reference.services.authorization import Standing, Verdict
from protocol.x509 import Flaw, Purpose, Untrusted, common_name, hash_data, load_chain, verify

if TYPE_CHECKING:
    from csms_reference.csms import Csms

HashData = Mapping[str, str]


class Validity(StrEnum):
    """AuthorizeCertificateStatusEnumType."""

    ACCEPTED = "Accepted"
    BAD_SIGNATURE = "SignatureError"
    EXPIRED = "CertificateExpired"
    REVOKED = "CertificateRevoked"
    NONE = "NoCertificateAvailable"
    BAD_CHAIN = "CertChainError"
    CANCELLED = "ContractCancelled"


STANDINGS: Mapping[Validity, Standing] = {
    Validity.EXPIRED: Standing.EXPIRED,
    Validity.REVOKED: Standing.INVALID,
    Validity.BAD_CHAIN: Standing.INVALID,
    Validity.BAD_SIGNATURE: Standing.INVALID,
    Validity.NONE: Standing.INVALID,
}
"""What becomes of a token whose certificate is no good (C07.FR.15, FR.16, FR.17)."""

NOT_CHARGING = frozenset({Standing.BLOCKED, Standing.EXPIRED, Standing.INVALID, Standing.UNKNOWN})
"""C07.FR.13: with these the contract counts as cancelled."""

FLAWS: Mapping[Flaw, Validity] = {
    Flaw.EXPIRED: Validity.EXPIRED,
    Flaw.NOT_YET_VALID: Validity.BAD_CHAIN,
    Flaw.BAD_SIGNATURE: Validity.BAD_CHAIN,
}

STATUSES: Mapping[Status, Validity] = {
    Status.GOOD: Validity.ACCEPTED,
    Status.REVOKED: Validity.REVOKED,
    Status.EXPIRED: Validity.EXPIRED,
    Status.UNKNOWN: Validity.BAD_CHAIN,
}


def joined(validity: Validity, verdict: Verdict) -> tuple[Validity, Verdict]:
    """C07.FR.13 to FR.17: what is said of certificate and token together."""
    if validity in STANDINGS:
        return validity, Verdict(STANDINGS[validity])
    return (Validity.CANCELLED if verdict.standing in NOT_CHARGING else validity), verdict


async def of_contract(csms: Csms, ask: Mapping[str, Any], at: datetime) -> Validity | None:
    """What an AuthorizeRequest shows of a contract certificate; None if it shows nothing."""
    emaid = ask["idToken"]["idToken"]
    if "certificate" in ask:
        found = await of_chain(csms, emaid, ask["certificate"], at)
        if found is not Validity.ACCEPTED or "iso15118CertificateHashData" not in ask:
            return found
    chain = ask.get("iso15118CertificateHashData")
    return None if chain is None else await of_hashes(csms, emaid, chain, at)


async def of_hashes(csms: Csms, emaid: str, chain: Sequence[HashData], at: datetime) -> Validity:
    """C07.FR.05: the certificates that a station names by their hash data."""
    worst = Validity.ACCEPTED
    for data in chain:
        found, subject = await _status(csms, data, at)
        if found is Validity.ACCEPTED and subject is not None and data is chain[0] and not same_emaid(subject, emaid):
            found = Validity.BAD_CHAIN  # somebody else's contract
        if found is not Validity.ACCEPTED:
            worst = found if worst in {Validity.ACCEPTED, Validity.BAD_CHAIN} else worst
    return worst


async def of_chain(csms: Csms, emaid: str, pem: str, at: datetime) -> Validity:
    """C07.FR.06: a contract certificate with its chain that a station could not check, up to a root that we trust."""
    try:
        leaf, *between = load_chain(pem)
    except ValueError:
        return Validity.BAD_CHAIN
    roots = await csms.store.write(lambda database: contract_roots(database, csms, at))
    try:
        path = verify(leaf, between, roots, at=at, purpose=Purpose.CONTRACT)
    except Untrusted as problem:
        return FLAWS.get(problem.flaw, Validity.BAD_CHAIN)
    if not same_emaid(common_name(leaf.subject), emaid):
        return Validity.BAD_CHAIN
    asked = [
        {**hash_data(certificate, issuer), "responderURL": url}
        for certificate, issuer in pairwise(path)
        if (url := responder_url(certificate)) is not None
    ]
    return await of_hashes(csms, emaid, asked, at) if asked else Validity.ACCEPTED


def contract_roots(database: Database, csms: Csms, at: datetime) -> list[x509.Certificate]:
    """The roots that contracts may lead to: an eMobility operator's, or V2G."""
    hierarchy = Hierarchy.of(csms.settings)
    found = [hierarchy.authority(database, name, at).certificate for name in ("mo-root", "v2g-root")]
    file = csms.settings.contract_ca
    return found if file is None else [*found, *load_chain(Path(file).read_text(encoding="ascii"))]


def responder_url(certificate: x509.Certificate) -> str | None:
    """The OCSP responder that a certificate names."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, ValueError):
        return None
    for each in access:
        if each.access_method == AuthorityInformationAccessOID.OCSP and isinstance(
            each.access_location, x509.UniformResourceIdentifier
        ):
            return each.access_location.value
    return None


def same_emaid(one: str, other: str) -> bool:
    """Whether two eMAIDs are one: neither hyphens nor case count, nor the check digit where one has none."""
    first, second = (text.replace("-", "").upper() for text in (one, other))
    return first == second or (
        abs(len(first) - len(second)) == 1 and first[:14] == second[:14] and len(first[:14]) == 14
    )


async def _status(csms: Csms, data: HashData, at: datetime) -> tuple[Validity, str | None]:
    """What is known of one certificate, and its CN where we have issued it."""
    try:
        question = Question.of(data)
    except ValueError:
        return Validity.BAD_CHAIN, None

    def ours(database: Database) -> responder.Finding | None:
        issuer = responder.issuer_of(database, question)
        return None if issuer is None else responder.look_up(database, issuer, question, at)

    found = await csms.store.read(ours)
    if found is not None:
        return STATUSES[found.status], found.subject
    answer = await fetched(csms, data, question)
    return (Validity.BAD_CHAIN if answer is None else _read(answer)), None


async def fetched(csms: Csms, data: HashData, question: Question) -> bytes | None:
    """What somebody else's responder says, if it may be asked. A CSMS inside of a simulation asks nobody but who is
    inside of it as well (``Csms.post``)."""
    url = data["responderURL"]
    post = csms.post or (None if csms.store.inline else inquiry.over_http)
    if post is None or not inquiry.allowed(url, csms.settings.ocsp_responders):
        return None
    return await inquiry.ask(url, question, post)


def _read(answer: bytes) -> Validity:
    status = ocsp.load_der_ocsp_response(answer).certificate_status
    if status is ocsp.OCSPCertStatus.REVOKED:
        return Validity.REVOKED
    return Validity.ACCEPTED if status is ocsp.OCSPCertStatus.GOOD else Validity.BAD_CHAIN


async def status_answer(csms: Csms, data: HashData, at: datetime) -> bytes | None:
    """M06: an OCSP answer (DER) about a certificate, ours or fetched; None where it cannot be had."""
    try:
        question = Question.of(data)
    except ValueError:
        return None

    def ours(database: Database) -> bytes | None:
        issuer = responder.issuer_of(database, question)
        if issuer is None:
            return None
        return responder.answer(issuer, question, responder.look_up(database, issuer, question, at), at, None)

    return await csms.store.read(ours) or await fetched(csms, data, question)
