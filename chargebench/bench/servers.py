"""Servers that a benchmark needs and a machine may not have: PostgreSQL and Redis."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

POSTGRESQL = "postgresql://127.0.0.1:5432/test"
REDIS = "redis://127.0.0.1:6379/0"
WITHIN_S = 3.0


class NoServer(Exception):
    """A server is not there, or not for us; the message says which, and why."""


def redis_at(url: str | None) -> str:
    """The URL of a Redis that answers. Raises NoServer."""
    url = url or os.environ.get("CHARGEBENCH_REDIS", REDIS)
    try:
        from redis import Redis
        from redis.exceptions import RedisError
    except ImportError as problem:
        raise NoServer("no Redis without the package redis, install chargebench[nodes]") from problem
    try:
        with Redis.from_url(url, socket_connect_timeout=WITHIN_S) as client:
            client.ping()
    except RedisError as problem:
        raise NoServer(f"no Redis at {url} (--redis): {problem}") from problem
    return url


@contextmanager
def postgresql_at(url: str | None) -> Iterator[str]:
    """The URL of an empty schema, which is gone afterwards. Raises NoServer."""
    plain = make_url(url or os.environ.get("CHARGEBENCH_POSTGRES", POSTGRESQL)).set(drivername="postgresql")
    schema = f"chargebench_bench_{secrets.token_hex(6)}"
    try:
        engine = create_engine(plain.set(drivername="postgresql+psycopg"), connect_args={"connect_timeout": WITHIN_S})
        with engine.begin() as connection:
            connection.execute(text(f"create schema {schema}"))
    except (SQLAlchemyError, ImportError) as problem:
        first = str(getattr(problem, "orig", problem)).partition("\n")[0]
        raise NoServer(f"no PostgreSQL at {plain.render_as_string()} (--postgresql): {first}") from problem
    try:
        yield plain.update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string(hide_password=False)
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"drop schema {schema} cascade"))
        engine.dispose()
