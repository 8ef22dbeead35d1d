"""Central smart charging: whenever a transaction begins or ends, the site's power is shared anew (2.0.1 part 2 K02)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from csms_reference.services import balancing
from csms_reference.services.balancing import Share

if TYPE_CHECKING:
    from csms_reference.csms import Csms

Transaction = tuple[str, str]
"""A station and the id of a transaction of it."""


class Balance:
    """One site's power, if it has a limit (the setting ``site_limit_w``). Those that are to have less are told first.

    What they were told is remembered here: whoever has begun before the CSMS was started is told anew.
    """

    def __init__(self, csms: Csms) -> None:
        self._csms = csms
        self._told_w: dict[Transaction, float] = {}

    def due(self) -> None:
        """A transaction has begun or ended."""
        if self._csms.settings.site_limit_w is not None:
            self._csms.busy.begin()
            self._csms.spawn(self._share())

    async def _share(self) -> None:
        csms, limit_w = self._csms, self._csms.settings.site_limit_w
        assert limit_w is not None
        try:
            now_ms = csms.now_ms()
            found = await csms.store.read(lambda database: balancing.shares(database, limit_w, now_ms))
            shares = sorted(found.values(), key=lambda share: share.allowed_w)
            running = {_whose(share) for share in shares}
            self._told_w = {whose: told_w for whose, told_w in self._told_w.items() if whose in running}
            for share in shares:
                if share.differs(self._told_w.get(_whose(share))):
                    await self._tell(share)
        finally:
            csms.busy.end()

    async def _tell(self, share: Share) -> None:
        self._told_w[_whose(share)] = share.allowed_w
        profile = await self._profile(share)
        if profile is not None:
            self._csms.spawn(self._set(share, profile))
            await asyncio.sleep(0)  # it is on its way now: a simulation's clock may go on

    async def _set(self, share: Share, profile: dict[str, Any]) -> None:
        end = await self._csms.command(share.station, "set_charging_profile", profile=profile, evse=share.evse)
        if end.status != "Accepted":
            self._told_w.pop(_whose(share), None)  # it is told again with the next sharing

    async def _profile(self, share: Share) -> dict[str, Any] | None:
        csms = self._csms
        now_ms, limit_w = csms.now_ms(), csms.settings.site_limit_w
        if not share.planned:
            return balancing.share_profile(share, now_ms)
        station, evse = share.station, share.evse
        return await csms.store.read(
            lambda database: balancing.planned_profile(database, station, evse, now_ms, limit_w)
        )


def _whose(share: Share) -> Transaction:
    return share.station, share.transaction_id
