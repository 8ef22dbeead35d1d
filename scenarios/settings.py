"""Settings of the reference CSMS: which a scenario may decide on, and all of them for a run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from csms_reference.settings import Settings
from scenarios.addresses import HOSTS
from scenarios.model import Scenario

OF_THE_RUN = {
    *("host", "port", "api_host", "api_port", "public_host", "public_port", "public_url", "public_tls_port"),
    *("tls_cert", "tls_key", "tls_names", "files_folder", "files_url", "ftp_port", "database", "clock", "workers"),
    *("transport", "heartbeat_s", "boot_retry_s", "transaction_secret", "connections_max"),
}
"""What the run sees to itself, or what a scenario has words of its own for."""

SETTINGS = {each.name for each in fields(Settings)} - OF_THE_RUN
"""The rest, by name."""


def read_settings(given: Mapping[str, Any]) -> Settings:
    """Settings as a scenario writes them. Raises SettingsError, TypeError."""
    values: dict[str, Any] = {name: tuple(each) if isinstance(each, list) else each for name, each in given.items()}
    return Settings(**values)


def settings_of(scenario: Scenario, seed: int) -> Settings:
    """The reference CSMS's settings for a scenario; the secret of its transaction ids comes from the seed."""
    own: dict[str, Any] = {
        "heartbeat_s": max(1, round(scenario.csms.heartbeat_s)),
        "boot_retry_s": max(1, round(scenario.csms.retry_s)),
        "transaction_secret": hashlib.sha256(f"{seed}/transactions".encode()).hexdigest(),
        "tls_names": HOSTS if scenario.csms.tls else (),
    }
    return read_settings(own | dict(scenario.csms.settings))
