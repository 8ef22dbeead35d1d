"""Settings of the reference CSMS that a scenario may decide on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from csms_reference.settings import Settings

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
