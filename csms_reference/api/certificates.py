"""The HTTP API of blocks A and M: authorities, certificates, contracts, and what a station holds and has noticed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection as Database

from csms_reference.api.desk import Desk
from csms_reference.api.hal import (
    Link,
    Page,
    Resource,
    Template,
    form,
    link,
    narrowed,
    page_of,
    path,
    whole_page,
)  # fmt: skip
from csms_reference.api.models import AfterId, AfterKey, Choice, Limit, Name, likewise
from csms_reference.api.problems import errors, missing
from csms_reference.api.revision import SHOWN, Seen
from csms_reference.front import Front
from csms_reference.instants import from_ms, show
from csms_reference.pki import issuing
from csms_reference.pki.authority import distinguished
from csms_reference.pki.hierarchy import PLANS, Hierarchy, every
from csms_reference.pki.requests import Unsignable, key_of, read
from csms_reference.services import certificates, security
from protocol.x509 import common_name, fingerprint, load_chain, pem

PEM = "application/x-pem-file"
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]

Kind = Literal["station", "server", "v2g", "contract", "provisioning", "firmware"]
Reason = Literal[
    "unspecified",
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "privilegeWithdrawn",
]
"""RFC 5280 §5.3.1, without those that can be taken back."""


class AuthorityOut(Resource):
    """An authority of ours. ``fingerprint`` is null until it is first needed."""

    name: str
    common_name: str
    parent: str | None
    fingerprint: str | None


class CertificateIn(BaseModel):
    """A certificate to issue. The subject is that of the CSR, or has this ``common_name``."""

    model_config = ConfigDict(extra="forbid")
    kind: Kind
    csr: str = Field(max_length=5500)
    common_name: str | None = Field(None, min_length=1, max_length=64)
    station: str | None = Field(None, max_length=255)
    days: float | None = Field(None, gt=0, le=10_000, strict=True)
    hosts: list[str] = []


class CertificateOut(Resource):
    """A certificate that was issued."""

    id: int
    authority: str
    kind: str
    station: str | None
    subject: str
    serial: str
    fingerprint: str
    not_before: str | None
    not_after: str | None
    revoked: str | None
    reason: str | None
    chain: str | None = None
    """PEM, the leaf first, the root left out; only where one certificate is asked for."""

    @classmethod
    def of(cls, row: Any) -> CertificateOut:
        """From its row."""
        plain = ("id", "authority", "kind", "station", "subject", "serial", "fingerprint", "reason")
        return cls(
            **{name: getattr(row, name) for name in plain},
            not_before=show(row.not_before_ms),
            not_after=show(row.not_after_ms),
            revoked=show(row.revoked_ms),
            links={"self": link("pki", "certificates", row.id)},
        )


class RevokeIn(BaseModel):
    """Why a certificate is revoked."""

    model_config = ConfigDict(extra="forbid")
    reason: Reason = "unspecified"


class ContractIn(BaseModel):
    """A driver's contract, and the EV that it is for, by the CN of the EV's provisioning certificate."""

    model_config = ConfigDict(extra="forbid")
    emaid: str = Field(pattern="^[A-Za-z0-9-]{14,36}$")
    pcid: str = Field(min_length=1, max_length=64)


class ContractOut(Resource):
    """A driver's contract, and the EV that it is for."""

    emaid: str
    pcid: str

    @classmethod
    def of(cls, row: Any) -> ContractOut:
        """From its row."""
        return cls(emaid=row.emaid, pcid=row.pcid, templates={"delete": _ending(row.emaid)})


def _ending(emaid: str) -> Template:
    return Template(title="End it", method="DELETE", target=path("pki", "contracts", emaid))


class InstalledOut(BaseModel):
    """A certificate that a station holds. ``under``: the serial number of the leaf of whose chain it is a part."""

    id: int
    type: str
    hash_algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial: str
    under: str | None
    noted: str | None


class RequestOut(BaseModel):
    """A CSR of a station, and what became of it: Rejected (by us), Issued, Sent, Installed, Refused (by it)."""

    id: int
    type: str
    state: str
    why: str | None
    certificate_id: int | None
    received: str | None


class HeldOut(Resource):
    """What is known of a station's certificates."""

    installed: list[InstalledOut]
    issued: list[CertificateOut]
    requests: list[RequestOut]


