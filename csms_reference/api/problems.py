"""How the HTTP API tells errors: problem details (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import HTTPException
from fastapi.responses import JSONResponse


def detailed(status_code: int, detail: str, **more: Any) -> JSONResponse:
    """An error as the API tells it."""
    title = HTTPStatus(status_code).phrase
    content = {"type": "about:blank", "title": title, "status": int(status_code), "detail": detail, **more}
    return JSONResponse(content, status_code, media_type="application/problem+json")


def errors(*codes: int) -> dict[int | str, dict[str, Any]]:
    """How OpenAPI describes the errors of an endpoint. Without a model: for each error of each endpoint FastAPI would
    build a validator, which is most of what the making of an application takes."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {code: {"description": HTTPStatus(code).phrase, "content": content} for code in codes}


def missing(what: str) -> HTTPException:
    """The error of what does not exist, such as ``token 'A'``."""
    return HTTPException(404, f"there is no {what}")
