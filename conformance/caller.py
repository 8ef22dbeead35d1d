"""The caller who dials a CSMS under test: with OCPP, with which handshake, or with an attack below it."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance import handshakes, wire
from conformance.handshakes import Shaken
from conformance.mutants import NO_GUISE, Guise
from conformance.rigs.polite import ATTEMPTS, later_s
from conformance.vocabulary import CERTIFIED, SECURED, Connect, Connected, Subject
from protocol.link import Dialer, Receiver, Target
from protocol.versions import by_name

log = logging.getLogger(__name__)


class Caller:
    """Dials a CSMS as cases order it. ``url`` is where it is, unless the subject tells of addresses by their scheme.

    ``dialer`` is None where there is nothing to dial. ``guise`` is what a mutant makes of the CSMS.
    """

    def __init__(self, subject: Subject, dialer: Dialer | None, url: str, guise: Guise = NO_GUISE) -> None:
        self._subject = subject
        self._dialer = dialer
        self._url = url
        self._guise = guise

    def hindrance(self, order: Connect) -> str:
        """Why nothing can be dialled; empty if it can."""
        if self._dialer is None:
            return "nobody to dial"
        if order.at_most in handshakes.OLD and not ssl.HAS_TLSv1_1:
            return "no TLS 1.1 in this OpenSSL"
        return ""

    def call(self, order: Connect, receiver: Receiver, shook: Callable[[Shaken], None]) -> None:
        """Dial; ``shook`` is told of the handshake."""
        assert self._dialer is not None
        subject = self._subject
        level = subject.security_profile if order.security_profile is None else order.security_profile
        url = self._at(level)
        offers = order.offers if order.offers is not None else (by_name(subject.version).subprotocol,)
        password = order.password
        if password is None and level != CERTIFIED:
            password = subject.password
        tls = self._manner(order, level, shook) if url.startswith("wss:") else None
        identity = order.identity or subject.identity
        self._dialer.dial(Target(url, identity, offers, password or None, tls, order.user), receiver)

    def connected(self, subprotocol: str, shaken: Shaken | None) -> Connected:
        """What a call came to."""
        facts: dict[str, Any] = {"subprotocol": subprotocol}
        if shaken is not None:
            shown = shaken.end.getpeercert(binary_form=True)
            facts |= {"tls": shaken.version, "cipher": shaken.cipher, "certificate": shown}
        return Connected(**{**facts, **self._guise.connects})

    def attacks(self, pace: str) -> bool:
        """Whether there is a socket below OCPP at this pace."""
        return pace == "real" and bool(self._at(self._subject.security_profile))

    async def attack(self, name: str, **args: Any) -> wire.Outcome:
        """Attack below OCPP, over a socket of its own; again where the CSMS asks to come later."""
        subject = self._subject
        url = self._at(subject.security_profile)
        tls = handshakes.client(subject.csms_roots, lambda _shaken: None) if url.startswith("wss:") else None
        target = Target(url, subject.identity, (by_name(subject.version).subprotocol,), subject.password, tls)
        outcome = await _attempt(name, target, args)
        for _ in range(ATTEMPTS - 1):
            wait_s = later_s(outcome.status, outcome.retry_after_s)
            if wait_s is None:
                break
            log.warning("the CSMS is busy (%d): it is dialled again in %g s", outcome.status, wait_s)
            await asyncio.sleep(wait_s)
            outcome = await _attempt(name, target, args)
        return replace(outcome, **self._guise.on_wire)

    def _at(self, level: int) -> str:
        subject = self._subject
        return next(iter(subject.secure_urls if level >= SECURED else subject.urls), self._url)

    def _manner(self, order: Connect, level: int, shook: Callable[[Shaken], None]) -> ssl.SSLContext:
        shown = order.credentials
        usual = self._subject.credentials if shown and level == CERTIFIED else None
        return handshakes.client(
            self._subject.csms_roots,
            shook,
            shown=usual if isinstance(shown, bool) else shown,
            at_least=order.at_least,
            at_most=order.at_most,
            ciphers=order.ciphers,
        )


async def _attempt(name: str, target: Target, args: dict[str, Any]) -> wire.Outcome:
    try:
        return await wire.ATTACKS[name](target, **args)
    except OSError as problem:
        log.info("%s: %s", name, problem)
        return wire.Outcome(code=1006)
