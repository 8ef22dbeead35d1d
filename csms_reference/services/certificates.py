"""Which certificates were issued and revoked, what stations asked to be signed, and what they hold (blocks A and M)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from cryptography import x509
from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from csms_reference.instants import to_ms
from csms_reference.services import authorization
from csms_reference.services.retention import trimming
from csms_reference.store.certificate_tables import certificates, contracts, installed, signing_requests
from csms_reference.store.prepared import Prepared, insert_or_change
from protocol.x509 import common_name, fingerprint, pem, serial

REQUESTS_MOST = 100
"""Signing requests kept of each station: the oldest of more give way."""

ISSUED_MOST = 100
"""Certificates of a kind kept of each station, and of each other name: older ones are nobody's then, and as little good
as revoked ones."""

# -- issued ---------------------------------------------------------------------------------------------------------


def keep(
    connection: Connection,
    authority: str,
    certificate: x509.Certificate,
    *,
    kind: str,
    station: str | None,
    at: datetime,
) -> int:
    """Note a certificate that an authority has issued; returns its number."""
    values = {
        "authority": authority,
        "serial": serial(certificate),
        "kind": kind,
        "station": station,
        "subject": certificate.subject.rfc4514_string()[:255],
        "common_name": common_name(certificate.subject)[:255],
        "name_key": common_name(certificate.subject)[:255],
        "fingerprint": fingerprint(certificate),
        "certificate": pem(certificate),
        "not_before_ms": to_ms(certificate.not_valid_before_utc),
        "not_after_ms": to_ms(certificate.not_valid_after_utc),
        "issued_ms": to_ms(at),
    }
    (number,) = connection.execute(insert(certificates), values).inserted_primary_key or (0,)
    if kind != "authority":
        trim, whose = (_TRIM_NAMED, "name_key") if station is None else (_TRIM_OWN, "station")
        trim(connection, {f"the_{whose}": values[whose], "the_kind": kind, "n": ISSUED_MOST})
    return int(number)


_TRIM_OWN = trimming(certificates, "station", "kind")
_TRIM_NAMED = trimming(certificates, "name_key", "kind")
_SEEN = Prepared(select(certificates).where(certificates.c.fingerprint == bindparam("f")))


def shown(connection: Connection, certificate: x509.Certificate) -> dict[str, Any] | None:
    """The row of a certificate that somebody shows; None if nobody here has issued it."""
    return _SEEN(connection, {"f": fingerprint(certificate)}).mapping()


def by_serial(connection: Connection, authority: str, number: str) -> Row[Any] | None:
    """The row of what an authority issued under a serial number (lower-case hexadecimal, no leading zeros)."""
    chosen = select(certificates).where(certificates.c.authority == authority, certificates.c.serial == number)
    return connection.execute(chosen).one_or_none()


def find(connection: Connection, number: int) -> Row[Any] | None:
    """One certificate's row."""
    return connection.execute(select(certificates).where(certificates.c.id == number)).one_or_none()


def page(connection: Connection, after: int, limit: int, **where: Any) -> list[Row[Any]]:
    """Certificates in the order in which they were issued; ``where`` names columns, None any value."""
    chosen = select(certificates).where(certificates.c.id > after).order_by(certificates.c.id).limit(limit)
    for name, value in where.items():
        if value is not None:
            chosen = chosen.where(certificates.c[name] == value)
    return list(connection.execute(chosen))


def revoked(connection: Connection, authority: str) -> list[Row[Any]]:
    """What an authority has revoked, in the order of its issue."""
    chosen = select(certificates).where(certificates.c.authority == authority, certificates.c.revoked_ms.is_not(None))
    return list(connection.execute(chosen.order_by(certificates.c.id)))


def revoke(connection: Connection, number: int, reason: str, at_ms: int) -> bool:
    """Revoke a certificate; False if there is none that could be. The first reason stays."""
    changed = update(certificates).where(certificates.c.id == number, certificates.c.revoked_ms.is_(None))
    return connection.execute(changed.values(revoked_ms=at_ms, reason=reason)).rowcount > 0


def supersede(connection: Connection, station: str, kind: str, number: int, at_ms: int) -> int:
    """A02.FR.10: a station that uses this certificate has discarded those before; returns how many are revoked now."""
    changed = update(certificates).where(
        certificates.c.station == station,
        certificates.c.kind == kind,
        certificates.c.id < number,
        certificates.c.revoked_ms.is_(None),
    )
    return connection.execute(changed.values(revoked_ms=at_ms, reason="superseded")).rowcount


_OLDER = Prepared(
    select(certificates.c.id)
    .where(
        certificates.c.station == bindparam("s"),
        certificates.c.kind == bindparam("k"),
        certificates.c.id < bindparam("n"),
        certificates.c.revoked_ms.is_(None),
    )
    .limit(1)
)


def has_older(connection: Connection, station: str, kind: str, number: int) -> bool:
    """Whether ``supersede`` would have something to do."""
    return _OLDER(connection, {"s": station, "k": kind, "n": number}).scalar() is not None


# -- asked to be signed ---------------------------------------------------------------------------------------------


def ask(connection: Connection, station: str, **columns: Any) -> int:
    """Note a request; returns its number."""
    made = connection.execute(insert(signing_requests), {"station": station, **columns}).inserted_primary_key or (0,)
    number = int(made[0])
    oldest = (
        select(signing_requests.c.id)
        .where(signing_requests.c.station == station)
        .order_by(signing_requests.c.id.desc())
        .offset(REQUESTS_MOST)
        .limit(1)
    )
    connection.execute(
        delete(signing_requests).where(
            signing_requests.c.station == station, signing_requests.c.id <= oldest.scalar_subquery()
        )
    )
    return number


