"""What a station shows at the door: its certificate, looked at after TLS has found its path good (profile 3)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from sqlalchemy import Connection as Database

from csms_reference.pki.hierarchy import every
from csms_reference.services import certificates
from csms_reference.services.registration import Known
from protocol.x509 import Flaw, Untrusted, check_dates, common_name, organisation

KINDS = frozenset({"station", "v2g"})
"""What a station may show: A00.FR.428, it may be the one that it shows to EVs."""

RENEWED_BEFORE = timedelta(days=14)
"""A station renews a month before the end (A03.FR.02); one that has not yet is asked to when it boots."""


class Issue(NamedTuple):
    """What our own authorities know of a certificate. ``ours``: one of them is its issuer by name."""

    number: int | None = None
    kind: str = ""
    station: str | None = None
    revoked: bool = False
    has_older: bool = False
    ours: bool = False


class Findings(NamedTuple):
    """What is wrong with a certificate, if anything. ``lapsed``: it has expired, and nothing else is wrong."""

    fault: str | None = None
    lapsed: bool = False


def issue_of(database: Database, shown: x509.Certificate) -> Issue:
    """Look a certificate up (A00.FR.702, FR.705)."""
    row = certificates.shown(database, shown)
    if row is None:
        return Issue(ours=any(each.certificate.subject == shown.issuer for each in every(database)))
    older = row["station"] is not None and certificates.has_older(database, row["station"], row["kind"], row["id"])
    return Issue(row["id"], row["kind"], row["station"], row["revoked_ms"] is not None, older, ours=True)


def examine(
    shown: x509.Certificate,
    issue: Issue,
    identity: str,
    row: Known | None,
    *,
    organisations: Collection[str],
    now: datetime,
) -> Findings:
    """Whether a certificate is this station's and good: O (A00.FR.404), CN (FR.405), revocation (FR.705), dates."""
    names = {identity} if row is None or row.serial is None else {identity, row.serial}
    name, owner = common_name(shown.subject), organisation(shown.subject)
    if owner not in organisations:
        return Findings(f"its certificate is owned by {owner!r}")
    if name not in names and issue.station != identity:  # which our authority has looked at when it issued it
        return Findings(f"its certificate belongs to {name!r}")
    if issue.ours and (issue.kind not in KINDS or issue.station not in {None, identity}):
        return Findings("its certificate was not issued for it")
    if issue.revoked:
        return Findings("its certificate is revoked")
    try:
        check_dates(shown, now)
    except Untrusted as problem:
        return Findings(problem.why, lapsed=problem.flaw is Flaw.EXPIRED)
    return Findings()


def is_due(shown: x509.Certificate, now: datetime) -> bool:
    """Whether a certificate has to be renewed soon."""
    return shown.not_valid_after_utc - now < RENEWED_BEFORE
