"""CA certificates that the CSMS installs, lists and deletes (2.0.1 part 2 M03–M05; the same of 1.6's whitepaper)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from cryptography import x509

from protocol.x509 import (
    HASHES,
    Purpose,
    Untrusted,
    hash_data,
    is_authority,
    is_root,
    issued,
    load_chain,
    pem,
    same_hash,
    verify,
)
from simulator.keys.memory import Identity, Kept, Own, Root, Use
from simulator.keys.outcome import ACCEPTED, JAMMED, NOT_FOUND, Outcome, invalid
from simulator.keys.store import Keys

CHAIN = "V2GCertificateChain"
"""The certificates towards EVs, among what can be listed (GetCertificateIdUseEnumType)."""

Hash = Mapping[str, str]
"""CertificateHashDataType."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a list. ``kind``: GetCertificateIdUseEnumType; ``children``: the sub-CAs of a chain."""

    kind: str
    hash: Hash
    children: tuple[Hash, ...] = ()


# -- install --------------------------------------------------------------------------------------------------------


def install(keys: Keys, use: Use, text: str) -> Outcome:
    """M05: install one CA certificate.

    Rejected for one that is none, of no CA, outside its dates or weak (M05.FR.07), and where there is no room
    (M05.FR.06); Failed where the store takes nothing (M05.FR.03). One that is there already is replaced (M05.FR.17).
    """
    kept = keys.kept
    try:
        certificate = _valid(text, kept.of(use), keys.station.now)
    except Untrusted as problem:
        return invalid(problem.why)
    new = Root(use, pem(certificate))
    if keys.jammed:
        return JAMMED
    variables = keys.station.variables
    if use is Use.CSMS and variables.flag("SecurityCtrlr.AdditionalRootCertificateCheck"):
        return _succeed(keys, kept, new)
    others = tuple(root for root in kept.roots if (root.use, root.certificate) != (use, certificate))
    limit = variables.model["SecurityCtrlr.CertificateEntries"].high
    if limit is not None and len(others) + (kept.former_root is not None) >= limit:
        return Outcome("Rejected", "OutOfStorage", f"CertificateEntries is {limit:g} at most")
    keys.keep(replace(kept, roots=(*others, new), refuses_outer=kept.refuses_outer or use is Use.CSMS))
    _log(keys, "installed", new)
    return ACCEPTED


def _valid(text: str, trusted: tuple[Root, ...], now: datetime) -> x509.Certificate:
    """The certificate that a text is, if it may be trusted in future. Raises Untrusted."""
    try:
        found = load_chain(text)
    except ValueError as problem:
        raise Untrusted("this is no X.509 certificate in PEM") from problem
    if len(found) != 1:
        raise Untrusted(f"{len(found)} certificates at once")
    certificate = found[0]
    if not is_authority(certificate):
        raise Untrusted("not the certificate of a CA")
    known = any(root.certificate == certificate or issued(certificate, root.certificate) for root in trusted)
    if not known and not is_root(certificate):
        raise Untrusted("signed neither by itself nor by what is installed for that use")
    verify(certificate, (), (certificate,), at=now, purpose=Purpose.AUTHORITY)
    return certificate


def _succeed(keys: Keys, kept: Kept, new: Root) -> Outcome:
    """AdditionalRootCertificateCheck: there is one CSMS root, and it signs its successor (M05.FR.09–.12)."""
    before = kept.of(Use.CSMS)
    if any(root.certificate == new.certificate for root in before):
        return ACCEPTED
    if before and not any(issued(new.certificate, root.certificate) for root in before):
        return invalid("not signed by the CSMS root that it is to replace")
    others = tuple(root for root in kept.roots if root.use is not Use.CSMS)
    former = next((root for root in before if issued(new.certificate, root.certificate)), None)
    keys.keep(replace(kept, roots=(*others, new), former_root=former, refuses_outer=True))
    _log(keys, "installed", new)
    return ACCEPTED


