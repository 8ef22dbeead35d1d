"""How a CSMS guards its API."""

from __future__ import annotations

from csms_reference.access.guard import Access, Guard, KeyGuard, OpenGuard
from csms_reference.access.login import Login
from csms_reference.access.session import Sessions
from csms_reference.front import Front
from csms_reference.process import fresh_secret
from csms_reference.settings import Auth


def access_to(csms: Front) -> Access:
    """The access that the settings say."""
    settings = csms.settings
    guard: Guard = OpenGuard(settings) if settings.guarding is Auth.OPEN else KeyGuard(settings)
    return Access(settings, guard, Sessions(csms, Login(csms), fresh_secret))
