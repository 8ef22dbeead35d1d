"""What a node answers to others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from csms_reference import outcome
from csms_reference.front import Front
from csms_reference.outcome import Outcome

if TYPE_CHECKING:
    from csms_reference.nodes.holdings import Holdings


class Answers:
    """Answers for the stations that are here: ``local`` is their front."""

    def __init__(self, local: Front, holdings: Holdings) -> None:
        self.local = local
        self._holdings = holdings

    async def __call__(self, what: str, about: dict[str, Any]) -> Any:
        """Answer a question. Raises KeyError for an unknown one, and what the front does."""
        return await ANSWERS[what](self, about)

    def moved(self, about: dict[str, Any]) -> Outcome | None:
        """How an order ends when the connection that was meant is here no more: it is fenced off."""
        held = self._holdings.here.get(about["station"])
        if held is not None and held.serial == about["serial"]:
            return None
        return Outcome(outcome.OFFLINE, error=f"{about['station']} has moved")


async def _command(own: Answers, about: dict[str, Any]) -> dict[str, Any]:
    end = own.moved(about) or await own.local.command(
        about["station"], about["name"], about["order"], **about["fields"]
    )
    return asdict(end)


async def _call(own: Answers, about: dict[str, Any]) -> dict[str, Any]:
    end = own.moved(about) or await own.local.call(
        about["station"], about["action"], about["payload"], validate=about["validate"], order=about["order"]
    )
    return asdict(end)


async def _look_again(own: Answers, about: dict[str, Any]) -> None:
    """A station has been changed or removed at the node that asks."""
    await own.local.look_again(about["station"])


async def _seen(own: Answers, about: dict[str, Any]) -> dict[str, int | None]:
    return await own.local.seen(about["stations"])


async def _rounds(own: Answers, _about: dict[str, Any]) -> None:
    """There is something to do for many stations: see to those that are here."""
    own.local.rounds.wake()


ANSWERS: dict[str, Callable[[Answers, dict[str, Any]], Awaitable[Any]]] = {
    "command": _command,
    "call": _call,
    "look_again": _look_again,
    "seen": _seen,
    "rounds": _rounds,
}
"""Every question that a node may have."""
