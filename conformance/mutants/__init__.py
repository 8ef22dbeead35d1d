"""Faulty peers, made from sound ones: a mutant spoils the frames of the system under test on their way to the bench.

Each conformance case names the mutants that it must catch; ``conformance.selfcheck`` holds it to that. A mutant is made
of ``twists`` of what it says, bad ``hearing``, ``impulses`` and a guise (``guises``); the ``registry`` has it by name,
and a ``spoiler`` is one at work.
"""

from conformance.mutants.guises import CREDULOUS, NO_GUISE, Guise, arrives, lets_in, on_wire, refuses_with
from conformance.mutants.hearing import Ear, Mishearing, dies_of, mishear, mishear_reply, retorts, takes_for
from conformance.mutants.impulses import Outburst, Prompted, Whim, say, unbidden
from conformance.mutants.registry import MUTANTS, Mutant, Part, mutant
from conformance.mutants.spoiler import Spoiler
from conformance.mutants.twists import (
    Later,
    Passing,
    Twist,
    accept_reply,
    change,
    change_reply,
    delay,
    drop,
    fail_reply,
    once,
    put,
    recast,
    recode,
    refuse_reply,
    silent,
)

__all__ = [
    "CREDULOUS", "MUTANTS", "NO_GUISE", "Ear", "Guise", "Later", "Mishearing", "Mutant", "Outburst", "Part", "Passing",
    "Prompted", "Spoiler", "Twist", "Whim", "accept_reply", "arrives", "change", "change_reply", "delay", "dies_of",
    "drop", "fail_reply", "lets_in", "mishear", "mishear_reply", "mutant", "on_wire", "once", "put", "recast", "recode",
    "refuse_reply", "refuses_with", "retorts", "say", "silent", "takes_for", "unbidden",
]  # fmt: skip
