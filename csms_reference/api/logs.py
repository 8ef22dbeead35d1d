"""The HTTP API: logs that stations upload, and firmware that local controllers publish."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, HTTPException, Path, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from csms_reference.api.desk import Desk
from csms_reference.api.hal import Link, Page, Resource, Template, form, link, page_of, path
from csms_reference.api.models import AfterId, Instant, Limit, Name
from csms_reference.api.ordering import ORDERED, Attempted
from csms_reference.api.problems import errors, missing
from csms_reference.files.room import Room
from csms_reference.front import Front
from csms_reference.instants import show
from csms_reference.services import firmware, logs, publications, uploads
from csms_reference.services.progress import Progress

BYTES = "application/octet-stream"
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
Count = Annotated[int | None, Field(ge=0, le=2**31 - 1, strict=True)]
Md5 = Annotated[str, Path(pattern=r"^[0-9A-Fa-f]{32}$")]


class LogIn(BaseModel):
    """A log to upload. Without a ``location`` to an address of the CSMS's own."""

    kind: Literal["DiagnosticsLog", "SecurityLog", "DataCollectorLog"] = "DiagnosticsLog"
    location: str | None = Field(default=None, max_length=512)
    oldest: Instant | None = None
    latest: Instant | None = None
    retries: Count = None
    retry_interval: Count = None
    request_id: Count = None


class FileOut(BaseModel):
    """What has come to an address of ours."""

    name: str | None
    size: int | None
    sha256: str | None
    received: str | None


class StatusOut(BaseModel):
    """What a station said of a request."""

    status: str
    received: str | None


class _RequestOut(Resource):
    """What was asked and answered, the last word on it, and what came before that."""

    id: int
    request_id: int | None
    location: str
    answer: str
    asked: str | None
    status: str | None
    over: bool
    history: list[StatusOut]


class LogOut(_RequestOut):
    """A log that a station was asked for. ``filename``: what the station calls it; ``file``: null until it is here."""

    kind: str
    oldest: str | None
    latest: str | None
    filename: str | None
    file: FileOut | None


class PublicationOut(_RequestOut):
    """A firmware that a local controller was asked to publish. ``urls``: where stations fetch it just now."""

    checksum: str
    urls: list[str]
    unpublished: str | None


class PublicationIn(BaseModel):
    """An image of ours for a local controller to publish; ``ftp``: it is to fetch it over FTP."""

    image: str = Field(max_length=128)
    retries: Count = None
    retry_interval: Count = None
    request_id: Count = None
    ftp: bool = False


T = TypeVar("T", bound=_RequestOut)


def _common(progress: Progress, row: Any, history: list[Any]) -> dict[str, Any]:
    said = [StatusOut(status=each.status, received=show(each.received_ms)) for each in history]
    same = {name: getattr(row, name) for name in ("id", "request_id", "location", "answer", "status")}
    return {**same, "asked": show(row.asked_ms), "over": progress.over(row), "history": said}


def _file(row: Any, upload: Any) -> dict[str, Any]:
    """The file that has come, and where it is."""
    if upload is None or upload.received_ms is None:
        return {"file": None}
    file = FileOut(name=upload.name, size=upload.size, sha256=upload.sha256, received=show(upload.received_ms))
    content = Link(href=path("stations", row.station, "logs", row.id, "content"), type=BYTES)
    return {"file": file, "links": {"content": content}}


def _page(items: list[T], station: str, what: str, limit: int, forms: dict[str, Template]) -> Page[T]:
    where, links = path("stations", station, what), {"station": link("stations", station)}
    last = items[-1].id if items else None
    return page_of(items, where, limit=limit, last=last, links=links, templates=forms)


