"""Every error that tells of unusable input or an unfriendly world, with its exit code."""

from __future__ import annotations

from chargebench.errors import EXIT_UNUSABLE, Exits
from conformance.declaration import DeclarationError
from conformance.registry import UnknownCase
from csms_reference.settings import SettingsError
from csms_reference.store import StoreError
from protocol.security import SecurityError
from protocol.transports.websocket import PortTaken
from reports.recording import RunError
from scenarios.access import AccessError
from scenarios.source import ScenarioError
from simulator.profile import ProfileError

KNOWN: Exits = dict.fromkeys(
    (
        AccessError,
        DeclarationError,
        OSError,
        PortTaken,
        ProfileError,
        RunError,
        ScenarioError,
        SecurityError,
        SettingsError,
        StoreError,
        UnknownCase,
    ),
    EXIT_UNUSABLE,
)
