"""Block C, contract certificates: Plug & Charge. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from conformance.cases.csms201.states import ACCEPTED, Session, attached, energized, plugged, session
from conformance.papers import Credentials, hash_data, load, pem, told_by
from conformance.vocabulary import (
    Payload,
    Script,
    Subject,
    ask,
    asked_responder,
    check,
    csms201,
    given,
    open_responder,
    provision,
)


def _plugged_session(csms: Subject) -> Script:
    yield from attached(csms)
    tx = session(csms)
    yield from plugged(csms, tx)
    return tx


def _contract(csms: Subject) -> Credentials:
    """A new contract certificate, below new ones of its authorities, so that no status can be in any cache."""
    issuer = told_by(csms.pki.mo, csms.responder_url)
    return issuer.certifies(csms.tokens.contract.id, responder=csms.responder_url)


def _numbers_of(shown: Credentials) -> list[str]:
    """The serial numbers of the contract and of what is above it, but for the root."""
    return [f"{each.serial_number:x}" for each in load(shown.chain)]


def _hashes(csms: Subject, shown: Credentials, responder: str) -> list[Payload]:
    """OCSPRequestDataType of the contract and of what is above it, up to the root."""
    path = [*load(shown.chain), csms.pki.mobility.certificate]
    pairs = pairwise(path)
    return [{**hash_data(pem(below), pem(above)), "responderURL": responder} for below, above in pairs]


def _responder(csms: Subject, *revoked: str) -> Script:
    """The CSMS knows the bench's root of contracts, and the bench's responder answers; returns its URL."""
    url = yield open_responder(csms, revoked)
    yield provision(csms, "contract_root", certificate=csms.pki.mobility.pem, responder=url)
    return url


def _judged(csms: Subject, numbers: Iterable[str], having: Payload, rule: str, **papers: object) -> Script:
    """A contract is shown, the responder asked about certificates of these numbers, and the answer judged."""
    request = {"idToken": csms.tokens.contract.payload, **papers}
    yield ask("Authorize", request, having=having, rule=rule)
    asked: list[str] = yield asked_responder(csms)
    for number in numbers:
        yield check(number in asked, f"an OCSP request about {number}", ", ".join(asked) or "none", "C07.FR.05")


def _charges(csms: Subject, tx: Session) -> Script:
    token = csms.tokens.contract.payload
    yield ask("TransactionEvent", tx.event("Authorized", idToken=token), having=ACCEPTED, rule="E02.FR.02")
    yield from energized(csms, tx)


@csms201(
    "TC_C_50_CSMS",
    "Contract certificate checked locally, accepted",
    verifies="C07.FR.04 C07.FR.05 C07.FR.14",
    catches=(
        "says_nothing_of_the_contract refuses_contracts asks_no_responder asks_about_the_contract_alone "
        "says_nothing_of_the_token"
    ),
)
def accepted_by_hashes(csms: Subject) -> Script:
    shown = _contract(csms)
    tx: Session = yield from given(_plugged_session(csms))
    responder = yield from given(_responder(csms))
    having = {"idTokenInfo.status": "Accepted", "certificateStatus": "Accepted"}
    hashes = _hashes(csms, shown, responder)
    yield from _judged(csms, _numbers_of(shown), having, "C07.FR.04 C07.FR.14", iso15118CertificateHashData=hashes)
    yield from _charges(csms, tx)


@csms201(
    "TC_C_51_CSMS",
    "Contract certificate checked locally, rejected",
    verifies="C07.FR.16",
    catches="takes_revoked_contracts",
)
def revoked(csms: Subject) -> Script:
    shown = _contract(csms)
    yield from given(_plugged_session(csms))
    number = _numbers_of(shown)[0]
    responder = yield from given(_responder(csms, number))
    having = {"idTokenInfo.status": "Invalid", "certificateStatus": "CertificateRevoked"}
    hashes = _hashes(csms, shown, responder)
    yield from _judged(csms, [number], having, "C07.FR.16", iso15118CertificateHashData=hashes)


@csms201(
    "TC_C_52_CSMS",
    "Contract certificate checked by CSMS, accepted",
    verifies="C07.FR.04 C07.FR.05 C07.FR.14",
    catches="says_nothing_of_the_contract refuses_contracts asks_no_responder says_nothing_of_the_token",
)
def accepted_by_chain(csms: Subject) -> Script:
    shown = _contract(csms)
    tx: Session = yield from given(_plugged_session(csms))
    yield from given(_responder(csms))
    having = {"idTokenInfo.status": "Accepted", "certificateStatus": "Accepted"}
    yield from _judged(csms, _numbers_of(shown), having, "C07.FR.04 C07.FR.14", certificate=shown.chain)
    yield from _charges(csms, tx)