class SecurityEventOut(Resource):
    """A security event. ``from_station``: it told of it; otherwise the CSMS noticed it itself."""

    id: int
    type: str
    tech_info: str | None
    from_station: bool
    timestamp: str | None
    received: str | None


def held(csms: Front, desk: Desk) -> APIRouter:
    """What stations hold and tell. A station that has told nothing has empty lists."""
    router = desk(prefix="/stations/{station}", tags=["certificates"])

    @router.get("/certificates")
    async def list_held_certificates(station: Name) -> HeldOut:
        """What it holds as far as it has told, what was issued to it, and what it asked for: up to 1000 of each."""

        def read_all(database: Database) -> HeldOut:
            return HeldOut(
                installed=[
                    InstalledOut(**likewise(InstalledOut, row), noted=show(row.noted_ms))
                    for row in certificates.installed_at(database, station)
                ],
                issued=[CertificateOut.of(row) for row in certificates.page(database, 0, 1000, station=station)],
                requests=[
                    RequestOut(**likewise(RequestOut, row), received=show(row.received_ms))
                    for row in certificates.requests_of(database, station, 0, 1000)
                ],
                links={
                    "self": link("stations", station, "certificates"),
                    "station": link("stations", station),
                    "issued": narrowed(path("pki", "certificates"), station=station),
                },
            )

        return await csms.store.read(read_all)

    @router.get("/security-events")
    async def list_security_events(
        station: Name, type: Choice = None, after: AfterId = 0, limit: Limit = 100
    ) -> Page[SecurityEventOut]:
        """Security events in the order in which they arrived."""
        rows = await csms.store.read(lambda database: security.page(database, station, after, limit, type))
        items = [
            SecurityEventOut(
                **likewise(SecurityEventOut, row), timestamp=show(row.timestamp_ms), received=show(row.received_ms)
            )
            for row in rows
        ]
        where, last = path("stations", station, "security-events"), items[-1].id if items else None
        links = {"station": link("stations", station)}
        return page_of(items, where, limit=limit, last=last, query={"type": type}, links=links)

    return router


def authorities(csms: Front, desk: Desk) -> APIRouter:
    """Our authorities and what they issue. Keys are never shown."""
    router = desk(prefix="/pki", tags=["certificates"])
    hierarchy = Hierarchy.of(csms.settings)

    @router.get("/authorities")
    async def list_authorities(after: AfterKey = "", limit: Limit = 100) -> Page[AuthorityOut]:
        """All there are, made or not, in the order of their names."""
        made = {each.name: each for each in await csms.store.read(every)}
        items = [
            AuthorityOut(
                name=name,
                common_name=common_name(made[name].certificate.subject) if name in made else plan.common_name,
                parent=plan.parent,
                fingerprint=fingerprint(made[name].certificate) if name in made else None,
                links={
                    "certificate": Link(href=path("pki", "authorities", f"{name}.pem"), type=PEM),
                    "issued": narrowed(path("pki", "certificates"), authority=name),
                },
            )
            for name, plan in PLANS.items()
        ]
        where = path("pki", "authorities")
        return whole_page(items, where, lambda each: each.name, after=after, limit=limit)

    @router.get("/authorities/{name}.pem", response_class=Response, responses=errors(404))
    async def get_authority(name: Name) -> Response:
        """An authority's certificate, made now if there was none."""
        if name not in PLANS:
            raise missing(f"authority {name!r}")
        at = from_ms(csms.now_ms())
        text = await csms.store.write(lambda database: pem(hierarchy.authority(database, name, at).certificate))
        return Response(text, media_type=PEM)

    _issuing(csms, router, hierarchy)
    _contracts(csms, router)
    return router


