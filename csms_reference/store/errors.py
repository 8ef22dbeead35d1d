"""What can go wrong with the database."""

from __future__ import annotations


class StoreError(Exception):
    """The database cannot be used, or did not keep what it was given. The message is one clear line."""


class SealError(StoreError):
    """What is sealed cannot be opened: it was tampered with, or its key is not there."""
