"""The HTTP API: firmware images, updates of stations, and addresses for uploads."""

from __future__ import annotations

import asyncio
import base64
import binascii
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from csms_reference.api.desk import Desk
from csms_reference.api.hal import Link, Page, Resource, Template, form, link, page_of, path
from csms_reference.api.models import AfterId, Choice, Instant, Limit, Name, likewise
from csms_reference.api.ordering import ORDERED, Attempted
from csms_reference.api.problems import errors, missing
from csms_reference.api.revision import CHANGED, SHOWN, Seen
from csms_reference.files.room import BadName, Room, TooLarge
from csms_reference.files.signing import Signer, new_key, sign
from csms_reference.front import Front
from csms_reference.instants import from_ms, show
from csms_reference.pki.hierarchy import Hierarchy
from csms_reference.process import fresh_id
from csms_reference.services import firmware, uploads
from csms_reference.services.firmware import Image
from protocol.x509 import load_chain

BYTES = "application/octet-stream"
File = Annotated[str, Path(max_length=128)]
Word = Annotated[str | None, Query(max_length=50)]


IMAGE: dict[str, Any] = {
    "requestBody": {"required": True, "content": {BYTES: {"schema": {"type": "string", "format": "binary"}}}}
}
"""How the body is described that an image is."""


class ImageOut(Resource):
    """A firmware image. ``url``: where stations fetch it; null where nothing is public."""

    id: int
    name: str
    version: str | None
    model: str | None
    size: int
    sha256: str
    md5: str
    signature: str | None
    certificate: str | None
    url: str | None
    created: str | None


class UpdateIn(BaseModel):
    """An update of one station. Without dates at once; ``secure``: with the image's signature, where it has one."""

    image: str = Field(max_length=128)
    secure: bool = True
    retrieve: Instant | None = None
    install: Instant | None = None
    retries: int | None = Field(default=None, ge=0, le=2**31 - 1, strict=True)
    retry_interval: int | None = Field(default=None, ge=0, le=2**31 - 1, strict=True)
    request_id: int | None = Field(default=None, ge=0, le=2**31 - 1, strict=True)
    ftp: bool = False


class StatusOut(BaseModel):
    """What a station said of an update."""

    status: str
    received: str | None


class UpdateOut(Resource):
    """An update: as it was asked for, what was answered, and how it went; ``status`` is the last word on it."""

    id: int
    request_id: int | None
    location: str
    signed: bool
    retrieve: str | None
    install: str | None
    answer: str
    asked: str | None
    status: str | None
    over: bool
    history: list[StatusOut]

    @classmethod
    def of(cls, row: Any, history: list[Any]) -> UpdateOut:
        """From its rows."""
        return cls(
            id=row.id, request_id=row.request_id, location=row.location, signed=bool(row.signed),
            retrieve=show(row.retrieve_ms), install=show(row.install_ms), answer=row.answer, asked=show(row.asked_ms),
            status=row.status, over=row.answer not in firmware.TAKEN or row.status in firmware.ENDS,
            history=[StatusOut(status=each.status, received=show(each.received_ms)) for each in history],
        )  # fmt: skip


class UploadIn(BaseModel):
    """An address for one upload; without an ``address`` of your own one that nobody guesses."""

    station: str | None = Field(default=None, max_length=255)
    most_bytes: int | None = Field(default=None, ge=1, le=2**53, strict=True)
    address: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
    lasts_s: int = Field(default=86_400, ge=1, le=31_536_000, strict=True)


class UploadOut(Resource):
    """An address for one upload, and what has come to it. ``url`` ends in a slash: a file's name may follow."""

    id: int
    address: str
    url: str | None
    station: str | None
    most_bytes: int
    created: str | None
    expires: str | None
    received: str | None
    name: str | None
    size: int | None
    sha256: str | None
    attempts: int


