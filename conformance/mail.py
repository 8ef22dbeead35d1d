"""What came from the system under test in one case, in the order in which a case may look at it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from conformance.vocabulary import AnyOf, Arrival, Expect, Heard, Received, Silence, Where, mismatches


@dataclass(slots=True)
class Mail:
    """The CALLs, the replies to nothing that was asked, and the arrivals of a station."""

    inbox: deque[Received] = field(default_factory=deque)
    """Not looked at yet."""
    taken: list[Received] = field(default_factory=list)
    """Given to the case, perhaps not answered yet."""
    _all: list[Received] = field(default_factory=list)
    _passed: list[Received] = field(default_factory=list)  # since the last stimulus: looked at, not wanted then
    _replies: deque[Heard] = field(default_factory=deque)
    _arrivals: deque[Arrival] = field(default_factory=deque)

    def came(self, call: Received) -> None:
        """A CALL came."""
        self._all.append(call)
        self.inbox.append(call)

    def overheard(self, reply: Heard) -> None:
        """A reply to nothing that was asked came: what a case may have said the CALL to."""
        self._replies.append(reply)

    def arrived(self, arrival: Arrival) -> None:
        """A station dialled in, or tried to."""
        self._arrivals.append(arrival)

    def passed(self, call: Received) -> None:
        """The case did not want it when it came; it may still come to want it."""
        call.too_late = "it came before the case was ready for it, and was answered as usual"
        self._passed.append(call)

    def wanted(self, step: Expect | AnyOf) -> tuple[Expect, Received] | None:
        """The first CALL since the last stimulus that the case wants now, whatever came after it."""
        for call in self._passed:
            expectation = fitting(step, call)
            if expectation is not None and not expectation.ordered:
                self._passed.remove(call)
                return expectation, call
        return None

    def nearest(self, step: Expect | AnyOf) -> Received | None:
        """The last CALL since the last stimulus that is of an action which the case waits for in vain."""
        actions = {each.action for each in expectations(step)}
        return next((call for call in reversed(self._passed) if call.action in actions), None)

    def reply(self, where: Where) -> Heard | None:
        """Take the first reply to nothing that is such a one."""
        found = next((heard for heard in self._replies if not mismatches(heard.facts, where)), None)
        if found is not None:
            self._replies.remove(found)
        return found

    def arrival(self, where: Where) -> Arrival | None:
        """Take the first arrival that is such a one; those before it are forgotten."""
        while self._arrivals:
            arrival = self._arrivals.popleft()
            if not mismatches(arrival.facts, where):
                return arrival
        return None

    def seen(self, action: str, where: Where) -> list[Received]:
        """Every CALL of an action, or of any, that is such a one."""
        calls = [call for call in self._all if action in ("", call.action)]
        return [call for call in calls if not mismatches(call.payload, where)]

    def stimulated(self) -> None:
        """The case did something: what passed before it counts no more."""
        self._passed.clear()

    def link_lost(self) -> None:
        """What was not answered on the link never will be."""
        self.inbox.clear()
        for call in self.taken:
            call.answered, call.too_late = True, call.too_late or "the link was lost before it was answered"

    def link_cut(self) -> None:
        """The bench itself has ended the link: how the station came before does not count."""
        self._arrivals.clear()

    def manners_changed(self) -> None:
        """The bench shows itself otherwise in TLS: what failed before was of another certificate."""
        self._arrivals = deque(each for each in self._arrivals if each.ending != "tls")

    def begin_anew(self) -> None:
        """What came before was of another case; how the station that is there came still counts."""
        self._all.clear()
        self._passed.clear()
        self._arrivals = deque(list(self._arrivals)[-1:])


def expectations(step: Expect | AnyOf) -> tuple[Expect, ...]:
    """What would end the wait."""
    return step.expectations if isinstance(step, AnyOf) else (step,)


def fitting(step: Expect | AnyOf, call: Received) -> Expect | None:
    """The expectation that this CALL meets."""
    for each in expectations(step):
        if each.action == call.action and not mismatches(call.payload, each.where):
            return each
    return None


def breaks(step: Silence, call: Received) -> bool:
    """Whether the silence is over."""
    return (not step.of or call.action in step.of) and not mismatches(call.payload, step.where)
