"""How long a database may keep us waiting: a server that says nothing must not stop us for good.

TCP alone notices only a peer that is gone, and only where its own end is not a proxy's. So the client counts silence
itself, and the server is told to end what nobody waits for any more, or a lost client's locks would outlive it.
"""

from __future__ import annotations

from collections.abc import Generator
from math import ceil
from typing import Any

from sqlalchemy import Engine, event

PATIENCE_S = 10.0
"""So long a statement may take, and a connection may be silent."""

LISTENING_S = 0.1
"""So often psycopg says that nothing has come."""

KEEPALIVES = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}
"""Seconds, seconds, probes: a peer that is gone is noticed in 11 s, also between statements."""


def lock_wait_s(patience_s: float) -> float:
    """How long others may hold a lock: shorter, so that the error names the lock."""
    return patience_s / 2


def connecting(options: str | None, patience_s: float) -> dict[str, Any]:
    """What PostgreSQL is asked for when connecting; ``options`` are those of the URL."""
    limits_s = {
        "lock_timeout": lock_wait_s(patience_s),
        "statement_timeout": 0.9 * patience_s,
        "idle_in_transaction_session_timeout": patience_s,
    }
    said = [f"-c {name}={ceil(1000 * value)}" for name, value in limits_s.items()]
    said += [f"-c tcp_{name}={value}" for name, value in KEEPALIVES.items()]
    return {
        "connect_timeout": max(2, ceil(patience_s / 4)),  # libpq takes 1 for 2
        "tcp_user_timeout": ceil(1000 * patience_s),
        "options": " ".join([*([options] if options else []), *said]),
        **KEEPALIVES,
    }


def limit_silence(engine: Engine, patience_s: float) -> None:
    """Have psycopg close a connection on which a statement gets no answer for so long. It raises OperationalError."""
    import psycopg  # noqa: PLC0415 -- an extra

    most = ceil(patience_s / LISTENING_S)

    class Silence(psycopg.OperationalError):
        """The server has said nothing for too long."""

    def listening(waiting: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        silent = 0
        try:
            wanted = next(waiting)
            while silent < most:
                ready = yield wanted
                silent = 0 if ready else silent + 1
                wanted = waiting.send(ready)
        except StopIteration as end:
            return end.value
        raise Silence(f"the database has not answered for {patience_s:g} s")

    class Impatient(psycopg.Connection[Any]):
        """A connection that is not waited for without end."""

        def wait(self, gen: Any, interval: float = LISTENING_S, timeout: float | None = None) -> Any:
            more = {} if timeout is None else {"timeout": timeout}
            try:
                return super().wait(listening(gen), interval, **more)
            except Silence:
                self.close()
                raise

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, positional: Any, named: dict[str, Any]) -> Any:
        return Impatient.connect(*positional, **named)
