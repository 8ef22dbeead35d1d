"""What an operator does at the reference CSMS."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from conformance.hands import Skills
from conformance.rigs import Unable
from conformance.vocabulary import Tokens
from csms_reference import outcome
from csms_reference.csms import Csms
from csms_reference.services import authorization
from csms_reference.services.authorization import Standing
from csms_reference.services.authorization import Token as RegisteredToken
from csms_reference.services.registration import Registration

skill = Skills()
COMMAND = "command."


@dataclass(slots=True)
class Desk:
    """An operator at a CSMS, for one station."""

    csms: Csms
    station: str
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    def find(self, name: str) -> Callable[..., Any] | None:
        """What does the operation of that name: any command of the CSMS, and what is registered here."""
        if name.startswith(COMMAND):
            return partial(self.command, name.removeprefix(COMMAND))
        act = skill.acts.get(name)
        return None if act is None else partial(act, self)

    async def command(self, name: str, /, **fields: Any) -> None:
        """Have the CSMS send a command, and do not wait for what comes of it. Raises Unable if there is none such."""
        task = asyncio.get_running_loop().create_task(self.csms.command(self.station, name, **fields))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.sleep(0)  # its refusal needs no answer from the station, so it is there at once
        if task.done() and (end := task.result()).status in (outcome.BAD_FIELDS, outcome.NOT_SUPPORTED):
            raise Unable(end.error)

    async def know(self, tokens: Tokens) -> None:
        """Enter the tokens that the cases use."""
        for each in (tokens.valid, tokens.mate, tokens.other, tokens.master):
            await token(self, each.id, group=each.group or None)
        await token(self, tokens.contract.id, type=tokens.contract.type)
        await token(self, tokens.blocked.id, status="Blocked")
        await token(self, tokens.expired.id, status="Expired")

    async def close(self) -> None:
        """Forget commands that nobody answered."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@skill("provision.station")
async def station(desk: Desk, registration: str | None = None, password: str | None = None) -> None:
    """Enter a station's registration or password."""
    if registration is not None:
        await desk.csms.register(desk.station, registration=Registration(registration))
    if password is not None:
        await desk.csms.register(desk.station, password=password)


@skill("provision.token")
async def token(
    desk: Desk, token: str, *, type: str | None = None, status: str = "Accepted", group: str | None = None
) -> None:
    """Enter what a token may do."""
    try:
        entry = RegisteredToken(token, Standing(status), type, group_id=group)
    except ValueError as problem:
        raise Unable(str(problem)) from None
    await desk.csms.store.write(lambda database: authorization.put(database, entry))
