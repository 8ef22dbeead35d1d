"""How the HTTP API tells errors: problem details (RFC 9457), and what became of a command."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import HTTPException
from fastapi.responses import JSONResponse

from csms_reference import outcome
from csms_reference.api.models import OutcomeOut
from csms_reference.outcome import Outcome

HTTP_OF = {
    outcome.UNKNOWN_STATION: HTTPStatus.NOT_FOUND,
    outcome.OFFLINE: HTTPStatus.CONFLICT,
    outcome.NOT_ACCEPTED: HTTPStatus.CONFLICT,
    outcome.DISCONNECTED: HTTPStatus.CONFLICT,
    outcome.NOT_SUPPORTED: HTTPStatus.UNPROCESSABLE_ENTITY,
    outcome.BAD_FIELDS: HTTPStatus.UNPROCESSABLE_ENTITY,
    outcome.REFUSED: HTTPStatus.BAD_GATEWAY,
    outcome.MISANSWERED: HTTPStatus.BAD_GATEWAY,
    outcome.QUEUE_FULL: HTTPStatus.SERVICE_UNAVAILABLE,
    outcome.TIMED_OUT: HTTPStatus.GATEWAY_TIMEOUT,
}
"""The HTTP status of a command that got no answer from the station."""


def detailed(status_code: int, detail: str, **more: Any) -> JSONResponse:
    """An error as the API tells it."""
    title = HTTPStatus(status_code).phrase
    content = {"type": "about:blank", "title": title, "status": int(status_code), "detail": detail, **more}
    return JSONResponse(content, status_code, media_type="application/problem+json")


def told(end: Outcome) -> Any:
    """The station's answer to a command, or why there is none."""
    if end.answered:
        return OutcomeOut(status=end.status, answer=end.answer)
    return detailed(HTTP_OF[end.status], end.error or end.status, outcome=end.status)


def errors(*codes: int) -> dict[int | str, dict[str, Any]]:
    """How OpenAPI describes the errors of an endpoint. Without a model: for each error of each endpoint FastAPI would
    build a validator, which is most of what the making of an application takes."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {code: {"description": HTTPStatus(code).phrase, "content": content} for code in codes}


# -- errors and access ----------------------------------------------------------------------------------------------


def missing(what: str) -> HTTPException:
    """The error of what does not exist, such as ``token 'A'``."""
    return HTTPException(404, f"there is no {what}")
