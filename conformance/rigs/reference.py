"""Our own CSMS on the stand: in this process, over a memory pipe, with an empty database for each case."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection as Database

from conformance.hands import desk
from conformance.hands.desk import Desk
from conformance.papers import Credentials, secret
from conformance.rigs import PASSWORD, PASSWORD_PROFILES, Doorway, Mounted
from conformance.rigs.equipment import EQUIPMENT, USUAL
from conformance.rigs.responder import OPERATIONS as RESPONDER
from conformance.rigs.responder import Responder
from conformance.timing import JumpingTime, RealTime
from conformance.vocabulary import CERTIFIED, SECURED, Subject
from csms_reference.csms import Csms
from csms_reference.pki.endpoint import tls_of
from csms_reference.pki.hierarchy import Hierarchy
from csms_reference.pki.issuing import issue, named
from csms_reference.settings import Settings
from csms_reference.store import Store
from protocol.transports.lean import serve
from protocol.transports.memory import MemoryNetwork
from protocol.transports.websocket import WebSocketDialer
from protocol.x509 import pem

HOST = "csms"


@dataclass(frozen=True, slots=True)
class ReferenceCsms:
    """Mounts a CSMS of this project, in virtual time. It knows the tokens that bench and CSMS have agreed on."""

    start: datetime
    settings: Settings = field(default_factory=lambda: Settings(database="sqlite://"))
    name: str = "reference"
    profile: str = "reference CSMS"
    pace: str = "virtual"
    security_profile: int = 0
    sockets: bool = False
    """Whether it listens at a port of the loopback interface, in real time."""

    def describe(self, subject: Subject) -> Subject:
        """The subject, and where the CSMS is."""
        level = self.security_profile
        return replace(
            subject,
            serial_number=subject.serial_number or subject.identity,
            security_profile=level,
            password=subject.password or (PASSWORD if level in PASSWORD_PROFILES else None),
            urls=(f"ws://{HOST}",),
            secure_urls=(f"wss://{HOST}",),
        )

    def fitted(self, case: str) -> ReferenceCsms:
        """The CSMS with the settings that this case wants, see ``conformance.rigs.equipment``."""
        wants = EQUIPMENT.get(case, USUAL)
        own: dict[str, Any] = {"tls_names": (HOST,)} if wants.security_profile >= SECURED else {}
        settings = replace(self.settings, **{**own, **wants.settings})
        rig = replace(self, settings=settings, security_profile=wants.security_profile)
        return replace(rig, sockets=True, pace="real") if wants.sockets else rig

    def has(self, operation: str) -> bool:
        """Whether the desk can do it."""
        return operation.startswith(desk.COMMAND) or operation in desk.skill.acts or operation in RESPONDER

    @asynccontextmanager
    async def mount(self, subject: Subject, doorway: Doorway) -> AsyncIterator[Mounted]:
        """A CSMS that has just been installed."""
        timing: JumpingTime | RealTime = RealTime(self.start) if self.sockets else JumpingTime(self.start)
        store = Store.open("sqlite://", inline=True)
        numbers = count(1)
        responder = Responder(subject.pki, subject.responder_url, serves=False)

        async def post(_url: str, request: bytes) -> bytes:
            return responder.answer(request)

        csms = Csms(
            store,
            now=lambda: self.start + timedelta(seconds=timing.now),
            busy=timing.busy,
            settings=self.settings,
            ids=lambda: f"csms-{next(numbers)}",
            monotonic=lambda: timing.now,
            call_at=timing.at,
            post=post,
        )
        network = MemoryNetwork(timing.deliver, timing.busy)
        network.serve(csms, tls=await tls_of(csms))
        server = await serve(csms, "127.0.0.1", 0, compression=True) if self.sockets else None
        hands = Desk(csms, subject.identity, responder)
        await hands.know(subject.tokens)
        known = await _commission(csms, subject) if self.security_profile else {}
        try:
            if server is not None:
                url = f"ws://127.0.0.1:{server.port}"
                yield Mounted(hands, timing, WebSocketDialer(), url, {**known, "urls": (url,)})
            else:
                yield Mounted(hands, timing, network.dialer(), f"ws://{HOST}", known)
        finally:
            await hands.close()
            network.serve(None)
            if server is not None:
                await server.close(1001, "the case is over")
            if isinstance(timing, JumpingTime):
                await timing.settle()
            await csms.close()
            store.close()


async def _commission(csms: Csms, subject: Subject) -> dict[str, Any]:
    """Have the CSMS know the station by its security profile; what the bench has to know of the CSMS for that."""
    level = subject.security_profile
    password: dict[str, Any] = {} if level == CERTIFIED else {"password": subject.password}
    await csms.register(subject.identity, security_profile=level, **password)
    if not csms.settings.tls_names:
        return {}
    hierarchy, at = Hierarchy.of(csms.settings), csms.now()
    key = ec.generate_private_key(ec.SECP256R1())

    def write(database: Database) -> dict[str, Any]:
        roots = pem(hierarchy.root(database, "cso", at))
        if level < CERTIFIED:
            return {"csms_roots": roots}
        name, station = named(subject.serial_number, hierarchy), subject.identity
        made = issue(database, hierarchy, "station", name, key.public_key(), at=at, station=station)
        return {"csms_roots": roots, "credentials": Credentials(made.pem, secret(key))}

    return await csms.store.write(write)
