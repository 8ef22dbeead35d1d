"""What the command line knows and a run does not: whom to trust, and the password of stations that have none."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from protocol.link import Dialer, Receiver, Target

if TYPE_CHECKING:
    from conformance.rigs import Doorway, Mounted, Rig
    from conformance.vocabulary import Subject


@dataclass(slots=True)
class Keyring:
    """A dialer that adds TLS settings and a password to targets that have none."""

    dialer: Dialer
    tls: ssl.SSLContext | None = None
    password: str | None = None
    remote: bool = field(init=False)

    def __post_init__(self) -> None:
        self.remote = self.dialer.remote

    def dial(self, target: Target, receiver: Receiver) -> None:
        """Dial with what is on the ring."""
        password = self.password if target.password is None else target.password
        self.dialer.dial(replace(target, tls=target.tls or self.tls, password=password), receiver)


@dataclass(frozen=True, slots=True)
class KeyedRig:
    """A rig whose dialer has a keyring; everything else is the rig's."""

    rig: Rig
    tls: ssl.SSLContext | None = None

    @property
    def name(self) -> str:
        """As the rig's."""
        return self.rig.name

    @property
    def profile(self) -> str:
        """As the rig's."""
        return self.rig.profile

    @property
    def pace(self) -> str:
        """As the rig's."""
        return self.rig.pace

    def describe(self, subject: Subject) -> Subject:
        """As the rig's."""
        return self.rig.describe(subject)

    def fitted(self, case: str) -> KeyedRig:
        """As the rig's."""
        return replace(self, rig=self.rig.fitted(case))

    def has(self, operation: str) -> bool:
        """As the rig's."""
        return self.rig.has(operation)

    @asynccontextmanager
    async def mount(self, subject: Subject, doorway: Doorway) -> AsyncIterator[Mounted]:
        """As the rig's, but that TLS is dialled with the given settings."""
        async with self.rig.mount(subject, doorway) as mounted:
            dialer = mounted.dialer
            if dialer is None or self.tls is None:
                yield mounted if dialer is None else replace(mounted, dialer=Keyring(dialer, self.tls))
                return
            roots = "".join(map(ssl.DER_cert_to_PEM_cert, self.tls.get_ca_certs(binary_form=True)))
            known = {"csms_roots": roots, **mounted.known}
            yield replace(mounted, dialer=Keyring(dialer, self.tls), known=known)
