"""The services fixture: present, missing, and missing where that is not allowed."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def bare_path(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHARGEBENCH_REQUIRE_SERVICES", raising=False)
    return tmp_path


def test_present_service_is_found(require_service, bare_path):
    program = bare_path / "redis-server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert require_service("redis") == program


def test_missing_service_skips_and_says_why(require_service, bare_path):
    with pytest.raises(pytest.skip.Exception, match=r"redis is not installed .*redis-server"):
        require_service("redis")


def test_missing_service_fails_where_services_are_a_must(require_service, bare_path, monkeypatch):
    monkeypatch.setenv("CHARGEBENCH_REQUIRE_SERVICES", "1")
    with pytest.raises(pytest.fail.Exception, match="forbids to skip"):
        require_service("redis")


def test_the_build_machine_installs_every_service(services):
    script = (ROOT / ".ci" / "run").read_text()
    for _, package in services.values():
        assert f"echo {package}\n" in script
