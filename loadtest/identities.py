"""Who the stations are: identities from a pattern or from a CSV file, each used by one station at a time."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from protocol.transports.address import identity_fault
from scenarios.source import numbering
from simulator.dialects import DIALECTS
from simulator.profile import ProfileError, load_profile

COLUMNS = ("identity", "password", "version", "profile")
"""The columns that an identities file may have; the first is required, an empty field stands for the plan's."""

SIZE_LIMIT_BYTES = 1 << 28


class IdentityError(ValueError):
    """Identities that cannot be had: one line that names file and line where there is one."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One station's name and what it has of its own; None stands for what the plan says."""

    id: str
    password: str | None = field(default=None, repr=False)
    version: str | None = None
    profile: str | None = None


class Identities(Protocol):
    """A row of identities, numbered from 0."""

    @property
    def limit(self) -> int | None:
        """How many there are; None where there is no end."""

    def of(self, number: int) -> Identity:
        """The identity of a number below the limit."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """``CP-{n:06}`` for CP-000001 and on. ``password`` may have ``{n}`` and ``{id}`` in it. Raises IdentityError."""

    pattern: str = "CP-{n:06}"
    password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        try:
            first = self.of(0)
        except ValueError as wrong:
            raise IdentityError(str(wrong)) from None
        if fault := identity_fault(first.id):
            raise IdentityError(f"{first.id!r} is no identity for a station: {fault.reason}")

    @property
    def limit(self) -> int | None:
        return None if "{" in self.pattern else 1

    def of(self, number: int) -> Identity:
        name = numbering(self.pattern, number + 1)
        password = self.password
        if password is not None and "{" in password:
            password = numbering(password.replace("{id}", name), number + 1)
        return Identity(name, password)


class CsvFile:
    """Identities from a CSV file with a header line. Raises IdentityError that names the line."""

    __slots__ = ("_rows", "path")

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._rows = _rows(self.path)

    @property
    def limit(self) -> int | None:
        return len(self._rows)

    def of(self, number: int) -> Identity:
        return self._rows[number]


@dataclass(frozen=True, slots=True)
class Part:
    """Every ``of_parts``-th of the identities of another row, beginning with number ``part``: for one of several fleets
    (Locust workers) that must not use an identity twice."""

    whole: Identities
    part: int
    of_parts: int

    def __post_init__(self) -> None:
        if not 0 <= self.part < self.of_parts:
            raise IdentityError(f"there is no part {self.part} of {self.of_parts}; they are counted from 0")

    @property
    def limit(self) -> int | None:
        limit = self.whole.limit
        return None if limit is None else max(0, -(-(limit - self.part) // self.of_parts))

    def of(self, number: int) -> Identity:
        return self.whole.of(self.part + number * self.of_parts)


def _rows(path: Path) -> list[Identity]:
    """Every identity of a file. Raises IdentityError for the first line that is wrong."""
    reader = csv.reader(io.StringIO(_text(path)), strict=True)
    rows: list[Identity] = []
    seen: dict[str, int] = {}
    try:
        columns = _columns(path, next(reader, []))
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            line = reader.line_num
            identity = _identity(f"{path}:{line}", columns, cells)
            if identity.id in seen:
                raise IdentityError(f"{path}:{line}: {identity.id!r} stands on line {seen[identity.id]} already")
            seen[identity.id] = line
            rows.append(identity)
    except csv.Error as wrong:
        raise IdentityError(f"{path}:{reader.line_num}: not valid CSV: {wrong}") from None
    if not rows:
        raise IdentityError(f"{path}: no identities in this file")
    return rows


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as wrong:
        raise IdentityError(f"{path}: cannot be read: {wrong.strerror or wrong}") from None
    if len(raw) > SIZE_LIMIT_BYTES:
        raise IdentityError(f"{path}: too large for a list of identities ({len(raw)} bytes)")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = raw.count(b"\n", 0, wrong.start) + 1
        raise IdentityError(f"{path}:{line}: not UTF-8 text; save the file as UTF-8") from None


def _columns(path: Path, header: list[str]) -> tuple[str, ...]:
    columns = tuple(name.strip().lower() for name in header)
    strange = next((name for name in columns if name not in COLUMNS), None)
    if "identity" not in columns or strange is not None or len(set(columns)) < len(columns):
        found = ",".join(columns) or "nothing"
        raise IdentityError(f"{path}:1: the first line should name columns out of {', '.join(COLUMNS)}, not {found}")
    return columns


def _identity(place: str, columns: tuple[str, ...], cells: list[str]) -> Identity:
    if len(cells) != len(columns):
        raise IdentityError(f"{place}: {len(cells)} fields where the first line names {len(columns)} columns")
    entry = {name: cell.strip() or None for name, cell in zip(columns, cells, strict=True)}
    name, version, profile = entry["identity"] or "", entry.get("version"), entry.get("profile")
    if fault := identity_fault(name):
        raise IdentityError(f"{place}: {name!r} is no identity for a station: {fault.reason}")
    spoken = sorted(each.name for each in DIALECTS)
    if version is not None and version not in spoken:
        raise IdentityError(f"{place}: stations do not speak OCPP {version!r} (but {', '.join(spoken)})")
    if profile is not None:
        try:
            load_profile(profile)
        except ProfileError as wrong:
            raise IdentityError(f"{place}: {wrong}") from None
    return Identity(name, entry.get("password"), version, profile)