# -- list -----------------------------------------------------------------------------------------------------------


def listed(keys: Keys, kinds: Collection[str]) -> list[Listed]:
    """M03.FR.04, .05: what there is of these kinds; without any, of all."""
    return [found for found, _ in _everything(keys.kept, "SHA256") if not kinds or found.kind in kinds]


def _everything(kept: Kept, algorithm: str) -> Iterator[tuple[Listed, Root | Identity]]:
    for root in (*kept.roots, *filter(None, (kept.former_root,))):
        yield Listed(root.use, _hash(root.certificate, _issuers(kept, root.use), algorithm)), root
    for mine in kept.own:
        if mine.own is not Own.STATION or mine.combined:
            above = (*mine.certificates, *_issuers(kept, Use.V2G), *_issuers(kept, Use.CSMS))
            leaf, *children = (_hash(found, above, algorithm) for found in mine.certificates)
            yield Listed(CHAIN, leaf, tuple(children[:4])), mine


def _issuers(kept: Kept, use: Use) -> tuple[x509.Certificate, ...]:
    former = kept.former_root
    return tuple(root.certificate for root in (*kept.of(use), *([former] if former is not None else ())))


def _hash(certificate: x509.Certificate, above: tuple[x509.Certificate, ...], algorithm: str) -> Hash:
    """The issuer's key is that of whom the station has; failing that, its own stands in."""
    issuer = next((found for found in above if issued(certificate, found)), certificate)
    return hash_data(certificate, issuer, algorithm)


# -- delete ---------------------------------------------------------------------------------------------------------


def delete(keys: Keys, asked: Hash) -> Outcome:
    """M04: delete one certificate; a sub-CA's or a V2G certificate's with its chain (M04.FR.08).

    NotFound for one that is not there (M04.FR.04); Failed for the station's own (M04.FR.06), for the CSMS root that its
    connection rests on (1.6 M04.FR.06, here M04.FR.03) and where the store gives nothing up.
    """
    kept = keys.kept
    if asked["hashAlgorithm"] not in HASHES:
        return NOT_FOUND
    if _is_station(kept, asked):
        return Outcome("Failed", "Unspecified", "the station's own certificate is not deleted this way")
    named = [thing for found, thing in _everything(kept, asked["hashAlgorithm"]) if _names(asked, found)]
    if not named:
        return NOT_FOUND
    if keys.jammed:
        return JAMMED
    for thing in named:
        if isinstance(thing, Root) and keys.rests_on(thing):
            return Outcome("Failed", "Unspecified", "the connection to the CSMS rests on this root")
    _remove(keys, kept, named)
    return ACCEPTED


def _names(asked: Hash, found: Listed) -> bool:
    return same_hash(asked, found.hash) or any(same_hash(asked, child) for child in found.children)


def _is_station(kept: Kept, asked: Hash) -> bool:
    mine = [each for each in (*kept.own, kept.former) if each is not None and each.own is Own.STATION]
    above = _issuers(kept, Use.CSMS)
    return any(
        same_hash(asked, _hash(each.leaf, (*each.certificates, *above), asked["hashAlgorithm"])) for each in mine
    )


def _remove(keys: Keys, kept: Kept, named: list[Root | Identity]) -> None:
    gone = tuple(named)
    keys.keep(
        replace(
            kept,
            roots=tuple(root for root in kept.roots if root not in gone),
            own=tuple(each for each in kept.own if each not in gone),
            former_root=None if kept.former_root in gone else kept.former_root,
            refuses_outer=kept.refuses_outer or any(isinstance(each, Root) and each.use is Use.CSMS for each in gone),
        )
    )
    for thing in gone:
        _log(keys, "deleted", thing)


def _log(keys: Keys, done: str, thing: Root | Identity) -> None:
    what = thing.use if isinstance(thing, Root) else thing.own
    keys.station.security.add("ReconfigurationOfSecurityParameters", f"{what} {done}")
