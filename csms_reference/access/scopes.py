"""What a client of the API may be allowed (RFC 6749 §3.3)."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """A permission. ``…:read`` looks, ``…:write`` changes; commands are what stations are asked to do."""

    STATIONS_READ = "stations:read"
    STATIONS_WRITE = "stations:write"
    COMMANDS_READ = "commands:read"
    COMMANDS_WRITE = "commands:write"
    TRANSACTIONS_READ = "transactions:read"
    TRANSACTIONS_WRITE = "transactions:write"
    SESSIONS_READ = "sessions:read"
    SESSIONS_WRITE = "sessions:write"
    TOKENS_READ = "tokens:read"
    TOKENS_WRITE = "tokens:write"
    TARIFFS_READ = "tariffs:read"
    TARIFFS_WRITE = "tariffs:write"
    CERTIFICATES_READ = "certificates:read"
    CERTIFICATES_WRITE = "certificates:write"
    FILES_READ = "files:read"
    FILES_WRITE = "files:write"
    ALERTS_READ = "alerts:read"
    ALERTS_WRITE = "alerts:write"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_WRITE = "accounts:write"
    OPERATIONS_READ = "operations:read"
    OPERATIONS_WRITE = "operations:write"

    @property
    def meaning(self) -> str:
        """What it allows, in words."""
        what, _, how = self.value.partition(":")
        return f"{'See' if how == 'read' else 'Change'} {what}"


DRIVING = frozenset({Scope.SESSIONS_READ, Scope.SESSIONS_WRITE})
"""Who has no others sees and stops what they have begun or hold the token of, and nothing else: drivers, terminals."""

EVERY_SCOPE = frozenset(Scope)
