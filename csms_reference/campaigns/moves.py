"""What people do with campaigns: start, pause, resume, cancel, approve, remove."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row

from csms_reference.campaigns import rows
from csms_reference.campaigns.orders import ready
from csms_reference.campaigns.plan import read_plan
from csms_reference.campaigns.states import MOVES, REMOVABLE, Phase, State
from csms_reference.settings import Settings


def move(connection: Connection, settings: Settings, row: Row[Any], what: str, why: str | None = None) -> Row[Any]:
    """Do with a campaign what ``MOVES`` says; its row then. Raises NotNow, NotReady."""
    more = {}
    if what == "start":
        more["pins"] = json.dumps(ready(connection, settings, read_plan(row.plan)))
    rows.move(connection, row.id, what, why, **more)
    found = rows.find(connection, row.id)
    assert found is not None
    return found


def allowed(row: Row[Any]) -> list[str]:
    """What can be done with a campaign now, see ``MOVES``."""
    approvable = row.phase == Phase.APPROVAL
    return [name for name, (states, _) in MOVES.items() if row.state in states and (name != "approve" or approvable)]


def is_removable(row: Row[Any]) -> bool:
    """Whether nobody runs it any more, or yet."""
    return row.state in REMOVABLE and (row.state == State.DRAFT or row.ended_ms is not None)
