"""Tokens, and what the CSMS says of them, in 2.0.1's types (IdTokenType, IdTokenInfoType, MessageContentType)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.dialects.contents201 import languages, read_words
from simulator.dialects.dialect import Payload, read_time
from simulator.judgement import plugs_and_charges
from simulator.tokens import Token, TokenInfo

if TYPE_CHECKING:
    from simulator.station import Station


def id_token(station: Station, token: Token) -> Payload:
    """IdTokenType; with as many additionalInfo items as the station sends in one message (part 2 §2.3.2)."""
    told: Payload = {"idToken": token.id, "type": token.type}
    if token.additional:
        most = station.variables.number("AuthCtrlr.AdditionalInfoItemsPerMessage")
        told["additionalInfo"] = [
            {"additionalIdToken": number, "type": kind} for number, kind in token.additional[:most]
        ]
    return told


def read_token(told: Payload) -> Token:
    """The token behind an IdTokenType."""
    additional = tuple((item["additionalIdToken"], item["type"]) for item in told.get("additionalInfo", ()))
    return Token(told["idToken"], told["type"], additional)


def contract_data(station: Station, token: Token) -> Payload:
    """C07.FR.02: what an OCSP request names the contract's certificates by; C07.FR.06: the certificates themselves
    where the station cannot verify them and may leave that to the CSMS."""
    contract = token.contract
    if contract is None:
        return {}
    if contract.unverifiable and plugs_and_charges(station, contract, "CentralContractValidationAllowed"):
        return {"certificate": contract.chain}
    return {"iso15118CertificateHashData": [dict(each) for each in contract.hashes]} if contract.hashes else {}


def token_info(info: Payload) -> TokenInfo:
    """What an IdTokenInfoType says."""
    expiry, group, words = info.get("cacheExpiryDateTime"), info.get("groupIdToken"), info.get("personalMessage")
    return TokenInfo(
        info["status"],
        expires=read_time(expiry) if expiry else None,
        group=group["idToken"] if group and group["idToken"] else None,  # part 2 C §1.2: an empty one is none
        evses=tuple(info.get("evseId", ())),
        languages=languages(info),
        words=read_words(words) if words else None,
        priority=info.get("chargingPriority"),
    )