def _issuing(csms: Front, router: APIRouter, hierarchy: Hierarchy) -> None:
    @router.post("/certificates", status_code=201)
    async def post_certificate(wish: CertificateIn) -> CertificateOut:
        """Have a CSR signed by the authority for this kind of certificate."""
        try:
            asked = read(wish.csr)
        except Unsignable as problem:
            raise HTTPException(422, str(problem)) from problem
        subject = asked.subject
        if wish.common_name is not None:
            subject = distinguished(wish.common_name, hierarchy.organisation)
        at = from_ms(csms.now_ms())

        def write(database: Database) -> CertificateOut:
            made = issuing.issue(
                database, hierarchy, wish.kind, subject, key_of(asked), at=at,
                station=wish.station, days=wish.days, hosts=wish.hosts,
            )  # fmt: skip
            out = CertificateOut.of(certificates.find(database, made.number))
            return _revocable(out.model_copy(update={"chain": made.pem}))

        return await csms.store.write(write)

    @router.get("/certificates")
    async def list_certificates(
        *,
        station: Choice = None,
        kind: Choice = None,
        authority: Choice = None,
        after: AfterId = 0,
        limit: Limit = 100,
    ) -> Page[CertificateOut]:
        """Certificates in the order in which they were issued."""
        where = {"station": station, "kind": kind, "authority": authority}
        rows = await csms.store.read(lambda database: certificates.page(database, after, limit, **where))
        items, last = [CertificateOut.of(row) for row in rows], rows[-1].id if rows else None
        forms = {"default": form("POST", path("pki", "certificates"), CertificateIn, "Have a CSR signed")}
        return page_of(items, path("pki", "certificates"), limit=limit, last=last, query=where, templates=forms)

    @router.get("/certificates/{number}", **SHOWN)
    async def get_certificate(number: Number, seen: Seen) -> CertificateOut:
        """One certificate with its chain."""
        at = from_ms(csms.now_ms())

        def look(database: Database) -> CertificateOut:
            row = certificates.find(database, number)
            if row is None:
                raise missing(f"certificate {number}")
            above = [] if row.kind == "authority" else hierarchy.chain(database, row.authority, at)
            chain = pem(*load_chain(row.certificate), *above)
            return _revocable(CertificateOut.of(row).model_copy(update={"chain": chain}))

        return seen.shown(await csms.store.read(look))

    @router.post("/certificates/{number}/revoke", responses=errors(404))
    async def revoke_certificate(number: Number, why: RevokeIn) -> CertificateOut:
        """Revoke a certificate for good; one that is revoked already keeps its reason."""
        at_ms = csms.now_ms()

        def write(database: Database) -> CertificateOut:
            certificates.revoke(database, number, why.reason, at_ms)
            row = certificates.find(database, number)
            if row is None:
                raise missing(f"certificate {number}")
            return CertificateOut.of(row)

        return await csms.store.write(write)


def _revocable(certificate: CertificateOut) -> CertificateOut:
    """With links to its relatives, and the form that revokes it, where that can be."""
    certificate.links |= {
        "collection": link("pki", "certificates"),
        "issuer": Link(href=path("pki", "authorities", f"{certificate.authority}.pem"), type=PEM),
    }
    if certificate.revoked is None:
        own = path("pki", "certificates", certificate.id, "revoke")
        certificate.templates = {"revoke": form("POST", own, RevokeIn, "Revoke it for good")}
    return certificate


def _contracts(csms: Front, router: APIRouter) -> None:
    @router.put("/contracts")
    async def put_contract(contract: ContractIn) -> ContractOut:
        """Register a contract for an EV, or move it to another; the EV fetches its certificate through a station."""
        at_ms = csms.now_ms()
        await csms.store.write(
            lambda database: certificates.put_contract(database, contract.emaid, contract.pcid, at_ms)
        )
        return ContractOut.of(contract)

    @router.get("/contracts")
    async def list_contracts(after: AfterKey = "", limit: Limit = 100) -> Page[ContractOut]:
        """Contracts in the order of their eMAIDs."""
        rows = await csms.store.read(lambda database: certificates.contracts_page(database, after, limit))
        items, last = [ContractOut.of(row) for row in rows], rows[-1].emaid if rows else None
        forms = {"default": form("PUT", path("pki", "contracts"), ContractIn, "Register a contract for an EV")}
        return page_of(items, path("pki", "contracts"), limit=limit, last=last, templates=forms)

    @router.delete("/contracts/{emaid}", status_code=204, responses=errors(404))
    async def delete_contract(emaid: Name) -> None:
        """End a contract: no more certificates for it. Those that there are can be revoked."""
        if not await csms.store.write(lambda database: certificates.remove_contract(database, emaid)):
            raise missing(f"contract {emaid!r}")