def log_routes(csms: Front, desk: Desk) -> APIRouter:
    """The endpoints of a CSMS."""
    router = desk(prefix="/stations/{station}", tags=["files"])
    room = Room(csms.settings.files_folder)

    @router.post("/logs", **ORDERED)
    async def ask_for_log(station: Name, order: LogIn, attempt: Attempted) -> Response:
        """Have a station upload a log (N01; 1.6 GetDiagnostics). The station's answer."""
        return await attempt.command(csms, station, "get_log", **order.model_dump(exclude_none=True))

    @router.get("/logs")
    async def list_logs(station: Name, after: AfterId = 0, limit: Limit = 100) -> Page[LogOut]:
        """The logs that a station was asked for, in their order, each with its history."""

        def read(database: Any) -> list[LogOut]:
            return [
                LogOut(
                    **_common(logs.progress, row, history), kind=row.kind, oldest=show(row.oldest_ms),
                    latest=show(row.latest_ms), filename=row.filename,
                    **_file(row, None if row.address is None else uploads.find(database, row.address)),
                )
                for row, history in logs.progress.page(database, station, after, limit)
            ]  # fmt: skip

        forms = {"default": form("POST", path("stations", station, "logs"), LogIn, "Have it upload a log")}
        return _page(await csms.store.read(read), station, "logs", limit, forms)

    @router.get("/logs/{number}/content", response_class=FileResponse, responses=errors(404))
    async def read_log(station: Name, number: Number) -> FileResponse:
        """The file that has come."""

        def read(database: Any) -> Any:
            row = logs.progress.find(database, station, number)
            return None if row is None or row.address is None else uploads.find(database, row.address)

        upload = await csms.store.read(read)
        if upload is None or upload.received_ms is None:
            raise HTTPException(404, "no such log has come")
        name = upload.name or "log"
        return FileResponse(room.upload(upload.id), media_type=BYTES, filename=name)

    _publications(router, csms)
    return router


def _unpublishing(station: str, checksum: str) -> Template:
    target = path("stations", station, "publications", checksum)
    return Template(title="Have it publish this no more", method="DELETE", target=target)


def _publications(router: APIRouter, csms: Front) -> None:
    @router.post("/publications", **ORDERED)
    async def publish_firmware(station: Name, order: PublicationIn, attempt: Attempted) -> Response:
        """Have a local controller publish an image of ours (L03). Its answer."""
        row = await csms.store.read(lambda database: firmware.image(database, order.image))
        base = csms.settings.ftp_base if order.ftp else csms.settings.files_base
        if row is None:
            raise missing(f"image {order.image!r}")
        if base is None:
            raise HTTPException(409, "nothing is public here: public_port, public_tls_port or ftp_port is needed")
        fields = order.model_dump(exclude_none=True, exclude={"image", "ftp"})
        location = f"{base}/firmware/{row.name}"
        return await attempt.command(csms, station, "publish_firmware", location=location, checksum=row.md5, **fields)

    @router.get("/publications")
    async def list_publications(station: Name, after: AfterId = 0, limit: Limit = 100) -> Page[PublicationOut]:
        """What a local controller was asked to publish, in its order, each with its history."""
        rows = await csms.store.read(
            lambda database: publications.progress.page(database, station, after, limit)
        )  # fmt: skip
        items = [
            PublicationOut(
                **_common(publications.progress, row, history), checksum=row.checksum,
                urls=json.loads(row.places or "[]"), unpublished=show(row.unpublished_ms),
                templates={} if row.unpublished_ms is not None else {"delete": _unpublishing(station, row.checksum)},
            )
            for row, history in rows
        ]  # fmt: skip
        where = path("stations", station, "publications")
        forms = {"default": form("POST", where, PublicationIn, "Have it publish an image of ours")}
        return _page(items, station, "publications", limit, forms)

    @router.delete("/publications/{checksum}", **ORDERED)
    async def unpublish_firmware(station: Name, checksum: Md5, attempt: Attempted) -> Response:
        """Have a local controller publish a firmware no more (L04), by its MD5. Its answer."""
        return await attempt.command(csms, station, "unpublish_firmware", checksum=checksum)
