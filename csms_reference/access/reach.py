"""What whoever asks may go on to do: no link and no form leads them to where they would be refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from csms_reference.access.ownership import is_for_owners
from csms_reference.access.principal import Principal
from csms_reference.access.scopes import EVERY_SCOPE, Scope

if TYPE_CHECKING:
    from fastapi.routing import APIRoute

    from csms_reference.access.guard import Needs


class Operation(NamedTuple):
    """What an operation takes: a scope (None: none), and to be an operator where it is not ``for_owners``."""

    scope: Scope | None
    for_owners: bool

    def is_open_to(self, who: Principal) -> bool:
        """Whether it would not refuse them."""
        return (self.scope is None or who.may(self.scope)) and (who.owner is None or self.for_owners)


@dataclass(slots=True)
class Place:
    """What is at a path: its operations by their methods, and the places below by the next part of the path."""

    below: dict[str, Place] = field(default_factory=dict)
    unread: dict[str, Callable[[], Operation]] = field(default_factory=dict)
    _read: dict[str, Operation] = field(default_factory=dict)

    @property
    def operations(self) -> dict[str, Operation]:
        """What each takes is found out when somebody asks: for that a route has to be analysed."""
        while self.unread:
            method, read = self.unread.popitem()
            self._read[method] = read()
        return self._read


ANY = "{}"
"""The part of a path that may be anything."""


class Atlas:
    """The operations of an API, found by hrefs: parts are quoted there, so that a variable is always one of them."""

    def __init__(self) -> None:
        self._top = Place()

    def enter(self, routes: Iterable[APIRoute], needs: Needs | None) -> None:
        """Enter routes that take this."""
        for route in routes:
            for method in route.methods or ():
                self._place(route.path_format).unread[method] = partial(_operation, route, needs, method)

    def put(self, path: str, method: str, operation: Operation) -> None:
        """Enter one operation. ``path`` is a template."""
        self._place(path).unread[method] = lambda: operation

    def _place(self, path: str) -> Place:
        place = self._top
        for part in path.split("/"):
            place = place.below.setdefault(ANY if part.startswith("{") else part, Place())
        return place

    def at(self, href: str) -> Mapping[str, Operation]:
        """The operations at an href, or a template of it; none where there is nothing that was entered."""
        query = min((found for sign in ("?", "{?") if (found := href.find(sign)) >= 0), default=len(href))
        return _at(self._top, href[:query].split("/"))


def _operation(route: APIRoute, needs: Needs | None, method: str) -> Operation:
    scope = None if needs is None else needs.scope(method)
    return Operation(scope, needs is None or is_for_owners(route))


def _at(place: Place, parts: list[str]) -> Mapping[str, Operation]:
    """The nearest place: a fixed part is nearer than one that may be anything."""
    if not parts:
        return place.operations
    for name in (parts[0], ANY):
        if (below := place.below.get(name)) is not None and (found := _at(below, parts[1:])):
            return found
    return {}


class Reach(NamedTuple):
    """How far somebody gets in an API."""

    who: Principal
    atlas: Atlas

    def gets_to(self, href: str, method: str = "GET") -> bool:
        """Whether they may do that there. What is not in the atlas is open to everybody."""
        operation = self.atlas.at(href).get(method)
        return operation is None or operation.is_open_to(self.who)


_reach: ContextVar[Reach | None] = ContextVar("reach", default=None)


def reaching() -> Reach | None:
    """How far whoever makes this request gets; None where they get everywhere."""
    return _reach.get()


def may_all(scopes: Iterable[Scope]) -> bool:
    """Whether whoever makes this request has all of these."""
    reach = _reach.get()
    return reach is None or all(reach.who.may(scope) for scope in scopes)


def note(who: Principal, atlas: Atlas | None) -> None:
    """This request is made by them."""
    everywhere = atlas is None or (who.owner is None and who.scopes >= EVERY_SCOPE)
    _reach.set(None if everywhere or atlas is None else Reach(who, atlas))
