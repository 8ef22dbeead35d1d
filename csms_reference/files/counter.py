"""Where stations fetch and leave files, without a key: images by name, uploads to addresses that work once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request
from fastapi import Path as InPath
from fastapi.responses import FileResponse, PlainTextResponse
from starlette.requests import ClientDisconnect

from csms_reference.files.room import NAME, BadName, Room, TooLarge
from csms_reference.front import Front
from csms_reference.process import fresh_id
from csms_reference.services import firmware, uploads

Address = Annotated[str, InPath(max_length=64)]
OCTETS = "application/octet-stream"


def counter(csms: Front) -> APIRouter:
    """The public routes of a CSMS."""
    router = APIRouter()
    room = Room(csms.settings.files_folder)

    @router.api_route("/firmware/{name}", methods=["GET", "HEAD"])
    async def fetch(name: str) -> FileResponse:
        """An image; ranges and If-Range are answered (RFC 9110 §14), by the tag that its digest makes."""
        place = _place(room, name)  # first: what is no name is not looked for
        found = None if place is None else await csms.store.read(lambda database: firmware.image(database, name))
        if found is None or place is None:
            raise HTTPException(404, "no such image")
        return FileResponse(place, media_type=OCTETS, headers={"ETag": f'"{found.sha256[:32]}"'})

    @router.api_route("/uploads/{address}", methods=["PUT", "POST"])
    @router.api_route("/uploads/{address}/", methods=["PUT", "POST"])
    @router.api_route("/uploads/{address}/{name}", methods=["PUT", "POST"])
    async def leave(request: Request, address: Address, name: str | None = None) -> PlainTextResponse:
        """Take in a file, once. What does not come whole leaves the address as it was."""
        now_ms = csms.now_ms()
        if not all(NAME.fullmatch(word) for word in (address, name) if word is not None):
            raise HTTPException(404, "no such address")  # what is no name is not looked for
        found = await csms.store.read(lambda database: uploads.find(database, address))
        if found is None:
            raise HTTPException(404, "no such address")
        if found.received_ms is not None or found.expires_ms <= now_ms:
            raise HTTPException(410, "this address has been used, or is out of date")
        _check_length(request, found.most_bytes)
        await csms.store.write(lambda database: uploads.attempted(database, found.id))
        draft = room.upload(found.id).with_name(f"{found.id}.{fresh_id()}")
        size, sha256 = await _take(room, draft, request, found)

        def write(database: Any) -> bool:
            at_ms = csms.now_ms()
            first = uploads.received(database, found.id, name=name, size=size, sha256=sha256, now_ms=at_ms)
            if first:  # of several who send at once, whoever is ready first
                draft.replace(room.upload(found.id))
            return first

        try:
            first = await csms.store.write(write)
        finally:
            draft.unlink(missing_ok=True)
        if not first:
            raise HTTPException(410, "this address has been used")
        return PlainTextResponse("taken\n", 201)

    return router


def _place(room: Room, name: str) -> Path | None:
    try:
        place = room.firmware(name)
    except BadName:
        return None
    return place if place.is_file() else None


def _check_length(request: Request, most_bytes: int) -> None:
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > most_bytes:
        raise HTTPException(413, f"more than {most_bytes} bytes")


async def _take(room: Room, place: Path, request: Request, found: Any) -> tuple[int, str]:
    try:
        stored = await room.keep(place, request.stream(), found.most_bytes)
    except TooLarge as problem:
        raise HTTPException(413, str(problem)) from None
    except ClientDisconnect:
        raise HTTPException(400, "the file did not come whole") from None
    return stored.size, stored.sha256