def _image_out(csms: Front, row: Any) -> ImageOut:
    base = csms.settings.files_base
    url = None if base is None else f"{base}/firmware/{row.name}"
    own = path("firmware", row.name)
    return ImageOut(
        **likewise(ImageOut, row),
        url=url,
        created=show(row.created_ms),
        links={"self": Link(href=own), "collection": link("firmware")},
        templates={"delete": Template(title="Take it away", method="DELETE", target=own)},
    )


def _upload_out(csms: Front, row: Any) -> UploadOut:
    base = csms.settings.files_base
    fields = likewise(UploadOut, row)
    fields["url"] = None if base is None else f"{base}/uploads/{row.address}/"
    for name in ("created", "expires", "received"):
        fields[name] = show(getattr(row, f"{name}_ms"))
    content = {"content": Link(href=path("uploads", row.address, "content"), type=BYTES)}
    return UploadOut(**fields, links={} if row.received_ms is None else content)


def files_desk(csms: Front, desk: Desk) -> APIRouter:
    """The endpoints of a CSMS."""
    router = desk(tags=["files"])
    room = Room(csms.settings.files_folder)
    _images(router, csms, room)
    _updates(router, csms)
    _uploads(router, csms, room)
    return router


def _images(router: APIRouter, csms: Front, room: Room) -> None:
    @router.put("/firmware/{name}", status_code=201, responses=errors(412, 413), openapi_extra=IMAGE)
    async def publish_image(
        request: Request,
        name: File,
        seen: Seen,
        *,
        version: Word = None,
        model: Word = None,
        sign_with: Signer = Signer.RSA,
        signature: Annotated[str | None, Query(max_length=800)] = None,
    ) -> ImageOut:
        """Publish the body as an image. It is signed by the manufacturer of our PKI, unless a ``signature`` (base64)
        is given, whose certificate (PEM, in base64 too) is in the header X-Signing-Certificate."""
        most = csms.settings.files_most_bytes
        await csms.store.read(lambda database: seen.expected(_found(csms, database, name)))
        try:
            place = room.firmware(name)
            stored = await room.keep(place, request.stream(), most)
        except BadName as problem:
            raise HTTPException(422, str(problem)) from None
        except TooLarge as problem:
            raise HTTPException(413, str(problem)) from None
        certificate = _certificate(request) if signature is not None else None
        key = None if signature is not None else await asyncio.to_thread(new_key, sign_with)
        at = from_ms(csms.now_ms())

        def write(database: Any) -> Any:
            given = (signature, certificate)
            if key is not None:
                given = sign(database, Hierarchy.of(csms.settings), place.read_bytes(), key, at)
            found = Image(name, stored.size, stored.sha256, stored.md5, version, model, *given)
            firmware.publish(database, found, csms.now_ms())
            return firmware.image(database, name)

        return seen.shown(_image_out(csms, await csms.store.write(write)))

    @router.get("/firmware")
    async def list_images(after: AfterId = 0, limit: Limit = 100) -> Page[ImageOut]:
        """Firmware images in the order in which they were first published."""
        rows = await csms.store.read(lambda database: firmware.images(database, after, limit))
        items, last = [_image_out(csms, row) for row in rows], rows[-1].id if rows else None
        named = {"image": Link(href=f"{path('firmware')}/{{name}}", templated=True, title="An image; PUT publishes it")}
        return page_of(items, path("firmware"), limit=limit, last=last, links=named)

    @router.get("/firmware/{name}", **SHOWN)
    async def get_image(name: File, seen: Seen) -> ImageOut:
        """One firmware image."""
        found = await csms.store.read(lambda database: _found(csms, database, name))
        if found is None:
            raise missing(f"image {name!r}")
        return seen.shown(found)

    @router.delete("/firmware/{name}", status_code=204, **CHANGED)
    async def withdraw_image(name: File, seen: Seen) -> Response:
        """Take an image away: stations that are about to fetch it find nothing."""

        def write(database: Any) -> bool:
            seen.expected(_found(csms, database, name))
            return firmware.withdraw(database, name)

        if not await csms.store.write(write):
            raise missing(f"image {name!r}")
        room.firmware(name).unlink(missing_ok=True)
        return Response(status_code=204)


