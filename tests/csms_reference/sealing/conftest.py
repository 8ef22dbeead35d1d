"""Databases with rows in them, and rings to seal them with."""

import os

import pytest

from csms_reference.sealing.keys import VARIABLE
from csms_reference.sealing.ring import Ring


def key(number):
    return bytes([number]) * 32


@pytest.fixture
def ring():
    """Makes a ring with keys of these numbers, and a key of hashes."""

    def make(*numbers, index=(b"i" * 32,)):
        made = Ring({number: key(number) for number in numbers}, os.urandom)
        made.index = index
        return made

    return make


@pytest.fixture
def no_environment(monkeypatch):
    """As for an operator who has set nothing."""
    monkeypatch.delenv(VARIABLE)
