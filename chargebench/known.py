"""Every error that tells of unusable input or an unfriendly world, with its exit code."""

from __future__ import annotations

from chargebench.errors import EXIT_UNUSABLE, Exits
from csms_reference.settings import SettingsError
from csms_reference.store import StoreError
from protocol.security import SecurityError
from protocol.transports.websocket import PortTaken
from reports.recording import RunError
from scenarios.access import AccessError
from scenarios.source import ScenarioError
from simulator.profile import ProfileError

KNOWN: Exits = dict.fromkeys(
    (AccessError, ProfileError, ScenarioError, SettingsError, StoreError, SecurityError, PortTaken, RunError, OSError),
    EXIT_UNUSABLE,
)
