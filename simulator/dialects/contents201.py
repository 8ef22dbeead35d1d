"""Texts for drivers as 2.0.1 writes them (MessageContentType), and the version-wide limits of that."""

from __future__ import annotations

from typing import Any

from simulator.screen.content import Content
from simulator.tokens import Words


def read_content(said: dict[str, Any]) -> Content:
    """A text from the CSMS."""
    return Content(said["format"], said["content"], said.get("language"))


def read_words(said: dict[str, Any]) -> Words:
    """A message for the driver of a token."""
    return Words(said["content"], said["format"], said.get("language", ""))


def write_content(content: Content) -> dict[str, Any]:
    """A text as the CSMS gave it."""
    said: dict[str, Any] = {"format": content.format, "content": content.text}
    return said if content.language is None else said | {"language": content.language}


def languages(info: dict[str, Any]) -> tuple[str, ...]:
    """What the driver prefers (IdTokenInfoType.language1, language2)."""
    return tuple(info[name] for name in ("language1", "language2") if info.get(name))
