"""Types of columns whose values are not in the database in clear. Where there is no ring, in memory, they are."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect, LargeBinary, String, Text
from sqlalchemy.sql.operators import OperatorType, is_, is_not
from sqlalchemy.types import TypeDecorator, TypeEngine

from csms_reference.sealing.ring import Hashed, Ring

_ATTRIBUTE = "chargebench_ring"


def put_ring(dialect: Dialect, ring: Ring) -> None:
    """Have an engine of this dialect seal what it writes, and open what it reads."""
    setattr(dialect, _ATTRIBUTE, ring)


def ring_of(dialect: Dialect) -> Ring | None:
    """The keys of the database; None for one in memory, which nobody reads but its process."""
    return getattr(dialect, _ATTRIBUTE, None)


class Sealed(TypeDecorator[str]):
    """Text that is encrypted. ``place`` is ``table.column``. No two are equal: what is looked up has a ``Blind``."""

    impl = Text
    cache_ok = True

    class comparator_factory(Text.Comparator[str]):  # noqa: N801 -- SQLAlchemy's name
        """Only whether there is something can be asked."""

        def operate(self, op: OperatorType, *other: Any, **more: Any) -> Any:
            if op not in (is_, is_not):
                raise TypeError("a sealed column can be neither compared nor ordered by; look up its hash")
            return super().operate(op, *other, **more)

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | bytes | None:
        return value if value is None or (ring := ring_of(dialect)) is None else self.closed(ring, value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return value if value is None or (ring := ring_of(dialect)) is None else self.opened(ring, value)

    def closed(self, ring: Ring, value: str) -> str | bytes:
        """As the database has it."""
        return ring.seal(self.place, value)

    def opened(self, ring: Ring, value: Any) -> str:
        """As it was. Raises SealError."""
        return ring.open(self.place, value)


class Packed(Sealed):
    """Text that is encrypted and kept as bytes: long, written often, and hardly ever read, as messages are."""

    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """SQLite keeps bytes in a column of whatever type; text, in memory, stays text there."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else LargeBinary())

    def closed(self, ring: Ring, value: str) -> bytes:
        """As the database has it."""
        return ring.pack(self.place, value)

    def opened(self, ring: Ring, value: Any) -> str:
        """As it was. Raises SealError."""
        return ring.unpack(self.place, value)


class Blind(TypeDecorator[str]):
    """Text of which the database has a keyed hash. ``domain``: equal texts of the same domain have equal hashes, in
    whichever table. What is read is the hash, which stands for the text where it is looked up."""

    impl = String
    cache_ok = True

    def __init__(self, domain: str, length: int = 255) -> None:
        super().__init__(length)
        self.domain = domain

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value if value is None or (ring := ring_of(dialect)) is None else self.closed(ring, value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return value if value is None or (ring := ring_of(dialect)) is None else self.opened(ring, value)

    def closed(self, ring: Ring, value: str) -> str:
        """As the database has it."""
        return value if isinstance(value, Hashed) else ring.blind(self.domain, value)

    def opened(self, ring: Ring, value: str) -> str:
        """The hash."""
        del ring
        return Hashed(value)
