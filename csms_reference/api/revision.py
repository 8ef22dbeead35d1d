"""Which revision of a thing a client has seen, and what it wants done only to that one (RFC 9110 §8.8.3, §13.1).

A tag is strong and has two parts: what was settled, and, after a dot, how it is just now, such as when a station was
last heard of. ``If-None-Match`` compares both, ``If-Match`` only the first: a change is not refused because a station
has sent a heartbeat meanwhile.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, HTTPException, Request, Response

from csms_reference.api.hal import Resource
from csms_reference.api.problems import errors

R = TypeVar("R", bound=Resource)

_TAG = re.compile(r'(W/)?"([^"]*)"')
_BESIDES = {"links", "templates"}

Tags = Annotated[str | None, Header(max_length=1000)]

SHOWN: dict[str, Any] = {
    "responses": {
        **errors(404),
        200: {"headers": {"ETag": {"description": "Names this revision.", "schema": {"type": "string"}}}},
        304: {"description": "As it was in If-None-Match"},
    }
}
"""How an endpoint that shows a thing is described."""

CHANGED: dict[str, Any] = {"responses": errors(404, 412)}
"""How an endpoint that changes a thing is described."""


def tag_of(thing: Resource) -> str:
    """The strong tag of a thing as it is shown, without its quotes."""
    settled = _digest(thing.model_dump(mode="json", exclude={*_BESIDES, *thing.LIVE}))
    live = thing.LIVE and _digest(thing.model_dump(mode="json", include=set(thing.LIVE)))
    return f"{settled}.{live}" if live else settled


@dataclass(frozen=True, slots=True)
class Revision:
    """What a request says of revisions, and the answer that it gets."""

    method: str
    if_match: str | None
    if_none_match: str | None
    answer: Response

    def shown(self, thing: R) -> R:
        """The thing, with its tag on the answer. Raises HTTPException 304 where the client has it already."""
        tag = tag_of(thing)
        self.answer.headers["ETag"] = f'"{tag}"'
        if self.method == "GET" and self.if_none_match is not None and _among(tag, self.if_none_match):
            raise HTTPException(304, headers={"ETag": f'"{tag}"'})
        return thing

    def expected(self, thing: Resource | None) -> None:
        """See, before a change and in its transaction, that the thing (None: there is none) is what the client takes it
        for. Raises HTTPException 412."""
        if self.if_match is not None and (thing is None or not _matches(tag_of(thing), self.if_match)):
            raise HTTPException(412, "it has changed since: If-Match names another revision")
        if self.if_none_match is not None and thing is not None and _among(tag_of(thing), self.if_none_match):
            raise HTTPException(412, "it is there already: see If-None-Match")


async def revision(request: Request, response: Response, if_match: Tags = None, if_none_match: Tags = None) -> Revision:
    """What a request says of revisions. (A coroutine, so that it takes no thread.)"""
    return Revision(request.method, if_match, if_none_match, response)


Seen = Annotated[Revision, Depends(revision)]


def _among(tag: str, told: str) -> bool:
    """Whether a tag is among those that are told, weak ones too (§8.8.3.2)."""
    return told.strip() == "*" or tag in (each for _, each in _TAG.findall(told))


def _matches(tag: str, told: str) -> bool:
    """Whether what was settled is as in one of the strong tags that are told."""
    settled = {each.partition(".")[0] for weak, each in _TAG.findall(told) if not weak}
    return told.strip() == "*" or tag.partition(".")[0] in settled


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:24]
