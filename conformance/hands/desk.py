"""What an operator does at the reference CSMS."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection as Database

from conformance.hands import Skills, agreed
from conformance.papers import secret
from conformance.rigs import Unable
from conformance.rigs.responder import OPERATIONS as RESPONDER
from conformance.rigs.responder import Responder
from conformance.vocabulary import Tokens
from csms_reference import outcome
from csms_reference.csms import Csms
from csms_reference.instants import to_ms
from csms_reference.pki.authority import distinguished
from csms_reference.pki.hierarchy import Hierarchy
from csms_reference.pki.issuing import issue
from csms_reference.services import authorization, certificates
from csms_reference.services import tariff as tariffs
from csms_reference.services.authorization import Standing
from csms_reference.services.authorization import Token as RegisteredToken
from csms_reference.services.pricing import Price, Terms
from csms_reference.services.registration import Registration
from simulator.keys.vehicle import Papers, asks

skill = Skills()
COMMAND = "command."
TARIFF = "bench"
PCID, EMAID = "HUBOpenProvCert014", "DE8AA1A2B3C4D59"
"""An EV, as its maker calls it, and the contract of its driver."""


@dataclass(slots=True)
class Desk:
    """An operator at a CSMS, for one station."""

    csms: Csms
    station: str
    responder: Responder | None = None
    kept: ExitStack = field(default_factory=ExitStack)
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    def find(self, name: str) -> Callable[..., Any] | None:
        """What does the operation of that name: any command of the CSMS, and what is registered here."""
        if name.startswith(COMMAND):
            return partial(self.command, name.removeprefix(COMMAND))
        if self.responder is not None and name in RESPONDER:
            return self.responder.find(name)
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
        for each in agreed(tokens):
            await token(self, **each)

    async def close(self) -> None:
        """Forget commands that nobody answered."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.kept.close()


@skill("provision.station")
async def station(
    desk: Desk, registration: str | None = None, password: str | None = None, security_profile: int | None = None
) -> None:
    """Enter a station's registration, its password or the least security profile that it may come with."""
    if registration is not None:
        await desk.csms.register(desk.station, registration=Registration(registration))
    if password is not None:
        await desk.csms.register(desk.station, password=password)
    if security_profile is not None:
        await desk.csms.register(desk.station, security_profile=security_profile)


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


@skill("provision.tariff")
async def tariff(desk: Desk, energy: float, currency: str) -> None:
    """Enter a tariff by energy for everybody."""
    entry = tariffs.Tariff(TARIFF, currency, Terms(energy=Price(Decimal(str(energy)))))

    def write(database: Database) -> None:
        tariffs.put(database, entry)
        tariffs.assign(database, "all", "", TARIFF)

    await desk.csms.store.write(write)


@skill("provision.contract")
async def contract(desk: Desk, action: str) -> str:
    """Sell a contract, and have the EV that it is for ask for its certificate (``Install``), or for a new one."""
    csms, key = desk.csms, ec.generate_private_key(ec.SECP256R1())
    hierarchy, at = Hierarchy.of(csms.settings), csms.now()
    kind, name = ("provisioning", PCID) if action == "Install" else ("contract", EMAID)

    def write(database: Database) -> str:
        certificates.put_contract(database, EMAID, PCID, to_ms(at))
        subject = distinguished(name, hierarchy.organisation)
        return issue(database, hierarchy, kind, subject, key.public_key(), at=at).pem

    return asks(Papers(await csms.store.write(write), secret(key)))


@skill("provision.contract_root")
async def contract_root(desk: Desk, certificate: str, responder: str) -> None:
    """Have contracts lead to a root of others, whose responder is asked."""
    folder = Path(desk.kept.enter_context(TemporaryDirectory()))
    file = folder / "root.pem"
    file.write_text(certificate, encoding="ascii")
    asked = (*desk.csms.settings.ocsp_responders, responder)
    desk.csms.settings = replace(desk.csms.settings, contract_ca=str(file), ocsp_responders=asked)
