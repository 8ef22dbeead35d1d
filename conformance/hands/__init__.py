"""What the built-in rigs can do to our own station and our own CSMS, one function per operation of the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
