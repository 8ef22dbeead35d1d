"""The published cases that cannot be written, and the reason: docs/cases.md lists them, reports count them as open."""

from __future__ import annotations

from collections.abc import Mapping

UNWRITTEN: Mapping[str, str] = {}
"""Case id to reason."""
