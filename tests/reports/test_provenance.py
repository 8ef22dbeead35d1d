"""Where a run was made is told, and who made it is not."""

from __future__ import annotations

import getpass
import platform

import pytest

from reports import provenance


def test_versions_of_what_took_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "PACKAGES", ("pyarrow", "no-such-package-anywhere"))
    assert list(provenance.versions()) == ["python", "pyarrow"]


def test_no_host_and_no_user() -> None:
    facts = provenance.machine()
    assert facts["processors"] >= 1
    assert {platform.node(), getpass.getuser()}.isdisjoint(map(str, facts.values()))
