"""Hands on a system of others, as a rig file says: requests, and people at the keyboard or at a page."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from chargebench.typed import typed_lines
from conformance.hands import agreed
from conformance.rigfile import RigFile, Task
from conformance.rigs import Hands, Unable
from conformance.rigs.foreign import Operator
from conformance.rigs.http import HttpHands
from conformance.rigs.page import Page
from conformance.rigs.prompt import Person, PromptHands, Terminal
from conformance.vocabulary import Case, Subject, Tokens

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Crew:
    """Whoever operates the system under test. ``prompt`` asks people, None if the rig has none of them."""

    hands: Hands
    requests: HttpHands
    prompt: PromptHands | None = None

    async def introduce(self, tokens: Tokens, say: Say) -> None:
        """Enter the tokens that the cases use at a CSMS, where requests do that; people have entered them before."""
        enter = self.requests.find("provision.token")
        if enter is None:
            return
        for each in agreed(tokens):
            try:
                await enter(**each)
            except Unable as reason:
                say(f"the CSMS may not know {each['token']}: {reason}")

    async def refresh(self, subject: Subject) -> None:
        """Before each case: the station is accepted at the CSMS, with its password and security profile, whatever the
        last one left.
        """
        if (enter := self.requests.find("provision.station")) is not None:
            agreed = {"password": subject.password, "security_profile": subject.security_profile}
            await enter(registration="Accepted", **agreed)

    def about(self, case: Case) -> None:
        """What the next questions are for."""
        if self.prompt is not None:
            self.prompt.occasion = f"{case.id}  {case.title}"

    def heard(self, action: str) -> None:
        """The system under test sent this."""
        if self.prompt is not None:
            self.prompt.heard(action)


@asynccontextmanager
async def crew(rig: RigFile, identity: str, ocpp: str, say: Say) -> AsyncIterator[Crew]:
    """Have hands and people ready while the context lasts. Raises PortTaken where the page has no port."""
    async with AsyncExitStack() as stack:
        http = HttpHands(rig, identity, ocpp)
        stack.push_async_callback(http.close)
        prompt = PromptHands(rig.role, await _people(rig, stack, say), lambda name: rig.task(name) is Task.PROMPT)
        yield Crew(Operator((http, prompt)), http, prompt if rig.asks else None)


async def _people(rig: RigFile, stack: AsyncExitStack, say: Say) -> list[Person]:
    if not rig.asks:
        return []
    people: list[Person] = []
    if rig.ask.terminal:
        people.append(Terminal(say, typed_lines()))
    if rig.ask.page is not None:
        page = await Page.open(*rig.ask.page, lambda: secrets.token_urlsafe(16))
        stack.push_async_callback(page.close)
        say(f"questions are asked at {page.url}")
        people.append(page)
    return people
