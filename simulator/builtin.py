"""The built-in profiles: which there are. Whoever only names them need not know how one is read."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).with_name("profiles")


def profile_names() -> tuple[str, ...]:
    """The names of the built-in profiles."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))
