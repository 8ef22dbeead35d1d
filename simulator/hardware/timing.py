"""How long the steps of a power path take, by the parameters of a profile's components."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from simulator.profile import Profile


class Timing(NamedTuple):
    """Seconds from an order to its effect. ``wake_s``: how long an offer may be left unanswered until the station tries
    to wake the EV; 0: it does not try."""

    lock_s: float = 0.4
    close_s: float = 0.1
    open_s: float = 0.03
    wake_s: float = 0.0


USUAL = Timing()
MOST_KINDS = 256
_FIELDS = Timing._fields
_KNOWN: dict[int, tuple[Profile, Timing]] = {}


def timing_of(profile: Profile) -> Timing:
    """The times of a kind of station; asked for in every session, so worked out once."""
    known = _KNOWN.get(id(profile))
    if known is None or known[0] is not profile:
        if len(_KNOWN) >= MOST_KINDS:
            _KNOWN.clear()
        _KNOWN[id(profile)] = known = profile, _timing(profile)
    return known[1]


def _timing(profile: Profile) -> Timing:
    found: dict[str, float] = {}
    for fitting in profile.fittings:
        for field in _FIELDS:
            if field in getattr(fitting.component, "times", ()):
                found[field] = getattr(fitting.component, field)
    return USUAL._replace(**found)
