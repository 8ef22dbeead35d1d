"""Central smart charging: whenever a transaction begins or ends, the site's power is shared anew (2.0.1 part 2 K02)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from csms_reference.services import balancing
from csms_reference.services.balancing import Share

if TYPE_CHECKING:
    from csms_reference.csms import Csms


class Balance:
    """One site's power, if it has a limit (the setting ``site_limit_w``). One sharing at a time; those that are to have
    less are told first, so that the sum is never above the limit for longer than their stations take."""

    def __init__(self, csms: Csms) -> None:
        self._csms = csms
        self._due = False
        self._sharing = False

    def due(self) -> None:
        """A transaction has begun or ended."""
        if self._csms.settings.site_limit_w is None:
            return
        self._due = True
        if not self._sharing:
            self._sharing = True
            self._csms.busy.begin()
            self._csms.spawn(self._share())

    async def _share(self) -> None:
        try:
            while self._due:
                self._due = False
                for share in await self._shares():
                    await self._tell(share)
        finally:
            self._sharing = False
            self._csms.busy.end()

    async def _shares(self) -> list[Share]:
        csms, limit_w = self._csms, self._csms.settings.site_limit_w
        assert limit_w is not None
        now_ms = csms.now_ms()
        found = await csms.store.read(lambda database: balancing.shares(database, limit_w, now_ms))
        # whoever has not been told anything yet takes what it likes
        return sorted((share for share in found.values() if share.news), key=lambda share: share.allowed_w)

    async def _tell(self, share: Share) -> None:
        csms = self._csms
        profile = await self._profile(share)
        if profile is None:
            return
        asked = asyncio.ensure_future(
            csms.command(share.station, "set_charging_profile", profile=profile, evse=share.evse)
        )
        await asyncio.sleep(0)  # it is on its way now: a simulation's clock may go on
        csms.busy.end()
        try:
            await asked
        finally:
            csms.busy.begin()

    async def _profile(self, share: Share) -> dict[str, Any] | None:
        csms = self._csms
        now_ms, limit_w = csms.now_ms(), csms.settings.site_limit_w
        if not share.planned:
            return balancing.share_profile(share, now_ms)
        station, evse = share.station, share.evse
        return await csms.store.read(
            lambda database: balancing.planned_profile(database, station, evse, now_ms, limit_w)
        )