def asked_before(connection: Connection, station: str, digest: str) -> Row[Any] | None:
    """The last request with this CSR whose certificate the station may not have got (A02.FR.17: it asks again)."""
    chosen = (
        select(signing_requests)
        .where(signing_requests.c.station == station, signing_requests.c.digest == digest)
        .where(signing_requests.c.state.in_(("Issued", "Sent")))
        .order_by(signing_requests.c.id.desc())
        .limit(1)
    )
    return connection.execute(chosen).one_or_none()


def progress(connection: Connection, number: int, state: str, why: str | None = None) -> None:
    """Note how far a request has got."""
    connection.execute(
        update(signing_requests).where(signing_requests.c.id == number).values(state=state, why=why and why[:255])
    )


def requests_of(connection: Connection, station: str, after: int, limit: int) -> list[Row[Any]]:
    """A station's requests in the order in which they came."""
    chosen = select(signing_requests).where(signing_requests.c.station == station, signing_requests.c.id > after)
    return list(connection.execute(chosen.order_by(signing_requests.c.id).limit(limit)))


# -- held by stations -----------------------------------------------------------------------------------------------

HashData = Mapping[str, str]


def _row(station: str, kind: str, data: HashData, at_ms: int, under: str | None = None) -> dict[str, Any]:
    return {
        "station": station,
        "type": kind,
        "hash_algorithm": data["hashAlgorithm"],
        "issuer_name_hash": data["issuerNameHash"].lower(),
        "issuer_key_hash": data["issuerKeyHash"].lower(),
        "serial": data["serialNumber"].lower().lstrip("0") or "0",
        "under": under,
        "noted_ms": at_ms,
    }


def note_installed(connection: Connection, station: str, kind: str, data: HashData, at_ms: int) -> None:
    """A station has installed a certificate; one that it had already is noted once (M05.FR.17)."""
    row = _row(station, kind, data, at_ms)
    forget_installed(connection, station, data, kind)
    connection.execute(insert(installed), row)


def forget_installed(connection: Connection, station: str, data: HashData, kind: str | None = None) -> int:
    """A station does not hold a certificate any more; returns how many rows that were."""
    row = _row(station, "", data, 0)
    same = ("station", "hash_algorithm", "issuer_name_hash", "issuer_key_hash", "serial")
    gone = delete(installed).where(*(installed.c[name] == row[name] for name in same))
    if kind is not None:
        gone = gone.where(installed.c.type == kind)
    else:  # M04.FR.08: whatever hangs under it is an orphan
        connection.execute(delete(installed).where(installed.c.station == station, installed.c.under == row["serial"]))
    return connection.execute(gone).rowcount


def report_installed(
    connection: Connection,
    station: str,
    kinds: Iterable[str] | None,
    chains: Iterable[tuple[str, HashData, list[HashData]]],
    at_ms: int,
) -> None:
    """A station has told what it holds of some kinds (None: of all); this replaces what was known of them."""
    gone = delete(installed).where(installed.c.station == station)
    if kinds is not None:
        gone = gone.where(installed.c.type.in_(list(kinds)))
    connection.execute(gone)
    rows = []
    for kind, data, children in chains:
        own = _row(station, kind, data, at_ms)
        rows += [own, *(_row(station, kind, child, at_ms, own["serial"]) for child in children)]
    if rows:
        connection.execute(insert(installed), rows)


def installed_at(connection: Connection, station: str, after: int = 0, limit: int = 1000) -> list[Row[Any]]:
    """What a station is known to hold."""
    chosen = select(installed).where(installed.c.station == station, installed.c.id > after)
    return list(connection.execute(chosen.order_by(installed.c.id).limit(limit)))


# -- contracts ------------------------------------------------------------------------------------------------------

_PUT = Prepared(insert_or_change(contracts, "pcid", "emaid"), contracts.c.keys())


def put_contract(connection: Connection, emaid: str, pcid: str, at_ms: int) -> None:
    """A driver's contract (eMAID) is for the EV whose provisioning certificate names this PCID."""
    row = {"contract_key": authorization.key(emaid), "emaid": emaid, "pcid": pcid, "created_ms": at_ms}
    _PUT(connection, row)


def contract_of(connection: Connection, pcid: str) -> str | None:
    """The eMAID of the newest contract for an EV; None if there is none."""
    chosen = select(contracts.c.emaid).where(contracts.c.pcid == pcid)
    return connection.execute(
        chosen.order_by(contracts.c.created_ms.desc(), contracts.c.contract_key).limit(1)
    ).scalar()


def contracts_page(connection: Connection, after: str, limit: int) -> list[Row[Any]]:
    """Contracts in the order of their keys, as tokens are, behind the eMAID ``after`` (empty: from the first)."""
    chosen = select(contracts).order_by(contracts.c.contract_key).limit(limit)
    if after:
        chosen = chosen.where(contracts.c.contract_key > authorization.key(after))
    return list(connection.execute(chosen))


def remove_contract(connection: Connection, emaid: str) -> bool:
    """End a contract; False if there was none."""
    return (
        connection.execute(delete(contracts).where(contracts.c.contract_key == authorization.key(emaid))).rowcount > 0
    )
