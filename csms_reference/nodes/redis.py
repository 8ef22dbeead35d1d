"""The Redis that nodes share: how it is reached, and how keys are called there.

It needs the extra ``nodes``, which is imported when a connection is opened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csms_reference.settings import Settings, SettingsError
from csms_reference.store.database import parse_url

if TYPE_CHECKING:
    from redis.asyncio import Redis

DEFAULT_URL = "redis://127.0.0.1:6379"

ANSWERS_WITHIN_S = 3.0
"""A Redis that is silent for so long is away. Whoever reads with ``block`` blocks for less."""

CONNECTIONS_MAX = 32
"""Who finds all of them in use waits for one."""

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0


class Away(Exception):
    """Redis does not answer, or refuses; the message says how."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The names of everything that one cluster of nodes keeps.

    They begin with a hash tag, so that a Redis Cluster has them in one place, as the scripts need it.
    """

    cluster: str

    @property
    def prefix(self) -> str:
        """What all of them begin with."""
        return f"{{csms:{self.cluster}}}"

    @property
    def nodes(self) -> str:
        """A set: the names of nodes that may be there."""
        return f"{self.prefix}:nodes"

    @property
    def stations(self) -> str:
        """A hash: where each connected station is."""
        return f"{self.prefix}:stations"

    @property
    def events(self) -> str:
        """A stream: what has happened."""
        return f"{self.prefix}:events"

    def node(self, name: str) -> str:
        """A string that is there as long as the node is alive."""
        return f"{self.prefix}:node:{name}"

    def inbox(self, life: str) -> str:
        """A stream: what others say to one life of a node."""
        return f"{self.prefix}:inbox:{life}"


class Pauses:
    """How long to wait before the next attempt to reach Redis: from 0.05 s up to 1 s, until one succeeds."""

    def __init__(self) -> None:
        self._next_s = FIRST_PAUSE_S

    def failed(self) -> float:
        """Seconds to wait now."""
        pause_s, self._next_s = self._next_s, min(2 * self._next_s, LONGEST_PAUSE_S)
        return pause_s

    def succeeded(self) -> None:
        """Redis has answered."""
        self._next_s = FIRST_PAUSE_S


def keys_of(settings: Settings) -> Keys:
    """The keys of the cluster that these settings belong to. Who names none shares with those of the same database."""
    if settings.cluster:
        return Keys(settings.cluster)
    url = parse_url(settings.database)
    place: Any = (url.host, url.port, url.database, sorted(url.query.items()))
    if url.get_backend_name() == "sqlite":
        place = str(Path(url.database or "").resolve())
    return Keys(hashlib.sha256(repr(place).encode()).hexdigest()[:16])


def open_redis(url: str) -> Redis:
    """A client that connects when it is used, and anew after a failure. It repeats nothing by itself, as only who
    asks knows what may be asked twice; every failure is one of ``failures()``.

    Raises SettingsError where the extra is not installed or the URL is none.
    """
    try:
        from redis.asyncio import BlockingConnectionPool, Redis  # noqa: PLC0415 -- an extra
        from redis.asyncio.retry import Retry  # noqa: PLC0415
        from redis.backoff import NoBackoff  # noqa: PLC0415
    except ImportError as problem:
        raise SettingsError("redis: the client is not installed, install chargebench[nodes]") from problem
    try:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS_MAX,
            timeout=ANSWERS_WITHIN_S,
            socket_connect_timeout=ANSWERS_WITHIN_S,
            socket_timeout=ANSWERS_WITHIN_S,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
        )
    except ValueError as problem:
        raise SettingsError(f"redis: {problem}") from problem
    return Redis.from_pool(pool)


@contextmanager
def reaching() -> Iterator[None]:
    """Where Redis is called: its failures are Away."""
    try:
        yield
    except failures() as problem:
        raise Away(str(problem) or type(problem).__name__) from problem


def failures() -> tuple[type[Exception], ...]:
    """What a call to Redis raises when that is away, loading, full or otherwise of no help."""
    from redis.exceptions import RedisError  # noqa: PLC0415 -- an extra

    return (RedisError, OSError)
