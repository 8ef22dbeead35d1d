"""What the built-in rigs can do to our own station and our own CSMS, one function per operation of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from conformance.vocabulary import Tokens

Act = Callable[..., Any]
"""Does one operation: given what it is done to, then the operation's fields by name."""


class Skills:
    """A registry of operations by name."""

    def __init__(self) -> None:
        self.acts: dict[str, Act] = {}

    def __call__(self, name: str) -> Callable[[Act], Act]:
        """Register what does the operation of that name. Raises ValueError for a second one."""

        def put(act: Act) -> Act:
            if name in self.acts:
                raise ValueError(f"two hands for {name}")
            self.acts[name] = act
            return act

        return put


def agreed(tokens: Tokens) -> Iterator[dict[str, Any]]:
    """What a CSMS has to know of the tokens that the cases use: the fields of ``provision.token`` for each."""
    for each in (tokens.valid, tokens.mate, tokens.other, tokens.master):
        yield {"token": each.id, "group": each.group or None}
    yield {"token": tokens.contract.id, "type": tokens.contract.type}
    yield {"token": tokens.blocked.id, "status": "Blocked"}
    yield {"token": tokens.expired.id, "status": "Expired"}
