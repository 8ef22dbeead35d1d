"""What a reconnect storm does to a CSMS that accepts so many connections per second: a simulation in virtual time.

Every station is simulated with its own draws, up to a million of them, without a socket: ``docs/capacity.md`` says what
is modelled, what is not, and how the model was held against real stations.
"""

from loadtest.capacity.door import CsmsLimits, Overload
from loadtest.capacity.habits import NO_BACK_OFF, POLICIES, SPECIFIED, BackOff, Columns, Draws, Habits
from loadtest.capacity.recovery import Recovery, Second
from loadtest.capacity.storm import Cause, Storm, simulate

__all__ = [
    "NO_BACK_OFF",
    "POLICIES",
    "SPECIFIED",
    "BackOff",
    "Cause",
    "Columns",
    "CsmsLimits",
    "Draws",
    "Habits",
    "Overload",
    "Recovery",
    "Second",
    "Storm",
    "simulate",
]
