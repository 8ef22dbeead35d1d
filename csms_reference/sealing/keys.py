"""Where the keys of a database come from: a file, or the environment."""

from __future__ import annotations

import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile

from sqlalchemy.engine import URL

from csms_reference.sealing.ring import KEY_BYTES, Ring
from csms_reference.store.errors import StoreError

VARIABLE = "CHARGEBENCH_CSMS_KEYS"
FORM = "<number>:<base64 of 32 bytes>"


def ring_for(url: URL, keys_file: str | None, in_use: Collection[int]) -> Ring:
    """The keys of a database that has values under those ``in_use``: of the file, else of the environment, else of
    the file beside an SQLite database, which is made with a first key where nothing is sealed yet. Raises StoreError.
    """
    if keys_file is None and (said := os.environ.get(VARIABLE)):
        return _ring(parse(said, VARIABLE), VARIABLE, in_use)
    path = file_of(url, keys_file)
    if not path.exists():
        if in_use:
            raise StoreError(
                f"the database is sealed under {_named(in_use)}, and there is no {path}: nothing was changed"
            )
        write(path, {1: secrets.token_bytes(KEY_BYTES)}, new=True)
    return _ring(read(path), str(path), in_use)


def file_of(url: URL, keys_file: str | None) -> Path:
    """Where the keys of a database are, if not in the environment. Raises StoreError for a server without a setting."""
    if keys_file is not None:
        return Path(keys_file)
    if url.get_backend_name() != "sqlite" or url.database is None:
        raise StoreError(f"a database on a server needs keys: set keys_file, or {VARIABLE} to '{FORM}'")
    return Path(f"{url.database}.keys")


def read(path: Path) -> dict[int, bytes]:
    """The keys in a file. Raises StoreError."""
    try:
        if path.stat().st_mode & 0o077:
            raise StoreError(f"{path}: others may read these keys; chmod 600 it")
        return parse(path.read_text(encoding="ascii"), str(path))
    except (OSError, UnicodeDecodeError) as problem:
        raise StoreError(f"{path}: {problem}") from problem


def parse(text: str, where: str) -> dict[int, bytes]:
    """Keys as they are written, with white space between them. Raises StoreError, which does not repeat them."""
    keys: dict[int, bytes] = {}
    for place, word in enumerate(text.split(), 1):
        number, _, coded = word.partition(":")
        try:
            key = b64decode(coded, validate=True)
        except ValueError:
            key = b""
        if not number.isdecimal() or not 1 <= int(number) < 2**31 or len(key) != KEY_BYTES:
            raise StoreError(f"{where}: entry {place} is not {FORM}")
        if keys.setdefault(int(number), key) != key:
            raise StoreError(f"{where}: two keys have the number {int(number)}")
    if not keys:
        raise StoreError(f"{where}: there is no key in it, expected {FORM}")
    return keys


def write(path: Path, keys: Mapping[int, bytes], *, new: bool = False) -> None:
    """Write a file of keys for its owner alone, whole or not at all. Raises StoreError.

    With ``new`` a file that is there already stays as it is: another process was quicker.
    """
    lines = "".join(f"{number}:{b64encode(key).decode()}\n" for number, key in sorted(keys.items()))
    try:
        with NamedTemporaryFile("w", dir=path.absolute().parent, prefix=f".{path.name}.") as file:  # of mode 0600
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
            whole = Path(f"{file.name}.whole")
            whole.hardlink_to(file.name)
        if new:
            _take_place(whole, path)
        else:
            whole.replace(path)
    except OSError as problem:
        raise StoreError(f"cannot write {path}: {problem.strerror}") from problem


def add_key(path: Path) -> int:
    """Add a key to a file, which is the newest from the next start on; its number. Raises StoreError."""
    known = read(path)
    number = max(known) + 1
    write(path, {**known, number: secrets.token_bytes(KEY_BYTES)})
    return number


def _take_place(made: Path, path: Path) -> None:
    try:
        path.hardlink_to(made)
    except FileExistsError:
        return
    finally:
        made.unlink()


def _ring(keys: dict[int, bytes], where: str, in_use: Collection[int]) -> Ring:
    if missing := set(in_use) - set(keys):
        raise StoreError(f"the database is sealed under {_named(missing)}, not in {where}: nothing was changed")
    return Ring(keys, secrets.token_bytes)


def _named(numbers: Collection[int]) -> str:
    return f"key {', '.join(str(number) for number in sorted(numbers))}"
