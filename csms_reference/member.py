"""A node of the CSMS, as its operator sees it."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, replace
from functools import cache
from importlib import metadata

from csms_reference.dispatch import node_of
from csms_reference.settings import Settings


@dataclass(frozen=True, slots=True)
class Member:
    """A node. ``connected``: how many stations it holds; ``answers``: whether it is the one that was asked."""

    name: str
    since_ms: int
    connected: int
    version: str
    host: str
    pid: int
    api: str
    answers: bool = False

    def holding(self, connected: int) -> Member:
        """The same with so many stations."""
        return replace(self, connected=connected)


def this_node(settings: Settings, since_ms: int) -> Member:
    """The node that this process is, without stations."""
    api = f"http://{settings.api_host}:{settings.api_port}"
    return Member(node_of(settings), since_ms, 0, version(), socket.gethostname(), os.getpid(), api, answers=True)


@cache
def version() -> str:
    """The version of this program; empty where it is not installed."""
    try:
        return metadata.version("chargebench")
    except metadata.PackageNotFoundError:
        return ""