def _found(csms: Front, database: Any, name: str) -> ImageOut | None:
    row = firmware.image(database, name)
    return None if row is None else _image_out(csms, row)


def _certificate(request: Request) -> str:
    try:
        found = base64.b64decode(request.headers.get("X-Signing-Certificate", ""), validate=True).decode("ascii")
        load_chain(found)
    except (ValueError, binascii.Error):
        raise HTTPException(422, "X-Signing-Certificate: a PEM certificate in base64 belongs to a signature") from None
    return found


def _updates(router: APIRouter, csms: Front) -> None:
    @router.get("/stations/{station}/firmware")
    async def list_updates(station: Name, after: AfterId = 0, limit: Limit = 100) -> Page[UpdateOut]:
        """Updates of a station's firmware in their order, each with its history."""
        rows = await csms.store.read(lambda database: firmware.updates(database, station, after, limit))
        items, where = [UpdateOut.of(row, history) for row, history in rows], path("stations", station, "firmware")
        links = {"station": link("stations", station), "images": link("firmware")}
        forms = {"default": form("POST", where, UpdateIn, "Have it update to an image")}
        last = items[-1].id if items else None
        return page_of(items, where, limit=limit, last=last, links=links, templates=forms)

    @router.post("/stations/{station}/firmware", **ORDERED)
    async def update_station(station: Name, order: UpdateIn, attempt: Attempted) -> Response:
        """Have a station update to an image (L01; L02 where it is not ``secure``). The station's answer."""
        row = await csms.store.read(lambda database: firmware.image(database, order.image))
        base = csms.settings.ftp_base if order.ftp else csms.settings.files_base
        if row is None:
            raise missing(f"image {order.image!r}")
        if base is None:
            raise HTTPException(409, "nothing is public here: public_port, public_tls_port or ftp_port is needed")
        fields = order.model_dump(exclude_none=True, exclude={"image", "secure", "ftp"})
        located = firmware.fetched(row, base, secure=order.secure)
        return await attempt.command(csms, station, "update_firmware", **located, **fields)


def _uploads(router: APIRouter, csms: Front, room: Room) -> None:
    @router.post("/uploads", status_code=201, responses=errors(409))
    async def offer_upload(wish: UploadIn) -> UploadOut:
        """Make an address to which one file can be uploaded, once."""
        settings, now_ms = csms.settings, csms.now_ms()
        address = wish.address or fresh_id()

        def write(database: Any) -> Any:
            if uploads.find(database, address) is not None:
                raise HTTPException(409, f"there is an address {address!r}")
            uploads.offer(
                database, address, station=wish.station, most_bytes=wish.most_bytes or settings.files_most_bytes,
                now_ms=now_ms, expires_ms=now_ms + wish.lasts_s * 1000,
            )  # fmt: skip
            return uploads.find(database, address)

        return _upload_out(csms, await csms.store.write(write))

    @router.get("/uploads")
    async def list_uploads(station: Choice = None, after: AfterId = 0, limit: Limit = 100) -> Page[UploadOut]:
        """Addresses and what has come to them."""
        rows = await csms.store.read(lambda database: uploads.page(database, station, after, limit))
        items, last = [_upload_out(csms, row) for row in rows], rows[-1].id if rows else None
        forms = {"default": form("POST", path("uploads"), UploadIn, "Make an address that takes one file")}
        query = {"station": station}
        return page_of(items, path("uploads"), limit=limit, last=last, query=query, templates=forms)

    @router.get("/uploads/{address}/content", response_class=FileResponse, responses=errors(404))
    async def read_upload(address: Annotated[str, Path(max_length=64)]) -> FileResponse:
        """The file that has come to an address."""
        row = await csms.store.read(lambda database: uploads.find(database, address))
        if row is None or row.received_ms is None:
            raise HTTPException(404, "nothing has come to such an address")
        return FileResponse(room.upload(row.id), media_type=BYTES)
